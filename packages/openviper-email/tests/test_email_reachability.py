"""A mailer that could not be reached is tried last for a while; once it answers it is what it was."""

from __future__ import annotations

import logging

import pytest

from openviper.core.email import DeliveryResult, RecipientResult
from openviper.core.email._sending import reachability
from openviper.core.email._sending.answers import Answer
from openviper.core.email._sending.reachability import Reachability

GONE = ("transient", None, True)
ACCEPTED = ("accepted", 250, False)


def answer(*rows, cause=None):
    every = [
        RecipientResult(f"r{number}@example.org", outcome, code, before_envelope=early)
        for number, (outcome, code, early) in enumerate(rows)
    ]
    return Answer(DeliveryResult.of("<one@example.org>", every), cause)


@pytest.mark.parametrize(
    ("given", "is_passed_over"),
    [
        (answer(GONE), True),
        (answer(GONE, GONE), True),
        (answer(("transient", None, False), cause=OSError("no route")), True),
        (answer(("transient", None, False), cause=ValueError("no")), False),
        (answer(("transient", None, False)), False),
        (answer(("ambiguous", None, False), cause=OSError("reset")), False),
        (answer(("transient", 421, True)), False),
        (answer(("permanent", None, True)), False),
        (answer(("permanent", 535, True)), False),
        (answer(("transient", 451, False)), False),
        (answer(GONE, ("permanent", None, True)), False),
        (answer(ACCEPTED, GONE), False),
        (answer(ACCEPTED), False),
    ],
    ids=lambda given: str(given.result.refused) if isinstance(given, Answer) else None,
)
def test_only_who_was_not_reached_is_passed_over(given, is_passed_over):
    """Whoever says no, or that this message is too large for it, is there."""
    known = Reachability(("a", "b", "c"))
    known.note("a", given)
    assert known.order() == (["b", "c", "a"] if is_passed_over else ["a", "b", "c"])


def test_several_are_tried_last_in_their_order_and_all_as_if_none_was():
    """A failover always has somebody to try."""
    known = Reachability(("a", "b", "c"))
    known.note("b", answer(GONE))
    known.note("a", answer(GONE))
    assert known.order() == ["c", "a", "b"]
    known.note("c", answer(GONE))
    assert known.order() == ["a", "b", "c"]


def test_a_lone_mailer_is_never_passed_over(caplog):
    """There is nobody else."""
    known = Reachability(("a",))
    known.note("a", answer(GONE))
    assert known.order() == ["a"]
    assert not caplog.records


def test_it_is_told_once_that_a_mailer_is_passed_over_and_once_that_it_is_back(caplog):
    """Not for each message, and not where none came meanwhile."""
    caplog.set_level(logging.INFO)
    known = Reachability(("a", "b"))
    known.note("a", answer(GONE))
    known.note("a", answer(ACCEPTED))
    assert not caplog.records
    known.note("a", answer(GONE))
    for _ in range(3):
        assert known.order() == ["b", "a"]
        known.note("a", answer(GONE))
    known.note("a", answer(("transient", 451, False)))
    known.note("a", answer(ACCEPTED))
    assert known.order() == ["a", "b"]
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        ("WARNING", "mailer 'a' could not be reached; others are tried before it, for 30 s"),
        ("INFO", "mailer 'a' can be reached again"),
    ]


def test_what_says_nothing_of_a_mailer_changes_nothing():
    """That it may have the message, or that its time was over, is no sign that it is back."""
    known = Reachability(("a", "b"))
    known.note("a", answer(GONE))
    known.note("a", answer(("ambiguous", None, False)))
    known.note("a", answer(("transient", None, False)))
    assert known.order() == ["b", "a"]


def test_one_message_finds_out_whether_a_mailer_is_back(monkeypatch):
    """The others go past it until then, so that not all of them wait at once."""
    clock = [1_000.0]
    monkeypatch.setattr(reachability.time, "monotonic", lambda: clock[0])
    known = Reachability(("a", "b"))
    known.note("a", answer(GONE))
    clock[0] += 29.9
    assert known.order() == ["b", "a"]
    clock[0] += 0.2
    assert known.order() == ["a", "b"]
    assert known.order() == ["b", "a"]
    known.note("a", answer(GONE))
    clock[0] += 29.9
    assert known.order() == ["b", "a"]
    clock[0] += 0.2
    assert known.order() == ["a", "b"]
    known.note("a", answer(ACCEPTED))
    assert known.order() == ["a", "b"]
