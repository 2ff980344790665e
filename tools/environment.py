"""Make ``.venv``: every package of the checkout, editable, with the tools that check it.

Nothing is done, and no network is asked, while the inputs are those of the last time.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools import pip_settings
from tools.workspace import CONSTRAINTS, ROOT, STATE, meta, packages

__all__ = ["ROOT", "SetupError", "find_uv", "prepare", "say"]

#: What is fetched where there is no uv, and what the workspace was tried on.
UV_VERSION = "0.13.8"
#: The oldest one on PATH that is used as it is (``exclude-dependencies``, ``--exact``, ``--group``).
UV_MINIMUM = (0, 9, 8)
GROUPS = ("dev", "docs")

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".made-by-dev"


class SetupError(Exception):
    """The environment could not be made; the message says which command failed and what to do."""


def prepare(*, with_uv: bool) -> Path:
    """Make or renew ``.venv`` where needed; return its Python.

    ``with_uv`` puts uv on PATH and in ``UV``, and pip's configuration where uv reads it, for what runs next.

    Raises:
        SetupError: uv cannot be had, or it cannot install.
    """
    os.environ["VIRTUAL_ENV"] = str(VENV)
    wanted = fingerprint()
    current = PYTHON.exists() and STAMP.exists() and STAMP.read_text() == wanted
    if with_uv or not current:
        os.environ.update(pip_settings.for_uv())
        os.environ["UV"] = uv = find_uv()
        prepend_path(Path(uv).parent)
        if not current:
            install(uv)
            STAMP.write_text(wanted)
    prepend_path(PYTHON.parent)
    return PYTHON


def prepend_path(folder: Path) -> None:
    os.environ["PATH"] = os.pathsep.join((str(folder), os.environ.get("PATH", os.defpath)))


def find_uv() -> str:
    """uv on PATH if it is recent enough, else a private one in ``.dev``, which pip installs.

    Raises:
        SetupError: pip is missing or cannot install it.
    """
    found = shutil.which("uv")
    if found and version_of(found) >= UV_MINIMUM:
        return found
    target = STATE / f"uv-{UV_VERSION}"
    uv = target / "bin" / "uv"
    if not uv.exists():
        say(f"uv {UV_VERSION} is fetched into {target.relative_to(ROOT)} ...")
        os.environ.setdefault("PIP_ROOT_USER_ACTION", "ignore")  # Nothing outside of the checkout is touched.
        partial = target.with_name(f"{target.name}.{os.getpid()}")
        run(
            pip_settings.PYTHON_WITH_PIP,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--target",
            partial,
            f"uv=={UV_VERSION}",
        )
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
    return str(uv)


def version_of(uv: str) -> tuple[int, ...]:
    """``(0, 13, 8)``; ``()`` where it does not run, as a shim without a version behind it."""
    answer = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"uv (\d+)\.(\d+)\.(\d+)", answer.stdout)
    return tuple(int(part) for part in found.groups()) if found else ()


def fingerprint() -> str:
    """Changes with the interpreter, the place of the checkout, and every file that says what to install."""
    digest = hashlib.sha256(f"{sys.version} {sys.base_prefix} {ROOT} {GROUPS}".encode())
    for path in (CONSTRAINTS, ROOT / "pyproject.toml", *sorted(ROOT.glob("packages/*/pyproject.toml"))):
        digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()


def install(uv: str) -> None:
    say("the environment in .venv is made ...")
    # Without the stamp, an installation that is broken off is repeated the next time.
    STAMP.unlink(missing_ok=True)
    if not uses_this_python():
        run(uv, "venv", "--quiet", "--clear", "--python", pip_settings.PYTHON_WITH_PIP, VENV)
    command: list[str | Path] = [
        uv,
        "pip",
        "install",
        "--quiet",
        "--exact",
        "--python",
        PYTHON,
        "--constraint",
        CONSTRAINTS,
    ]
    command += meta().editable("all")
    for package in packages().values():
        command += [*package.editable(*package.extras), *package.test_group]
    for group in GROUPS:
        command += ["--group", group]
    try:
        run(*command)
    except SetupError:
        say("... once more, from uv's cache alone (UV_OFFLINE=1)")
        os.environ["UV_OFFLINE"] = "1"  # For what runs next too.
        run(*command)


def uses_this_python() -> bool:
    """Whether ``.venv`` is whole and made with the Python that runs this."""
    program = "import sys; print(sys.version, sys.base_prefix)"
    try:
        answer = subprocess.run([PYTHON, "-c", program], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.stdout.strip() == f"{sys.version} {sys.base_prefix}"


def run(*command: str | Path) -> None:
    try:
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
    except OSError as error:
        raise SetupError(f"{command[0]} cannot be run: {error}") from error
    if code:
        shown = " ".join(str(part) for part in command[:5])
        raise SetupError(f"`{shown} ...` failed (exit code {code}); what it printed stands above")


def say(text: str) -> None:
    print(f"dev: {text}", file=sys.stderr, flush=True)
