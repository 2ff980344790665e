"""Bytes and encoded words of mail as text, whatever they claim to be."""

from __future__ import annotations

import base64
import quopri

import pytest

from openviper.core.email._inbox.decoding import content_of, content_size, decoded_header, text_of, visible
from openviper.core.email._inbox.mime import parse_message


@pytest.mark.parametrize(
    ("charset", "content", "text"),
    [
        ("utf-8", "é".encode(), "é"),
        ("", "é".encode(), "é"),
        ("iso-8859-1", b"\xe9", "é"),
        ("windows-1252", b"\x80", "€"),
        ("gb2312", "你".encode("gb2312"), "你"),
        ("iso-2022-jp", "日".encode("iso2022_jp"), "日"),
    ],
)
def test_a_charset_of_mail_is_read(charset, content, text):
    """Each by the name that mail gives it."""
    assert text_of(content, charset) == (text, "")


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "unicode_escape", "rot13", "zlib", "x-unknown", "../x", "a" * 99]
)
def test_what_is_no_charset_is_read_as_utf8_and_a_note(charset):
    """Python has codecs that are none, and some take hours."""
    text, problem = text_of("é".encode(), charset)
    assert text == "é"
    assert "is not known" in problem


def test_a_charset_that_lies_is_noted():
    """What cannot be read is marked, and the rest is read."""
    text, problem = text_of(b"caf\xe9", "utf-8")
    assert text == "caf\ufffd"
    assert "not all 'utf-8'" in problem or "not all utf-8" in problem


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("=?utf-8?b?R3LDvMOfZQ==?=", "Grüße"),
        ("=?utf-8?Q?a_b=20c?= d", "a b c d"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?=   =?iso-8859-1?q?=E9?= c", "aé c"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),
        ("a =?utf-8*de?q?b?= c", "a b c"),
        ("x=?utf-8?q?y?=z", "xyz"),
        ("=?utf-8?x?y?=", "=?utf-8?x?y?="),
        ("=?utf-8?q?never ends", "=?utf-8?q?never ends"),
        ("=?unknown?q?a?= b", "a b"),
    ],
)
def test_encoded_words_are_decoded(value, text):
    """RFC 2047; what is none stays."""
    assert decoded_header(value) == text


def test_what_cannot_be_seen_is_written_out():
    """Controls, and what makes ``exe.txt`` of ``txt.exe``."""
    assert visible("a\0\r\n\u202etxt.exe\ud800") == "a\\x00\\r\\n\\u202etxt.exe\\ud800"
    assert visible("Grüße 你好 😀") == "Grüße 你好 😀"


def test_a_tab_is_seen_as_space():
    r"""Written out it would look as the two characters ``\t`` do."""
    assert visible("a\tb\n") == "a\tb\\n"
    assert visible("a\\tb") == "a\\tb"


@pytest.mark.parametrize(
    ("encoding", "body", "content"),
    [
        ("base64", b"aGVsbG8=\r\n", b"hello"),
        ("base64", b"aGV\r\nsbG8", b"hello"),
        ("base64", b"aGVs!bG8 =\0", b"hello"),
        ("base64", b"aGVsb", b"hel"),
        ("BASE64 ", b"aGVsbG8=", b"hello"),
        ("quoted-printable", b"a=3Db=\r\nc", b"a=bc"),
        ("7bit", b"a=3Db", b"a=3Db"),
        ("", b"x", b"x"),
    ],
)
def test_a_transfer_encoding_is_undone_as_far_as_it_can_be(encoding, body, content):
    """And its size is known without that."""
    part = parse_message(b"Content-Transfer-Encoding: " + encoding.encode() + b"\r\n\r\n" + body)
    assert content_of(part) == content
    assert content_size(part) == len(content)


@pytest.mark.parametrize(
    "line",
    [
        b"x" * 70 + b"=3D=\r\n",
        b"=C3=BC" * 12 + b"=\n",
        b"=C3=BC" * 50_000,
        b"x" * 200_000 + b"\n",
        b" \t=20 =\r\n",
        b"=\r",
    ],
    ids=repr,
)
def test_quoted_printable_of_any_length_is_decoded(line):
    """Wherever it is cut into pieces; the standard library decodes the whole at once."""
    for shift in range(4):
        body = b"y" * shift + line * (1_000_000 // len(line))
        part = parse_message(b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + body)
        assert content_of(part) == quopri.decodestring(body)
        assert content_size(part) == len(content_of(part))


@pytest.mark.parametrize(
    "charset",
    ["utf-8", "utf-7", "utf-16", "utf-32-be", "latin-1", "cp1252", "koi8-r", "gb18030", "shift_jis", "iso-2022-jp"],
)
def test_a_long_text_is_decoded_in_pieces(charset):
    """A character that stands at the end of one and the beginning of the next is whole."""
    for shift in range(3):
        text = (
            "x" * shift
            + ("Привет " if charset == "koi8-r" else "abc " if charset in ("latin-1", "cp1252") else "日本 ") * 150_000
        )
        assert text_of(text.encode(charset), charset) == (text, "")
    broken = "日本".encode() * 100_000 + b"\xe6\x97"
    assert text_of(broken, "") == (broken.decode("utf-8", "replace"), "It is not all UTF-8, which it says it is.")


@pytest.mark.parametrize("junk", [b"", b"\r\n", b"!\r\n"])
def test_base64_of_any_length_is_decoded(junk):
    """Wherever it is cut into pieces."""
    content = bytes(range(256)) * 4000
    for length in (0, 1, 2, 3, 196_607, 196_608, 196_609, 1_000_000):
        lines = base64.encodebytes(content[:length]).replace(b"\n", junk)
        part = parse_message(b"Content-Transfer-Encoding: base64\r\n\r\n" + lines)
        assert content_of(part) == content[:length]
        assert content_size(part) == length
