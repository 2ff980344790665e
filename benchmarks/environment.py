"""The environment that the benchmarks run in: ``.bench/``."""

from __future__ import annotations

import json
import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
import venv
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["BENCH", "HERE", "PYTHON", "ROOT", "clean_environ", "conditions", "prepare", "run", "run_inside"]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BENCH = ROOT / ".bench"
PYTHON = BENCH / "bin" / "python"
#: What is measured of this checkout, and so installed from it.
LOCAL = (
    "openviper-backup",
    "openviper-core",
    "openviper-email",
    "openviper-http",
    "openviper-middleware",
    "openviper-cli",
)

ASK_VERSIONS = """
import importlib.metadata, importlib.util, json, sys
versions = {name: importlib.metadata.version(name) for name in sys.argv[1:]}
print(json.dumps([versions, importlib.util.find_spec("orjson") is not None]))
"""


def prepare(*, local: bool) -> Path:
    """Bring ``.bench/`` up to date and return its Python; ``local``: with OpenViper, built from this checkout."""
    uv = shutil.which("uv")
    make_environment(with_pip=uv is None)
    install = [uv, "pip", "install", "--python", str(PYTHON)] if uv else [str(PYTHON), "-m", "pip", "install"]
    requirements = str(HERE / "requirements.txt")
    run([*install, "-r", requirements])
    if local:
        # Built wheels, as users have them; without --reinstall-package uv takes an older build of the same version.
        fresh = ["--no-sources", *(f"--reinstall-package={name}" for name in LOCAL)] if uv else []
        run([*install, *fresh, "-c", requirements, *(str(ROOT / "packages" / name) for name in LOCAL)])
    return PYTHON


def make_environment(*, with_pip: bool) -> None:
    """Make ``.bench/`` unless it stands, for this version of Python."""
    # Never by uv, which adds a .pth file that every start of Python would pay for.
    config = BENCH / "pyvenv.cfg"
    if not config.exists() or f"version = {platform.python_version()}\n" not in config.read_text():
        venv.create(BENCH, clear=True, symlinks=True)
    if with_pip:
        run([str(PYTHON), "-m", "ensurepip"])


def run_inside(script: str, *arguments: str) -> Any:
    """Run a script of inside/ by the environment's Python, on one core, and return the JSON that it prints."""
    core = str(max(os.sched_getaffinity(0)))
    command = ["taskset", "-c", core, str(PYTHON), str(HERE / "inside" / script), *arguments]
    return json.loads(run(command, {"PYTHONPATH": str(HERE / "contestants")}))


def run(command: Sequence[str], environ: Mapping[str, str] | None = None) -> str:
    """Run ``command`` to its end and return what it prints; its failure ends this program with its words."""
    env = {**clean_environ(), **(environ or {})}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=env, cwd=BENCH, timeout=600)
    if done.returncode:
        sys.exit(f"{shlex.join(command)} exited {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def clean_environ() -> dict[str, str]:
    """This process's environment without what would change Python's or OpenViper's ways."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("OPENVIPER_", "PYTHON"))}


def conditions(packages: Sequence[str]) -> str:
    """One paragraph: date, machine, Python, versions."""
    versions, orjson = json.loads(run([str(PYTHON), "-c", ASK_VERSIONS, *packages]))
    if orjson:
        sys.exit(f"orjson is installed in {BENCH}, and not every contestant would use it; remove that folder")
    named = ", ".join(f"{name} {version}" for name, version in versions.items()) or "no packages"
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()} ({build()}), {processor()}, "
        f"{os.cpu_count()} cores, load before {load:.1f}. {named}."
    )


def build() -> str:
    """How Python was built: profile-guided optimization helps some frameworks more than others."""
    options = sysconfig.get_config_var("CONFIG_ARGS") or ""
    return "optimized build" if "--enable-optimizations" in options else "build without --enable-optimizations"


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
