"""Whether data may be overwritten: asked, and answered, while the job can still be cancelled."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from threading import Thread
from typing import TYPE_CHECKING, TypeAlias

from openviper.backup.errors import RestoreRefused

if TYPE_CHECKING:
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["Confirm", "demand_consent"]

#: Gets a question, and says whether the answer is yes; called from a thread of its own, which it may keep waiting.
Confirm: TypeAlias = Callable[[str], bool]

_LOOK = 0.1


def demand_consent(url: DatabaseURL, what: str, confirm: Confirm | None, job: Job) -> None:
    """Ask before a database that holds data is overwritten.

    Args:
        what: Names what would stand there: a file, and what that is of.

    Raises:
        RestoreRefused: Nobody can be asked, or the answer is no.
        Interrupted: The job says so, whatever the question waits for.
    """
    if confirm is None:
        raise RestoreRefused(f"'{url}' holds data, which the restore would replace; --force (force=True) allows it")
    job.step("confirm")
    if not _answer(confirm, f"'{url}' holds data. Replace it with what is in {what}?", job):
        raise RestoreRefused(f"Not restored: '{url}' is as it was")


def _answer(confirm: Confirm, question: str, job: Job) -> bool:
    answer: Future[bool] = Future()
    # A daemon: who reads from a terminal cannot be woken, and must not keep a cancelled program from ending.
    Thread(target=_ask, args=(confirm, question, answer), daemon=True).start()
    while not wait([answer], _LOOK).done:
        job.check()
    return answer.result()


def _ask(confirm: Confirm, question: str, answer: Future[bool]) -> None:
    try:
        answer.set_result(confirm(question))
    except BaseException as error:
        answer.set_exception(error)
