"""The second attempt: for whom, when, and what becomes of both answers."""

from __future__ import annotations

import asyncio

import pytest
from stepping import until

from openviper.core.email import DeliveryResult, EmailMessageData, InvalidMessage, RecipientResult
from openviper.core.email._sending import attempts
from openviper.core.email._sending.answers import Answer
from openviper.core.email._sending.attempts import attempted, worth_another

SOON = pytest.mark.usefixtures("_soon")
EVERY = ("ada@example.org", "grace@example.org", "alan@example.org")


@pytest.fixture
def _soon(monkeypatch):
    """The pause before the second attempt is short."""
    monkeypatch.setattr(attempts, "_PAUSE", (0.01, 0.02))


def message():
    return EmailMessageData(recipients=EVERY, subject="s", text="t", message_id="<one@example.org>")


class Server:
    """Answers each attempt by the next of some rows: recipient's name, outcome, enhanced status, text."""

    def __init__(self, *attempts):
        self.attempts = list(attempts)
        self.envelopes, self.ids, self.seconds = [], [], []

    async def __call__(self, data, seconds):
        self.envelopes.append(data.envelope_recipients)
        self.ids.append(data.message_id)
        self.seconds.append(seconds)
        rows = self.attempts.pop(0)
        every = [
            RecipientResult(each, *rows.get(each.partition("@")[0], ("accepted",))) for each in data.envelope_recipients
        ]
        return Answer(DeliveryResult.of(data.message_id, every))


@SOON
async def test_only_those_who_surely_did_not_get_it_are_tried_again():
    """The second attempt has their addresses alone, and the same Message-ID; both answers make one result."""
    server = Server({"ada": ("transient", 451), "grace": ("permanent", 550)}, {})
    result = (await attempted(server, message(), 10, retry_ambiguous=False)).result
    assert server.envelopes == [EVERY, ("ada@example.org",)]
    assert server.ids == ["<one@example.org>"] * 2
    assert {each.recipient for each in result.accepted} == {"ada@example.org", "alan@example.org"}
    assert [each.recipient for each in result.permanent] == ["grace@example.org"]


@SOON
async def test_there_is_no_third_attempt():
    """What is refused twice is refused."""
    server = Server({"ada": ("transient", 451)}, {"ada": ("transient", 452)})
    result = (await attempted(server, message(), 10, retry_ambiguous=False)).result
    assert [each.code for each in result.transient] == [452]
    assert len(server.envelopes) == 2


@SOON
@pytest.mark.parametrize(("ambiguous", "times"), [(False, 1), (True, 2)])
async def test_what_may_have_been_sent_is_sent_again_only_where_that_is_wanted(ambiguous, times):
    """EMAIL_RETRY_AMBIGUOUS decides between maybe twice and maybe not at all."""
    server = Server({"ada": ("ambiguous",)}, {})
    result = (await attempted(server, message(), 10, retry_ambiguous=ambiguous)).result
    assert len(server.envelopes) == times
    assert result.ok is (times == 2)


@SOON
@pytest.mark.parametrize(
    ("second", "outcome"),
    [
        (("accepted", 250), "accepted"),
        (("transient", 451, None, "later"), "ambiguous"),
        (("transient", None, None, "mailer 'default' is closed"), "ambiguous"),
        (("permanent", 550, "5.7.1", "no"), "ambiguous"),
        (("ambiguous",), "ambiguous"),
    ],
)
async def test_who_may_have_it_from_the_first_attempt_may_have_it_after_the_second(second, outcome):
    """A refusal says nothing of the message before it; both are told."""
    server = Server({"ada": ("ambiguous", None, None, "no reply to the final dot")}, {"ada": second})
    result = (await attempted(server, message(), 10, retry_ambiguous=True)).result
    [answer] = [each for each in (*result.accepted, *result.refused) if each.recipient == "ada@example.org"]
    assert answer.outcome == outcome
    assert len(result.accepted) + len(result.refused) == 3
    if outcome != second[0]:
        assert answer.text.startswith(f"no reply to the final dot; tried again: {second[0]} (")
        assert answer.text.endswith(f"{second[-1]})")


async def test_the_second_attempt_has_what_the_first_left_of_the_time():
    """Both together take no more than EMAIL_TIMEOUT."""
    server = Server({"ada": ("transient",)}, {})
    await attempted(server, message(), 10, retry_ambiguous=False)
    assert server.seconds[0] == 10
    assert 0 < server.seconds[1] < 9.6


@pytest.mark.parametrize("seconds", [0.2, 1.4])
async def test_without_time_for_it_there_is_no_second_attempt(seconds):
    """The caller has the first answer at once."""
    server = Server({"ada": ("transient",)})
    async with asyncio.timeout(0.4):
        result = (await attempted(server, message(), seconds, retry_ambiguous=False)).result
    assert len(result.transient) == 1


@pytest.mark.parametrize(
    ("row", "is_worth_it"),
    [
        (("transient", None, None, "no connection"), True),
        (("transient", 421, "4.3.2", "shutting down"), True),
        (("transient", 451, "4.3.0", "temporary failure"), True),
        (("transient", 452, "4.2.2", "mailbox full"), False),
        (("transient", 450, "4.7.1", "come back later"), False),
        (("transient", 451, "4.7.10", "policy"), False),
        (("transient", 451, "4.7.24", "SPF"), False),
        (("transient", 450, None, "Greylisted, see https://example.org"), False),
        (("transient", 450, "4.2.0", "Recipient address rejected: Gray-Listed"), False),
        (("permanent", 550, "5.1.1", "no such user"), False),
        (("permanent", 554, None, "rejected"), False),
        (("accepted", 250, None, "ok"), False),
    ],
)
def test_who_says_to_come_back_later_is_not_asked_in_a_second(row, is_worth_it):
    """Greylisting, policies and full mailboxes last longer than a caller waits."""
    result = DeliveryResult.of("<one@example.org>", [RecipientResult("ada@example.org", *row)])
    assert worth_another(result, ambiguous=False) == (("ada@example.org",) if is_worth_it else ())


async def test_cancellation_in_the_pause_ends_both_attempts(caplog):
    """Nothing is sent for a caller who is gone, and what the first one knows is in the log."""
    server = Server({"ada": ("transient", 451)}, {})
    attempt = asyncio.create_task(attempted(server, message(), 10, retry_ambiguous=False))
    await until(lambda: server.envelopes)
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    assert len(server.envelopes) == 1
    assert "not accepted for 1 of 3 recipients: ada@example.org: transient (451)" in caplog.text


@SOON
@pytest.mark.parametrize("error", [InvalidMessage("sign returned rubbish"), RuntimeError("broken")])
async def test_an_error_of_the_second_attempt_leaves_the_answer_of_the_first(caplog, error):
    """Who accepted it is known, and would get it twice from a caller that was told nothing."""

    class Failing(Server):
        async def __call__(self, data, seconds):
            if self.envelopes:
                raise error
            return await super().__call__(data, seconds)

    result = (await attempted(Failing({"ada": ("transient", 451)}), message(), 10, retry_ambiguous=False)).result
    assert [each.recipient for each in result.accepted] == ["grace@example.org", "alan@example.org"]
    assert [each.code for each in result.transient] == [451]
    assert "the second attempt to send <one@example.org> failed" in caplog.text
    assert str(error) in caplog.text


@SOON
@pytest.mark.parametrize("is_open", [[False], [True, False]], ids=["before the pause", "in the pause"])
async def test_where_the_program_ends_there_is_no_second_attempt(is_open):
    """And what the first one knows is the answer."""
    server = Server({"ada": ("transient", 451)}, {})
    asked = iter(is_open)
    answer = await attempted(server, message(), 10, retry_ambiguous=False, is_open=lambda: next(asked))
    assert [each.code for each in answer.result.transient] == [451]
    assert len(server.envelopes) == 1


@SOON
@pytest.mark.parametrize(("second", "expected"), [(None, "first"), (OSError("second"), "second")])
async def test_the_reason_is_that_of_the_last_attempt_that_has_one(second, expected):
    """It is raised with the refusal."""
    causes = [OSError("first"), second]

    async def refusing(data, seconds):
        result = DeliveryResult.of(data.message_id, [RecipientResult(each, "transient") for each in data.recipients])
        return Answer(result, causes.pop(0))

    answer = await attempted(refusing, message(), 10, retry_ambiguous=False)
    assert str(answer.cause) == expected
