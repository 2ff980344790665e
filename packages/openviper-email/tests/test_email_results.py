"""What a result says of a message and of its recipients."""

from __future__ import annotations

import pickle

import pytest

from openviper.core.email.errors import DeliveryError
from openviper.core.email.results import DeliveryResult, RecipientResult

TAKEN = RecipientResult("ada@example.org", "accepted", 250, "2.1.5", "Ok")
UNKNOWN = RecipientResult("bob@example.org", "permanent", 550, "5.1.1", "no such user")
BUSY = RecipientResult("cleo@example.org", "transient", 451, None, "later")
LOST = RecipientResult("dan@example.org", "ambiguous", text="the connection died after the final dot")


def test_each_recipient_is_in_the_result_once():
    """Accepted ones are apart from the others, which are told by what can be done about them."""
    result = DeliveryResult.of("<1@example.org>", [BUSY, TAKEN, LOST, UNKNOWN], "bulk")
    assert result.accepted == (TAKEN,)
    assert result.refused == (BUSY, LOST, UNKNOWN)
    assert (result.transient, result.permanent, result.ambiguous) == ((BUSY,), (UNKNOWN,), (LOST,))
    assert (result.ok, result.mailer) == (False, "bulk")


def test_a_result_is_good_when_nobody_was_refused():
    """One refusal of many makes it no success."""
    assert DeliveryResult.of("<1@example.org>", [TAKEN, TAKEN]).ok
    assert not DeliveryResult.of("<1@example.org>", [TAKEN, LOST]).ok


@pytest.mark.parametrize("answers", [[TAKEN], [TAKEN, LOST], [UNKNOWN], []])
def test_a_result_is_true_where_it_is_good(answers):
    """``if await send_message(...)`` asks what it seems to."""
    result = DeliveryResult.of("<1@example.org>", answers)
    assert bool(result) is result.ok


def test_a_result_of_nobody_is_no_success():
    """A backend that names no recipient has sent nothing."""
    result = DeliveryResult("<1@example.org>")
    assert not result.ok
    assert str(result) == "<1@example.org> was accepted for nobody: the result names no recipient"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("fine", "fine"),
        ("x" * 1_000, "x" * 1_000),
        ("x" * 1_001, "x" * 999 + "…"),
        ("a\r\nb\x1b[31m\u202ec", "a  b [31m c"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_what_was_said_fits_into_a_log(said, text):
    """Whoever made the answer: a server of a custom backend can say anything."""
    assert RecipientResult("a@b", "permanent", text=said).text == text


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (TAKEN, "ada@example.org: accepted (250 2.1.5 Ok)"),
        (BUSY, "cleo@example.org: transient (451 later)"),
        (LOST, "dan@example.org: ambiguous (the connection died after the final dot)"),
        (RecipientResult("eve@example.org", "transient"), "eve@example.org: transient"),
    ],
)
def test_an_answer_reads_as_a_line(one, text):
    """Whoever it was about, what became of it, and what the server said."""
    assert str(one) == text


@pytest.mark.parametrize(
    ("results", "text"),
    [
        ([TAKEN, TAKEN], "<1@example.org> was accepted for all of its 2 recipients"),
        ([TAKEN, UNKNOWN], "<1@example.org> was not accepted for 1 of 2 recipients: " + str(UNKNOWN)),
        ([BUSY] * 7, "<1@example.org> was not accepted for 7 of 7 recipients: " + f"{BUSY}; " * 5 + "and 2 more"),
    ],
)
def test_a_result_reads_as_a_line(results, text):
    """Five refusals are named, so that the line of a large message can be read."""
    assert str(DeliveryResult.of("<1@example.org>", results)) == text


def test_the_error_travels_with_its_result():
    """A worker in another process hands it on whole."""
    error = DeliveryError(DeliveryResult.of("<1@example.org>", [TAKEN, UNKNOWN]))
    copy = pickle.loads(pickle.dumps(error))
    assert copy.result == error.result
    assert str(copy) == str(error) == str(error.result)
