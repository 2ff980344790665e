"""What may stand in headers, and how it gets there."""

from __future__ import annotations

import sys
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openviper.core.email._building.encoded_words import encode_words
from openviper.core.email._building.folding import address_field, text_field
from openviper.core.email._building.header_block import check_block, header_block
from openviper.core.email._building.parameters import filename_parameters
from openviper.core.email.addresses import Mailbox
from openviper.core.email.errors import HeaderError
from openviper.core.email.headers import (
    _ONCE,
    _PROGRAMS,
    auto_submitted_header,
    check_headers,
    check_message_id,
    check_text,
    format_date,
    list_unsubscribe_headers,
    make_message_id,
)

LINE_ENDS_AND_CONTROLS = [
    char
    for char in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(char) in {"Cc", "Zl", "Zp"} or char in "\ud800\udbff\udc80\udfff"
]
LINES_OF_TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=300)
ASCII_LINES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=300)
# Without what shows nothing, and what is "@" in another form.
SEEN = st.characters(
    exclude_categories=("C", "M", "Z"), exclude_characters="@\ufe6b\uff20\u2800\u115f\u1160\u3164\uffa0"
)
NAMES = st.just("") | st.builds("{}{}".format, SEEN, st.text(SEEN | st.sampled_from(" \u3000\u0301"), max_size=90))


def parsed(field):
    """Return what the standard library reads a field as, that is folded as a whole message has it."""
    return message_from_bytes(header_block([field]) + b"\r\n", policy=default)


def lines(field):
    return field.split("\r\n")


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
    with pytest.raises(HeaderError, match="is none; expected up to 76 printable"):
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


@given(st.integers(1, 20))
def test_message_ids_differ(count):
    """Each has its domain and passes the check, and none comes twice."""
    made = {make_message_id("example.org") for _ in range(count)}
    assert len(made) == count
    for each in made:
        check_message_id(each)
        assert each.endswith("@example.org>")


@pytest.mark.parametrize("left", ["", "a b", "a\n", "ü", "a<b", "a>b", "=?x?q?y?=", "a" * 251])
def test_what_cannot_stand_in_a_message_id(left):
    """The left side is printable ASCII without spaces and angle brackets."""
    with pytest.raises(HeaderError, match="expected <left@right>"):
        check_message_id(f"<{left}@example.org>")


@pytest.mark.parametrize(
    "message_id", ["", "a@b", "<a@b", "<a>", "<a@b>x", "x<a@b>", "<a@b>\r\nBcc: x", "<a@b>\n", 3, None]
)
def test_what_is_no_message_id_is_refused(message_id):
    """One pair of angle brackets with left@right in ASCII, and nothing around it."""
    with pytest.raises(HeaderError, match="expected <left@right>"):
        check_message_id(message_id)


@pytest.mark.parametrize(
    ("date", "written"),
    [
        (datetime(2025, 11, 21, 14, 8, 5, 999, UTC), "Fri, 21 Nov 2025 14:08:05 +0000"),
        (
            datetime(2024, 2, 29, 0, 0, 0, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
            "Thu, 29 Feb 2024 00:00:00 -0330",
        ),
        (datetime(1900, 1, 1, tzinfo=UTC), "Mon, 01 Jan 1900 00:00:00 +0000"),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "Fri, 31 Dec 9999 23:59:59 +0000"),
        (datetime(1900, 1, 2, tzinfo=timezone(timedelta(minutes=19, seconds=32))), "Mon, 01 Jan 1900 23:40:28 +0000"),
    ],
)
def test_a_date_is_written_as_mail_has_it(date, written):
    """In English, with its offset; one that has seconds becomes UTC."""
    assert format_date(date) == written


def test_a_date_that_utc_does_not_have_is_refused():
    """By an error of ours."""
    date = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(seconds=-30)))
    with pytest.raises(HeaderError, match="expected one from 1900 to 9998"):
        format_date(date)


@given(st.datetimes(datetime(1900, 1, 2), datetime(9999, 12, 30), timezones=st.timezones()))
@example(datetime(1901, 5, 5, tzinfo=ZoneInfo("Europe/Amsterdam")))
def test_any_date_is_read_back(date):
    """The standard library reads the same time, to the second."""
    # Not compared as they are: no two zones agree about a time that a clock skips.
    assert parsedate_to_datetime(format_date(date)).timestamp() == date.replace(microsecond=0).timestamp()


@given(LINES_OF_TEXT | ASCII_LINES)
@example("=?utf-8?q?Bcc:_x?=")
@example(" leading and trailing ")
@example("a  b   c" * 30)
@example("x" * 10_000)
@example("ü" * 10_000)
@example("x" * 77 + " " * 2_000 + "y")
@example("\u2003" * 50)
@example("a =?b")
@example("=" * 80 + "?")
def test_a_subject_is_read_back(subject):
    """Whatever line of text it is, the standard library reads the same, from lines of up to 76 characters."""
    field = text_field("Subject", subject)
    assert parsed(field)["Subject"] == subject
    assert all(len(line) <= 76 for line in lines(field))
    assert "=?" not in subject or subject not in field


@given(LINES_OF_TEXT | ASCII_LINES, st.from_regex(r"X-[a-z]{1,74}", fullmatch=True))
@example("https://example.org/" + "x" * 960, "X-Url")
@example("https://example.org/" + "x" * 10_000, "X-Url")
def test_a_custom_value_is_read_back(value, name):
    """So it is for other fields, with lines of up to 998 characters for the words of programs."""
    field = text_field(name, value, longest=998)
    assert parsed(field)[name] == value
    assert all(len(line) <= 998 for line in lines(field))


def test_a_long_url_stays_whole():
    """A word that a line can hold is not cut in a value that programs read."""
    url = "<https://example.org/" + "x" * 900 + ">"
    assert text_field("List-Unsubscribe", url, longest=998) == f"List-Unsubscribe: {url}"


@given(
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=200),
    st.integers(24, 75),
    st.integers(24, 75),
)
def test_an_encoded_word_holds_whole_characters(text, first, others):
    """Each is as long as it may be at most, and can be read without the others (RFC 2047, section 5)."""
    words = encode_words(text, first, others)
    assert len(words[0]) <= first
    assert all(len(word) <= others for word in words[1:])
    assert all(" " not in word for word in words)
    # Each decodes alone, to text without half a character.
    assert "".join(decoded(word) for word in words) == text


def decoded(word):
    from binascii import a2b_base64, a2b_qp

    charset, encoding, data = word.removeprefix("=?").removesuffix("?=").split("?")
    assert charset == "utf-8"
    raw = a2b_base64(data) if encoding == "b" else a2b_qp(data, header=True)
    return raw.decode()


@given(st.lists(st.tuples(NAMES, st.from_regex(r"[a-z]{1,64}", fullmatch=True)), min_size=1, max_size=20))
@example([("A" * 300, "a")])
@example([("ü" * 300, "a")])
@example([('"\\', "a"), ("a,b", "b"), ("=?utf-8?q?x?=", "c"), ("", "d")])
@example([("J. Doe", "a"), (" a ", "b"), ("a  b", "c")])
def test_mailboxes_are_read_back(parts):
    """The standard library finds the same names and addresses, in the same order."""
    mailboxes = [Mailbox(name, local, "example.org") for name, local in parts if "@" not in name]
    if not mailboxes:
        return
    field = address_field("Reply-To", [str(each) for each in mailboxes])
    assert read_mailboxes(field) == [(each.name, each.address) for each in mailboxes]
    assert all(len(line) <= 92 for line in lines(field))


def read_mailboxes(field):
    """Return the names and addresses that the standard library finds."""
    if "?=\r\n =?" not in field and "?= =?" not in field:
        return [(each.display_name, each.addr_spec) for each in parsed(field)["Reply-To"].addresses]
    # Where a name has several encoded words, the newer parser leaves the spaces between them (RFC 2047, 6.2).
    pairs = getaddresses([field.partition(":")[2].replace("\r\n", "")])
    return [(str(make_header(decode_header(name))), address) for name, address in pairs]


def test_plain_mailboxes_take_the_lines_they_need():
    """Addresses are put on lines of up to 76 characters, cut after commas."""
    field = address_field("To", [f"Ada Lovelace <ada{number}@example.org>" for number in range(40)])
    assert all(50 < len(line) <= 76 and line.endswith(",") for line in lines(field)[:-1])
    assert field.count("@") == 40


@pytest.mark.parametrize(
    ("filename", "parameters"),
    [
        ("report.pdf", ['filename="report.pdf"']),
        ("a b (1).pdf", ['filename="a b (1).pdf"']),
        ("Grüße.pdf", ["filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf", 'filename="Gr__e.pdf"']),
        ('a"b.pdf', ["filename*=utf-8''a%22b.pdf", 'filename="a_b.pdf"']),
        ("=?utf-8?q?x?=", ["filename*=utf-8''%3D%3Futf-8%3Fq%3Fx%3F%3D", 'filename="__utf-8_q_x__"']),
        ("100%.pdf", ["filename*=utf-8''100%25.pdf", 'filename="100_.pdf"']),
        (
            "x" * 90 + ".pdf",
            [f"filename*0*=utf-8''{'x' * 54}", f"filename*1*={'x' * 36}.pdf", f'filename="{"x" * 36}.pdf"'],
        ),
    ],
)
def test_a_file_name_is_a_parameter_or_more(filename, parameters):
    """Short ASCII as it is; else percent-encoded UTF-8 in pieces, and a name for programs that read none of it."""
    assert filename_parameters(filename) == parameters


@pytest.mark.parametrize(
    ("filename", "fallback"),
    [
        ("A" * 36 + ".exe" + "é.textlonglong", "A" * 27 + ".textlonglong"),
        ("invoice.pdf" + " " * 30 + "é.exe-signed1", None),
        ("A" * 36 + ".exe" + "é" * 30, "A" * 36 + "_exe"),
        ("A" * 36 + ".exe." + "x" * 30, "A" * 36 + "_exe"),
        ("A" * 36 + ".exe." + "é" * 20, None),
    ],
)
def test_no_other_kind_of_file_is_made_of_a_name_that_is_cut(filename, fallback):
    """What stands for a long name has the end of that name, or none."""
    last = filename_parameters(filename)[-1]
    shown = last.removeprefix('filename="').removesuffix('"')
    assert len(shown) <= 40
    suffix = filename.rpartition(".")[2]
    assert shown.endswith("." + suffix.replace("é", "_")) or "." not in shown
    assert fallback in (None, shown)


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=255))
@example("é" * 255)
@example("%" * 255)
@example("x.pdf; filename=evil.exe")
@example("utf-8''x")
def test_a_file_name_is_read_back(filename):
    """The standard library finds the same name, from lines of up to 76 characters."""
    field = ";\r\n ".join(("Content-Disposition: attachment", *filename_parameters(filename)))
    assert parsed(field)["Content-Disposition"].params["filename"] == filename
    assert all(len(line) <= 76 for line in lines(field))


@pytest.mark.parametrize(
    ("targets", "value"),
    [
        ("https://example.org/u?t=1", "<https://example.org/u?t=1>"),
        (("mailto:u@example.org", "https://example.org/u"), "<mailto:u@example.org>, <https://example.org/u>"),
        (["HTTPS://example.org/"], "<HTTPS://example.org/>"),
    ],
)
def test_list_unsubscribe_is_one_click(targets, value):
    """With an https URL, mail programs unsubscribe by a POST (RFC 8058)."""
    assert list_unsubscribe_headers(targets) == (
        ("List-Unsubscribe", value),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )
    assert list_unsubscribe_headers(targets, one_click=False) == (("List-Unsubscribe", value),)


@pytest.mark.parametrize(
    "targets",
    [
        "",
        [],
        "http://example.org/u",
        "javascript:alert(1)",
        "https://",
        "https:///u",
        "mailto:",
        "mailto:u@example.org",
        "https://example.org/ü",
        "https://example.org/a b",
        "https://example.org/a,b",
        "https://example.org/>,<https://evil.example",
        "https://example.org/\r\nBcc: eve@example.org",
        "https://example.org/?a=?b",
        "https://example.org/" + "x" * 900,
        ["https://example.org/u", 3],
    ],
)
def test_what_nobody_can_unsubscribe_with_is_refused(targets):
    """A URL that mail programs would not call, or that breaks the header, is refused; so is one click without https."""
    with pytest.raises(HeaderError, match="list_unsubscribe"):
        list_unsubscribe_headers(targets)


def test_auto_submitted():
    """One of the four words of RFC 3834 and RFC 5436."""
    assert auto_submitted_header() == ("Auto-Submitted", "auto-generated")
    assert auto_submitted_header("auto-replied") == ("Auto-Submitted", "auto-replied")
    with pytest.raises(HeaderError, match="expected 'auto-generated'"):
        auto_submitted_header("yes")


@pytest.mark.parametrize(
    "fields",
    [
        ["Subject: a\r\nBcc: eve@example.org"],
        ["Subject: a\r\n\r\nBcc: eve@example.org"],
        ["Subject: a\nBcc: eve@example.org"],
        ["Subject: a\rBcc: eve@example.org"],
        ["Subject: a\0"],
        ["Subject: a\x0bBcc: x"],
        ["Subject: ü"],
        ["Subject: a\x7f"],
        ["Subject"],
        [" Subject: a"],
        ["Subject : a"],
        [""],
        ["Subject: " + "x" * 990],
        ["Subject: a\r\n \r\n b"],
        ["Subject: a\r\n"],
    ],
    ids=ascii,
)
def test_the_finished_header_is_looked_at_once_more(fields):
    """Whatever got past everything else: a header that reads as other fields than were meant is never returned."""
    with pytest.raises(HeaderError):
        header_block(["From: a@b", *fields])


def test_a_header_that_is_one():
    """Folds, tabs and, for SMTPUTF8 alone, UTF-8 are as they should be."""
    assert check_block(b"A: b\r\n c\r\n\td\r\nE:\r\n") == ["A", "E"]
    assert header_block(["To: ü@b"], utf8=True) == "To: ü@b\r\n".encode()
