"""What ``expdp`` and ``impdp`` refuse, and do, as their pages have it.

See https://docs.oracle.com/en/database/oracle/oracle-database/19/sutil/oracle-data-pump-export-utility.html and
https://docs.oracle.com/en/database/oracle/oracle-database/19/sutil/datapump-import-utility.html.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

__all__ = ["DUMP", "refusal", "work"]

DUMP = b"\x03\x01" + bytes(range(256)) * 4000

_COMMON = {"USERID", "DIRECTORY", "DUMPFILE", "LOGFILE", "JOB_NAME", "SCHEMAS", "ATTACH", "ENCRYPTION_PASSWORD"}
_PARAMETERS = {
    "expdp": {*_COMMON, "FLASHBACK_TIME", "FLASHBACK_SCN", "REUSE_DUMPFILES"},
    "impdp": {*_COMMON, "SQLFILE", "TABLE_EXISTS_ACTION", "FLASHBACK_TIME", "NETWORK_LINK"},
}
_ACTIONS = {"SKIP", "APPEND", "TRUNCATE", "REPLACE"}


def refusal(said: dict, folder: Path) -> str | None:
    """What it says where it does not begin."""
    if [argument.partition("=")[0] for argument in said["arguments"]] != ["PARFILE"]:
        return "UDE-00014: invalid value for parameter"
    given = _given(said)
    unknown = sorted(given.keys() - _PARAMETERS[said["name"]])
    if unknown or len(given) != len(said["parameters"]) or not given.get("USERID"):
        return f"LRM-00101: unknown parameter name {unknown}, or one twice"
    return _attaching(given, folder) if "ATTACH" in given else _beginning(said["name"], given)


def work(said: dict, folder: Path, code: int) -> None:
    """Export or import, and write the log; ``code``: 0, 1 (fatal), 5 (completed with errors)."""
    given = _given(said)
    if code == 1:
        sys.stderr.write("ORA-39002: invalid operation\n")
    elif "ATTACH" not in given:
        _job(said["name"], given, folder, code)
    elif said["input"] == "KILL_JOB\nYES\n":
        (folder / "ended").write_text(given["ATTACH"])


def _job(name: str, given: dict[str, str], folder: Path, code: int) -> None:
    shared = Path(os.environ["SHARED"])
    if name == "expdp":
        (shared / given["DUMPFILE"]).write_bytes(DUMP)
    else:
        (folder / "restored").write_bytes((shared / given["DUMPFILE"]).read_bytes())
    if "SQLFILE" in given:
        (shared / given["SQLFILE"]).write_text("CREATE TABLE")
    log = _log(given["JOB_NAME"], code)
    (shared / given["LOGFILE"]).write_text(log)
    sys.stderr.write(log)


def _given(said: dict) -> dict[str, str]:
    return dict(line.split("=", 1) for line in said["parameters"])


def _attaching(given: dict[str, str], folder: Path) -> str | None:
    """ATTACH: "the only other Data Pump parameter you can specify is ENCRYPTION_PASSWORD"."""
    if given.keys() - {"USERID", "ATTACH", "ENCRYPTION_PASSWORD"}:
        return "UDE-00010: ATTACH cannot be used with other parameters"
    begun = [json.loads(line)["parameters"] for line in (folder / "calls.json").read_text().splitlines()]
    if "NO_JOB" in os.environ or not any(f"JOB_NAME={given['ATTACH']}" in parameters for parameters in begun):
        return "ORA-31626: job does not exist"
    return None


def _beginning(name: str, given: dict[str, str]) -> str | None:
    files = [given[each] for each in ("DUMPFILE", "LOGFILE", "SQLFILE") if each in given]
    if any("/" in file for file in files):
        return "ORA-39088: file name cannot contain a path specification"
    is_there = (Path(os.environ["SHARED"]) / given["DUMPFILE"]).exists()
    if is_there if name == "expdp" else not is_there:
        return "ORA-39000: bad dump file specification"
    if name == "impdp" and "FLASHBACK_TIME" in given and "NETWORK_LINK" not in given:
        return "ORA-39005: inconsistent arguments"
    if given.get("TABLE_EXISTS_ACTION", "SKIP") not in _ACTIONS or (
        "FLASHBACK_TIME" in given and "FLASHBACK_SCN" in given
    ):
        return "UDI-00014: invalid value for parameter"
    return None


def _log(job: str, code: int) -> str:
    errors = os.environ.get("ERRORS", "ORA-39171: Job is experiencing a resumable wait.").splitlines() if code else []
    how = f"completed with {len(errors)} error(s)" if code else "successfully completed"
    lines = ["Master table loaded", *errors, f'Job "SHOP"."{job}" {os.environ.get("ENDING", how)} at Sat']
    return "\n".join(lines) + "\n"
