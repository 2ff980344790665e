"""One smtp backend in several event loops, one after the other or at the same time."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
import weakref
from functools import partial

from smtp_script import Wait
from stepping import send_all

from openviper.core.email._sending.byte_budget import ByteBudget
from openviper.core.email.backends import smtp
from openviper.core.email.backends.smtp import SMTPBackend, SMTPOptions


def run_threads(*functions):
    threads = [threading.Thread(target=each) for each in functions]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)


def test_one_backend_in_two_event_loops(smtp_script, mail):
    """Connections of a loop that has ended are not used, and no message is left without an end."""
    server = smtp_script()
    backend = SMTPBackend(SMTPOptions(host="127.0.0.1", port=server.port, timeout=5))

    async def main():
        async with asyncio.timeout(10):
            return await backend.send(mail())

    async def last():
        result = await main()
        await backend.close()
        return result

    with warnings.catch_warnings():
        # What the first loop leaves open is closed by the garbage collector, which says so.
        warnings.simplefilter("ignore", ResourceWarning)
        assert asyncio.run(main()).ok
        assert asyncio.run(last()).ok
        gc.collect()
    assert len(server.accepted) == 2


def test_large_messages_of_two_event_loops_do_not_wait_for_each_other(smtp_script, mail, monkeypatch):
    """Each loop lets its own in; what one has done is not what wakes somebody in the other."""
    monkeypatch.setattr(smtp, "ByteBudget", partial(ByteBudget, 100_000))
    server = smtp_script({".": (Wait(0.3), "250 ok")})
    backend = SMTPBackend(SMTPOptions(host="127.0.0.1", port=server.port, timeout=5))
    both_run, results = threading.Barrier(2, timeout=10), []

    async def main():
        both_run.wait()
        results.extend(await send_all(backend, [mail(text="word " * 20_000) for _ in range(2)]))
        await backend._pool().close(5)

    run_threads(*[lambda: asyncio.run(main())] * 2)
    assert [each.ok for each in results] == [True] * 4


def test_loops_that_come_and_go_leave_nothing(smtp_script, mail):
    """The pool of one that has ended is let go when the next one sends, in whichever thread."""
    server = smtp_script()
    backend = SMTPBackend(SMTPOptions(host="127.0.0.1", port=server.port, timeout=5))
    pools = []

    async def main():
        assert (await backend.send(mail())).ok
        pools.append(weakref.ref(backend._pool()))

    async def last():
        await main()
        await backend.close()

    def run():
        for _ in range(5):
            asyncio.run(main())

    with warnings.catch_warnings():
        # Of connections that nobody closed.
        warnings.simplefilter("ignore", ResourceWarning)
        run_threads(*[run] * 4)
        asyncio.run(last())
        gc.collect()
    assert [each() is None for each in pools] == [True] * 20 + [False]
