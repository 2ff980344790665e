"""The grammar of Host, and the patterns of ALLOWED_HOSTS."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openviper.conf import ImproperlyConfigured
from openviper.middleware._hosts import HostPatterns, InvalidHost, split_host
from openviper.middleware._options import Option


@pytest.mark.parametrize(
    ("value", "host", "port"),
    [
        (b"example.org", "example.org", None),
        ("example.org", "example.org", None),
        (b"EXAMPLE.org", "example.org", None),
        (b"example.org.", "example.org", None),
        (b"example.org.:8000", "example.org", 8000),
        (b"example.org:443", "example.org", 443),
        (b"example.org:00080", "example.org", 80),
        (b"example.org:65535", "example.org", 65535),
        (b"localhost", "localhost", None),
        (b"web_1:8000", "web_1", 8000),
        (b"xn--bcher-kva.example", "xn--bcher-kva.example", None),
        (b"127.0.0.1:8000", "127.0.0.1", 8000),
        (b"[::1]", "[::1]", None),
        (b"[::1]:8000", "[::1]", 8000),
        (b"[2001:DB8:0:0::1]", "[2001:db8::1]", None),
        (b"a" * 255, "a" * 255, None),
        (b"a" * 254 + b".:65535", "a" * 254, 65535),
    ],
)
def test_a_host_is_read(value, host, port):
    """Names, addresses and ports are read, in lower case and without a trailing dot."""
    assert split_host(value) == (host, port)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "empty"),
        (b".", "empty"),
        (b":80", "empty"),
        (b".:80", "empty"),
        (b"user@example.org", "userinfo"),
        (b"user:password@example.org", "userinfo"),
        (b"example.org, evil.org", "more than one host"),
        (b"example.org,evil.org", "more than one host"),
        (b"example.org evil.org", "white space"),
        (b" example.org", "white space"),
        (b"example.org\n", "white space"),
        (b"example.org\r\nX-Evil: 1", "white space"),
        (b"example.org\0", "control character"),
        (b"ex\xc3\xa4mple.org", "not ASCII"),
        (b"\xff", "not ASCII"),
        ("\u212aernel.org", "not ASCII"),
        ("example.org:\u0662", "not ASCII"),
        ("\udcff", "not ASCII"),
        (b"https://example.org", "path"),
        (b"example.org/", "path"),
        (b"example.org/@evil.org", "userinfo"),
        (b"example.org\\evil.org", "path"),
        (b"example.org?x", "query"),
        (b"example.org#x", "fragment"),
        (b"example%2eorg", "percent-encoding"),
        (b"[fe80::1%25eth0]", "zone"),
        (b"[fe80::1%eth0]", "zone"),
        (b"example.org:", "port"),
        (b"example.org:http", "port"),
        (b"example.org:-1", "port"),
        (b"example.org:+80", "port"),
        (b"example.org:8_0", "port"),
        (b"example.org:65536", "port"),
        (b"example.org:000080", "port"),
        (b"example.org:80:80", "more than one colon"),
        (b"[::1]:", "port"),
        (b"[::1]:x", "port"),
        (b"[::1]:65536", "port"),
        (b"::1", "stands in brackets"),
        (b"[::1]evil", "brackets"),
        (b"[::1].evil.org", "brackets"),
        (b"evil[::1]", "brackets"),
        (b"[::1", "brackets"),
        (b"::1]", "brackets"),
        (b"[[::1]]", "brackets"),
        (b"[]", "not an IPv6 address"),
        (b"[:::]", "not an IPv6 address"),
        (b"[127.0.0.1]", "not an IPv6 address"),
        (b"[v1.fe80]", "not an IPv6 address"),
        (b"[1:2:3:4:5:6:7:8:9]", "not an IPv6 address"),
        (b".example.org", "empty label"),
        (b"example..org", "empty label"),
        (b"example.org..", "empty label"),
        (b"*", "a character"),
        (b"*.example.org", "a character"),
        (b"example.org;x", "a character"),
        (b"<script>", "a character"),
        (b"~example", "a character"),
        (b"a" * 256, "longer than 255"),
        (b"a" * 256 + b":8000", "longer than 255"),
        (b"a." * 4096, "longer than 255"),
        (b":" * 8192, "longer than 255"),
    ],
)
def test_what_is_no_host_is_refused_with_the_reason(value, reason):
    """Whatever is not exactly one host with or without a port is refused; the reason does not repeat it."""
    with pytest.raises(InvalidHost, match=reason) as refusal:
        split_host(value)
    assert "evil" not in str(refusal.value)


@given(st.binary(max_size=40) | st.text("[]:.%@,/*ab1 \n\u00e9", max_size=20))
def test_nothing_but_a_host_or_a_refusal_comes_back(value):
    """Any input gives a host made of harmless characters that reads as itself, or InvalidHost."""
    try:
        host, port = split_host(value)
    except InvalidHost:
        return
    assert split_host(host) == (host, None)
    assert port is None or 0 <= port <= 65535
    assert set(host) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.[]:")


@pytest.mark.parametrize(
    ("patterns", "allowed", "refused"),
    [
        ((), (), ("localhost", "example.org")),
        (("example.org",), ("example.org",), ("www.example.org", "notexample.org", "example.org.evil.net")),
        (("Example.ORG.",), ("example.org",), ("org",)),
        ((".example.org",), ("example.org", "www.example.org", "a.b.example.org"), ("notexample.org", "org")),
        ({"a.org", ".b.org"}, ("a.org", "b.org", "c.b.org"), ("c.a.org", "b.a.org")),
        (["a.org", ".b.org"], ("a.org", "b.org", "c.b.org"), ("c.a.org", "b.a.org")),
        (("*",), ("example.org", "[::1]", "127.0.0.1"), ()),
        (("[::1]",), ("[::1]",), ("[::2]", "1")),
        (("::1", "2001:DB8:0::1"), ("[::1]", "[2001:db8::1]"), ("[::2]",)),
        (("127.0.0.1",), ("127.0.0.1",), ("127.0.0.2", "1.127.0.0.1")),
    ],
)
def test_patterns_allow_what_they_name(patterns, allowed, refused):
    """A name allows itself, one with a leading dot also all names below it, and ``*`` every host."""
    hosts = HostPatterns(Option(patterns, "ALLOWED_HOSTS"))
    assert [host for host in allowed if not hosts.allows(host)] == []
    assert [host for host in refused if hosts.allows(host)] == []


@pytest.mark.parametrize(
    ("patterns", "sentence"),
    [
        ("example.org", "ALLOWED_HOSTS='example.org' is one string; expected a sequence: ('example.org',)"),
        (5, "ALLOWED_HOSTS=5; expected a sequence"),
        (("ok.org", 5), "ALLOWED_HOSTS[1]=5; expected a str"),
        ((b"example.org",), "ALLOWED_HOSTS[0]=b'example.org'; expected a str"),
        (("",), "the host is empty"),
        ((".",), "the host is empty"),
        (("example.org:8000",), "has a port; every port is allowed, expected 'example.org'"),
        (("[::1]:8000",), "has a port; every port is allowed, expected '[::1]'"),
        (("https://example.org/",), "ALLOWED_HOSTS[0]='https://example.org/' has a scheme; expected 'example.org'"),
        (("https://u@example.org:8000/?a",), "has a scheme; expected 'example.org'"),
        (("http://[::1]:8000",), "has a scheme; expected '[::1]'"),
        ("https://shop.example", "is one string with a scheme; expected a sequence: ('shop.example',)"),
        ("a.example, .b.example", "is one string; expected a sequence: ('a.example', '.b.example')"),
        ("", "ALLOWED_HOSTS='' is one string; expected a sequence: ('example.org',)"),
        ("::1", "expected a sequence: ('::1',)"),
        (
            ("a_b/", "ok.org", "c.org:1"),
            "after it; expected 'example.org', '.example.org', '[::1]' or '*'; also ALLOWED",
        ),
        (("*.example.org",), "expected '.example.org', which is 'example.org' and all names below it"),
        (("b\xfccher.example",), "expected the form that browsers send, 'xn--...'"),
        (("www.*.org",), "ALLOWED_HOSTS[0]='www.*.org' is not a host"),
        (("**",), "is not a host"),
        (("user@example.org",), "userinfo"),
        (("..example.org",), "empty label"),
        ((".[::1]",), "there are no names below an address; expected '[::1]'"),
        (("::1%eth0",), "is not a host"),
    ],
)
def test_bad_patterns_are_configuration_errors(patterns, sentence):
    """A pattern that is none is refused with its value, its place, and what would be accepted."""
    with pytest.raises(ImproperlyConfigured) as refusal:
        HostPatterns(Option(patterns, "ALLOWED_HOSTS"))
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)
