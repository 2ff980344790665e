"""How text and addresses are written in headers, and read back."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from email.utils import getaddresses

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openviper.core.email._building.encoded_words import encode_words
from openviper.core.email._building.folding import address_field, text_field
from openviper.core.email._building.header_block import check_block, header_block
from openviper.core.email.addresses import Mailbox
from openviper.core.email.errors import HeaderError

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


# One beyond ASCII among so many is written in Q.
MOSTLY_ASCII = st.lists(
    st.builds(
        "{}{}".format, st.from_regex(r"[a-z ]{5,60}", fullmatch=True), st.sampled_from(["é", "€", "😀", "", "?="])
    ),
    min_size=1,
    max_size=8,
).map("".join)


@given(
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=200) | MOSTLY_ASCII,
    st.integers(24, 75),
    st.integers(24, 75),
)
@example("a" * 50 + "é" + "b" * 40, 75, 75)
@example("a" * 58 + "😀" + "b" * 40, 75, 75)
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
@example([("", "a"), ("\u00a1  ", "a")])
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
    if "=?" not in field:
        return [(each.display_name, each.addr_spec) for each in parsed(field)["Reply-To"].addresses]
    # The newer parser leaves the spaces between encoded words (RFC 2047, 6.2), and takes some at the end of a name.
    pairs = getaddresses([field.partition(":")[2].replace("\r\n", "")])
    return [(str(make_header(decode_header(name))), address) for name, address in pairs]


def test_plain_mailboxes_take_the_lines_they_need():
    """Addresses are put on lines of up to 76 characters, cut after commas."""
    field = address_field("To", [f"Ada Lovelace <ada{number}@example.org>" for number in range(40)])
    assert all(50 < len(line) <= 76 and line.endswith(",") for line in lines(field)[:-1])
    assert field.count("@") == 40


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
