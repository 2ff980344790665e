"""A message taken apart, however it tries to keep its reader busy."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openviper.core.email._inbox.message_view import read_message
from openviper.core.email._inbox.mime import parse_message
from openviper.core.email._sending.captured import Captured

HEAD = b'Content-Type: multipart/mixed; boundary="-"\r\n\r\n'


def bodies(raw):
    return [child.raw[child.start : child.end] for child in parse_message(raw).children]


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        (b"---\r\n\r\nx\r\n---\r\n\r\ny\r\n-----\r\n", [b"x", b"y"]),
        (b"before\n--- \t\n\nx\n-----more\n", [b"x"]),
        (b"---\n\nx ---\ny\n-----", [b"x ---\ny"]),
        (b"---\n\nx\n---y\n-----", [b"x\n---y"]),
        (b"---\n\nx", [b"x"]),
        (b"---\n\nx\n---", [b"x"]),
        (b"---", []),
        (b"-----", []),
        (b"--- " + b"-" * 100 + b"\n\nx\n-----", []),
        (b"---" + b" " * 2_000 + b"\n\nx", []),
    ],
)
def test_a_delimiter_is_a_line(body, parts):
    """RFC 2046, 5.1.1: at the beginning of a line, with nothing but blanks behind it."""
    assert bodies(HEAD + body) == parts


@pytest.mark.parametrize("body", [b"-" * 4_000_000, b"x" + b"---" * 1_300_000, b"\n---x" * 800_000, b"\n---" * 900_000])
def test_what_looks_like_delimiters_takes_no_time_to_speak_of(body):
    """Megabytes of them are looked through once; the limit of the test run would end a look at the rest for each."""
    assert len(parse_message(HEAD + body).children) <= 200


@pytest.mark.parametrize("pattern", [";" * 4_000, '";' * 2_000, '; a="' * 800, ";a*0*=x" * 500, "; x*%d=a" * 400])
def test_many_parameters_take_no_time_to_speak_of(pattern):
    """200 parts whose types have thousands of them: some are read, and those once."""
    value = f"multipart/x{pattern}".encode()
    part = b"--B\nContent-Type: " + value + b"\nContent-Disposition: " + value + b"\n\nx\n"
    message = parse_message(b"Content-Type: multipart/mixed; boundary=B\n\n" + part * 200 + b"--B--\n")
    assert [each.content_type[:11] for each in message.children] == ["multipart/x"] * 200
    assert not any(each.filename for each in message.children)


@pytest.mark.parametrize(
    ("value", "parameters"),
    [
        ("text/plain;  0*0*==x;0*; charset=utf-8", {}),
        ("text/plain; x0*==)idna''%zz'; charset=utf-8", {"charset": "utf-8"}),
        ("text/plain; x*=\0''a; charset=utf-8", {"charset": "utf-8"}),
    ],
)
def test_parameters_that_cannot_be_read_are_said_to_be(value, parameters):
    """And those beside them are read where the header can be taken apart."""
    part = parse_message(f"Content-Type: {value}\n\nx".encode())
    assert part.unreadable == ("content-type",)
    assert part.content_type == "text/plain"
    for name in ("x0", "0", "charset"):
        assert part.parameter(name) == parameters.get(name, "")
    problem = "Some parameters of the Content-Type of a part that is text/plain cannot be read."
    assert problem in read_message(Captured("1", datetime.now(UTC), part.raw, "", ())).problems


def test_parameters_that_can_be_read_are_no_problem():
    """Nor is a header that is not there."""
    assert parse_message(b"Content-Type: text/plain; name*=utf-8''%ff\n\nx").unreadable == ()
    assert parse_message(b"\nx").unreadable == ()


def test_the_file_name_of_many_pieces_is_whole():
    """The longest that we write has a parameter for each 54 characters (RFC 2231)."""
    pieces = "".join(f";\n filename*{number}*={'x' * 54}" for number in range(1, 45))
    raw = f"Content-Disposition: attachment;\n filename*0*=utf-8''%C3%BC{pieces};\n filename=x\n\nbody".encode()
    assert parse_message(raw).filename == "\u00fc" + "x" * 54 * 44
