"""Work that waits for the surrounding database transaction.

A database layer sets :data:`current_transaction` for as long as a transaction is open; everybody else only calls
:func:`on_commit`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from inspect import iscoroutinefunction
from typing import Any, Protocol

__all__ = ["Transaction", "current_transaction", "on_commit"]


class Transaction(Protocol):
    """An open transaction that runs callbacks once it is committed, and drops them if it is rolled back."""

    def on_commit(self, callback: Callable[[], Any]) -> None: ...


#: The innermost open transaction of this task, or ``None``.
current_transaction: ContextVar[Transaction | None] = ContextVar("current_transaction", default=None)


def on_commit(callback: Callable[[], Any]) -> None:
    """Call ``callback`` when the open transaction is committed, or at once where there is none.

    Called at once, its exceptions are the caller's.

    Raises:
        ValueError: It is a coroutine function, which nobody would await.
    """
    if iscoroutinefunction(callback):
        raise ValueError(
            f"on_commit() got the async {callback!r}; expected a plain function, such as one that enqueues"
        )
    transaction = current_transaction.get()
    if transaction is None:
        callback()
    else:
        transaction.on_commit(callback)
