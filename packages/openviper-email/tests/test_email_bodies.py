"""How bodies are encoded, and what arrives of them."""

from __future__ import annotations

import os
from email import message_from_bytes

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mail_reading import BODIES, normal

from openviper.core.email._building.bodies import base64_body, text_body


@settings(deadline=None)
@given(BODIES)
@example("a" * 999)
@example("a" * 998 + "\n" + "b" * 998)
@example("a\n" * 2_000)
@example("\n.\n.\n..\n")
@example("From me\n\nFrom you\nFrom From From From ")
@example("é" * 80 + " \nFrom x")
@example("x" * 75 + " ")
@example("x" * 74 + " \nü" + "\x80" * 12 + "\t")
@example("".join("x" * n + "ü" * k + blank + "\n" for n in range(66, 78) for k in range(3) for blank in " \t="))
@example("ü" + "x" * 65_535 + "ü\n")
@example("".join("ü" + "x" * (65_535 + n) + "\n" for n in range(80)))
@example("".join("ü" + "x" * (65_532 + n) + " = \n" for n in range(80)))
@example("x" * 74 + "=\t\n" + "y" * 75 + ".\n.")
@example("x" * 200_000 + "\r\n" + "é" + "y" * 100_000)
@example("\r" * 65_535 + "\r\n" * 3 + "\n\r")
@example("ü" * 300_000)
@example(("a" * 60 + "ü\r\n") * 5_000)
def test_a_body_travels_and_arrives(text):
    """Lines of at most 998 ASCII characters, none beginning with From, hold any text, in pieces of whole lines."""
    body = text_body(text)
    raw = b"".join(body.pieces)
    assert raw.isascii()
    assert all(piece.endswith(b"\r\n") for piece in body.pieces)
    longest = max(map(len, raw.split(b"\r\n")))
    assert longest <= (998 if body.encoding == "7bit" else 76)
    assert not raw.startswith(b"From ")
    assert b"\nFrom " not in raw
    found = message_from_bytes(f"Content-Transfer-Encoding: {body.encoding}\r\n\r\n".encode() + raw)
    assert found.get_payload(decode=True).decode() == normal(text).replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Hello\n", "7bit"),
        ("", "7bit"),
        ("a" * 998, "7bit"),
        ("a" * 999, "quoted-printable"),
        ("Dear Ada,\nFrom now on ...", "quoted-printable"),
        ("Grüße aus München, wo es heute nicht regnet\n", "quoted-printable"),
        ("Привет, мир! Как дела?", "base64"),
        ("山田太郎", "base64"),
    ],
)
def test_the_encoding_is_the_shortest_that_travels(text, encoding):
    """Plain text as it is; what is mostly ASCII stays readable; the rest is base64."""
    assert text_body(text).encoding == encoding


@given(st.lists(st.binary(max_size=500)))
@example([os.urandom(57 * 8_192 * 2 + 5), b"x"])
@example([b"x" * 57])
@example([b""])
def test_base64_in_pieces_is_base64(pieces):
    """Cut anywhere, the lines are those of the whole."""
    from base64 import encodebytes

    assert b"".join(base64_body(pieces).pieces) == encodebytes(b"".join(pieces)).replace(b"\n", b"\r\n")
