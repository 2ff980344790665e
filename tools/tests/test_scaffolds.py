"""How what a scaffold does wrong is found and told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools.scaffolds import Environment, first_failure, from_checkout, serving_failure


@pytest.fixture
def environment(tmp_path):
    """Return this Python's, whose ``openviper`` is a program that is given."""

    def make(program="raise SystemExit(0)"):
        folder = tmp_path / "bin"
        folder.mkdir()
        (folder / "python").symlink_to(sys.executable)
        script = folder / "openviper"
        script.write_text(f"#!{sys.executable}\n{program}\n")
        script.chmod(0o755)
        return Environment(folder / "python", tmp_path)

    return make


def test_a_failure_is_told_with_its_command_and_its_output(environment, tmp_path):
    """Both streams of it; success says nothing."""
    there = environment("import sys; print('out'); sys.exit('err' if sys.argv[1:] else 0)")
    assert there.failure(tmp_path, "openviper") == ""
    assert there.failure(tmp_path, "openviper", "check").splitlines()[0] == "$ openviper check"
    assert {"out", "err"} <= set(there.failure(tmp_path, "openviper", "check").splitlines())


def test_what_steers_this_process_steers_no_scaffold(environment, monkeypatch):
    """Neither settings nor import paths go through."""
    for name in ("OPENVIPER_DEBUG", "PYTHONPATH", "PYTEST_ADDOPTS"):
        monkeypatch.setenv(name, "1")
    variables = environment().variables
    assert not {"OPENVIPER_DEBUG", "PYTHONPATH", "PYTEST_ADDOPTS"} & variables.keys()


def test_after_a_failure_nothing_more_is_made(environment, tmp_path):
    """What comes next would fail because of it."""
    there = environment("import sys; open('runs', 'a').write(sys.argv[1]); sys.exit(sys.argv[1] == '2')")
    commands = [(tmp_path, "openviper", str(number)) for number in (1, 2, 3)]
    assert len(first_failure(there, *commands)) == 1
    assert (tmp_path / "runs").read_text() == "12"


def test_a_program_that_does_not_end_has_failed(environment, tmp_path):
    """What it said is told; nothing waits for it."""
    there = environment("import time; print('at work', flush=True); time.sleep(60)")
    failure = there.failure(tmp_path, "openviper", deadline=2)
    assert failure.splitlines() == ["$ openviper", "at work", "it did not end within 2 seconds"]


def test_a_server_that_ends_is_told_with_what_it_said(environment, tmp_path):
    """At once, not after the deadline."""
    failure = serving_failure(environment("print('the port is taken')"), tmp_path)
    assert failure.startswith("start-server: it does not answer")
    assert "the port is taken" in failure


def test_the_sources_are_no_wheel(tmp_path):
    """An environment that has the checkout in it proves nothing."""
    assert from_checkout(Environment(Path(sys.executable), tmp_path))
