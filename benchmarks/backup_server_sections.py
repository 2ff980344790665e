"""PostgreSQL and MariaDB, beside their own programs and django-dbbackup: the sections of ``backup.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backup_ours import (
    DJANGO,
    DJANGO_DEFAULT,
    FAST,
    LIVE,
    MOST_MEMORY,
    OURS_RESTORE,
    SMALL,
    WIDE,
    expect,
    our_archive,
    our_backups,
    our_restores,
    restore_once,
    take_backups,
)
from backup_report import Bar, backups, bars, memory, restores
from backup_servers import SERVERS
from backup_turns import OURS, Contestant, django, piped

if TYPE_CHECKING:
    from backup_ours import Given
    from backup_servers import Server
    from backup_turns import Work

__all__ = ["server"]

#: The proving pass can be left out by subtraction alone.
BUT_PROVING = f"{OURS_RESTORE}, but for the proving pass (computed)"


def server(name: str, given: Given) -> str:
    """PostgreSQL or MariaDB."""
    work = given.work(name)
    with SERVERS[name]() as engine:
        engine.make(LIVE, given.rows)
        engine.make(SMALL, given.rows.first())
        engine.make_wide(WIDE)
        parts = [
            f"{engine.version()}.",
            *server_backups(engine, given, work),
            *server_restores(engine, given, work),
            memory(work.reports, (SMALL, LIVE, WIDE), MOST_MEMORY),
        ]
    return "\n\n".join(parts)


def server_backups(engine: Server, given: Given, work: Work) -> list[str]:
    dump, file = engine.dump(LIVE), work.out / "dump.sql.gz"
    pigz, gzip = (f"{dump[0]} \\| {name} -6" for name in ("pigz", "gzip"))
    peers = [
        piped(pigz, dump, ["pigz", "-6", "-c"], output=file, environ=engine.environ),
        piped(gzip, dump, ["gzip", "-6", "-c"], output=file, environ=engine.environ),
        django(DJANGO, engine, LIVE, work, engine.connector),
    ]
    if engine.connector:
        peers.append(django(DJANGO_DEFAULT, engine, LIVE, work))
    contestants = [*our_backups(engine, work, LIVE), *peers]
    sizes = take_backups(engine, contestants, given, work)
    take_backups(engine, our_backups(engine, work, SMALL), given, work, rounds=1)
    take_backups(engine, our_backups(engine, work, WIDE, "--count-rows"), given, work, rounds=1)
    wanted = [Bar(OURS, pigz, 1.35), Bar(OURS, gzip, 0.75), Bar(FAST, pigz, 0.42)]
    wanted += [Bar(FAST, each.name, 0.20) for each in peers if each.name.startswith(DJANGO)]
    seconds = {each.name: each.seconds for each in contestants}
    return [backups(seconds, sizes, OURS), bars(seconds, wanted)]


def server_restores(engine: Server, given: Given, work: Work) -> list[str]:
    theirs, archive = work.folder / "theirs.sql.gz", our_archive(engine, work, LIVE)
    dump, client = engine.dump(LIVE), engine.load("fresh")
    work.run(piped("a dump", dump, ["gzip", "-6", "-c"], output=theirs, environ=engine.environ))
    peer = piped(f"gunzip \\| {client[0]}", ["gunzip", "-c", str(theirs)], client, output=None, environ=engine.environ)
    contestants = [*our_restores(engine, work, LIVE, archive), peer]
    engine.empty("fresh")

    def behind(contestant: Contestant) -> None:
        expect(engine, contestant.database or "fresh", given.rows, contestant.name)
        if contestant is peer:
            engine.drop("fresh")
            engine.empty("fresh")
        engine.settle()

    work.in_turns(f"{engine.title}, restores", contestants, given.rounds, behind)
    restore_once(engine, work, SMALL)
    restore_once(engine, work, WIDE, *engine.left_out)
    seconds = {each.name: each.seconds for each in contestants}
    proving = [report["steps"]["prove"] for report in work.reports[OURS_RESTORE, LIVE]]
    seconds[BUT_PROVING] = [all_ - one for all_, one in zip(seconds[OURS_RESTORE], proving, strict=True)]
    wanted = [Bar(BUT_PROVING, peer.name, 1.3), Bar(OURS_RESTORE, peer.name, 1.6)]
    return [restores(seconds, peer.name), bars(seconds, wanted)]
