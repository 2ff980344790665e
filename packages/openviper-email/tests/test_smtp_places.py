"""How many connections there may be at a time."""

from __future__ import annotations

import asyncio

import pytest

from openviper.core.email._smtp.places import Places


class Socket:
    """Tells of its end, as a connection does."""

    def when_gone(self, callback):
        self.end = lambda: callback(self)


def soon():
    return asyncio.get_running_loop().time() + 5


async def test_there_are_so_many_places():
    """Whoever would have one more waits until his time is over."""
    places = Places(2)
    await places.take(soon())
    await places.take(soon())
    with pytest.raises(TimeoutError):
        await places.take(asyncio.get_running_loop().time() + 0.01)


@pytest.mark.parametrize("is_opened", [True, False])
async def test_a_place_is_free_when_its_connection_is_gone(is_opened):
    """Closed, or never opened."""
    places, connection = Places(1), Socket()
    await places.take(soon())
    if is_opened:
        places.hold(connection)
    waiting = asyncio.create_task(places.take(soon()))
    await asyncio.sleep(0)
    assert not waiting.done()
    if is_opened:
        connection.end()
    else:
        places.give_back()
    await waiting


async def test_each_end_frees_one_place():
    """Of many who wait for the same one, one gets it."""
    places, connection = Places(1), Socket()
    await places.take(soon())
    places.hold(connection)
    waiting = [asyncio.create_task(places.take(soon())) for _ in range(3)]
    await asyncio.sleep(0)
    connection.end()
    connection.end()
    done, others = await asyncio.wait(waiting, timeout=0.05)
    assert (len(done), len(others)) == (1, 2)
    for each in others:
        each.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def test_one_who_is_cancelled_takes_no_place():
    """The next one has it."""
    places = Places(1)
    await places.take(soon())
    first = asyncio.create_task(places.take(soon()))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    places.give_back()
    await places.take(soon())
