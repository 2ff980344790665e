"""Work that waits for the surrounding transaction."""

from __future__ import annotations

import asyncio

import pytest

from openviper.core.transactions import current_transaction, on_commit


class Transaction:
    """What a database layer sets."""

    def __init__(self):
        self.callbacks = []

    def on_commit(self, callback):
        self.callbacks.append(callback)


def test_without_a_transaction_it_runs_at_once():
    """A program without a database commits everything at once."""
    done = []
    on_commit(lambda: done.append(1))
    assert done == [1]


def test_its_error_is_then_the_callers():
    """Nobody else could report it."""
    with pytest.raises(ZeroDivisionError):
        on_commit(lambda: 1 / 0)


def test_in_a_transaction_it_waits():
    """The open transaction decides when, and whether."""
    done, transaction = [], Transaction()
    token = current_transaction.set(transaction)
    try:
        on_commit(lambda: done.append(1))
        assert done == []
    finally:
        current_transaction.reset(token)
    for callback in transaction.callbacks:
        callback()
    assert done == [1]


async def test_a_transaction_belongs_to_its_task():
    """Another task's open transaction holds nothing back here."""
    opened, done = asyncio.Event(), []

    async def other():
        current_transaction.set(Transaction())
        opened.set()
        await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await opened.wait()
    on_commit(lambda: done.append(1))
    assert done == [1]
    await task


@pytest.mark.parametrize("transaction", [None, Transaction()])
def test_an_async_function_is_refused(transaction):
    """Nobody would await it, and what it does would silently never happen."""

    async def notify():
        pass

    token = current_transaction.set(transaction)
    try:
        with pytest.raises(ValueError, match="notify"):
            on_commit(notify)
    finally:
        current_transaction.reset(token)
