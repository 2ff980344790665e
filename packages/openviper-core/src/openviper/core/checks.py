"""System checks: what is wrong with a project, or will be in production, said before it hurts.

An app's own stand in its module ``checks``, as a plugin's hooks stand in ``apps``: ``run_checks()`` imports the entries
of INSTALLED_APPS, and ``<app>.checks`` of each that has one. What is no app offers its checks through the entry-point
group ``openviper.checks`` (``module:function``). ``openviper viperctl check`` runs them all::

    # shop/checks.py
    @check
    def check_payment_key():
        if not section(ShopSettings).PAYMENT_KEY:
            yield CheckMessage("shop.payment_key", Severity.WARNING, "PAYMENT_KEY is not set", "no order can be paid")
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeAlias, TypeVar

from openviper.core._checks_discovery import apps_loaded, import_app_checks
from openviper.core.entrypoints import distribution_of, installed_entries
from openviper.core.error_places import failing_line
from openviper.core.error_text import error_line, exit_line

__all__ = ["Check", "CheckMessage", "Severity", "check", "run_checks"]


class Severity(IntEnum):
    """How bad it is; the numbers are those of :mod:`logging`."""

    INFO = 20
    WARNING = 30
    ERROR = 40


@dataclass(frozen=True, slots=True)
class CheckMessage:
    """One thing that was found; ``str()`` is one line, or two with a hint."""

    #: Dotted and lasting, so that it can be looked up and silenced: ``openviper.core.secret_key``.
    id: str
    severity: Severity
    message: str
    #: What to do about it.
    hint: str | None = None

    def __str__(self) -> str:
        hint = f"\n    {self.hint}" if self.hint else ""
        return f"{self.severity.name} {self.id}: {self.message}{hint}"


#: Looks at one thing, and returns or yields what it found.
Check: TypeAlias = Callable[[], Iterable[CheckMessage]]
C = TypeVar("C", bound=Check)

_registered: list[Check] = []


def check(function: C) -> C:
    """Register ``function``, which takes nothing and returns or yields messages, and return it."""
    if function not in _registered:
        _registered.append(function)
    return function


def run_checks() -> list[CheckMessage]:
    """Run every installed and every registered check once; return what they found, the worst first.

    First each installed app is imported as start-up imports it, with its module ``apps``, and then ``<app>.checks``
    of each that has one, which registers what ``@check`` decorates there; no hook is called. A module that was
    imported before is not imported again, so a later run finds the same checks.

    An app that start-up would refuse is an ``ERROR`` message of the core's own check, and its ``checks`` are not
    imported. A module or a check that cannot be imported, or a check that raises, becomes one too,
    ``openviper.checks.failed``, that names it. ``sys.exit()`` counts as raising; the others run.

    Raises:
        BaseException: What one of them raises that is neither an ``Exception`` nor ``SystemExit``: an interrupt.
    """
    before = list(_registered)
    with apps_loaded():
        messages = _discover(before)
        done: list[Any] = []
        for place, function in _all_checks(messages):
            if function not in done:
                done.append(function)
                messages += _found(place, function)
    return sorted(messages, key=lambda message: -message.severity)


def _all_checks(messages: list[CheckMessage]) -> Iterator[tuple[str, Any]]:
    yield from _installed(messages)
    # Not a copy: what a check imports may register another, which a later run would find.
    for each in _registered:
        yield _name(each), each


def _discover(before: Collection[Check]) -> list[CheckMessage]:
    """Let the loaded apps register their checks; return what kept one from it."""
    messages = [_failure(place, "cannot be imported", error) for place, error in import_app_checks()]
    # A module that broke off has left no trace but what it had registered: the next run imports it again.
    _registered[:] = [each for each in _registered if each in before or each.__module__ in sys.modules]
    return messages


def _installed(messages: list[CheckMessage]) -> Iterator[tuple[str, Any]]:
    for entry in installed_entries("openviper.checks"):
        place = f"{entry.value} (of {distribution_of(entry)})"
        try:
            function = entry.load()
        except (Exception, SystemExit) as error:
            messages.append(_failure(place, "cannot be imported", error))
        else:
            yield place, function


def _found(place: str, function: Callable[[], Any]) -> list[CheckMessage]:
    """Return the messages of one check, with one more where it breaks off."""
    messages: list[CheckMessage] = []
    try:
        found = function()
        if inspect.iscoroutine(found):
            found.close()
            raise TypeError("it is async; expected a plain function")
        messages.extend(map(_plain, found))
    except (Exception, SystemExit) as error:
        messages.append(_failure(place, "failed", error))
    return messages


def _plain(message: Any) -> CheckMessage:
    """Return what a check gave with fields of the right types, so that whoever shows it cannot fail."""
    if not isinstance(message, CheckMessage):
        raise TypeError(f"it gave {message!r}, not a CheckMessage")
    if message.severity not in list(Severity):
        raise TypeError(f"it gave the severity {message.severity!r}; expected Severity.INFO, WARNING or ERROR")
    hint = None if message.hint is None else str(message.hint)
    return CheckMessage(str(message.id), Severity(message.severity), str(message.message), hint)


def _failure(place: str, what: str, error: Exception | SystemExit) -> CheckMessage:
    said = exit_line("it", error) if isinstance(error, SystemExit) else error_line(error)
    # A message is one line; the rest of a longer one is found where it was raised.
    reason = said.splitlines()[0]
    line = failing_line(error)
    return CheckMessage(
        "openviper.checks.failed",
        Severity.ERROR,
        f"check {place} {what}: {reason}",
        hint=f"raised at {line}" if line else None,
    )


def _name(function: Check) -> str:
    return f"{function.__module__}:{getattr(function, '__qualname__', repr(function))}"
