"""Programs as streams: fed, read, cancelled, killed, and never left behind."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from openviper.backup.errors import Interrupted, ToolFailed, ToolMissing
from openviper.backup.job import Job
from openviper.backup.process import Child, Tool, find_tool, run_tool

PYTHON = Tool(sys.executable, "thing")
SHELL = Tool("/bin/sh", "thing")


@pytest.fixture
def job():
    """A job that takes no test beyond a minute."""
    with Job(60) as running:
        yield running


def python(job, code, **options):
    return Child(PYTHON, ["-c", code], job=job, **options)


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one whose parent has not looked yet counts."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 30
    while not is_gone(pid):
        assert time.monotonic() < deadline, f"{pid} lives"
        time.sleep(0.01)


def test_finds_the_first_program_on_path(tmp_path, monkeypatch):
    """Names are tried in order, and the path is absolute."""
    for name in ("old", "new"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".")
    assert find_tool(["none", "new", "old"], "Anything", "hint") == Tool(str(tmp_path / "new"), "new")


def test_says_which_program_is_missing(monkeypatch, tmp_path):
    """The message has the program, the engine, and how to install it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    message = "'pg_dump' is not on PATH, and PostgreSQL needs it; install it: apt-get install postgresql-client"
    with pytest.raises(ToolMissing) as caught:
        find_tool(["pg_dump"], "PostgreSQL", "apt-get install postgresql-client")
    assert str(caught.value) == message
    with pytest.raises(ToolMissing, match=r"^'a' or 'b' is not on PATH"):
        find_tool(["a", "b"], "X", "y")


def test_reads_pieces_that_are_full(job):
    """Every piece but the last has the size that was asked for, however the program writes."""
    code = "import os\nfor n in range(3000): os.write(1, bytes([n % 251]) * 333)"
    with python(job, code) as child:
        pieces = [*iter(lambda: child.read(10_000), b"")]
        child.finish()
    assert [len(piece) for piece in pieces] == [10_000] * 99 + [9_000]
    assert b"".join(pieces) == b"".join(bytes([n % 251]) * 333 for n in range(3000))


def test_feeds_and_reads_a_program_that_answers_at_once(job):
    """Both pipes full in both directions is no deadlock."""
    data = os.urandom(1 << 16) * 100
    assert run_tool(Tool("/bin/cat", "cat"), [], job=job, input=data, most=len(data)) == data


def test_reads_lines(job):
    """A line comes with its end; what follows the last one without."""
    with python(job, "print('one\\n\\ntwo', end='')") as child:
        assert [child.read_line() for _ in range(4)] == [b"one\n", b"\n", b"two", b""]


def test_stderr_of_any_length_stops_nothing(job):
    """A program that complains without end is read on, and its last lines alone are kept."""
    code = "import sys\nfor n in range(200_000): print('thing: warning', n, file=sys.stderr)\nprint('done')"
    with python(job, code) as child:
        assert child.read(100) == b"done\n"
        child.finish()
        assert child.complaints == "; ".join(f"thing: warning {n}" for n in range(199_992, 200_000))


@pytest.mark.parametrize(
    ("code", "message", "exit_code"),
    [
        ("import sys; sys.exit(3)", "thing exited 3", 3),
        ("import sys; sys.exit('thing: no such host')", "thing exited 1: thing: no such host", 1),
        ("import os; os.kill(os.getpid(), 9)", "thing exited -9 (SIGKILL)", -9),
        ("import sys; sys.exit('thing: he said hunter2!')", "thing exited 1: thing: he said ***!", 1),
    ],
)
def test_says_how_a_program_failed(job, code, message, exit_code):
    """The message has the exit code and the last lines, without secrets."""
    with python(job, code, secrets=["hunter2"]) as child, pytest.raises(ToolFailed) as caught:
        child.finish()
    assert (str(caught.value), caught.value.exit_code, caught.value.tool) == (message, exit_code, "thing")


def test_a_program_that_stops_reading_is_said_at_once(job):
    """Feeding a program that has failed raises with what it said, not with a broken pipe."""
    with python(job, "import sys; sys.exit('thing: no')", stdin=True) as child:
        with pytest.raises(ToolFailed, match=r"^thing exited 1: thing: no$"):
            child.write(bytes(100 << 20))
        assert is_gone(child.pid)


def test_a_program_that_ends_well_before_it_has_read_all_has_failed(job):
    """Exit code 0 is no success for whoever has not read what it was fed."""
    with python(job, "pass", stdin=True) as child, pytest.raises(ToolFailed, match="before it had read everything"):
        child.write(bytes(100 << 20))


def test_what_is_not_read_is_not_kept(job):
    """A program without ``output`` may write as it likes."""
    with python(job, "import sys; sys.stdout.write('x' * 10_000_000)", output=False) as child:
        assert child.read(10) == b""
        child.finish()


def test_output_that_nobody_reads_is_limited(job):
    """While it is fed, a program cannot fill our memory."""
    code = "import sys\nwhile True: sys.stdout.write('x' * 100_000)"
    with python(job, code, stdin=True) as child, pytest.raises(ToolFailed, match="more than 16 MiB"):
        child.write(bytes(100 << 20))
    assert is_gone(child.pid)


def test_small_outputs_are_small(job):
    """``run_tool`` refuses what is larger than it was told to expect."""
    with pytest.raises(ToolFailed, match="wrote more than 10 bytes"):
        run_tool(PYTHON, ["-c", "print('x' * 100)"], job=job, most=10)


@pytest.mark.parametrize(
    "wait",
    [
        pytest.param(lambda child: child.read(1), id="read"),
        pytest.param(lambda child: child.read_line(), id="read_line"),
        pytest.param(lambda child: child.write(bytes(100 << 20)), id="write"),
        pytest.param(lambda child: child.finish(), id="finish"),
    ],
)
def test_cancelling_ends_every_wait(wait):
    """Whatever it waits for, a cancelled job raises at once, and the program is gone."""
    with Job() as job:
        with Child(SHELL, ["-c", "exec sleep 600"], job=job, stdin=True) as child:
            threading.Timer(0.2, job.cancel).start()
            with pytest.raises(Interrupted):
                wait(child)
        assert is_gone(child.pid)


def test_a_deadline_ends_a_wait():
    """The job's time is the program's."""
    with Job(0.2) as job:
        with pytest.raises(Interrupted, match=r"not done within 0\.2 s"), python(job, "input()", stdin=True) as child:
            child.read(1)
        assert is_gone(child.pid)


def test_leaving_ends_what_the_program_has_started(job):
    """The children of a program go with it."""
    with Child(SHELL, ["-c", "sleep 600 & echo $!; wait"], job=job) as child:
        started = int(child.read_line())
    assert is_gone(child.pid)
    wait_until_gone(started)


def test_a_child_that_holds_the_pipes_is_not_waited_for(job):
    """The program's own end counts, and what it has left behind is ended."""
    with Child(SHELL, ["-c", "sleep 600 & echo $!; exit 4"], job=job) as child:
        started = int(child.read_line())
        with pytest.raises(ToolFailed, match="exited 4"):
            child.finish()
        wait_until_gone(started)


def test_a_program_has_a_session_of_its_own(job):
    """Ctrl-C at the terminal is not for a program."""
    with python(job, "import os; print(os.getsid(0))") as child:
        assert int(child.read_line()) == child.pid
        child.finish()


def test_the_environment_is_ours_with_changes(job, monkeypatch):
    """Variables are added, and taken away; messages are in English."""
    monkeypatch.setenv("LANGUAGE", "de")
    monkeypatch.setenv("KEPT", "1")
    monkeypatch.setenv("GONE", "1")
    code = "import os; print([os.environ.get(n) for n in ('KEPT', 'GONE', 'NEW', 'LC_ALL', 'LANGUAGE')])"
    with python(job, code, environment={"GONE": None, "NEW": "a b"}) as child:
        assert child.read_line() == b"['1', None, 'a b', 'C', None]\n"


def test_no_descriptor_is_left_open(job):
    """Ten programs later there are as many as before."""
    before = len([*Path("/proc/self/fd").iterdir()])
    for ended in (True, False) * 5:
        with Child(SHELL, ["-c", "echo x >&2; echo y"], job=job, stdin=True) as child:
            if ended:
                child.finish()
    assert len([*Path("/proc/self/fd").iterdir()]) == before


def test_what_is_no_program_cannot_be_started(job, tmp_path):
    """Of what cannot be started the message has the path and the reason."""
    (tmp_path / "torn").write_text("no program")
    (tmp_path / "torn").chmod(0o755)
    with pytest.raises(ToolFailed, match=r"torn' cannot be started: .*Exec format error"):
        Child(Tool(str(tmp_path / "torn"), "torn"), [], job=job)


def test_killing_twice_is_harmless(job):
    """Killing a program twice, and behind its end, is harmless."""
    with python(job, "pass") as child:
        child.finish()
        child.kill()
        child.kill()
        child.finish()
        with pytest.raises(ProcessLookupError):
            os.kill(child.pid, 0)
