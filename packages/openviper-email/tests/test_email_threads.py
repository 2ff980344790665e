"""Functions in threads of their own: a few, and never in the way of the program's end."""

from __future__ import annotations

import asyncio
import gc
import operator
import os
import subprocess
import sys
import threading
import weakref
from contextvars import ContextVar

import pytest
from stepping import until

from openviper.core.email import _threads
from openviper.core.email._threads import DaemonThreads

NAME = ContextVar("NAME", default="nobody")


def mine(name):
    return [each for each in threading.enumerate() if each.name == name]


async def test_a_function_returns_or_raises_as_if_it_was_called():
    """With its arguments and the caller's context, and in a daemon."""
    threads = DaemonThreads("test-call")
    NAME.set("ada")
    assert await threads.run(lambda first, second: (first, second, NAME.get()), 1, second=2) == (1, 2, "ada")
    with pytest.raises(LookupError, match="nothing there"):
        await threads.run(operator.getitem, {}, "nothing there")
    assert all(each.daemon for each in mine("test-call"))


async def test_an_iterator_that_ends_is_an_error_and_not_silence():
    """No future takes StopIteration; whoever waits would wait for ever."""
    with pytest.raises(RuntimeError, match="StopIteration"):
        await asyncio.wait_for(DaemonThreads("test-stop").run(lambda: next(iter(()))), 5)


async def test_one_call_after_the_other_takes_one_thread():
    """It is used again."""
    threads = DaemonThreads("test-again")
    seen = []
    for _ in range(5):
        seen.append(await threads.run(threading.get_ident))
        await until(lambda: threads._idle == 1)
    assert len(set(seen)) == 1


async def test_a_thread_without_a_call_ends(monkeypatch):
    """And the next call begins another one."""
    monkeypatch.setattr(_threads, "_IDLE_SECONDS", 0.01)
    threads = DaemonThreads("test-idle")
    for _ in range(2):
        await threads.run(int)
        await until(lambda: not mine("test-idle"))


async def test_more_calls_than_threads_wait(monkeypatch):
    """And whoever no longer wants one has it not called."""
    monkeypatch.setattr(_threads, "MOST_THREADS", 2)
    threads, go_on, called = DaemonThreads("test-most"), threading.Event(), []

    def call(number):
        called.append(number)
        go_on.wait(10)

    calls = [asyncio.create_task(threads.run(call, number)) for number in range(4)]
    await until(lambda: len(called) == 2)
    calls[2].cancel()
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(*calls, return_exceptions=True)
    assert sorted(called) == [0, 1, 3]


async def test_what_was_called_is_not_kept():
    """A thread that waits for its next call holds neither the function nor its answer."""

    class Result:
        pass

    threads = DaemonThreads("test-kept")
    kept = weakref.ref(await threads.run(Result))
    await until(lambda: threads._idle == 1)
    gc.collect()
    await until(lambda: kept() is None)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_process_that_was_forked_begins_its_own():
    """Of those of its parent it has none."""
    code = """
import asyncio, os
from openviper.core.email._threads import DaemonThreads
threads = DaemonThreads("forked")
asyncio.run(threads.run(int))
pid = os.fork()
assert asyncio.run(asyncio.wait_for(threads.run(os.getpid), 5)) == os.getpid()
if pid:
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=30)


HANGING = """
import asyncio, threading
from openviper.conf import override_settings
from openviper.core.email import EmailMessageData, send_message

def hang(*given):
    threading.Event().wait()

class Backend:
    send = staticmethod(lambda message_data: hang())
"""


@pytest.mark.parametrize(
    "sending",
    [
        "Backend.send = lambda self, message_data: hang()",
        "settings['EMAIL_BACKEND'] = 'memory'; sign = hang",
        "settings |= smtp | {'EMAIL_TOKEN': 'shop_mail.hang'}",
    ],
    ids=["backend", "signer", "token"],
)
def test_a_program_ends_though_a_function_that_it_gave_hangs(sending, smtp_script):
    """Once its time is over nobody waits for it, nor does the interpreter."""
    port = smtp_script(extensions=("AUTH XOAUTH2",)).port
    code = f"""{HANGING}
import sys
sys.modules["shop_mail"] = sys.modules["__main__"]
smtp = dict(EMAIL_BACKEND="smtp", EMAIL_HOST="127.0.0.1", EMAIL_PORT={port}, EMAIL_HOST_USER="ada")
settings, sign = {{"EMAIL_BACKEND": "shop_mail.Backend"}}, None
{sending}

async def main():
    data = EmailMessageData(recipients="ada@example.org", subject="s", text="t")
    print((await send_message(data, sign=sign)).ok)

with override_settings(EMAIL_TIMEOUT=0.2, **settings):
    asyncio.run(main())
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=20, check=False)
    assert (ended.stdout.strip(), ended.returncode) == (b"False", 0), ended.stderr.decode()
