"""What a user who is not root may do with a MariaDB, and what is said where that is not enough."""

from __future__ import annotations

import pytest
from mariadb_shop import contents, everything

from openviper.backup._mariadb.session import Access
from openviper.backup.backup import backup_database
from openviper.backup.errors import Interrupted, RestoreRefused
from openviper.backup.job import Job
from openviper.backup.restore import restore_database
from openviper.backup.verify import verify_backup

THINGS = "CREATE TABLE things (id INT PRIMARY KEY, name TEXT); INSERT INTO things VALUES (1, 'one'), (2, 'two')"


async def test_an_owner_restores(mariadb, tmp_path):
    """Rights on the database, and on those whose names begin with its own, are enough."""
    shop = mariadb.fresh(name="shop_9", user="owner")
    shop.run(everything("shop_9"), user="owner")
    before = contents(shop)
    result = await backup_database(shop.url, tmp_path)
    shop.run("DELETE FROM orders; DROP TRIGGER upper_name")
    await restore_database(result.location, shop.url, force=True)
    assert contents(shop) == before
    assert mariadb.databases() == ["shop_9"]


async def test_without_a_second_database_it_says_what_would_allow_it(mariadb, tmp_path):
    """The refusal has GRANTs for this user that an administrator can paste, after which the restore works."""
    shop = mariadb.fresh(THINGS, user="owner", beside=False)
    result = await backup_database(shop.url, tmp_path)
    with pytest.raises(RestoreRefused, match="--in-place") as caught:
        await restore_database(result.location, shop.url, force=True)
    grants = str(caught.value).partition("allows it: ")[2].partition("; --in-place")[0]
    assert grants.count("TO 'owner'@'localhost'") == 2
    mariadb.run(grants)
    await restore_database(result.location, shop.url, force=True)
    assert mariadb.databases() == [shop.name]


async def test_a_verification_says_what_would_allow_it(mariadb, tmp_path):
    """It has no --in-place, and does not name it."""
    shop = mariadb.fresh(THINGS, user="owner", beside=False)
    result = await backup_database(shop.url, tmp_path, count_rows=True)
    with pytest.raises(RestoreRefused, match="in which a backup is verified") as caught:
        await verify_backup(result.location, shop.url)
    assert "--in-place" not in str(caught.value)
    mariadb.run(str(caught.value).partition("allows it: ")[2])
    assert (await verify_backup(result.location, shop.url)).compared


@pytest.mark.parametrize("missing", ["TRIGGER", "LOCK TABLES", "EVENT", "CREATE VIEW", "CREATE ROUTINE"])
async def test_a_missing_right_is_named_and_nothing_stays(mariadb, tmp_path, missing):
    """What was made in the live database for the trial is gone again; no useless way is named."""
    shop = mariadb.fresh(THINGS, name="limited", user="limited")
    rights = {"SELECT", "INSERT", "CREATE", "DROP", "ALTER", "SHOW VIEW", "ALTER ROUTINE", "TRIGGER", "LOCK TABLES"}
    rights = {*rights, "EVENT", "CREATE VIEW", "CREATE ROUTINE"} - {missing}
    mariadb.run(
        "CREATE OR REPLACE USER limited@localhost IDENTIFIED BY 'x'; "
        r"GRANT ALL ON `limited\_%`.* TO limited@localhost; "
        f"GRANT {', '.join(rights)} ON limited.* TO limited@localhost"
    )
    mariadb.passwords["limited"] = "x"
    before = contents(shop)
    result = await backup_database(mariadb.url(shop.name), tmp_path)
    with pytest.raises(RestoreRefused, match=r"may not \w+ \w+ in 'limited', as a swap must.*GRANT ALL") as caught:
        await restore_database(result.location, shop.url, force=True)
    assert "--in-place" not in str(caught.value)
    assert contents(shop) == before
    assert mariadb.databases() == [shop.name]


async def test_others_definers_are_named(mariadb, tmp_path):
    """What runs as others is refused where the user may not make it, and becomes the user's by skip_definer."""
    shop = mariadb.fresh(
        f"{THINGS}; CREATE VIEW looks AS SELECT * FROM things; "
        "CREATE DEFINER = `ad``a`@`%` TRIGGER marks BEFORE INSERT ON things FOR EACH ROW SET NEW.name = 'x'; "
        "CREATE PROCEDURE doing() SELECT 1"
    )
    result = await backup_database(shop.url, tmp_path)
    empty = mariadb.fresh(user="owner")
    with pytest.raises(RestoreRefused, match=r"run as `ad``a`@`%`, `root`@`localhost`, and `owner`@`localhost`"):
        await restore_database(result.location, empty.url)
    assert empty.run("SHOW TABLES") == ""
    await restore_database(result.location, empty.url, skip_definer=True)
    definers = "SELECT DISTINCT DEFINER FROM information_schema.{} WHERE {}_SCHEMA = DATABASE()"
    for table, column in (("VIEWS", "TABLE"), ("TRIGGERS", "TRIGGER"), ("ROUTINES", "ROUTINE")):
        assert empty.run(definers.format(table, column)) == "owner@localhost"
    assert set(mariadb.databases()) == {shop.name, empty.name}


async def test_what_could_not_be_put_back_is_not_taken_away(mariadb, tmp_path):
    """A target with others' views is not touched by a user who could not undo the swap."""
    shop = mariadb.fresh(THINGS, user="owner")
    result = await backup_database(shop.url, tmp_path)
    shop.run("CREATE VIEW looks AS SELECT * FROM things")
    before = contents(shop)
    with pytest.raises(RestoreRefused, match=r"view 'looks' of `root`@`localhost`"):
        await restore_database(result.location, shop.url, force=True)
    assert contents(shop) == before


@pytest.mark.parametrize("count", [1, 2, 4, 9, 15])
async def test_what_was_made_to_try_rights_goes_when_it_is_stopped(mariadb, tmp_path, monkeypatch, count):
    """Stopped at any of its statements, it leaves nothing in the live database, and none beside it."""
    shop = mariadb.fresh(THINGS, user="owner")
    before = contents(shop)
    file = (await backup_database(shop.url, tmp_path)).location
    tried, jobs = [], []
    refusal, begin = Access.refusal, Job.__init__

    def counted(access, statement, job):
        said = refusal(access, statement, job)
        tried.append(statement)
        if len(tried) == count:
            jobs[0].cancel("stopped")
        return said

    def begun(job, *arguments):
        begin(job, *arguments)
        jobs.append(job)

    monkeypatch.setattr(Access, "refusal", counted)
    monkeypatch.setattr(Job, "__init__", begun)
    with pytest.raises(Interrupted, match="stopped; the target is as it was"):
        await restore_database(file, shop.url, force=True)
    assert len(tried) == count
    assert contents(shop) == before
    assert mariadb.databases() == [shop.name]


async def test_a_procedure_that_could_be_made_and_not_dropped_is_not_made(mariadb, tmp_path):
    """Where who makes a routine gets no right on it, as automatic_sp_privileges can say."""
    shop = mariadb.fresh(THINGS)
    file = (await backup_database(shop.url, tmp_path)).location
    mariadb.run(
        "CREATE OR REPLACE USER limited@localhost IDENTIFIED BY 'x'; GRANT SET USER ON *.* TO limited@localhost; GRANT "
        "SELECT, INSERT, CREATE, DROP, ALTER, LOCK TABLES, TRIGGER, EVENT, CREATE VIEW, SHOW VIEW, CREATE ROUTINE ON "
        f"`{shop.name}`.* TO limited@localhost; GRANT ALL ON `{shop.name}\\_%`.* TO limited@localhost; "
        "SET GLOBAL automatic_sp_privileges = 0"
    )
    mariadb.passwords["limited"] = "x"
    before = contents(shop)
    try:
        with pytest.raises(RestoreRefused, match=r"may not drop routines in .*ERROR 1370"):
            await restore_database(file, mariadb.url(shop.name, user="limited"), force=True)
        assert contents(shop) == before
    finally:
        mariadb.run("SET GLOBAL automatic_sp_privileges = 1")
