"""What a mailer makes of whatever its backend answers."""

from __future__ import annotations

import pytest
from mailer_backends import TO, accepted, answering

from openviper.core.email import DeliveryResult, RecipientResult


@pytest.mark.parametrize(
    ("given", "outcomes"),
    [
        (None, ["accepted", "accepted"]),
        (DeliveryResult.of("<1@example.org>", accepted("ada", "grace")), ["accepted", "accepted"]),
        (DeliveryResult.of("<1@example.org>", accepted("grace", "ada")), ["accepted", "accepted"]),
        (DeliveryResult.of("<1@example.org>", accepted("grace")), ["ambiguous", "accepted"]),
        (DeliveryResult.of("<1@example.org>", accepted("ada", "ada")), ["accepted", "ambiguous"]),
        (DeliveryResult.of("<1@example.org>", accepted("ada", "grace", "eve")), ["accepted", "accepted"]),
        (
            DeliveryResult.of("<1@example.org>", [*accepted("ada", "grace"), RecipientResult(TO[0], "permanent", 550)]),
            ["permanent", "accepted"],
        ),
        (DeliveryResult("<1@example.org>"), ["ambiguous", "ambiguous"]),
        (True, ["ambiguous", "ambiguous"]),
        ("250 ok", ["ambiguous", "ambiguous"]),
        ({}, ["ambiguous", "ambiguous"]),
    ],
    ids=["none", "result", "other-order", "half", "twice", "stranger", "contradiction", "empty", "true", "str", "dict"],
)
async def test_every_recipient_has_exactly_one_answer(answered, given, outcomes):
    """Whatever a backend returns; of whom it said nothing, nothing is known."""
    result = await answered(answering(given))
    found = {each.recipient: each.outcome for each in (*result.accepted, *result.refused)}
    assert [found[each] for each in TO] == outcomes
    assert len(result.accepted) + len(result.refused) == 2


class Unshowable:
    def __repr__(self):
        raise RuntimeError("no")


def answers(outcome, **fields):
    return tuple(RecipientResult(each, outcome, **fields) for each in TO)


@pytest.mark.parametrize(
    "given",
    [
        DeliveryResult("<1@example.org>", accepted=TO),
        DeliveryResult("<1@example.org>", accepted=None),
        DeliveryResult("<1@example.org>", accepted=(Unshowable(),)),
        DeliveryResult("<1@example.org>", accepted=answers("permanent")),
        DeliveryResult("<1@example.org>", refused=answers("accepted")),
        DeliveryResult("<1@example.org>", refused=answers("deferred")),
        DeliveryResult("<1@example.org>", refused=answers(["transient"])),
        DeliveryResult("<1@example.org>", refused=answers("transient", code="451")),
        DeliveryResult("<1@example.org>", refused=answers("transient", enhanced_status=4)),
        Unshowable(),
    ],
    ids=[
        "strings",
        "none",
        "unshowable",
        "accepted permanent",
        "refused accepted",
        "unknown outcome",
        "unhashable outcome",
        "code of text",
        "status of no text",
        "unshowable result",
    ],
)
async def test_an_answer_that_cannot_be_read_is_ambiguous(answered, given):
    """It came to an end, so it may have sent: nothing is raised, and nobody is told that it was not sent."""
    sent = []

    class Backend:
        async def send(self, message_data):
            sent.append(message_data)
            return given

    result = await answered(Backend, seconds=10)
    assert [each.outcome for each in result.refused] == ["ambiguous", "ambiguous"]
    assert not result.accepted
    assert len(sent) == 1


async def test_an_error_that_cannot_be_shown_is_named_by_its_class(answered):
    """Somebody else's __str__ is code too."""

    class UnshowableError(Exception):
        def __str__(self):
            raise RuntimeError("no")

    class Failing:
        async def send(self, message_data):
            raise UnshowableError

    assert [each.text for each in (await answered(Failing)).transient] == ["UnshowableError"] * 2


async def test_nonsense_from_a_backend_is_named(answered):
    """The text says what came, and what was expected."""
    result = await answered(answering(True))
    assert result.refused[0].text == "the backend's send() returned True; expected a DeliveryResult, or None"
