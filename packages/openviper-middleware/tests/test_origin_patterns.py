"""Which origins a list of them allows."""

from __future__ import annotations

import re

import pytest

from openviper.conf import ImproperlyConfigured
from openviper.middleware._options import Option
from openviper.middleware._origin_patterns import OriginPatterns


def patterns(*origins, regexes=()):
    return OriginPatterns(Option(origins, "allowed_origins"), Option(regexes, "allowed_origin_regexes"))


@pytest.mark.parametrize(
    ("allowed", "sent", "passes"),
    [
        ("https://a.example", b"https://a.example", True),
        ("https://a.example:443", b"https://a.example", True),
        ("HTTPS://A.Example", b"https://a.example", True),
        ("https://a.example.", b"https://a.example", True),
        ("https://xn--bcher-kva.example", b"https://xn--bcher-kva.example", True),
        ("http://[0::1]:8000", b"http://[::1]:8000", True),
        ("null", b"null", True),
        ("app://localhost", b"app://localhost", True),
        # What browsers do not send is nobody's origin.
        ("https://a.example", b"https://a.example:443", False),
        ("https://a.example", b"https://A.example", False),
        ("https://a.example", b"HTTPS://a.example", False),
        ("https://a.example", b"https://a.example.", False),
        ("https://a.example", b"https://a.example/", False),
        ("https://a.example", b"https://a.example/path", False),
        ("https://a.example", b"https://a.example ", False),
        ("https://a.example", b"https://a.example, https://a.example", False),
        ("https://a.example", b"https://a.example, https://b.example", False),
        ("https://xn--bcher-kva.example", "https://bücher.example".encode(), False),
        ("https://a.example", b"", False),
        ("https://a.example", b"*", False),
        ("https://a.example", b"null", False),
        ("null", b"NULL", False),
        ("null", b"", False),
        # Other origins.
        ("https://a.example", b"http://a.example", False),
        ("https://a.example", b"https://a.example:8443", False),
        ("https://a.example", b"https://b.a.example", False),
        ("https://a.example", b"https://a.example.evil", False),
        ("https://a.example", b"https://xa.example", False),
        ("https://a.example", b"https://aXexample", False),
        ("https://a.example", b"https://" + b"a" * 8192, False),
    ],
    ids=lambda value: ascii(value)[:50],
)
def test_exact_origins(allowed, sent, passes):
    """An origin is listed in any form, and allowed in the one that browsers send."""
    assert patterns(allowed).allows(sent) is passes


@pytest.mark.parametrize(
    ("allowed", "sent", "passes"),
    [
        ("https://*.a.example", b"https://b.a.example", True),
        ("https://*.a.example", b"https://c.b.a.example", True),
        ("https://*.A.example:443", b"https://b.a.example", True),
        ("https://*.a.example", b"https://a.example", False),
        ("https://*.a.example", b"https://evil-a.example", False),
        ("https://*.a.example", b"https://evila.example", False),
        ("https://*.a.example", b"https://.a.example", False),
        ("https://*.a.example", b"https://b.a.example.evil", False),
        ("https://*.a.example", b"https://b.aXexample", False),
        ("https://*.a.example", b"https://b.a.example.", False),
        ("https://*.a.example", b"https://B.a.example", False),
        ("https://*.a.example", b"https://b.a.example:443", False),
        ("https://*.a.example", b"https://b.a.example:8443", False),
        ("https://*.a.example", b"http://b.a.example", False),
        ("https://*.a.example", b"https://evil.com/.a.example", False),
        ("https://*.a.example", b"https://evil.com?.a.example", False),
        ("https://*.a.example", b"https://evil.com#.a.example", False),
        ("https://*.a.example", b"https://evil.com@b.a.example", False),
        ("https://*.a.example", b"https://evil.com\\.a.example", False),
        ("https://*.a.example", b"https://evil.com:443.a.example", False),
        ("https://*.a.example", b"https://evil.com, https://b.a.example", False),
        ("https://*.a.example", b"https://evil.com https://b.a.example", False),
        ("https://*.a.example", b"https://evil.com%00.a.example", False),
        ("https://*.a.example", b"https://evil\n.a.example", False),
        ("https://*.a.example", b"https://b\xff.a.example", False),
        ("https://*.a.example", b"https://*.a.example", False),
        ("https://*.a.example", b"https://" + b"b." * 4096 + b"a.example", False),
        ("https://*.a.example", b"null", False),
        ("https://*.a.example:*", b"https://b.a.example", True),
        ("https://*.a.example:*", b"https://b.a.example:8443", True),
        ("https://*.a.example:*", b"https://a.example:8443", False),
        ("https://*.a.example:8443", b"https://b.a.example:8443", True),
        ("https://*.a.example:8443", b"https://b.a.example", False),
        ("http://localhost:*", b"http://localhost", True),
        ("http://localhost:*", b"http://localhost:1", True),
        ("http://localhost:*", b"http://localhost:65535", True),
        ("http://localhost:*", b"http://localhost:80", False),
        ("http://localhost:*", b"http://localhost:080", False),
        ("http://localhost:*", b"http://localhost:65536", False),
        ("http://localhost:*", b"http://localhost:", False),
        ("http://localhost:*", b"http://localhost:*", False),
        ("http://localhost:*", b"http://localhost:3000.evil.com", False),
        ("http://localhost:*", b"http://localhost:3000@evil.com", False),
        ("http://localhost:*", b"http://localhost.evil.com", False),
        ("http://localhost:*", b"http://evil.localhost:3000", False),
        ("http://localhost:*", b"https://localhost:3000", False),
        ("http://[::1]:*", b"http://[::1]:3000", True),
        ("http://[::1]:*", b"http://[::2]:3000", False),
        ("app://*.local:*", b"app://x.local:1", True),
    ],
    ids=lambda value: ascii(value)[:50],
)
def test_wildcards(allowed, sent, passes):
    """A ``*`` stands for one or more labels before a host, or for a port; a second look gives the same answer."""
    allowed_ones = patterns(allowed)
    assert allowed_ones.allows(sent) is passes
    assert allowed_ones.allows(sent) is passes


@pytest.mark.parametrize(
    ("regex", "sent", "passes"),
    [
        (r"https://pr-[0-9]+\.a\.example", b"https://pr-7.a.example", True),
        (r"https://pr-[0-9]+\.a\.example", b"https://pr-7.a.example.evil", False),
        (r"https://pr-[0-9]+\.a\.example", b"evil+https://pr-7.a.example", False),
        (r"https://pr-[0-9]+\.a\.example|https://b\.example", b"https://b.example.evil", False),
        (r"https://.*\.a\.example", b"https://evil.com/.a.example", False),
        (r"https://.*\.a\.example", b"https://evil.com, https://b.a.example", False),
        (r"https://.*\.a\.example", b"https://evil.com:8.a.example", False),
        (r"(?s).*", b"https://a.example\nX: y", False),
        (r".*", b"null", False),
        (r".*", b"", False),
        (r".*", b"https://" + b"a" * 8192, False),
        (re.compile("HTTPS://A.EXAMPLE", re.I), b"https://a.example", True),
    ],
    ids=lambda value: ascii(value)[:50],
)
def test_regular_expressions(regex, sent, passes):
    """An expression has to match the whole of what is one origin; ``null`` is not."""
    assert patterns(regexes=[regex]).allows(sent) is passes


def test_several_ways_stand_side_by_side():
    """An origin is allowed by any entry of either list."""
    several = patterns("https://a.example", "https://*.b.example", "null", regexes=[r"https://c\d\.example"])
    sent = (b"https://a.example", b"https://x.b.example", b"null", b"https://c1.example")
    assert all(several.allows(each) for each in sent)
    assert not several.allows(b"https://x.a.example")


def test_all_and_none():
    """``*`` allows whatever is sent, an empty list nothing, and either says so."""
    assert patterns("*").any
    assert all(patterns("*").allows(each) for each in (b"https://a.example", b"null", b"", b"x" * 8192))
    assert not any(patterns().allows(each) for each in (b"https://a.example", b"null", b"", b"*"))
    assert [bool(each) for each in (patterns(), patterns("*"), patterns("null"), patterns(regexes=["a"]))] == [
        False,
        True,
        True,
        True,
    ]


def test_what_is_remembered_is_bounded():
    """However many origins a wildcard allows, only so many are kept, and all stay allowed."""
    allowed = patterns("http://localhost:*")
    assert all(allowed.allows(b"http://localhost:%d" % port) for port in range(1000, 6000))
    assert not any(allowed.allows(b"http://evil%d.example" % number) for number in range(5000))
    assert len(allowed._remembered) <= 1024
    assert allowed.allows(b"http://localhost:1000")


@pytest.mark.parametrize(
    ("origins", "sentence"),
    [
        (("a.example",), "allowed_origins[0]='a.example' has no scheme; expected scheme://host"),
        (
            ("https://a.example", "https://b.example/"),
            "allowed_origins[1]='https://b.example/' has a path, if only its",
        ),
        (("https://a.example/x",), "has a path"),
        (("https://a.example?x",), "has a query"),
        (("https://a.example#x",), "has a fragment"),
        (("https://me@a.example",), "has a user name"),
        (("https://bücher.example",), "write the host in punycode"),
        (("https://a.example https://b.example",), "holds several origins"),
        (("",), "is empty"),
        (("NULL",), "where there is no origin"),
        (("https://a.example:99999",), "port is not a number"),
        (
            ("https://*",),
            "has a '*' in an unusable place; expected 'https://*.example.org', 'http://localhost:*' or '*'",
        ),
        (("https://*:*",), "unusable place"),
        (("*.a.example",), "unusable place"),
        (("*://a.example",), "unusable place"),
        (("https://a.*.example",), "unusable place"),
        (("https://*.*.example",), "unusable place"),
        (("https://*a.example",), "unusable place"),
        (("https://a.example:80*",), "unusable place"),
        (("https://a.*",), "unusable place"),
        (("https://*.",), "has no usable host"),
        (("https://*./",), "has a path"),
        (("https://*.127.0.0.1",), "has a '*' before an address"),
        (("https://*.[::1]",), "has a '*' before an address"),
        (("http://localhost:80:*",), "has two ports"),
        (("http://[::1]:3000:*",), "has two ports"),
        (("*", "https://a.example"), "allowed_origins has '*' beside other origins; '*' alone allows them all"),
        (("null", "*"), "has '*' beside other origins"),
    ],
    ids=lambda value: ascii(value)[:50],
)
def test_an_unusable_origin_is_refused(origins, sentence):
    """The sentence names the place, the value and what is wrong with it."""
    with pytest.raises(ImproperlyConfigured, match=re.escape(sentence)):
        patterns(*origins)


@pytest.mark.parametrize(
    ("regex", "sentence"),
    [
        ("https://(", "allowed_origin_regexes[0]='https://(' is not a regular expression: "),
        (b"https://a", "allowed_origin_regexes[0]=b'https://a' is not a regular expression: "),
        (re.compile(b"a"), "is not a regular expression: cannot use a bytes pattern"),
        (7, "allowed_origin_regexes[0]=7 is not a regular expression: "),
    ],
)
def test_an_unusable_expression_is_refused(regex, sentence):
    """It is compiled when the middleware is built, not when somebody asks."""
    with pytest.raises(ImproperlyConfigured, match=re.escape(sentence)):
        patterns(regexes=[regex])


def test_expressions_beside_all_are_refused():
    """Where every origin is allowed, an expression is a misunderstanding."""
    with pytest.raises(ImproperlyConfigured, match="beside other origins"):
        patterns("*", regexes=["https://a"])


@pytest.mark.parametrize(
    ("regex", "found"),
    [
        (".*", True),
        ("https?://.*", True),
        (r"https://[^/]+", True),
        ("https://[a-z0-9.]+", True),
        (r"https://.*\.com", True),
        (r"https://\w+(\.\w+)*", True),
        ("https?://[^-]*", True),
        (r"https://.+\.(com|net|org)", True),
        (r"https://[a-z]+\.io", True),
        (r"https://[a-z]+[0-9]\.dev", True),
        (r"https://[^.]+\.co\.uk", True),
        (r"https?://.*:8443", True),
        (r"https://.*\.a\.example", False),
        (r"https://[a-z0-9-]+\.preview\.example\.com", False),
        (r"https://(www\.)?shop\.(com|org)", False),
        (r"http://localhost:[0-9]+", False),
        ("", False),
    ],
)
def test_expressions_for_everybody_are_found(regex, found):
    """An expression that matches hosts that have nothing in common is about nobody."""
    assert patterns(regexes=["https://a", regex]).first_for_strangers() == (regex if found else None)
