"""Programs in the places of sqlcmd, expdp and impdp: they record what they are told, and do what a test says.

They run as ``python vendor_stubs.py NAME FOLDER ARGUMENTS...``; ``FOLDER`` has the record (``calls.json``, an object a
line), and ``fails.json``: a text that is found in what the program is told -> exit code.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import time
from pathlib import Path

__all__ = ["Stubs"]

_VARIABLES = ("SQLCMDPASSWORD", "NLS_LANG", "LC_ALL")


class Stubs:
    """A folder for PATH with these programs.

    Args:
        folder: Made.
    """

    def __init__(self, folder: Path, *names: str) -> None:
        folder.mkdir()
        self._folder = folder
        self.path = folder / "bin"
        self.path.mkdir()
        for name in names:
            script = self.path / name
            script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" {name} "{folder}" "$@"\n')
            script.chmod(0o755)

    def fail(self, **codes: int) -> None:
        """Fail wherever a text is told."""
        (self._folder / "fails.json").write_text(json.dumps(codes))

    def calls(self) -> list[dict]:
        """What was recorded: ``name``, ``arguments``, ``variables``, ``parameters``, ``mode`` and ``input``."""
        record = self._folder / "calls.json"
        return [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []


def main(name: str, folder: Path, arguments: list[str]) -> int:
    parameters, mode = "", 0
    if arguments[:1] and arguments[0].startswith("PARFILE="):
        path = Path(arguments[0].removeprefix("PARFILE="))
        parameters, mode = path.read_text(), stat.S_IMODE(path.stat().st_mode)
    said = {
        "name": name,
        "arguments": arguments,
        "variables": {each: os.environ.get(each) for each in _VARIABLES},
        "parameters": parameters.splitlines(),
        "mode": mode,
        "input": "" if os.isatty(0) else sys.stdin.read(),
    }
    with (folder / "calls.json").open("a") as record:
        record.write(json.dumps(said) + "\n")
    told = "\n".join([*arguments, parameters])
    fails = json.loads((folder / "fails.json").read_text()) if (folder / "fails.json").exists() else {}
    code = next((code for text, code in fails.items() if text in told), 0)
    if code < 0:
        time.sleep(600)
    if code:
        sys.stderr.write("Msg 3201, Level 16: it cannot\n" if name == "sqlcmd" else "ORA-39002: invalid operation\n")
        return code
    if name == "sqlcmd":
        _sqlcmd(arguments[-1], folder)
    else:
        _pump(dict(line.split("=", 1) for line in parameters.splitlines()), Path(os.environ["SHARED"]), folder)
    return 0


def _sqlcmd(statements: str, folder: Path) -> None:
    file = re.search(r"DISK = N'((?:[^']|'')+)'", statements)
    path = Path(file[1].replace("''", "'")) if file else None
    if "BACKUP DATABASE" in statements and "ELSEWHERE" not in os.environ:
        path.write_bytes(b"TAPE" + bytes(range(256)) * 4000)
    if "RESTORE DATABASE" in statements:
        (folder / "restored").write_bytes(path.read_bytes())
    if "DB_ID" in statements and "SELECT CASE" in statements:
        print(os.environ.get("EXISTS", "1"))
    if "state_desc" in statements:
        print(os.environ.get("STATE", "ONLINE MULTI_USER"))


def _pump(given: dict[str, str], shared: Path, folder: Path) -> None:
    if "ATTACH" in given:
        return
    if "FLASHBACK_TIME" in given:
        (shared / given["DUMPFILE"]).write_bytes(b"\x03\x01" + bytes(range(256)) * 4000)
    else:
        (folder / "restored").write_bytes((shared / given["DUMPFILE"]).read_bytes())
    if "SQLFILE" in given:
        (shared / given["SQLFILE"]).write_text("CREATE TABLE")
    how = os.environ.get("ENDING", "successfully completed")
    (shared / given["LOGFILE"]).write_text(f'Master table loaded\nJob "SHOP"."{given["JOB_NAME"]}" {how} at Sat\n')


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
