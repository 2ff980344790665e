"""Programs in the places of sqlcmd, expdp and impdp: they record what they are told, and do what a test says.

They run as ``python vendor_stubs.py NAME FOLDER ARGUMENTS...``; ``FOLDER`` has the record (``calls.json``, an object a
line), and ``fails.json``: a text that is found in what the program is told -> exit code. What the vendor's pages do not
allow they refuse as the vendor's do.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from pathlib import Path

import vendor_pump
import vendor_sqlcmd

__all__ = ["main"]

_VARIABLES = ("SQLCMDPASSWORD", "NLS_LANG", "LC_ALL")


def main(name: str, folder: Path, arguments: list[str]) -> int:
    vendor = vendor_sqlcmd if name == "sqlcmd" else vendor_pump
    said = _recorded(name, folder, arguments)
    if refused := vendor.refusal(said, folder):
        sys.stderr.write(f"{refused}\n")
        return 1
    code = _code(folder, "\n".join([*arguments, *said["parameters"]]))
    if code < 0:
        time.sleep(600)
    vendor.work(said, folder, code)
    return code


def _recorded(name: str, folder: Path, arguments: list[str]) -> dict:
    parameters, mode = _parameters(arguments)
    said = {
        "name": name,
        "arguments": arguments,
        "variables": {each: os.environ.get(each) for each in _VARIABLES},
        "parameters": parameters,
        "mode": mode,
        "input": "" if os.isatty(0) else sys.stdin.read(),
    }
    with (folder / "calls.json").open("a") as record:
        record.write(json.dumps(said) + "\n")
    return said


def _parameters(arguments: list[str]) -> tuple[list[str], int]:
    if not arguments[:1] or not arguments[0].startswith("PARFILE="):
        return [], 0
    path = Path(arguments[0].removeprefix("PARFILE="))
    return path.read_text().splitlines(), stat.S_IMODE(path.stat().st_mode)


def _code(folder: Path, told: str) -> int:
    fails = folder / "fails.json"
    codes = json.loads(fails.read_text()) if fails.exists() else {}
    return next((code for text, code in codes.items() if text in told), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
