"""Where requests without TLS are sent to."""

from __future__ import annotations

import pytest

from openviper.middleware._https_redirect import https_redirect


def redirect(scope, host):
    page = https_redirect({"type": "http", "path": "/", "query_string": b"", "headers": [], **scope}, host)
    return page.status, dict(page.headers).get(b"location"), page.body


@pytest.mark.parametrize(
    ("host", "authority"),
    [
        (b"example.org", b"example.org"),
        (b"EXAMPLE.org.", b"example.org"),
        (b"example.org:80", b"example.org"),
        (b"example.org:443", b"example.org"),
        (b"example.org:8000", b"example.org:8000"),
        (b"[::1]", b"[::1]"),
        (b"[::1]:80", b"[::1]"),
        (b"[::1]:8000", b"[::1]:8000"),
    ],
)
def test_the_port_stays_unless_it_is_a_default(host, authority):
    """80 and 443 are dropped, every other port is kept, and the host is written as it is compared."""
    assert redirect({"raw_path": b"/"}, host) == (308, b"https://" + authority + b"/", b"")


@pytest.mark.parametrize(
    ("raw_path", "query", "target"),
    [
        (b"/", b"", b"/"),
        (b"/a%2Fb%20c/%e4%bd%a0", b"x=%26&y=a+b", b"/a%2Fb%20c/%e4%bd%a0?x=%26&y=a+b"),
        (b"/a", b"?", b"/a??"),
        (b"/%", b"%zz", b"/%?%zz"),
        (b"//evil.org/x", b"", b"//evil.org/x"),
        (b"/\\evil.org", b"", b"/\\evil.org"),
        (b"/a;b=c,d!$'()*~", b'[]={}|^`"<>', b"/a;b=c,d!$'()*~?[]={}|^`\"<>"),
        (b"/a\r\nSet-Cookie: x=y", b"", b"/a%0D%0ASet-Cookie:%20x=y"),
        (b"/", b"a\r\nb\0", b"/?a%0D%0Ab%00"),
        (b"/\xc3\xa4", b"\xff", b"/%C3%A4?%FF"),
        (b"/a#b", b"", b"/a%23b"),
    ],
)
def test_path_and_query_stay_as_they_were_sent(raw_path, query, target):
    """Nothing is decoded or encoded again; only bytes that no URL has are escaped."""
    scope = {"raw_path": raw_path, "path": "/decoded", "query_string": query}
    assert redirect(scope, b"example.org") == (308, b"https://example.org" + target, b"")


@pytest.mark.parametrize(
    ("path", "target"),
    [("/a b", b"/a%20b"), ("/100%", b"/100%25"), ("/\u4f60?#", b"/%E4%BD%A0%3F%23"), ("/a@b:c", b"/a@b:c")],
)
def test_a_server_without_raw_path_will_do(path, target):
    """Where the scope has the decoded path alone, it is encoded."""
    for scope in ({"path": path}, {"path": path, "raw_path": None}):
        assert redirect(scope, b"example.org")[1] == b"https://example.org" + target


def test_the_path_is_whole_below_a_mount():
    """``root_path`` is the beginning of the path, and does not come twice."""
    scope = {"root_path": "/api", "path": "/api/users", "raw_path": b"/api/users"}
    assert redirect(scope, b"example.org")[1] == b"https://example.org/api/users"


def test_a_websocket_is_sent_to_wss():
    """A handshake without TLS is redirected to the websocket with it."""
    assert redirect({"type": "websocket", "raw_path": b"/ws"}, b"example.org")[1] == b"wss://example.org/ws"


@pytest.mark.parametrize("raw_path", [b"@evil.org/", b".evil.org/", b":80@evil.org/", b"http://evil.org/", b"*", b"?"])
def test_no_target_reaches_into_the_authority(raw_path):
    """What does not begin as a path would change the host of the address, and is refused."""
    status, location, body = redirect({"raw_path": raw_path, "query_string": b"a"}, b"example.org")
    assert (status, location) == (400, None)
    assert b"not a path" in body
    assert b"evil" not in body
