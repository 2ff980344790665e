"""The bytes of a message, held against what the standard library reads from them."""

from __future__ import annotations

import asyncio
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mail_reading import BODIES, LOGO, PDF, message, normal, read, received

from openviper.core.email.addresses import Mailbox
from openviper.core.email.attachments import AttachmentData
from openviper.core.email.errors import AddressError, HeaderError
from openviper.core.email.message import EmailMessageData, build_message, wire_message

LINES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=90)
# Without what shows nothing, and what is "@" in another form.
SEEN = st.characters(
    exclude_categories=("C", "M", "Z"), exclude_characters="@\ufe6b\uff20\u2800\u115f\u1160\u3164\uffa0"
)
NAMES = st.just("") | st.builds("{}{}".format, SEEN, st.text(SEEN | st.sampled_from(" \u3000\u0301"), max_size=12))
ADDRESSES = st.integers(0, 999).map(lambda number: f"a.{number}@b{number}.example")
FILES = st.builds(
    AttachmentData,
    st.text(
        st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cf"), exclude_characters="/\\"),
        min_size=1,
        max_size=60,
    ).filter(lambda name: name.strip(" .")),
    st.binary(max_size=300),
    st.sampled_from(["application/pdf", "image/png", "application/octet-stream"]),
)
CRAFTED = [
    "a\r\nBcc: eve@example.org",
    "a\nBcc: eve@example.org",
    "\n\nBcc: eve@example.org",
    "a\rBcc: eve@example.org",
    "=?utf-8?q?a=0D=0ABcc=3A_eve=40example=2Eorg?=",
    "=?utf-8?b?YQ0KQmNjOiBldmVAZXhhbXBsZS5vcmc=?=",
    "a" * 70 + " \u2028Bcc: eve@example.org",
    "a" * 70 + " \x0bBcc: eve@example.org",
    "a" * 990 + " Bcc: eve@example.org",
]


def addresses(found, name):
    return [each.addr_spec for each in found[name].addresses] if name in found else []


@settings(deadline=None)
@given(
    subject=LINES,
    text=BODIES,
    html=st.none() | BODIES,
    to=st.lists(st.tuples(NAMES, ADDRESSES), max_size=4),
    cc=st.lists(ADDRESSES, max_size=3),
    bcc=st.lists(ADDRESSES.map("hidden.".__add__), min_size=1, max_size=3),
    files=st.lists(FILES, max_size=3),
    headers=st.lists(st.tuples(st.sampled_from(["X-A", "X-B", "Comments"]), LINES), max_size=3),
)
@example("=?utf-8?q?x=0d=0aBcc:_eve=40example.org?=", "", None, [], [], ["hidden@b.example"], [], [])
def test_every_message_is_read_back(subject, text, html, to, cc, bcc, files, headers):
    """Whatever a message has, the standard library finds in its bytes, and nothing else; Bcc is never there."""
    written = [str(Mailbox(name, *address.split("@"))) for name, address in to]
    data = message(
        subject=subject, text=text, html=html, recipients=written, cc=cc, bcc=bcc, attachments=files, headers=headers
    )
    raw = build_message(data)
    found = read(raw)
    assert found["Subject"] == subject
    assert addresses(found, "To") == [address for _, address in to]
    assert addresses(found, "Cc") == cc
    assert found["Bcc"] is None
    assert b"hidden" not in raw.lower()
    assert found["Message-ID"] == data.message_id
    assert found["Date"].datetime == data.date.replace(microsecond=0)
    for name in {name for name, _ in headers}:
        assert found.get_all(name) == [value for each, value in headers if each == name]
    assert (html is not None and not text.strip()) or received(found.get_body(("plain",))) == normal(text)
    assert html is None or received(found.get_body(("html",))) == normal(html)
    attached = list(found.iter_attachments())
    assert [(each["Content-Disposition"].params["filename"], each.get_content()) for each in attached] == [
        (f.filename, f.content) for f in files
    ]


@pytest.mark.parametrize("crafted", CRAFTED, ids=ascii)
def test_a_crafted_subject_is_no_header(crafted):
    """What makes the standard library of some Pythons write a Bcc (CVE-2024-6923) is refused, or is text."""
    try:
        raw = build_message(message(subject=crafted, text="x"))
    except HeaderError:
        return
    assert not re.search(rb"(?im)^bcc", raw)
    assert read(raw)["Subject"] == crafted
    assert read(raw)["Bcc"] is None


@pytest.mark.parametrize("crafted", CRAFTED, ids=ascii)
@pytest.mark.parametrize("place", ["name", "sender", "header", "filename"])
def test_a_crafted_text_is_no_header_elsewhere(crafted, place):
    """So it is in names, values and file names."""
    arguments = {
        "name": lambda: {"recipients": f"{crafted} <a@b>"},
        "sender": lambda: {"sender": f"{crafted} <a@b>"},
        "header": lambda: {"headers": {"X-A": crafted}},
        "filename": lambda: {"attachments": [AttachmentData(crafted, b"x")]},
    }
    try:
        raw = build_message(message(text="x", **arguments[place]()))
    except ValueError:
        return
    assert not re.search(rb"(?im)^bcc", raw)
    assert read(raw)["Bcc"] is None


def test_the_same_message_has_the_same_bytes():
    """An attempt tomorrow, or in another process, sends what was sent today."""
    data = message(text="ü", html="<p>y", attachments=[PDF, LOGO])
    assert build_message(data) == build_message(EmailMessageData.from_json(data.to_json()))


def test_only_blind_copies():
    """With nobody in To and Cc, To says so."""
    found = read(build_message(message(recipients=(), bcc="hidden@example.org", text="x")))
    assert found["To"] == "undisclosed-recipients:;"
    found = read(build_message(message(recipients=(), cc="cc@example.org", text="x")))
    assert found["To"] is None


def test_header_fields_of_their_own():
    """Reply-To, a second sender and custom headers are there, names beyond ASCII encoded."""
    headers = {"Sender": "Grüße <s@example.org>", "X-Long": "x" * 900, "References": "<a@b> <c@d>", "X-Empty": ""}
    raw = build_message(message(text="x", reply_to=["Zoë <z@example.org>", "y@example.org"], headers=headers))
    found = read(raw)
    assert [each.addr_spec for each in found["Reply-To"].addresses] == ["z@example.org", "y@example.org"]
    assert found["Sender"].address.display_name == "Grüße"
    assert found["X-Long"] == "x" * 900
    assert found["X-Empty"] == ""
    assert b"\r\nReferences: <a@b> <c@d>\r\n" in raw


def test_addresses_beyond_ascii_are_for_servers_with_smtputf8():
    """Without it they are in no header; with it they stand there as they are, and the message says so."""
    arguments = {"recipients": ["Grüße <grüße@example.org>", "a@example.org"], "cc": "用户@example.org", "text": "x"}
    without = asyncio.run(wire_message(message(**arguments)))
    assert not without.smtputf8
    assert [each.addr_spec for each in read(bytes(without))["To"].addresses] == ["a@example.org"]
    assert read(bytes(without))["Cc"] is None
    wire = asyncio.run(wire_message(message(**arguments), utf8=True))
    assert wire.smtputf8
    assert "<grüße@example.org>, a@example.org\r\n".encode() in bytes(wire)
    assert "Cc: 用户@example.org\r\n".encode() in bytes(wire)
    assert b"=?utf-8?b?R3LDvMOfZQ==?=" in bytes(wire)


@pytest.mark.parametrize(
    ("arguments", "needs"),
    [
        ({}, False),
        ({"recipients": "Grüße <a@bücher.example>"}, False),
        ({"bcc": "grüße@example.org"}, True),
        ({"envelope_sender": "grüße@example.org"}, True),
        ({"sender": "grüße@example.org"}, True),
        ({"reply_to": "grüße@example.org"}, True),
    ],
)
def test_whether_a_message_needs_smtputf8(arguments, needs):
    """A local part beyond ASCII does, in the header or the envelope; a name and a domain do not."""
    assert asyncio.run(wire_message(message(text="x", **arguments), utf8=True)).smtputf8 is needs


@pytest.mark.parametrize("place", ["sender", "reply_to"])
def test_a_sender_beyond_ascii_cannot_be_left_out(place):
    """From and Reply-To are refused, where To and Cc lose the address."""
    with pytest.raises(AddressError, match=rf"^{place}='grüße@example.org' .* SMTPUTF8"):
        build_message(message(text="x", **{place: "grüße@example.org"}))


def test_the_identifier_of_a_list_stays_readable():
    """RFC 2919: the words before it are text, which is encoded, and it is none."""
    raw = build_message(message(text="x", headers={"List-Id": "Zoë's news <news.example.org>"}))
    assert b"<news.example.org>\r\n" in raw
    assert str(read(raw)["List-Id"]) == "Zoë's news <news.example.org>"


def test_an_empty_value_of_a_long_name_is_a_field():
    """A name of as many characters as one may have."""
    name = "X-" + "a" * 74
    assert read(build_message(message(text="x", headers={name: ""})))[name] == ""
