"""What browsers are told that ask whether a script may send a request."""

from __future__ import annotations

import json
import logging

import pytest

from openviper.middleware.cors import CORSMiddleware

A, B = "https://a.example", "https://b.example"
POLICY = {
    "allowed_origins": [A],
    "allowed_origin_regexes": [],
    "allowed_methods": ["GET", "PUT"],
    "allowed_headers": ["X-Token", "Authorization"],
    "exposed_headers": ["X-Total"],
    "allow_credentials": False,
    "allow_private_network": False,
    "max_age": 600,
}
VARY = b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network"
HEADERS = b"Accept, Accept-Language, Content-Language, Content-Type, Range, X-Token, Authorization"


async def unreachable(scope, receive, send):
    pytest.fail("a preflight reached the application")


async def ask(lines, **policy):
    """Send OPTIONS with these headers; return status, headers by name, and body."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "OPTIONS", "path": "/", "headers": [(b"host", b"testserver")]}
    scope["headers"] += [(name.lower().encode(), value.encode("latin-1")) for name, value in lines]
    await CORSMiddleware(unreachable, **{**POLICY, **policy})(scope, None, send)
    start, body = sent
    headers = {}
    for name, value in start["headers"]:
        headers.setdefault(name, []).append(value)
    return start["status"], headers, body["body"]


def preflight(origin=A, method="GET", headers=None, private_network=None):
    lines = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
        "Access-Control-Request-Private-Network": private_network,
    }
    return [(name, value) for name, value in lines.items() if value is not None]


@pytest.mark.parametrize(
    ("origin", "method", "headers", "credentials", "refused"),
    [
        (A, "PUT", "x-token", False, None),
        (A, "PUT", "x-token", True, None),
        (A, "PUT", "x-evil", False, "headers"),
        (A, "PUT", "x-evil", True, "headers"),
        (A, "DELETE", "x-token", False, "method"),
        (A, "DELETE", "x-token", True, "method"),
        (A, "DELETE", "x-evil", False, "method, headers"),
        (A, "DELETE", "x-evil", True, "method, headers"),
        (B, "PUT", "x-token", False, "origin"),
        (B, "PUT", "x-token", True, "origin"),
        (B, "PUT", "x-evil", False, "origin, headers"),
        (B, "PUT", "x-evil", True, "origin, headers"),
        (B, "DELETE", "x-token", False, "origin, method"),
        (B, "DELETE", "x-token", True, "origin, method"),
        (B, "DELETE", "x-evil", False, "origin, method, headers"),
        (B, "DELETE", "x-evil", True, "origin, method, headers"),
        # Browsers ask without a list where the method alone needs permission.
        (A, "PUT", None, False, None),
        (A, "PUT", None, True, None),
        (A, "DELETE", None, True, "method"),
        (B, "PUT", None, True, "origin"),
    ],
)
async def test_the_matrix(origin, method, headers, credentials, refused):
    """A preflight passes only with an allowed origin, method and headers; else the body says which was not."""
    status, answer, body = await ask(preflight(origin, method, headers), allow_credentials=credentials)
    allowed = {name: value for name, value in answer.items() if name.startswith(b"access-control-")}
    if refused is None:
        assert (status, body) == (204, b"")
        expected = {
            b"access-control-allow-origin": [origin.encode()],
            b"access-control-allow-methods": [b"GET, PUT"],
            b"access-control-allow-headers": [HEADERS],
            b"access-control-max-age": [b"600"],
        }
        assert allowed == expected | ({b"access-control-allow-credentials": [b"true"]} if credentials else {})
        assert answer[b"vary"] == [VARY]
    else:
        assert status == 400
        assert json.loads(body) == {"detail": f"CORS preflight refused; not allowed: {refused}."}
        assert allowed == {}
        assert VARY in answer[b"vary"]


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ("", True),
        ("x-token", True),
        ("X-TOKEN,AUTHORIZATION", True),
        (" x-token\t ,\t authorization ", True),
        (",x-token,,", True),
        ("accept,accept-language,content-language,content-type,range", True),
        ("x-token,x-evil", False),
        ("x-token x-token", False),
        ("*", False),
        ("x-tok\u00e9n", False),
        ("x-token:", False),
        ("x-token,x-token" * 10, False),
        ("x-token," * 512, True),
        ("x-token," * 513, False),
        ("x" * 65536, False),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_lists_of_headers(headers, passes):
    """Names are compared without case or white space, those that Fetch lets through are let through, long lists not."""
    status, _, _ = await ask(preflight(headers=headers))
    assert status == (204 if passes else 400)


@pytest.mark.parametrize(
    ("method", "passes"),
    [("GET", True), ("PUT", True), ("POST", False), ("put", False), ("", False), ("PUT ", False), ("GET, PUT", False)],
)
async def test_methods_are_compared_as_they_are(method, passes):
    """Methods are case-sensitive (RFC 9110, 9.1), and an empty one makes a preflight too."""
    status, _, _ = await ask(preflight(method=method))
    assert status == (204 if passes else 400)


async def test_two_headers_of_a_kind_are_no_preflight_of_a_browser():
    """Of two origins or methods none is taken; two lists of headers are one."""
    assert (await ask([*preflight(), ("Origin", B)]))[0] == 400
    assert (await ask([*preflight(), ("Origin", A)]))[0] == 400
    assert (await ask([*preflight(), ("Access-Control-Request-Method", "PUT")]))[0] == 400
    lists = [("Access-Control-Request-Headers", "x-token"), ("Access-Control-Request-Headers", "authorization")]
    assert (await ask([*preflight(), *lists]))[0] == 204
    assert (await ask([*preflight(), lists[0], ("Access-Control-Request-Headers", "x-evil")]))[0] == 400


async def test_any_header_is_answered_with_what_was_asked():
    """Browsers do not take ``*`` for Authorization, so the names are sent back, as a list that was read."""
    _, answer, _ = await ask(preflight(headers="X-One, ,authorization"), allowed_headers=["*"])
    assert answer[b"access-control-allow-headers"] == [b"x-one, authorization"]
    _, answer, _ = await ask(preflight(), allowed_headers=["*"])
    assert b"access-control-allow-headers" not in answer


@pytest.mark.parametrize("headers", ["x-one\r\nSet-Cookie: a=b", "x-one<script>", "x one", "x-\x7f", "x" * 4097])
async def test_what_is_no_header_is_not_sent_back(headers):
    """Where any header is allowed, it still has to be one (RFC 9110, 5.6.2)."""
    status, answer, body = await ask(preflight(headers=headers), allowed_headers=["*"])
    assert status == 400
    assert b"access-control-allow-headers" not in answer
    assert b"Cookie" not in body
    assert b"script" not in body


async def test_any_method_is_answered_with_what_was_asked():
    """Any token is a method (RFC 9110, 9.1), and nothing else is."""
    status, answer, _ = await ask(preflight(method="PURGE"), allowed_methods=["*"])
    assert (status, answer[b"access-control-allow-methods"]) == (204, [b"PURGE"])
    for method in ("", "GET, PUT", "<b>", "GET\r\nX: y"):
        status, answer, _ = await ask(preflight(method=method), allowed_methods=["*"])
        assert status == 400
        assert b"access-control-allow-methods" not in answer


async def test_any_origin_is_answered_without_naming_it():
    """Where every origin is allowed, the header says so, whatever stands in Origin."""
    for origin in (A, "null", "x" * 8192, ""):
        status, answer, _ = await ask(preflight(origin), allowed_origins=["*"])
        assert (status, answer[b"access-control-allow-origin"]) == (204, [b"*"])
        assert answer[b"vary"] == [VARY]


async def test_no_origin_is_allowed_where_none_is_listed():
    """An empty list means none: a preflight is refused, and not left to the application."""
    status, answer, body = await ask(preflight(), allowed_origins=[])
    assert (status, json.loads(body)["detail"]) == (400, "CORS preflight refused; not allowed: origin.")
    assert not any(name.startswith(b"access-control-") for name in answer)


@pytest.mark.parametrize(
    ("allowed", "asked", "status", "header"),
    [
        (False, None, 204, None),
        (False, "true", 400, None),
        (False, "false", 400, None),
        (True, None, 204, None),
        (True, "true", 204, [b"true"]),
    ],
)
async def test_private_network_access(allowed, asked, status, header):
    """A site of the internet reaches a private network only where that is allowed, and is told so only if it asks."""
    lines = preflight(private_network=asked)
    got, answer, body = await ask(lines, allow_private_network=allowed)
    assert (got, answer.get(b"access-control-allow-private-network")) == (status, header)
    assert (b"not allowed: private network." in body) is (status == 400)


async def test_a_refusal_shows_nothing_of_the_request():
    """Markup in a preflight's headers reaches neither a page nor JSON."""
    evil = "<script>alert(1)</script>"
    for accept in ("text/html", "application/json"):
        _, answer, body = await ask([*preflight(evil, evil, evil, evil), ("Accept", accept)])
        assert answer[b"content-type"][0].startswith(accept.encode())
        assert b"origin, method, headers, private network" in body
        assert b"alert" not in body


async def test_developers_find_the_values_in_the_log(caplog):
    """The log names what was refused at the level DEBUG, shortened and without control characters."""
    caplog.set_level(logging.DEBUG, "openviper.middleware.cors")
    await ask(preflight("https://evil\r\n.example", "DELETE", "x" * 65536))
    [record] = caplog.records
    line = record.getMessage()
    assert "not allowed: origin, method, headers; origin b'https://evil\\r\\n.example', method b'DELETE'" in line
    assert line.startswith("refused OPTIONS /: the CORS preflight asks")
    assert len(line) < 1000


async def test_the_age_is_sent():
    """0 tells a browser to ask each time."""
    _, answer, _ = await ask(preflight(), max_age=0)
    assert answer[b"access-control-max-age"] == [b"0"]
