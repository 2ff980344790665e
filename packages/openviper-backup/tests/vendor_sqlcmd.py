"""What ``sqlcmd`` and its server refuse, and do, as their pages have it.

See https://learn.microsoft.com/sql/tools/sqlcmd/sqlcmd-utility and
https://learn.microsoft.com/sql/t-sql/statements/restore-statements-transact-sql.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

__all__ = ["BACKUP", "refusal", "work"]

BACKUP = b"TAPE" + bytes(range(256)) * 4000

_WITH_VALUE, _ALONE = "SUdhswQ", {"-E", "-N", "-C", "-b", "-x", "-W", "-r0", "-r1"}
_WIDTHS = range(9, 65536)
_NAME, _TEXT = r"\[(?:[^\]]|\]\])+\]", r"N'(?:[^']|'')*'"
_OPTION = "(?:COPY_ONLY|INIT|FORMAT|CHECKSUM|STATS|COMPRESSION)"
_ALTER = rf"ALTER DATABASE {_NAME} SET (?:SINGLE_USER WITH ROLLBACK (?:IMMEDIATE|AFTER \d+)|MULTI_USER)"
_ROW = rf"sys\.databases WHERE name = {_TEXT}"
_IF_ONLINE = rf"IF EXISTS \(SELECT 1 FROM {_ROW} AND state_desc = N'ONLINE'\)"
_STATEMENT = "|".join(
    [
        rf"BACKUP DATABASE {_NAME} TO DISK = {_TEXT} WITH {_OPTION}(?:, {_OPTION})*",
        rf"RESTORE (?:VERIFYONLY|HEADERONLY) FROM DISK = {_TEXT}(?: WITH (?:NO_)?CHECKSUM)?",
        rf"RESTORE DATABASE {_NAME} FROM DISK = {_TEXT} WITH REPLACE",
        rf"(?:{_IF_ONLINE} )?{_ALTER}",
        r"SET NOCOUNT ON",
        rf"SELECT CASE WHEN DB_ID\({_TEXT}\) IS NULL THEN 0 ELSE 1 END",
        rf"SELECT state_desc \+ ' ' \+ user_access_desc FROM {_ROW}",
    ]
)
_BATCH = re.compile(rf"(?:(?:{_STATEMENT});(?: |$))+")


def refusal(said: dict, folder: Path) -> str | None:
    """What it says where it does not begin."""
    given = _options(said["arguments"])
    if given is None or not given.keys() >= {"-S", "-d", "-Q"} or ("-E" in given) == ("-U" in given):
        return "Sqlcmd: Error: Unknown or inconsistent option. Enter '-?' for help."
    if int(given.get("-w", "80")) not in _WIDTHS or len(given.get("-s", " ").encode()) != 1:
        return "Sqlcmd: '-w', '-s': Unexpected argument."
    if not _BATCH.fullmatch(given["-Q"]):
        return "Msg 102, Level 15, State 1: Incorrect syntax"
    if re.search(_ALTER, re.sub(rf"{_IF_ONLINE} {_ALTER}", "", given["-Q"])) and not _state().startswith("ONLINE"):
        return (
            "Msg 5052, Level 16, State 1: ALTER DATABASE is not permitted while a database is in the Restoring state."
        )
    return None


def work(said: dict, folder: Path, code: int) -> None:
    """Do it, and print what the server answers, line by line as wide as was asked for."""
    if code:
        sys.stderr.write("Msg 3201, Level 16: it cannot\n")
        return
    given = _options(said["arguments"]) or {}
    answer, width = _answer(given["-Q"], given.get("-s", " "), folder), int(given.get("-w", "80"))
    print("\n".join(answer[start : start + width] for start in range(0, len(answer), width)))


def _options(arguments: list[str]) -> dict[str, str] | None:
    """Options with their values; ``None``: there is one that the page does not have, or twice."""
    options, rest = {}, iter(arguments)
    for each in rest:
        takes_value = len(each) == 2 and each[0] == "-" and each[1] in _WITH_VALUE
        if each in options or not (takes_value or each in _ALONE):
            return None
        options[each] = next(rest, "") if takes_value else ""
    return options


def _answer(batch: str, separator: str, folder: Path) -> str:
    file = re.search(rf"DISK = ({_TEXT})", batch)
    path = Path(file[1][2:-1].replace("''", "'")) if file else Path("none")
    name = re.search(rf"(?:BACKUP|RESTORE) DATABASE ({_NAME})", batch)
    if batch.startswith("BACKUP") and name and "ELSEWHERE" not in os.environ:
        path.write_bytes(BACKUP)
        (folder / "name").write_text(name[1][1:-1].replace("]]", "]"))
    if "RESTORE DATABASE" in batch:
        (folder / "restored").write_bytes(path.read_bytes())
    if "HEADERONLY" in batch:
        return _header(separator, (folder / "name").read_text())
    if "SELECT CASE" in batch:
        return os.environ.get("EXISTS", "1")
    return _state() if "SELECT state_desc" in batch else ""


def _state() -> str:
    return os.environ.get("STATE", "ONLINE MULTI_USER")


def _header(separator: str, database: str) -> str:
    """A row of RESTORE HEADERONLY, whose tenth column is the database's name."""
    before = ["NULL", "NULL", "1", "NULL", "0", "1", "102", "ada", "db.example"]
    return separator.join([*before, os.environ.get("HEADER", database), "957", "2026-01-31 23:59:59.000", *["0"] * 40])
