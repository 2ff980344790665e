"""What may stand in headers, and how it gets there."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from openviper.core.email.errors import HeaderError
from openviper.core.email.headers import (
    _ONCE,
    _PROGRAMS,
    check_headers,
    check_text,
)

LINE_ENDS_AND_CONTROLS = [
    char
    for char in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(char) in {"Cc", "Zl", "Zp"} or char in "\ud800\udbff\udc80\udfff"
]


@pytest.mark.parametrize("char", LINE_ENDS_AND_CONTROLS, ids=ascii)
def test_controls_and_line_ends_are_refused_in_each_place(char):
    """What a program may read as a line's end, and every control, is refused in subjects, values and names."""
    for text in (char, f"a{char}b", f"{char}Bcc: eve@example.org", f"ü{char}"):
        with pytest.raises(HeaderError, match=r"subject=.* has U\+") as refusal:
            check_text(text, "subject")
        assert str(refusal.value).isprintable()
        with pytest.raises(HeaderError, match=r"headers\['X-A'\]=.* has U\+"):
            check_headers({"X-A": text})
        with pytest.raises(HeaderError, match="printable ASCII characters without a colon"):
            check_headers({f"X-{text}": "a"})


@pytest.mark.parametrize(
    "text", ["", " ", "Hello", "Grüße", "a\u00a0b", "\u200f\u05e9\u05dc", "👩‍👧", "a\ufeff", "=?utf-8?q?x?=", "\ufffe"]
)
def test_any_other_text_is_a_line_of_a_header(text):
    """Text of any script, spaces and what looks encoded are taken as they are."""
    check_text(text, "subject")


@pytest.mark.parametrize("value", [None, 3, b"Hello", ["Hello"]])
def test_what_is_no_text_is_refused(value):
    """A value of another type is not turned into text."""
    with pytest.raises(HeaderError, match=f"is of type {type(value).__name__}; expected a str"):
        check_text(value, "subject")
    with pytest.raises(HeaderError, match="expected pairs of a name and a value, both str"):
        check_headers({"X-A": value})


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("From", "use sender="),
        ("to", "use recipients="),
        ("CC", "use cc="),
        ("bcc", "use bcc="),
        ("Resent-Bcc", "use bcc="),
        ("Reply-To", "use reply_to="),
        ("subject", "use subject="),
        ("Date", "use date="),
        ("Message-ID", "use message_id="),
        ("Return-Path", "use envelope_sender="),
        ("MIME-Version", "always 1.0"),
        ("Content-Type", "from the text, html and attachments"),
        ("content-transfer-encoding", "from the text, html and attachments"),
        ("X-Sender", "use envelope_sender="),
        ("x-receiver", "use bcc="),
        ("DKIM-Signature", "use sign="),
        ("Received", "mail servers write it"),
    ],
)
def test_fields_of_the_message_itself_are_refused(name, says):
    """A field that an argument is for cannot come a second time, and the error says which argument."""
    with pytest.raises(HeaderError, match=says):
        check_headers({name: "x"})


@pytest.mark.parametrize("name", ["", " ", "X A", "X:", "X-Ä", "X\t", ":", "x" * 77, "X-A ", " X-A", "X-A\r\nBcc"])
def test_what_is_no_field_name_is_refused(name):
    """A name is printable ASCII without a colon, and leaves room on its line."""
    with pytest.raises(HeaderError, match="is not one; expected up to 76 printable"):
        check_headers([(name, "x")])


@pytest.mark.parametrize(
    "headers", ["X-A: b", b"X-A", 3, [("X-A",)], [("X-A", "b", "c")], ["ab", "cd"], [("X-A", None)], {3: "a"}, [None]]
)
def test_what_are_no_headers_is_refused(headers):
    """Headers are a mapping, or pairs of texts."""
    with pytest.raises(HeaderError):
        check_headers(headers)


@pytest.mark.parametrize("given_as", [list, tuple, dict, iter])
def test_headers_come_as_a_mapping_or_as_pairs(given_as):
    """The order stays."""
    pairs = (("X-B", "1"), ("X-A", "2"))
    assert check_headers(given_as(pairs)) == pairs


@pytest.mark.parametrize("headers", [None, (), {}, []])
def test_no_headers(headers):
    """None at all are none."""
    assert check_headers(headers) == ()


def test_a_field_that_counts_once_is_refused_twice():
    """Two of those that programs read are refused, whatever their case; others may come more often."""
    assert len(check_headers([("X-Tag", "a"), ("X-Tag", "b"), ("Comments", "a"), ("comments", "b")])) == 4
    with pytest.raises(HeaderError, match="'references' twice"):
        check_headers([("References", "<a@b>"), ("references", "<c@d>")])


@pytest.mark.parametrize(
    "headers",
    [
        {"References": "<ü@b>"},
        {"References": "<a@b> "},
        {"References": "<a@b> <" + "x" * 950 + "@b>"},
        {"In-Reply-To": "=?utf-8?q?x?="},
        {"List-Unsubscribe": "<https://example.org/ü>"},
        {"List-Post": "<mailto:ü@example.org>"},
        {"List-Unsubscribe": "javascript:x"},
        {"List-Unsubscribe": "https://example.org"},
        {"List-Unsubscribe": "<https://example.org>, <ftp://example.org>"},
        {"Auto-Submitted": "bla"},
        {"List-Id": "Zoë's news"},
        {"List-Id": "News <ü.example.org>"},
        {"Resent-From": "Zoë"},
        {"Resent-To": "Zoë <z@example.org>"},
        {"Sender": "a@b, c@d"},
        {"Sender": "ü@example.org"},
        {"Disposition-Notification-To": "Ada"},
    ],
)
def test_values_that_programs_read_are_not_encoded_but_refused(headers):
    """Where an encoded word would mean nothing, text that needs one is refused; an address has to be one."""
    with pytest.raises(ValueError, match="expected"):
        check_headers(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"List-Unsubscribe": "<https://example.org/u?a=1> , <mailto:u@example.org?subject=x>"},
        {"Auto-Submitted": "Auto-Replied; owner-email=ada@example.org"},
        {"List-Id": "Zoë's news <news.example.org>"},
        {"List-Id": "news.example.org"},
        {"List-Post": "NO"},
        {"Resent-From": "Zoë <z@example.org>"},
        {"Content-Language": "de"},
        {"X-" + "a" * 74: ""},
    ],
    ids=str,
)
def test_values_that_programs_read_are_taken_where_they_are_right(headers):
    """Beside what the arguments write, all of RFC 2369, RFC 2919, RFC 3282 and RFC 3834."""
    assert dict(check_headers(headers)) == headers


@pytest.mark.parametrize("name", sorted(_PROGRAMS))
def test_no_field_that_programs_read_is_encoded(name):
    """Each is refused rather than made unreadable."""
    with pytest.raises(HeaderError, match="expected words of up to 950 ASCII characters"):
        check_headers({name: "<ü>"})


@pytest.mark.parametrize("name", sorted(_ONCE))
def test_no_field_that_counts_once_is_taken_twice(name):
    """In whatever case."""
    value = {"list-unsubscribe": "<https://a.example>", "auto-submitted": "no", "sender": "a@b"}.get(name, "x")
    with pytest.raises(HeaderError, match="twice"):
        check_headers([(name, value), (name.title(), value)])


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"X-A": "x" * 65_537}, "too long for a header; expected up to 65536"),
        ([("X-A", "x" * 60_000)] * 5, "headers has 5 fields; expected up to 1000, of 262144 characters"),
        ([("X-A", "x")] * 1_001, "headers has 1001 fields"),
    ],
)
def test_long_and_many_headers_are_refused(headers, says):
    """No server takes them, and to write them takes time; the error is short."""
    with pytest.raises(HeaderError, match=says) as refusal:
        check_headers(headers)
    assert len(str(refusal.value)) < 500


def test_a_header_of_the_most_characters_is_taken():
    """65,536 in one."""
    assert check_headers({"X-A": "x" * 65_536})
