"""A running program as a stream in both directions, and its end in every case."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from openviper.backup._complaints import Complaints
from openviper.backup._programs import Tool, pipe_size, shown_code, start_program
from openviper.backup.errors import ToolFailed

if TYPE_CHECKING:
    from types import TracebackType

    from openviper.backup.job import Job

__all__ = ["Child"]

_PIPE, _PIECE = 1 << 20, 1 << 16
# A pipe of a MiB is not filled, or emptied, in less than so many seconds; to fill it takes a program longer.
_LITTLE, _READ_NAP, _WRITE_NAP = 1 << 18, 0.002, 0.001
# What a program may say on stdout while it is being fed.
_PENDING = 16 << 20
# Seconds between two looks at a process: where its streams tell of its end too, and where they are closed.
_GLANCE, _MOMENT = 0.2, 0.005
# Seconds for a program to tell its server that it ends.
_GRACE = 2


class Child:
    """A running program; left early, it is killed with all that it has started.

    Args:
        tool: The program.
        arguments: Without its name. Everybody on the machine can read them: no secrets.
        job: Cancelled, or out of time, every method that waits raises ``Interrupted``.
        environment: What differs from ours; ``None`` takes a variable away.
        stdin: Whether it is fed; else it reads from ``/dev/null``.
        output: Whether its stdout is read; else that goes to ``/dev/null``.
        secrets: Texts that no message may show.

    Raises:
        ToolFailed: It cannot be started.
    """

    def __init__(
        self,
        tool: Tool,
        arguments: Sequence[str],
        *,
        job: Job,
        environment: Mapping[str, str | None] | None = None,
        stdin: bool = False,
        output: bool = True,
        secrets: Iterable[str] = (),
    ) -> None:
        self.tool = tool
        self._job = job
        self._complaints = Complaints(secrets)
        self._pending = bytearray()
        self._process = start_program(tool, arguments, environment or {}, stdin=stdin, output=output)
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._streams = {pipe.fileno(): pipe for pipe in pipes if pipe is not None}
        self._stdin, self._stdout, self._stderr = (None if pipe is None else pipe.fileno() for pipe in pipes)
        self._wide = {each for each in (self._stdin, self._stdout) if each is not None and pipe_size(each) >= _PIPE}
        for descriptor in self._streams:
            os.set_blocking(descriptor, False)

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """Its process id, which is that of its process group too."""
        return self._process.pid

    @property
    def complaints(self) -> str:
        """The last lines of what it has said on stderr so far, without row data and secrets."""
        return str(self._complaints)

    def read(self, size: int) -> bytes:
        """Return the next bytes of its stdout: ``size`` of them, fewer only at the end, none after it.

        Raises:
            Interrupted: The job says so.
        """
        while self._stdout is not None and len(self._pending) < size:
            before = len(self._pending)
            self._wait(self._stdout, select.POLLIN, most=size)
            if len(self._pending) - before < _LITTLE and len(self._pending) < size and self._stdout in self._wide:
                # Woken at each few KiB, reader and program spend more time on that than on the dump.
                time.sleep(_READ_NAP)
        return self._take(size)

    def read_line(self) -> bytes:
        """Return the next line of its stdout with its end, or what there is before the end of the stream.

        Raises:
            Interrupted: The job says so.
            ToolFailed: The line has more than 16 MiB.
        """
        while (end := self._pending.find(b"\n")) < 0 and self._stdout is not None:
            self._wait(self._stdout, select.POLLIN, most=_PENDING)
        return self._take(end + 1 or len(self._pending))

    def write(self, data: bytes) -> None:
        """Feed it; what it answers meanwhile is kept for :meth:`read`, up to 16 MiB.

        Raises:
            ToolFailed: It has ended, or no longer reads; with what it said. It is dead then.
            Interrupted: The job says so.
        """
        rest = memoryview(data)
        while rest:
            if self._stdin is None:
                raise self._failure(self._process.returncode or 0, f"{self.tool.name} no longer reads")
            self._wait(self._stdin, select.POLLOUT, most=_PENDING)
            try:
                rest = rest[os.write(self._stdin, rest) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                self._ended_early()
            if rest and self._stdin in self._wide:
                time.sleep(_WRITE_NAP)

    def close_stdin(self) -> None:
        """Tell it that nothing more comes."""
        if self._stdin is not None:
            self._close(self._stdin)

    def finish(self) -> None:
        """Close its stdin, wait for its end, and make sure that it ended well; unread output is lost.

        Raises:
            ToolFailed: The exit code is not 0.
            Interrupted: The job says so.
        """
        self.close_stdin()
        code = self._end()
        if code != 0:
            raise self._failure(code, f"{self.tool.name} exited {shown_code(code)}")

    def kill(self, first: signal.Signals | None = None) -> None:
        """End it and all that it has started, at once and with nothing said to it; harmless where it has ended.

        Args:
            first: A signal at which it tells its server to stop; it has two seconds for that.
        """
        if self._process.returncode is None:
            if first is not None:
                self._ask_to_end(first)
            self._reap()
        for descriptor in [*self._streams]:
            self._close(descriptor)

    def _ended_early(self) -> None:
        code = self._end()
        what = f"exited {shown_code(code)}" if code else "exited 0 before it had read everything"
        raise self._failure(code, f"{self.tool.name} {what}")

    def _end(self) -> int:
        """Take what it still says, wait until it has ended, end what it has left behind; return its exit code."""
        if self._process.returncode is not None:
            return self._process.returncode
        has_ended = False
        while not has_ended:
            has_ended = self._has_ended()
            is_open = self._stdout is not None or self._stderr is not None
            self._wait(None, 0, most=_PENDING, longest=0 if has_ended else _GLANCE if is_open else _MOMENT)
            self._pending.clear()
        return self._reap()

    def _has_ended(self) -> bool:
        """Tell whether it has; it stays a zombie, whose process group no other can have."""
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _ask_to_end(self, number: signal.Signals) -> None:
        deadline = time.monotonic() + _GRACE
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)
        while not self._has_ended() and time.monotonic() < deadline:
            time.sleep(_MOMENT)

    def _reap(self) -> int:
        """End what is left of it and of what it has started, and return its exit code."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return self._process.wait()

    def _failure(self, code: int, what: str) -> ToolFailed:
        said = self.complaints
        self.kill()
        return ToolFailed(f"{what}: {said}" if said else what, tool=self.tool.name, exit_code=code)

    def _take(self, size: int) -> bytes:
        taken = bytes(memoryview(self._pending)[:size])
        del self._pending[:size]
        return taken

    def _wait(self, descriptor: int | None, event: int, *, most: int, longest: float | None = None) -> None:
        """Wait until ``descriptor`` is ready, or something else happened; meanwhile take what it says."""
        poll = select.poll()
        poll.register(self._job.wake, select.POLLIN)
        if descriptor is not None:
            poll.register(descriptor, event)
        for output in (self._stdout, self._stderr):
            if output is not None:
                poll.register(output, select.POLLIN)
        limits = [limit for limit in (longest, self._job.remaining()) if limit is not None]
        ready = poll.poll(min(limits) * 1000 if limits else None)
        self._job.check()
        for each, _ in ready:
            if each == self._stdout:
                self._receive(each, most)
            elif each == self._stderr:
                self._complaints.add(self._read(each, _PIECE))

    def _receive(self, descriptor: int, most: int) -> None:
        wanted = min(most - len(self._pending), _PIPE)
        if wanted <= 0:
            raise self._failure(0, f"{self.tool.name} wrote more than {most >> 20} MiB that were not asked for")
        self._pending += self._read(descriptor, wanted)

    def _read(self, descriptor: int, size: int) -> bytes:
        try:
            data = os.read(descriptor, size)
        except BlockingIOError:
            return b""
        if not data:
            self._close(descriptor)
        return data

    def _close(self, descriptor: int) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._streams.pop(descriptor).close()
        self._stdin = None if self._stdin == descriptor else self._stdin
        self._stdout = None if self._stdout == descriptor else self._stdout
        self._stderr = None if self._stderr == descriptor else self._stderr
