"""URLs of attachments, in every way in which they can be meant to be misread."""

from __future__ import annotations

import time

import pytest

from openviper.core.email._attaching.urls import parse_url, shown
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


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.com/a/data.csv?x=/y.txt", "data.csv"),
        ("https://example.com/a/", ""),
        ("https://example.com", ""),
        ("https://example.com/gr%C3%B6%C3%9Fe.pdf", "größe.pdf"),
        ("https://example.com/größe.pdf", "größe.pdf"),
        ("https://example.com/..%2F..%2Fetc%2Fpasswd", "../../etc/passwd"),
        ("https://example.com/%FF.txt", "\ufffd.txt"),
    ],
)
def test_the_last_part_of_the_path_is_a_name(url, name):
    """Decoded once, and not yet made to fit."""
    assert parse_url(url, SCHEMES, PORTS).name == name


@pytest.mark.parametrize(
    "url",
    [
        "https://user:secret@example.com/",
        "https://secret@example.com/",
        "https://example.com/?token=secret",
        "https://example.com/#secret",
        "https://user:se/secret@example.com/",
        "https:user:secret@example.com/",
        "https://user:a@secret@example.com/",
        "https://user:\nsecret@example.com/",
    ],
)
def test_an_error_does_not_say_what_may_be_secret(url):
    """User, password, query and fragment are left out of what is shown."""
    assert "secret" not in shown(url)
    assert "example.com" in shown(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://user:se?cret@example.com/", "https://***"),
        ("https://example.com/?token=a@secret", "https://example.com/"),
        ("https://example.com:8080/@user/f.csv", "https://example.com:8080/@user/f.csv"),
        ("https://[::1]?token=a@secret", "https://***"),
        ("/data.csv?next=https://secret.example", "/data.csv"),
        ("data.csv#secret", "data.csv"),
        ("https://example.com/" + "a" * 1_000_000, "https://example.com/" + "a" * 280),
    ],
)
def test_what_is_shown_of_a_url(url, said):
    """A password with a question mark, a query with an @ and a relative address give no secret away."""
    assert shown(url) == said


@pytest.mark.parametrize("part", [":", "@", ":@", "?", "a", "[", "ü", "%"])
def test_a_long_url_is_refused_at_once(part):
    """Time grows with the length alone: a megabyte that is not read in a quadratic way takes milliseconds."""
    begin = time.monotonic()
    with pytest.raises(AttachmentError) as caught:
        parse_url("http:" + part * (1_000_000 // len(part)), SCHEMES, PORTS)
    assert len(str(caught.value)) < 500
    assert time.monotonic() - begin < 20


def test_a_long_host_is_refused():
    """DNS knows no name of more than 253 characters, in any script (RFC 1035, section 2.3.4)."""
    for host in ("a." * 4_000 + "example", "ü" * 8_000):
        with pytest.raises(AttachmentError, match="expected a name of 253 at most"):
            parse_url(f"http://{host}/", SCHEMES, PORTS)
