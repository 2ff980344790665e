"""What a restore has made beside its target, and cannot take away."""

from __future__ import annotations

import pytest

from openviper.backup._mariadb.reaching import taking_away
from openviper.backup._mariadb.verifying import open_scratch
from openviper.backup.engines.base import RestoreOptions
from openviper.backup.errors import RestoreRefused, ToolFailed
from openviper.backup.job import Job
from openviper.backup.url import parse_url


def gone() -> None:
    raise ToolFailed("mariadb exited 1: the server has gone away", tool="mariadb", exit_code=1)


@pytest.mark.parametrize("error", [RestoreRefused("no"), RuntimeError("no")])
def test_what_is_left_is_said_with_the_error(error):
    """An error of ours says in its message what is still there, any other in a note."""
    with pytest.raises(type(error)) as caught, taking_away("the database 'shop_openviper_new'", gone):
        raise error
    said = [str(caught.value), *getattr(caught.value, "__notes__", [])]
    assert "the database 'shop_openviper_new' is still there, and goes with the next run" in "; ".join(said)
    assert said[0].startswith("no")


def test_a_verification_takes_nobodys_place(mariadb, tmp_path):
    """The place in which a backup is verified refuses to become the target."""
    shop = mariadb.fresh("CREATE TABLE things (a INT)")
    options = RestoreOptions(tmp_path / "x.sql")
    with (
        Job() as job,
        open_scratch(parse_url(shop.url), options, job) as target,
        pytest.raises(RestoreRefused, match=r"'.*_openviper_verify' is for a verification alone"),
    ):
        target.swap()
