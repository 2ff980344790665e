"""URLs of attachments, in every way in which they can be meant to be misread."""

from __future__ import annotations

import pytest

from openviper.core.email._attaching.urls import parse_url
from openviper.core.email.errors import AttachmentError

SCHEMES, PORTS = {"http", "https"}, {80, 443}
GOOD = {
    "http://example.com": ("http", "example.com", 80, "/", "example.com"),
    "https://example.com/data.csv": ("https", "example.com", 443, "/data.csv", "example.com"),
    "HTTPS://EXAMPLE.com/A?b=C": ("https", "example.com", 443, "/A?b=C", "example.com"),
    "http://example.com:443/": ("http", "example.com", 443, "/", "example.com:443"),
    "http://example.com:0080/": ("http", "example.com", 80, "/", "example.com"),
    "https://example.com?x=1#part": ("https", "example.com", 443, "/?x=1", "example.com"),
    "https://bücher.example/größe.pdf": ("https", "xn--bcher-kva.example", 443, "/gr%C3%B6%C3%9Fe.pdf", None),
    "https://BÜCHER.example/": ("https", "xn--bcher-kva.example", 443, "/", None),
    "https://bu\u0308cher.example/": ("https", "xn--bcher-kva.example", 443, "/", None),
    "https://example.com/a%2Fb%20c?d=%7E": ("https", "example.com", 443, "/a%2Fb%20c?d=%7E", None),
    "https://example.com/a|b<c>\"d^`{}?[x]='y'": (
        "https",
        "example.com",
        443,
        "/a%7Cb%3Cc%3E%22d%5E%60%7B%7D?%5Bx%5D='y'",
        None,
    ),
    "https://a_b.s3.example.com/": ("https", "a_b.s3.example.com", 443, "/", None),
    "https://1.example/": ("https", "1.example", 443, "/", None),
    "https://0x7f.example/": ("https", "0x7f.example", 443, "/", None),
    "https://93.184.215.14/": ("https", "93.184.215.14", 443, "/", "93.184.215.14"),
    "https://[2606:4700:4700::1111]/": ("https", "2606:4700:4700::1111", 443, "/", "[2606:4700:4700::1111]"),
    "https://[2606:4700:4700:0:0:0:0:1111]:80/": (
        "https",
        "2606:4700:4700::1111",
        80,
        "/",
        "[2606:4700:4700::1111]:80",
    ),
}
BAD = {
    "scheme": [
        "ftp://example.com/",
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "gopher://example.com/",
        "data:text/plain,hi",
        "javascript:alert(1)",
        "jar:http://example.com!/",
        "url:http://example.com/",
        "view-source:http://example.com/",
    ],
    "port": [
        "http://example.com:8080/",
        "http://example.com:22/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:-80/",
        "http://example.com:+80/",
        "http://example.com:80x/",
        "http://example.com:\uff18\uff10/",
        "http://example.com:/",
        "http://example.com:80:80/",
    ],
    "user or password": [
        "http://user@example.com/",
        "http://user:password@example.com/",
        "http://@example.com/",
        "http://:@example.com/",
        "http://example.com@127.0.0.1/",
        "http://example.com:80@127.0.0.1/",
        "http://127.0.0.1:80@example.com/",
    ],
    "controls and spaces": [
        " http://example.com/",
        "http://example.com/ ",
        "http://exa mple.com/",
        "http://exam\tple.com/",
        "http://example.com/\r\nHost: other",
        "http://example.com/a\nb",
        "http://example.com/\0",
        "http://example.com/\x7f",
        "http://example.com/\x85",
        "http://example.com/\xa0",
        "http://example.com/\u2028",
        "http://example.com/\ud800",
        "ht\ntp://example.com/",
    ],
    "backslashes": [
        "http://example.com\\@127.0.0.1/",
        "http:\\\\example.com/",
        "http://127.0.0.1\\.example.com/",
        "http://example.com/a\\b",
    ],
    "numbers": [
        "http://2130706433/",
        "http://0/",
        "http://127.1/",
        "http://127.0.1/",
        "http://0x7f.1/",
        "http://0x7f.0.0.1/",
        "http://0x7f000001/",
        "http://0X7F000001/",
        "http://0x/",
        "http://0177.0.0.1/",
        "http://017700000001/",
        "http://127.0.0.01/",
        "http://127.0.0.0x1/",
        "http://127.0.0.1.1/",
        "http://256.0.0.1/",
        "http://example.1/",
        "http://example.0x1/",
    ],
    "other digits and dots": [
        "http://\u2460\u2461\u2466.0.0.1/",
        "http://\uff11\uff12\uff17.0.0.1/",
        "http://127\u30020\u30020\u30021/",
        "http://127\uff0e0\uff0e0\uff0e1/",
        "http://example\u3002com/",
        "http://exam\u200bple.com/",
        "http://exam\u00adple.com/",
        "http://\u24d4xample.com/",
        "http://\u212aelvin.example/",
        "http://\u0130stanbul.example/",
        "http://example.com\uff0f.evil.example/",
        "http://example.com\uff03@127.0.0.1/",
        "http://example\u2100.com/",
    ],
    "labels": [
        "http://",
        "http:///",
        "http:///etc/passwd",
        "http:",
        "http:example.com",
        "http:/example.com/",
        "http://./",
        "http://../",
        "http://.example.com/",
        "http://example.com./",
        "http://127.0.0.1./",
        "http://a..b/",
        "http://-a.example/",
        "http://a-.example/",
        f"http://{'a' * 64}.example/",
        f"http://{'a.' * 126}ab/",
        "http://exa%6dple.com/",
        "http://127.0.0.1%00.example.com/",
        "http://%31%32%37.0.0.1/",
        "http://a,b/",
        "http://a;b/",
        "http://a&b/",
        "http://$(id)/",
        "http://ü../",
        f"http://{'ü' * 60}.example/",
    ],
    "brackets": [
        "http://[::1/",
        "http://::1]/",
        "http://::1/",
        "http://[]/",
        "http://[example.com]/",
        "http://[127.0.0.1]/",
        "http://[::1].example.com/",
        "http://example.com[::1]/",
        "http://[::1]x/",
        "http://x[::1]/",
        "http://[[::1]]/",
        "http://[v1.x]/",
        "http://[::0x1]/",
    ],
    "length": ["http://example.com/" + "a" * 8_174],
}
ROWS = [pytest.param(url, id=f"{kind}: {url!a:.80}") for kind, each in BAD.items() for url in each]


def test_the_longest_url():
    """8,192 characters are read, and one more is refused."""
    assert len(parse_url("http://example.com/" + "a" * 8_173, {"http"}, {80}).target) == 8_174


def test_the_longest_host():
    """253 characters are a name, and one more is none (RFC 1035)."""
    labels = ".".join(["a" * 63] * 3)
    assert len(parse_url(f"http://{labels}.{'a' * 61}/", SCHEMES, PORTS).host) == 253
    with pytest.raises(AttachmentError, match="its host has 254 characters"):
        parse_url(f"http://{labels}.{'a' * 62}/", SCHEMES, PORTS)


@pytest.mark.parametrize("url", GOOD)
def test_a_url_is_read(url):
    """The scheme, the host as it is looked up, the port, the target, and the value of Host."""
    scheme, host, port, target, authority = GOOD[url]
    read = parse_url(url, SCHEMES, PORTS)
    assert (read.scheme, read.host, read.port, read.target) == (scheme, host, port, target)
    assert authority in {None, read.authority}


@pytest.mark.parametrize("url", ROWS)
def test_a_url_that_could_be_misread_is_refused(url):
    """Before anything is looked up, and with a sentence that can be printed."""
    with pytest.raises(AttachmentError) as refused:
        parse_url(url, SCHEMES, PORTS)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 700


def test_schemes_and_ports_are_those_that_are_given():
    """What is allowed is an argument; other schemes than the two are never fetched."""
    assert parse_url("http://example.com:8000/", {"http"}, {8000}).port == 8000
    with pytest.raises(AttachmentError, match=r"scheme is 'http'; .* allows \['https'\]"):
        parse_url("http://example.com/", {"https"}, PORTS)
    with pytest.raises(AttachmentError, match=r"port is 443; .* allows \[80\]"):
        parse_url("https://example.com/", SCHEMES, {80})
    with pytest.raises(AttachmentError, match="scheme is 'ftp'"):
        parse_url("ftp://example.com/", {"ftp"}, {21})
