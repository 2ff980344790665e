"""What is said of URLs that are not fetched, and how long that takes."""

from __future__ import annotations

import time

import pytest

from openviper.core.email._attaching.urls import parse_url, shown
from openviper.core.email.errors import AttachmentError

SCHEMES, PORTS = {"http", "https"}, {80, 443}


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
