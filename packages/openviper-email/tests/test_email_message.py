"""Messages as data: what they take, what they refuse, and how they come through a queue."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import repeat

import pytest

from openviper.conf import override_settings
from openviper.core.email.attachments import AttachmentData
from openviper.core.email.errors import AddressError, HeaderError, InvalidMessage
from openviper.core.email.message import EmailMessageData

PDF = AttachmentData("a.pdf", b"%PDF-1.7")


def message(**arguments):
    return EmailMessageData(
        **{"recipients": "to@example.org", "subject": "s", "text": "t", "sender": "from@example.org", **arguments}
    )


def test_a_message_is_complete():
    """With two arguments and a text it has all that it is sent with, of which nothing changes any more."""
    data = EmailMessageData(recipients="Ada <ada@Example.org>", subject="Hello", text="x")
    assert data.recipients == ("Ada <ada@example.org>",)
    assert data.sender == "webmaster@localhost"
    assert data.envelope_sender == "webmaster@localhost"
    assert data.envelope_recipients == ("ada@example.org",)
    assert data.message_id.endswith("@localhost>")
    assert data.date.tzinfo is UTC
    with pytest.raises(FrozenInstanceError):
        data.subject = "other"


def test_the_sender_is_a_setting_where_there_is_none():
    """DEFAULT_FROM_EMAIL, at the time the message is made; where it is none, the error names it."""
    with override_settings(DEFAULT_FROM_EMAIL="The News <news@Example.org>"):
        data = message(sender="")
    assert data.sender == "The News <news@example.org>"
    assert data.envelope_sender == "news@example.org"
    with override_settings(DEFAULT_FROM_EMAIL="news"), pytest.raises(AddressError, match=r"^DEFAULT_FROM_EMAIL='news'"):
        message(sender="")


@pytest.mark.parametrize("given_as", [list, tuple, iter, lambda pair: dict.fromkeys(pair).keys()])
def test_any_iterable_of_addresses_is_taken(given_as):
    """Lists and generators become tuples."""
    pair = ["a@b", "B <c@d>"]
    data = message(recipients=given_as(pair), cc=given_as(["e@f"]), bcc=given_as(["g@h"]), reply_to=given_as(["i@j"]))
    assert data.recipients == ("a@b", "B <c@d>")
    assert (data.cc, data.bcc, data.reply_to) == (("e@f",), ("g@h",), ("i@j",))
    assert data.envelope_recipients == ("a@b", "c@d", "e@f", "g@h")


def test_one_address_may_be_a_plain_string():
    """In each place for several."""
    data = message(recipients="a@b", cc="c@d", bcc="e@f", reply_to="g@h", envelope_recipients="c@d")
    assert (data.recipients, data.cc, data.bcc, data.reply_to) == (("a@b",), ("c@d",), ("e@f",), ("g@h",))
    assert data.envelope_recipients == ("c@d",)


def test_each_recipient_is_once_in_the_envelope():
    """The same address in to, cc and bcc gets one copy; the header shows what was given."""
    data = message(recipients=["a@b", "A <a@B>"], cc=["a@b", "c@d"], bcc=["c@d", "a@b"])
    assert data.envelope_recipients == ("a@b", "c@d")
    assert data.cc == ("a@b", "c@d")


def test_thousands_of_recipients():
    """5,000 are no special case."""
    every = [f"a{number}@example.org" for number in range(5_000)]
    assert message(recipients=every).envelope_recipients == tuple(every)


@pytest.mark.parametrize("place", ["recipients", "cc", "bcc", "reply_to", "envelope_recipients"])
@pytest.mark.parametrize("given_as", [None, 3, b"a@b", {"a@b": "Ada"}, PDF, ["a@b", None], ["a@b, c@d"], "a@b,c@d"])
def test_what_are_no_addresses_is_refused(place, given_as):
    """Neither another type, nor a list in one string; the error names the argument."""
    with pytest.raises(AddressError, match=f"^{place}"):
        message(**{place: given_as})


@pytest.mark.parametrize("nobody", [{"recipients": ()}, {"recipients": [], "cc": [], "bcc": ()}])
def test_a_message_needs_a_recipient(nobody):
    """Nobody at all is refused; nobody in To is not."""
    with pytest.raises(AddressError, match="cc and bcc are empty"):
        message(**nobody)
    assert message(recipients=(), bcc="a@b").envelope_recipients == ("a@b",)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"envelope_sender": "Ada <a@b>"}, "envelope_sender='Ada <a@b>' has a name"),
        ({"envelope_sender": "a"}, "^envelope_sender='a' has no '@'"),
        ({"envelope_sender": 3}, "^envelope_sender=3 is of type int"),
        ({"envelope_recipients": ["a@b", "Ada <a@b>"]}, r"^envelope_recipients\[1\]='Ada <a@b>' has a name"),
    ],
)
def test_the_envelope_has_bare_addresses(arguments, says):
    """A name is for headers."""
    with pytest.raises(AddressError, match=says):
        message(**arguments)


def test_the_envelope_may_be_another():
    """Bounces go where it says, or nowhere; recipients may be fewer, each once."""
    assert message(envelope_sender="").envelope_sender == ""
    assert message(envelope_sender="bounces@B.example").envelope_sender == "bounces@b.example"
    assert message(cc="c@d", envelope_recipients=["c@d", "c@D"]).envelope_recipients == ("c@d",)


@pytest.mark.parametrize(
    ("change", "stranger"),
    [
        ({"recipients": "grace@x.org"}, "ada@x.org"),
        ({"recipients": ["Ada <eve@x.org>"]}, "ada@x.org"),
        ({"cc": "alan@x.org"}, "cc@x.org"),
        ({"bcc": ()}, "archive@x.org"),
        ({"envelope_recipients": ["ada@x.org", "eve@x.org"]}, "eve@x.org"),
    ],
)
def test_nobody_gets_a_message_who_is_not_named_in_it(change, stranger):
    """Other people in the header alone would send it to the old ones; and Bcc is a header of ours."""
    data = message(recipients="Ada <ada@x.org>", cc="cc@x.org", bcc="archive@x.org")
    with pytest.raises(AddressError) as caught:
        replace(data, **change)
    assert str(caught.value) == (
        f"envelope_recipients has {stranger!r}, which is in none of recipients, cc and bcc; compose the message again "
        "for other people: envelope_recipients, and replace(), are for some of its own"
    )
    assert replace(data, subject="Another").envelope_recipients == data.envelope_recipients


def test_a_message_for_some_is_otherwise_the_same():
    """Narrowed to fewer recipients for another attempt, it has the same headers, Message-ID and Date."""
    data = message(recipients=["a@b", "c@d"], attachments=[PDF])
    narrowed = replace(data, envelope_recipients=("c@d",))
    assert narrowed.envelope_recipients == ("c@d",)
    assert replace(narrowed, envelope_recipients=data.envelope_recipients) == data


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"subject": None}, HeaderError, "subject=None is of type NoneType"),
        ({"subject": "a\nb"}, HeaderError, r"has U\+000A LINE FEED"),
        ({"text": None}, InvalidMessage, "needs text, html or a template"),
        ({"text": b"x"}, InvalidMessage, "text is of type bytes; expected a str"),
        ({"html": 3}, InvalidMessage, "html is of type int"),
        ({"text": "secret\0"}, InvalidMessage, r"^text has U\+0000 NUL at 6, which no mail can have"),
        ({"text": "ü" * 16_383 + "\ud83d\ude00"}, InvalidMessage, r"^text has U\+D83D a lone surrogate at 16383"),
        ({"html": "ü\ud800"}, InvalidMessage, r"^html has U\+D800 a lone surrogate at 1"),
        ({"date": datetime(2025, 1, 1)}, InvalidMessage, "expected a datetime with a time zone"),
        ({"date": datetime(1899, 1, 1, tzinfo=UTC)}, InvalidMessage, "from 1900 on"),
        ({"date": datetime(9999, 1, 1, tzinfo=UTC)}, InvalidMessage, "to 9998"),
        ({"date": datetime(2025, 1, 1, tzinfo=timezone(timedelta(seconds=30)))}, InvalidMessage, "of whole minutes"),
        ({"recipients": ["a@b"] * 10_001}, AddressError, "^recipients has more than 10000 addresses"),
        ({"bcc": ("a@b",) * 10_001}, AddressError, "^bcc has more than 10000 addresses"),
        ({"cc": repeat("a@b")}, AddressError, "^cc has more than 10000 addresses"),
        ({"attachments": repeat(PDF)}, InvalidMessage, "attachments has more than 1000"),
        ({"subject": "x" * 65_537}, HeaderError, "subject='x.* too long for a header"),
        ({"headers": {"X-A": "x" * 65_537}}, HeaderError, "too long for a header"),
        ({"subject": ["x" * 1_000_000]}, HeaderError, "subject=.* is of type list"),
        ({"message_id": "x" * 1_000_000}, HeaderError, "message_id='x.* is not a Message-ID"),
        ({"date": "today"}, InvalidMessage, "date='today'; expected a datetime"),
        ({"message_id": "abc"}, HeaderError, "message_id='abc' is not a Message-ID"),
        ({"headers": {"Bcc": "a@b"}}, HeaderError, "use bcc="),
        ({"headers": 3}, HeaderError, "expected a mapping or pairs"),
        ({"attachments": [b"x"]}, InvalidMessage, r"attachments\[0\] is of type bytes; expected AttachmentData"),
        ({"attachments": PDF}, InvalidMessage, "expected a list of AttachmentData"),
        ({"attachments": "a.pdf"}, InvalidMessage, "attachments is of type str"),
        ({"using": "a\nb"}, HeaderError, "using="),
        ({"using": None}, HeaderError, "using=None"),
        (
            {"attachments": [AttachmentData("a", b"", content_id="x"), AttachmentData("b", b"", content_id="x")]},
            InvalidMessage,
            "two attachments have one content_id",
        ),
        ({"attachments": [AttachmentData("a", b"", content_id="=?x")]}, InvalidMessage, r"has '=\?'"),
    ],
)
def test_what_makes_no_message_is_refused(arguments, error, says):
    """When the message is made, with the argument's name; never when it is sent."""
    with pytest.raises(error, match=says) as refusal:
        message(**arguments)
    assert isinstance(refusal.value, ValueError)
    assert "secret" not in str(refusal.value)
    assert len(str(refusal.value)) < 600


def test_bodies_and_attachments_are_not_shown():
    """What a log shows of a message has no text, in which a link or a password may be."""
    shown = repr(message(text="secret", html="secret", attachments=[AttachmentData("a", b"secret")]))
    assert "secret" not in shown
    assert "to@example.org" in shown
