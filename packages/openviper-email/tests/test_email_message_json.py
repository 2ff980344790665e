"""Messages as JSON, and back."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openviper.core.email import attachments
from openviper.core.email.attachments import AttachmentData
from openviper.core.email.errors import AttachmentError, InvalidMessage
from openviper.core.email.message import EmailMessageData

PDF = AttachmentData("a.pdf", b"%PDF-1.7")


def message(**arguments):
    return EmailMessageData(
        **{"recipients": "to@example.org", "subject": "s", "text": "t", "sender": "from@example.org", **arguments}
    )


JSON_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30)
LINES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=30)


@settings(deadline=None)
@given(
    arguments=st.fixed_dictionaries(
        {"subject": LINES, "text": JSON_TEXT},
        optional={
            "html": JSON_TEXT,
            "cc": st.just(["Zoë <z@bücher.example>"]),
            "bcc": st.just("grüße@example.org"),
            "reply_to": st.just(["a@b", '"x, y" <c@d>']),
            "headers": st.lists(st.tuples(st.just("X-A"), LINES), max_size=2),
            "envelope_sender": st.sampled_from(["", "bounce@example.org"]),
            "using": st.just("bulk"),
            "date": st.datetimes(datetime(1975, 1, 1), datetime(2100, 1, 1), timezones=st.timezones()),
            "attachments": st.lists(
                st.builds(AttachmentData, st.just("Grüße.txt"), st.binary(max_size=50), st.just("text/plain")),
                max_size=2,
            ),
        },
    )
)
def test_a_message_comes_back_from_json(arguments):
    """Whatever it has, JSON text of it is the same message."""
    data = message(**arguments)
    back = EmailMessageData.from_json(json.loads(json.dumps(data.to_json())))
    assert replace(back, date=data.date) == data
    assert back.date.isoformat() == data.date.isoformat()
    assert pickle.loads(pickle.dumps(data)) == data


def test_what_was_accepted_is_delivered_whatever_is_accepted_now(monkeypatch):
    """A smaller MAX_ATTACHMENT_BYTES than yesterday's refuses new attachments, and none of a queued message."""
    data = message(attachments=[AttachmentData("a.txt", b"x" * 100)])
    queued = json.loads(json.dumps(data.to_json()))
    monkeypatch.setattr(attachments, "MAX_ATTACHMENT_BYTES", 99)
    assert EmailMessageData.from_json(queued) == data
    with pytest.raises(AttachmentError, match="MAX_ATTACHMENT_BYTES is 99"):
        AttachmentData("a.txt", b"x" * 100)


@pytest.mark.parametrize(
    ("more", "problem"), [("", "is not base64"), ("AAAA", "has 1,073,741,828 characters of base64; expected at most")]
)
def test_a_payload_has_a_limit_before_it_is_decoded(more, problem):
    """A gigabyte of base64 is decoded, here up to its first mistake; of more, nothing is."""
    mapping = message().to_json()
    mapping["attachments"] = [
        {"filename": "a", "content": each, "mimetype": None, "content_id": None}
        for each in ["=AAA" * 262_144] * 1_024 + [more]
    ]
    with pytest.raises(InvalidMessage, match=problem):
        EmailMessageData.from_json(mapping)


def test_a_large_attachment_comes_back_from_json():
    """Content of several pieces is whole, at the sizes where they meet too."""
    for size in (0, 1, 786_431, 786_432, 786_433, 3_000_000):
        content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
        data = message(attachments=[AttachmentData("a", content, "application/octet-stream", "id")])
        assert EmailMessageData.from_json(data.to_json()) == data


def changed(**changes):
    return {**message(attachments=[PDF]).to_json(), **changes}


def attached(**changes):
    return changed(attachments=[{**changed()["attachments"][0], **changes}])


def without(key):
    return {name: value for name, value in changed().items() if name != key}


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        (None, "of type NoneType; expected a mapping"),
        ([], "of type list"),
        ({}, "version=None; this openviper-email reads 1"),
        (changed(version=2), "version=2"),
        (changed(version="1"), "version='1'"),
        (changed(version=True), "version=True"),
        (changed(version=1.0), "version=1.0"),
        (changed(extra=1), r"\['extra'\] are missing or not known"),
        (without("subject"), r"\['subject'\] are missing"),
        (changed(subject=None), "message.subject=None is of type NoneType; expected a str"),
        (changed(subject="a\nb"), "LINE FEED"),
        (changed(recipients="a@b"), "message.recipients='a@b' is of type str; expected a list"),
        (changed(recipients=["a@b", 3]), r"message.recipients\[1\]=3"),
        (changed(recipients=["a"]), "has no '@'"),
        (changed(text=3), "message.text=3"),
        (changed(text=None), "needs text, html"),
        (changed(headers=[["X-A"]]), "expected pairs"),
        (changed(headers=[["X-A", "a", "b"]]), "expected pairs"),
        (changed(headers={"X-A": "b"}), "expected a list"),
        (changed(headers=[["From", "a@b"]]), "use sender="),
        (changed(sender=""), "message.sender is empty"),
        (changed(message_id=""), "message.message_id is empty"),
        (changed(message_id="x"), "expected <left@right>"),
        (changed(envelope_sender=None), "message.envelope_sender=None"),
        (changed(envelope_recipients=[]), "message.envelope_recipients is empty"),
        (changed(date="today"), "expected an ISO 8601 time"),
        (changed(date="9999-12-31T23:59:59-00:00:30"), "of whole minutes"),
        (changed(date="1900-01-01T00:00:00+00:00:30"), "of whole minutes"),
        (changed(date="2020-01-01T00:00:00+23:59:59.5"), "of whole minutes"),
        (changed(date=3), "message.date=3"),
        (changed(date="2025-01-01T00:00:00"), "expected a datetime with a time zone"),
        (changed(attachments=None), "message.attachments=None"),
        (changed(attachments=[3]), r"message.attachments\[0\]=3"),
        (changed(attachments=[{}]), r"message.attachments\[0\] has the wrong keys"),
        (attached(extra=1), r"\['extra'\]"),
        (attached(content="x"), r"message.attachments\[0\].content is not base64"),
        (attached(content="YQ==\n"), "is not base64"),
        (attached(content="YQ==" * 2), "is not base64"),
        (attached(content="ü"), "is not base64"),
        (attached(content=None), r"message.attachments\[0\].content=None"),
        (attached(filename=None), "filename=None"),
        (attached(mimetype="x"), "type/subtype"),
    ],
)
def test_other_json_is_refused(mapping, says):
    """What was not written by to_json(), or by a later version, is refused with the place; no other error comes."""
    with pytest.raises(InvalidMessage, match=says):
        EmailMessageData.from_json(mapping)
