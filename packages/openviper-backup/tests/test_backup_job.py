"""A run of a backup or restore, and its end."""

from __future__ import annotations

import asyncio
import contextvars
import math
import threading
import time
from contextlib import nullcontext

import pytest

from openviper.backup.errors import Interrupted, InvalidInput, SwapUnfinished
from openviper.backup.job import Finished, Job, run_job

NAME = contextvars.ContextVar("NAME", default="")


async def cancelled(work):
    """Cancel ``work`` when it has begun; return the cause of the CancelledError."""
    begun = threading.Event()

    def begin(job):
        begun.set()
        return work(job)

    task = asyncio.ensure_future(run_job(begin, Job()))
    await asyncio.to_thread(begun.wait, 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as raised:
        await task
    return raised.value.__cause__


def told(job):
    """Wait until the job says stop."""
    while True:
        try:
            job.check()
        except Interrupted:
            return
        time.sleep(0.005)


async def test_the_cause_of_a_cancellation():
    """It is what the work has raised, which stopped because it was told to."""

    def work(job):
        told(job)
        job.check()

    cause = await cancelled(work)
    assert isinstance(cause, Interrupted)


async def test_a_cancellation_that_leaves_something_unfinished():
    """What the work says of that is not lost."""

    def work(job):
        told(job)
        raise SwapUnfinished("run it again")

    assert str(await cancelled(work)) == "run it again"


async def test_a_cancellation_that_comes_too_late():
    """What was done is said, with its result."""

    def work(job):
        told(job)
        return 5

    cause = await cancelled(work)
    assert isinstance(cause, Finished)
    assert cause.result == 5


def test_a_loop_that_ends():
    """It cancels all its tasks, and waits for the work nevertheless, whose job is still open."""
    seen = []

    def work(job):
        told(job)
        time.sleep(0.1)
        try:
            job.check()
        except Interrupted as error:
            seen.append(str(error))

    async def main():
        task = asyncio.ensure_future(run_job(work, Job()))
        await asyncio.sleep(0.05)
        assert not task.done()

    asyncio.run(main())
    assert seen == ["Interrupted: cancelled"]


async def test_context():
    """The work sees the context variables of who asked for it."""
    NAME.set("ada")
    assert await run_job(lambda job: NAME.get(), Job()) == "ada"


@pytest.mark.parametrize("error", [None, Interrupted("stopped")])
async def test_what_outlasts_a_step(error):
    """What is kept to the end is left after the work, on its thread, and with the error that ended it."""
    worked, left = [], []

    def work(job):
        job.at_end.push(lambda kind, raised, _: left.append((raised, threading.get_ident())))
        worked.append(threading.get_ident())
        assert left == []
        if error is not None:
            raise error

    with nullcontext() if error is None else pytest.raises(Interrupted, match="stopped"):
        await run_job(work, Job())
    assert left == [(error, worked[0])]
    assert worked[0] != threading.get_ident()


def test_a_callback_that_fails():
    """What on_progress raises stops the work, but not where that is shielded: it is logged, and not called again."""
    seen = []

    def on_progress(progress):
        seen.append(progress.step)
        raise OSError("the terminal is gone")

    with Job(on_progress=on_progress) as job:
        with pytest.raises(OSError, match="the terminal is gone"):
            job.step("load")
        job.shield()
        job.step("swap")
        job.step("clean up")
    assert seen == ["load", "swap"]


def test_a_shield_is_none_against_the_end():
    """A job that was told to stop says so behind its shield as well."""
    with Job() as job:
        job.shield()
        job.cancel()
        with pytest.raises(Interrupted):
            job.step("swap")


@pytest.mark.parametrize("timeout", [0, -5, math.nan, math.inf, "60", [60]])
def test_a_time_that_is_none(timeout):
    """What is not a number of seconds above 0 is refused."""
    with pytest.raises(InvalidInput, match="is not a number of seconds above 0"):
        Job(timeout)
