"""Serialised origins, as settings and browsers hold them."""

from __future__ import annotations

import pytest

from openviper.middleware._origins import MAX_ORIGIN_LENGTH, InvalidOrigin, Origin, default_port, parse_origin


@pytest.mark.parametrize(
    ("value", "scheme", "host", "port"),
    [
        ("https://a.example", "https", "a.example", 443),
        ("http://a.example", "http", "a.example", 80),
        ("ws://a.example", "ws", "a.example", 80),
        ("wss://a.example", "wss", "a.example", 443),
        ("https://a.example:443", "https", "a.example", 443),
        ("https://a.example:0443", "https", "a.example", 443),
        ("https://a.example:8443", "https", "a.example", 8443),
        ("http://a.example:443", "http", "a.example", 443),
        ("HTTPS://A.Example", "https", "a.example", 443),
        ("https://a.example.", "https", "a.example", 443),
        ("https://xn--bcher-kva.example", "https", "xn--bcher-kva.example", 443),
        ("https://under_score.example", "https", "under_score.example", 443),
        ("http://localhost:3000", "http", "localhost", 3000),
        ("http://127.0.0.1:8000", "http", "127.0.0.1", 8000),
        ("http://[::1]:8000", "http", "[::1]", 8000),
        ("http://[0:0:0:0:0:0:0:1]", "http", "[::1]", 80),
        ("chrome-extension://abcdefghijklmnop", "chrome-extension", "abcdefghijklmnop", None),
        ("capacitor://localhost", "capacitor", "localhost", None),
    ],
)
def test_an_origin_is_read(value, scheme, host, port):
    """Scheme and host come in lower case, and the port is the scheme's own where none is written."""
    assert parse_origin(value) == Origin(scheme, host, port)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "is empty"),
        ("null", "where there is no origin"),
        ("NULL", "where there is no origin"),
        ("*", "has no scheme"),
        ("a.example", "has no scheme"),
        ("a.example:443", "has no scheme"),
        ("//a.example", "has no scheme"),
        ("://a.example", "has no scheme"),
        ("1https://a.example", "has no scheme"),
        ("https:/a.example", "has no scheme"),
        ("https://", "has no usable host"),
        ("https:///", "has a path"),
        ("https://:443", "has no usable host"),
        ("https://a.example/", "has a path, if only its slash"),
        ("https://a.example/app", "has a path"),
        ("https://a.example/?q=1#f", "has a path"),
        ("https://a.example?q=/1", "has a query"),
        ("https://a.example#/f", "has a fragment"),
        ("https://me@a.example", "has a user name"),
        ("https://me:word@a.example", "has a user name"),
        ("https://a.example\\@b.example", "has a user name"),
        ("https://a.example\\b", "has no usable host"),
        ("https://a.example:", "has no usable host"),
        ("https://a.example:https", "the port is not a number"),
        ("https://a.example:*", "the port is not a number"),
        ("https://a.example:65536", "the port is not a number"),
        ("https://a.example:-1", "the port is not a number"),
        ("https://a.example:4٣", "is not ASCII"),
        ("https://*.example", "has no usable host"),
        ("https://a..example", "has no usable host"),
        ("https://.example", "has no usable host"),
        ("https://[::1", "has no usable host"),
        ("https://[::1]evil", "has no usable host"),
        ("https://[fe80::1%25eth0]", "has no usable host"),
        ("https://::1", "has no usable host"),
        ("https://bücher.example", "is not ASCII; write the host in punycode"),
        ("https://b\xfccher.example", "is not ASCII"),
        ("https://\u212aelvin.example", "is not ASCII"),
        ("https://a.example https://b.example", "holds several origins"),
        ("https://a.example,https://b.example", "holds several origins"),
        ("https://a.example, https://a.example", "holds several origins"),
        ("null, https://a.example", "holds several origins"),
        ("https://a.example, null", "holds several origins"),
        (" https://a.example", "holds a space"),
        ("https://a.example ", "holds a space"),
        ("https://a.example\n", "holds a space or a control character"),
        ("https://a.example\r\nSet-Cookie: a=b", "holds a space or a control character"),
        ("https://a.example\0", "holds a space or a control character"),
        ("https://a.example\x7f", "holds a space or a control character"),
        ("https://" + "a" * 256, "longer than"),
        ("https://" + "a" * 8192, f"more than {MAX_ORIGIN_LENGTH} characters"),
    ],
    ids=lambda text: ascii(text)[:40],
)
def test_what_is_no_origin_is_refused(value, reason):
    """The sentence says which part is wrong."""
    with pytest.raises(InvalidOrigin, match=reason) as caught:
        parse_origin(value)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("https://A.example:443", "https://a.example"),
        ("http://a.example:443", "http://a.example:443"),
        ("https://a.example.:8443", "https://a.example:8443"),
        ("http://[::1]:80", "http://[::1]"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("app://localhost:1", "app://localhost:1"),
    ],
)
def test_an_origin_is_written_as_browsers_send_it(value, sent):
    """The text of an origin names its port only where the scheme does not mean it."""
    assert str(parse_origin(value)) == sent
    assert parse_origin(sent) == parse_origin(value)


def test_the_message_holds_nothing_of_the_value():
    """A refusal may be shown to the one who sent the header."""
    for value in (
        "https://<script>",
        "<script>",
        "https://a.example:<script>",
        "https://<script>@a",
        "https://a/<script>",
    ):
        with pytest.raises(InvalidOrigin) as caught:
            parse_origin(value)
        assert "script" not in str(caught.value)


def test_origins_are_the_same_by_their_three_parts():
    """Scheme, host and port count, so an origin can be looked up in a set."""
    same = {
        parse_origin("https://a.example"),
        parse_origin("https://a.example:443"),
        parse_origin("HTTPS://a.EXAMPLE."),
    }
    assert len(same) == 1
    others = ("http://a.example:443", "https://a.example:444", "https://b.example", "https://x.a.example")
    assert all(parse_origin(other) not in same for other in others)


def test_schemes_without_a_port_of_their_own():
    """Only the web's schemes mean a port without saying so."""
    assert [default_port(each) for each in ("http", "https", "ws", "wss", "app")] == [80, 443, 80, 443, None]
