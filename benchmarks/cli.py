"""What the command line costs: help, completion and small commands, beside peers and beside what they have to import.

All run in turns on one core, in a new project, with every distribution of OpenViper and 100 unrelated ones on the path
of all contestants. This folder is the first on sys.path, and http.py hides the standard library's http: import nothing
that needs it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from environment import LOCAL, clean_environ, conditions, prepare, run
from processes import Bar, Case, arguments, bars, measure, packages_of, python, script, timings
from report import conclude

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["main"]

UNRELATED = 100
METADATA = ("METADATA", "RECORD", "entry_points.txt")
#: What no command of a project does without: options, the project's pyproject.toml, the settings. Of OpenViper, only
#: what a user would import: a module of ours that got slower must not make the ratio better.
EVERY_COMMAND = ("click", "tomllib", "openviper.conf", "mysite.settings")
#: Command -> the modules that it cannot do without.
NEEDS = {
    # The app of INSTALLED_APPS, the checks that entry points name, the classes of MIDDLEWARE, which are looked at, and
    # the application.
    "check": (
        *EVERY_COMMAND,
        "importlib.metadata",
        "mysite",
        "mysite.app",
        "openviper.core.checks",
        "openviper.core._configuration_checks",
        "openviper.core.email.checks",
        "openviper.middleware.checks",
        "openviper.middleware.cors",
        "openviper.middleware.csrf",
        "openviper.middleware.proxy",
        "openviper.middleware.ratelimit",
        "openviper.middleware.requestid",
        "openviper.middleware.security",
    ),
    # The app; no event loop, for code that awaits nothing.
    "console": (*EVERY_COMMAND, "mysite"),
}
COUNT = "import importlib.metadata as metadata; print(len(list(metadata.distributions())))"
#: As bash asks for what may follow `openviper viperctl ch`.
TAB = {"_OPENVIPER_COMPLETE": "bash_complete", "COMP_WORDS": "openviper viperctl ch", "COMP_CWORD": "2"}

BARS = (
    Bar("openviper", 1.3, "click"),
    Bar("viperctl", 0.95, "django"),
    Bar("viperctl", 0.3, "litestar"),
    Bar("completion", 1.0, "viperctl"),
    Bar("check", 1.5, "check-needs"),
    Bar("console", 1.5, "console-needs"),
)


def cases() -> dict[str, Case]:
    return {
        "click": Case('python -c "import click"', python("import click"), ("click",)),
        "openviper": Case("openviper --help", script("openviper", "--help"), LOCAL),
        "viperctl": Case("openviper viperctl --help", script("openviper", "viperctl", "--help"), LOCAL),
        "completion": Case("openviper viperctl ch<Tab>", script("openviper"), LOCAL, TAB),
        "check": Case("openviper viperctl check", script("openviper", "viperctl", "check"), LOCAL),
        "check-needs": importing("check"),
        "console": Case(
            'openviper viperctl console -c "1"', script("openviper", "viperctl", "console", "-c", "1"), LOCAL
        ),
        "console-needs": importing("console"),
        "django": Case("django-admin help", script("django-admin", "help"), ("django",)),
        "flask": Case("flask --help", script("flask", "--help"), ("flask",)),
        "litestar": Case("litestar --help", script("litestar", "--help"), ("litestar",)),
        "fastapi": Case("fastapi --help", script("fastapi", "--help"), ("fastapi", "fastapi-cli")),
    }


def importing(command: str) -> Case:
    return Case(f"import (what {command} needs)", python(f"import {', '.join(NEEDS[command])}"), LOCAL)


def install_unrelated(site: Path) -> None:
    """Put the metadata of distributions into ``site`` that offer something, and nothing to OpenViper."""
    for number in range(UNRELATED):
        name = f"unrelated_{number:03}"
        folder = site / f"{name}-1.0.dist-info"
        folder.mkdir(parents=True)
        description = "It has nothing to do with OpenViper.\n" * 100
        (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n\n{description}")
        files = [*(f"{name}/module_{each}.py" for each in range(40)), *(f"{folder.name}/{each}" for each in METADATA)]
        (folder / "RECORD").write_text("".join(f"{each},,\n" for each in files))
        (folder / "entry_points.txt").write_text(
            f"[console_scripts]\n{name} = {name}.module_0:main\n\n[{name}.plugins]\none = {name}.module_1:One\n"
        )


def is_missing(case: Case, folder: Path) -> bool:
    """Tell whether the command line does not know the command."""
    env = {**clean_environ(), **case.environ}
    done = subprocess.run(case.command, check=False, capture_output=True, text=True, cwd=folder, env=env)
    return done.returncode == 2 and "No such command" in done.stderr


def report(measured: Mapping[str, Case], skipped: list[str], runs: int, installed: int) -> str:
    parts = [
        f"Median (min-max) of {runs} runs in turns, in milliseconds; in a new project, {installed} distributions on "
        f"the path, {UNRELATED} of them made for this.",
        timings(measured.values()),
        *bars(BARS, measured),
        *(f"`{command}` needs: {', '.join(NEEDS[command])}." for command in NEEDS if command in measured),
        *skipped,
    ]
    return "\n\n".join(parts)


def main() -> None:
    known = cases()
    given = arguments(__doc__, list(known))
    chosen = {name: case for name, case in known.items() if name in given.names}
    prepare(local=True)
    before = conditions(packages_of(chosen.values()))
    with tempfile.TemporaryDirectory() as name:
        project, site = Path(name, "mysite"), Path(name, "site")
        run(script("openviper", "create-project", project.name, "--directory", name))
        install_unrelated(site)
        for case in chosen.values():
            case.environ = {**case.environ, "PYTHONPATH": str(site)}
        missing = [name for name in NEEDS if name in chosen and is_missing(chosen[name], project)]
        measured = {name: case for name, case in chosen.items() if name.removesuffix("-needs") not in missing}
        measure(measured.values(), given.runs, project)
        count = run(python(COUNT), {"PYTHONPATH": str(site)})
    skipped = [f"`{chosen[name].title}`: skipped: no such command" for name in missing]
    if skipped and given.write:
        print("nothing will be published: a command is missing", file=sys.stderr)
        given.write = False
    conclude("cli", f"{before}\n\n{report(measured, skipped, given.runs, int(count))}", write=given.write)


if __name__ == "__main__":
    main()
