"""Style, formatting, the repository's own rules, docs/cli.md, and change fragments that towncrier can read."""

from __future__ import annotations

import subprocess
import sys

from tools import rules
from tools.commands import check, report
from tools.workspace import ROOT, packages

__all__ = ["main"]


def main() -> int:
    results = [
        check(sys.executable, "-m", "ruff", "check", ".", "dev"),
        check(sys.executable, "-m", "ruff", "format", "--check", ".", "dev"),
        report("namespaces without __init__.py", rules.check_namespaces(packages().values())),
        report("packages are whole and listed", rules.check_members(packages().values())),
        report("no possessively repeated groups in patterns", rules.check_patterns(packages().values())),
        report("constraints.txt covers what is declared", rules.check_constraints()),
        check(sys.executable, "-m", "tools.reference", "--check"),
        report("change fragments", unreadable_fragments()),
    ]
    return 0 if all(results) else 1


def unreadable_fragments() -> list[str]:
    """What towncrier says where it cannot make the next entry of a package's CHANGELOG."""
    problems: list[str] = []
    for package in packages().values():
        command = [sys.executable, "-m", "towncrier", "build", "--draft", "--config", str(ROOT / "towncrier.toml")]
        command += ["--dir", str(package.path), "--version", package.version]
        draft = subprocess.run(command, capture_output=True, text=True, check=False)
        if draft.returncode:
            problems.append(f"{package.name}: {(draft.stderr or draft.stdout).strip()}")
    return problems


if __name__ == "__main__":
    sys.exit(main())
