"""Sessions for what ``./dev test`` runs in one go, and for what takes several Pythons or other versions.

Start it as ``./dev nox ...``, which makes ``.venv`` and knows where uv is. The checks themselves are in ``tools/``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nox
from nox.command import CommandFailed

sys.path.insert(0, str(Path(__file__).parent))
from tools.workspace import CONSTRAINTS, Package, packages

nox.needs_version = ">=2026.4"
nox.options.default_venv_backend = "uv"
# An interpreter that is not there is skipped, not fetched.
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["lint", "typing", "tests", "wheels"]

# pyenv hides the versions that are not switched on; behind everything else on PATH they are only found when asked for.
PYENV = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
os.environ["PATH"] = os.pathsep.join((os.environ.get("PATH", os.defpath), *map(str, PYENV.glob("versions/*/bin"))))

PYTHONS = ["3.11", "3.12", "3.13"]


def in_venv(session: nox.Session, module: str, *arguments: str) -> None:
    """Run one of ``tools/`` in ``.venv``, where nox itself is."""
    session.run(sys.executable, "-m", f"tools.{module}", *arguments, *session.posargs, external=True)


def install(session: nox.Session, package: Package, *options: str) -> None:
    """The package, editable, with its extras and what its tests need; siblings come from the checkout."""
    session.install(*package.editable(*package.extras), "--group", "test", *package.test_group, *options)


@nox.session(venv_backend="none")
def lint(session: nox.Session) -> None:
    """ruff, and the repository's own rules."""
    in_venv(session, "lint")


@nox.session(venv_backend="none")
def typing(session: nox.Session) -> None:
    """mypy and pyright, strict; uv pip check."""
    in_venv(session, "typecheck")


@nox.session(python=PYTHONS)
@nox.parametrize("package", list(packages()))
def tests(session: nox.Session, package: str) -> None:
    """One package's tests on one Python, with the tested versions."""
    install(session, packages()[package], "--constraint", str(CONSTRAINTS))
    session.run("python", "-m", "pytest", str(packages()[package].path), *session.posargs)


@nox.session
@nox.parametrize("package", list(packages()))
def minimum(session: nox.Session, package: str) -> None:
    """One package's tests with the oldest versions that it allows."""
    install(session, packages()[package], "--resolution", "lowest-direct")
    session.run("python", "-m", "pytest", str(packages()[package].path), *session.posargs)


@nox.session(venv_backend="none")
@nox.parametrize("package", list(packages()))
def wheels(session: nox.Session, package: str) -> None:
    """One wheel alone in a fresh environment: every module is imported."""
    in_venv(session, "isolation", package)


@nox.session(venv_backend="none")
def build(session: nox.Session) -> None:
    """Every sdist and wheel, into .dev/dist, and a look into them."""
    in_venv(session, "wheels")


@nox.session(venv_backend="none")
def scaffolds(session: nox.Session) -> None:
    """What create-project, create-app and create-command make, from wheels in fresh environments: tested, served."""
    in_venv(session, "scaffolds")


@nox.session(venv_backend="none")
def pages(session: nox.Session) -> None:
    """The commands and examples of the READMEs and the documentation; or of the pages named after --."""
    in_venv(session, "pages")


@nox.session(venv_backend="none")
def docs(session: nox.Session) -> None:
    """The documentation as HTML, into docs/_build; a warning is an error."""
    command = (sys.executable, "-m", "sphinx", "--nitpicky", "--fail-on-warning", "--keep-going", "--quiet")
    session.run(*command, "docs", "docs/_build", *session.posargs, external=True)


@nox.session(venv_backend="none")
def bench(session: nox.Session) -> None:
    """The benchmarks, in their own environment; `-- --write` puts the tables into benchmarks/README.md."""
    failed: list[str] = []
    for script in ("startup", "cli", "http", "middleware", "email", "backup", "observatory", "soak"):
        try:
            session.run(sys.executable, f"benchmarks/{script}.py", *session.posargs, external=True)
        except CommandFailed:
            # A missed bar too; the others are worth having all the same.
            failed.append(script)
    if failed:
        session.error(f"failed, or a bar was missed: {', '.join(failed)}")


@nox.session(venv_backend="none")
def pins(session: nox.Session) -> None:
    """Renew constraints.txt, and say what changed; with -- --check change nothing, and fail where it is stale."""
    in_venv(session, "pins")


@nox.session(venv_backend="none")
def reference(session: nox.Session) -> None:
    """Renew docs/cli.md from the commands; with -- --check change nothing, and fail where it is stale."""
    in_venv(session, "reference")
