"""What ``create-project``, ``create-app`` and ``create-command`` make, tried from wheels in fresh environments.

Each scaffold passes its own tests, ruff and mypy as it was made; a project's check finds nothing, it starts, and its
start page answers. Once with all distributions, once with no more than the command line and HTTP.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import ProxyHandler, build_opener

from tools import fresh
from tools.commands import report
from tools.wheels import build_unless_told, built
from tools.workspace import ROOT

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

__all__ = ["CHECKS", "Environment", "main"]

#: Environment -> what a user installs in it.
INSTALLED = {
    "everything": ("openviper[all]", "openviper-http[testing]"),
    "cli and http alone": ("openviper-cli[test]", "openviper-http[templates,testing]"),
}
TOOLS = ("mypy", "ruff")
#: Variant of a project -> its options.
VARIANTS = {"minimal": ("--minimal",), "default": (), "full": ("--full",)}
#: What everything that is made must pass, in its folder.
CHECKS = (
    # The option has a default that pytest-asyncio warns of; an app alone brings no configuration.
    ("pytest", "-q", "-W", "error", "-o", "asyncio_default_fixture_loop_scope=function", "."),
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy", "--strict", "."),
)
DEADLINE = 60


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment, and a folder to work in."""

    python: Path
    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        """Those of this process without what would steer OpenViper or let it see the checkout."""
        unwanted = ("OPENVIPER_", "PYTHON", "PYTEST_", "MYPY", "VIRTUAL_ENV", "COLUMNS", "FORCE_COLOR")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
        path = os.pathsep.join((str(self.python.parent), os.environ.get("PATH", os.defpath)))
        # One cache for all: what is installed is checked once.
        return kept | {"PATH": path, "MYPY_CACHE_DIR": str(self.folder / "types"), "NO_COLOR": "1"}

    def failure(self, folder: Path, *command: str, deadline: float = 600) -> str:
        """Run a program of the environment in ``folder``; what it said where it failed, else ``""``.

        After ``deadline`` seconds it is ended, and has failed.
        """
        try:
            answer = subprocess.run(
                [self.python.parent / command[0], *command[1:]],
                cwd=folder,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=deadline,
            )
        except subprocess.TimeoutExpired as error:
            said = (error.output or b"").decode(errors="replace").strip()
            return f"$ {' '.join(command)}\n{said}\nit did not end within {deadline} seconds"
        return f"$ {' '.join(command)}\n{answer.stdout.strip()}" if answer.returncode else ""


def main() -> int:
    wheels = built()
    results = [report(f"scaffolds with {name}", problems_in(wheels, *INSTALLED[name])) for name in INSTALLED]
    return 0 if all(results) else 1


def problems_in(wheels: Mapping[str, Path], *requirements: str) -> list[str]:
    """What fails where ``requirements`` are installed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        environment = Environment(fresh.create(folder / "venv"), folder)
        failure = fresh.install(environment.python, fresh.pins(folder, wheels), *requirements, *TOOLS)
        failure = failure or from_checkout(environment)
        if failure:
            return [failure]
        problems = [f"{variant}: {each}" for variant in VARIANTS for each in project_problems(environment, variant)]
        problems += [f"app alone: {each}" for each in app_problems(environment)]
        return problems + [f"provider: {each}" for each in provider_problems(environment)]


def from_checkout(environment: Environment) -> str:
    """What is said where the command line is not that of the wheel."""
    program = f"import openviper.cli, sys; sys.exit(openviper.cli.__file__.startswith({str(ROOT)!r}))"
    return environment.failure(environment.folder, "python", "-c", program)


def project_problems(environment: Environment, variant: str) -> list[str]:
    """What fails with a project of a variant, an app and a command in it."""
    place = environment.folder / variant
    place.mkdir()
    shop = place / "shop"
    made: list[tuple[Path | str, ...]] = [
        (place, "openviper", "create-project", "shop", *VARIANTS[variant]),
        (shop, "openviper", "create-app", "blog"),
        (shop, "openviper", "viperctl", "create-command", "import-prices", "blog"),
        (shop, "python", "viperctl.py", "create-command", "tidy-up", "shop"),
    ]
    problems = first_failure(environment, *made)
    if problems:
        return problems
    runs: list[tuple[str, ...]] = [("openviper", "viperctl", "check")]
    if variant == "full":
        runs += [("openviper", "viperctl", "say-hello"), ("python", "viperctl.py", "say-hello", "--dry-run")]
    problems = [environment.failure(shop, *check) for check in (*CHECKS, *runs)]
    return [*filter(None, [*problems, serving_failure(environment, shop)])]


def app_problems(environment: Environment) -> list[str]:
    """What fails with an app, and a command in it, where there is no project."""
    place = environment.folder / "alone"
    place.mkdir()
    made = (
        (place, "openviper", "create-app", "blog"),
        (place, "openviper", "viperctl", "create-command", "import-prices", "blog"),
    )
    return first_failure(environment, *made) or [
        *filter(None, (environment.failure(place, *check) for check in CHECKS))
    ]


def provider_problems(environment: Environment) -> list[str]:
    """What fails with an AI provider package, installed as its README says."""
    made = environment.failure(environment.folder, "openviper", "viperctl", "create-provider", "acme")
    if made:
        return [made]
    folder = environment.folder / "openviper-ai-acme"
    failure = fresh.install(environment.python, environment.folder / "constraints.txt", "-e", f"{folder}[test]")
    if failure:
        return [failure]
    return [*filter(None, (environment.failure(folder, *check) for check in CHECKS))]


def first_failure(environment: Environment, *commands: tuple[Path | str, ...]) -> list[str]:
    """Run each command, the first of each tuple its folder, up to one that fails."""
    for folder, *command in commands:
        if failure := environment.failure(Path(folder), *map(str, command)):
            return [failure]
    return []


def serving_failure(environment: Environment, project: Path) -> str:
    """Start the project, get its start page and stop it; what went wrong, else ``""``."""
    with started(environment, project) as (server, lines):
        try:
            page = start_page(server, lines)
            server.send_signal(signal.SIGTERM)
            code = server.wait(DEADLINE)
        except (OSError, subprocess.TimeoutExpired) as error:
            failure = f"start-server: {error}"
        else:
            failure = "" if "shop works" in page and not code else f"start-server: exit code {code}, and / is {page!r}"
    return failure and f"{failure}\n{''.join(lines)}"


@contextmanager
def started(environment: Environment, project: Path) -> Generator[tuple[subprocess.Popen[str], list[str]]]:
    """Start the project's server, and end it after the block; with the lines that it prints."""
    program = str(environment.python.parent / "openviper")
    with subprocess.Popen(
        [program, "viperctl", "start-server", "--no-reload", "--port", "0"],
        cwd=project,
        env=environment.variables | {"PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        lines: list[str] = []
        reader = threading.Thread(target=lambda: lines.extend(server.stdout or ()), daemon=True)
        reader.start()
        try:
            yield server, lines
        finally:
            server.kill()
            reader.join(DEADLINE)


def start_page(server: subprocess.Popen[str], lines: list[str]) -> str:
    """The body of ``/``, as soon as the server says where it listens and answers.

    Raises:
        TimeoutError: It does not.
    """
    # No proxy of whoever runs this stands between.
    opener = build_opener(ProxyHandler({}))
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline and server.poll() is None:
        found = re.search(r"http://127\.0\.0\.1:[1-9]\d*", "".join(lines))
        try:
            if found:
                with opener.open(f"{found[0]}/", timeout=DEADLINE) as answer:
                    return str(answer.read().decode())
        except ConnectionRefusedError:
            pass
        except OSError as error:
            if not isinstance(getattr(error, "reason", None), ConnectionRefusedError):
                raise
        time.sleep(0.05)
    raise TimeoutError("it does not answer")


if __name__ == "__main__":
    build_unless_told(sys.argv[1:])
    sys.exit(main())
