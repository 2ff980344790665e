"""What importing openviper.conf costs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

IMPORT = "import openviper.core.context, openviper.conf"
HEAVY = {"json", "tomllib", "difflib", "asyncio", "importlib.metadata", "logging", "pathlib", "threading", "hmac"}


def modules_after(code):
    """The modules of a fresh process, without those that the environment's own .pth files bring."""
    printed = f"import sys; before = set(sys.modules); {code}; print(*sorted(set(sys.modules) - before))"
    return set(
        subprocess.run([sys.executable, "-c", printed], capture_output=True, text=True, check=True).stdout.split()
    )


def seconds(code):
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


def test_no_third_party_module_is_imported():
    """The standard library and the two packages themselves, nothing else."""
    names = {name.partition(".")[0] for name in modules_after(IMPORT)}
    assert names - set(sys.stdlib_module_names) - {"org"} == {"openviper"}


def test_nothing_heavy_is_imported():
    """What only some programs need is imported where it is used."""
    assert modules_after(IMPORT) & HEAVY == set()


def test_a_settings_class_brings_nothing_heavy():
    """A project's plain settings class is as light."""
    code = f"{IMPORT}; exec('class Settings(openviper.conf.BaseSettings):\\n    DEBUG: bool = True')"
    assert modules_after(code) & HEAVY == set()


def test_it_costs_less_than_twice_what_dataclasses_cost():
    """At most 1.9 times a process that imports dataclasses, median of interleaved rounds."""
    rounds = [(seconds("import dataclasses"), seconds(IMPORT)) for _ in range(9)]
    base, ours = (statistics.median(each) for each in zip(*rounds, strict=True))
    assert ours <= 1.9 * base
