"""``SecurityMiddleware`` around applications, and behind real servers."""

from __future__ import annotations

import asyncio
import gc
import json
import tracemalloc
import weakref

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.middleware import build_middleware_stack
from openviper.middleware.security import SecurityMiddleware, SecuritySettings

CSP = b"content-security-policy"
HSTS = b"strict-transport-security"
PATH = "openviper.middleware.security.SecurityMiddleware"


async def application(scope, receive, send):
    """Answer ``hello`` with the headers in the scope's state; a websocket is accepted and closed."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 1000})
        return
    fields = scope.get("state", {}).get("fields", [])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain"), *fields]})
    await send({"type": "http.response.body", "body": b"hello"})


def ask(app, *hosts, kind="http", **more):
    """Return the messages that come for a request with these Host headers, ``example.org`` by default."""
    sent = []

    async def receive():
        return {"type": "websocket.connect"} if kind == "websocket" else {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    headers = [(b"host", host) for host in hosts or (b"example.org",)]
    scheme = "wss" if kind == "websocket" else "https"
    scope = {"type": kind, "method": "GET", "scheme": scheme, "path": "/", "raw_path": b"/", "query_string": b""}
    asyncio.run(app({**scope, "headers": headers, **more}, receive, send))
    return sent


def refusal(messages):
    """Return status and detail of an answer in JSON."""
    return messages[0]["status"], json.loads(messages[1]["body"])["detail"]


ALLOWED = ["example.org", ".example.net", "::1"]

HOSTS = [
    (b"example.org", ""),
    (b"Example.ORG", ""),
    (b"example.org.", ""),
    (b"example.org:8000", ""),
    (b"www.example.net", ""),
    (b"example.net", ""),
    (b"[::1]:8000", ""),
    (b"[0:0::1]", ""),
    (b"www.example.org", "the host is not one of ours"),
    (b"notexample.net", "the host is not one of ours"),
    (b"example.org.evil.com", "the host is not one of ours"),
    (b"[::2]", "the host is not one of ours"),
    (b"", "empty"),
    (b"user@example.org", "userinfo"),
    (b"example.org@evil.com", "userinfo"),
    (b"example.org:http", "port"),
    (b"example.org:65536", "port"),
    (b"example.org:", "port"),
    (b"[::1]evil", "brackets"),
    (b"example.org/evil", "path"),
    (b"example.org evil", "white space"),
    (b"ex\xc3\xa4mple.org", "not ASCII"),
    (b"\xff\xfe", "not ASCII"),
    (b"example%2eorg", "percent-encoding"),
    (b"<script>alert(1)</script>", "path"),
    (b"a" * 8192, "longer than 255"),
]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(("host", "reason"), HOSTS)
def test_a_host_is_passed_on_or_refused_with_the_reason(host, reason, kind):
    """Requests and handshakes to a host that is not ours get 400 with the check that refused, twice alike."""
    app = SecurityMiddleware(application, allowed_hosts=ALLOWED)
    denials = {"websocket.http.response": {}}
    for _ in range(2):
        messages = ask(app, host, kind=kind, extensions=denials)
        if not reason:
            assert messages[0].get("status", 101) in (200, 101)
            continue
        status, detail = refusal(messages)
        assert status == 400
        assert detail.startswith("The Host header was refused: ")
        assert reason in detail
        assert "evil" not in detail
        assert "script" not in detail


def test_the_setting_is_named_where_the_hosts_are_its():
    """Where they were given by argument, the setting says nothing of them."""
    with override_settings(ALLOWED_HOSTS=("example.org",)):
        app = SecurityMiddleware(application)
    _, detail = refusal(ask(app, b"evil.com"))
    assert detail == "The Host header was refused: the host is not in ALLOWED_HOSTS."


@pytest.mark.parametrize("hosts", [(b"example.org", b"example.org"), (b"example.org", b"evil.com")])
def test_two_hosts_are_refused(hosts):
    """Whoever is in front may have looked at the other one."""
    assert refusal(ask(SecurityMiddleware(application, allowed_hosts=ALLOWED), *hosts)) == (
        400,
        "The Host header was refused: there is more than one host.",
    )


@pytest.mark.parametrize("http_version", ["1.0", "1.1"])
def test_no_host_is_refused(http_version):
    """A request without Host cannot be told to be for us, in HTTP/1.0 either."""
    app = SecurityMiddleware(application, allowed_hosts=["*"])
    assert refusal(ask(app, headers=[], http_version=http_version)) == (
        400,
        "The Host header was refused: there is none.",
    )


def test_a_handshake_is_closed_where_no_answer_can_be_sent():
    """Without the denial extension a refused websocket is closed with 1008."""
    messages = ask(SecurityMiddleware(application, allowed_hosts=ALLOWED), b"evil.com", kind="websocket")
    assert messages == [{"type": "websocket.close", "code": 1008, "reason": ""}]


@pytest.mark.parametrize("patterns", [["*"], [".example.org"]])
def test_endless_names_take_no_memory(patterns):
    """Twenty thousand hosts under a wildcard are all passed on, and not remembered."""

    async def nothing(scope, receive, send):
        passed.append(None)

    async def ask_all():
        for number in range(20_000):
            await app({"type": "http", "headers": [(b"host", b"%d.example.org" % number)]}, None, nothing)

    app = SecurityMiddleware(nothing, allowed_hosts=patterns)
    passed = []
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    asyncio.run(ask_all())
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert len(passed) == 20_000
    assert grown < 500_000


@pytest.mark.parametrize("host", [b"localhost:8000", b"app.localhost", b"127.0.0.1:8000", b"[::1]:8000"])
def test_debug_needs_no_hosts(host):
    """With DEBUG on and no ALLOWED_HOSTS, a developer's own machine is allowed and never pinned to HTTPS."""
    with override_settings(DEBUG=True):
        app = SecurityMiddleware(application)
    messages = ask(app, host)
    assert messages[0]["status"] == 200
    assert HSTS not in dict(messages[0]["headers"])
    assert refusal(ask(app, b"192.168.0.7:8000"))[0] == 400


def test_the_hosts_are_those_of_the_settings():
    """ALLOWED_HOSTS counts with DEBUG on too, and HSTS is sent."""
    with override_settings(DEBUG=True, ALLOWED_HOSTS=("example.org",)):
        app = SecurityMiddleware(application)
    assert HSTS in dict(ask(app)[0]["headers"])
    assert refusal(ask(app, b"localhost"))[0] == 400


@pytest.mark.parametrize(
    ("hosts", "seconds", "value"),
    [
        (("localhost", "127.0.0.1", "[::1]"), None, None),
        ((".localhost",), None, None),
        (("localhost",), 60, b"max-age=60; includeSubDomains"),
        (("localhost", "example.org"), None, b"max-age=31536000; includeSubDomains"),
        (("localhost", "*"), None, b"max-age=31536000; includeSubDomains"),
    ],
)
@pytest.mark.parametrize("debug", [True, False])
def test_a_preset_never_pins_localhost_to_https(debug, hosts, seconds, value):
    """Every other project on this machine would be out of reach for a year; who names the seconds gets them."""
    with override_settings(DEBUG=debug, ALLOWED_HOSTS=hosts, SECURE_HSTS_SECONDS=seconds):
        apps = SecurityMiddleware(application), SecurityMiddleware(application, allowed_hosts=hosts)
    for app in apps:
        assert dict(ask(app, b"localhost:8000")[0]["headers"]).get(HSTS) == value


@pytest.mark.parametrize(
    ("debug", "arguments", "sentence"),
    [
        (False, {}, "ALLOWED_HOSTS=() has no host and DEBUG is off, so every request would be refused; name those"),
        (False, {"allowed_hosts": []}, "allowed_hosts=[] has no host, so every request would be refused"),
        (True, {"allowed_hosts": ()}, "allowed_hosts=() has no host, so every request would be refused"),
        (
            False,
            {"allowed_hosts": "example.org"},
            "allowed_hosts='example.org' is one string; expected a sequence: ('example.org',)",
        ),
        (False, {"allowed_hosts": ["a.org", "b.org:80"]}, "allowed_hosts[1]='b.org:80' has a port"),
        (False, {"allowed_hosts": ["*"], "ssl_redirect": "yes"}, "ssl_redirect='yes'; expected True or False"),
        (False, {"allowed_hosts": ["*"], "csp": "x"}, "csp has 'x'"),
    ],
)
def test_bad_configuration_is_refused_when_it_is_built(debug, arguments, sentence):
    """The sentence names the value, where it stands and what to do, before any request comes."""
    with override_settings(DEBUG=debug), pytest.raises(ImproperlyConfigured) as error:
        SecurityMiddleware(application, **arguments)
    assert sentence in str(error.value)


def test_it_is_an_entry_of_a_stack_that_reads_its_settings_once():
    """Listed by its path it takes hosts and headers from the settings, as they were when it was built."""
    settings = {"ALLOWED_HOSTS": ("example.org",), "SECURITY_PRESET": "off", "X_FRAME_OPTIONS": "SAMEORIGIN"}
    with override_settings(**settings):
        app = build_middleware_stack(application, [PATH])
    assert ask(app)[0]["headers"] == [(b"content-type", b"text/plain"), (b"x-frame-options", b"SAMEORIGIN")]
    assert SecuritySettings().SECURITY_PRESET == "strict"


def test_a_stack_says_what_it_cannot_build():
    """Without hosts the stack fails with the entry's place and the next step."""
    with pytest.raises(ImproperlyConfigured, match=r"entries\[0\].*ALLOWED_HOSTS=\(\) has no host"):
        build_middleware_stack(application, [PATH])


@pytest.mark.parametrize(("kind", "scheme", "sent"), [("http", "http", False), ("http", "https", True)])
def test_strict_transport_security_is_for_tls(kind, scheme, sent):
    """Over plain HTTP browsers would ignore it, so it is not sent (RFC 6797, 7.2)."""
    messages = ask(SecurityMiddleware(application, allowed_hosts=ALLOWED), kind=kind, scheme=scheme)
    assert (HSTS in dict(messages[0]["headers"])) is sent


@pytest.mark.parametrize("name", [CSP, HSTS, b"x-frame-options", b"referrer-policy"])
def test_the_application_s_own_header_stays(name):
    """A header that the application set is neither doubled nor changed, and the others are there."""
    messages = ask(SecurityMiddleware(application, allowed_hosts=ALLOWED), state={"fields": [(name, b"own")]})
    assert [value for found, value in messages[0]["headers"] if found == name] == [b"own"]
    assert dict(messages[0]["headers"])[b"x-content-type-options"] == b"nosniff"


@pytest.mark.parametrize("host", [b"example.org", b"evil.com"])
def test_no_header_comes_twice(host):
    """Answers of the application and refusals have each security header once."""
    names = [name for name, _ in ask(SecurityMiddleware(application, allowed_hosts=ALLOWED), host)[0]["headers"]]
    assert {CSP, HSTS, b"x-content-type-options"} <= set(names)
    assert len(names) == len(set(names))


def test_the_nonce_is_in_the_state_of_requests():
    """A handler reads ``request.state.csp_nonce``, and this response alone names it."""

    async def page(request: Request):
        return PlainTextResponse(str(request.state.csp_nonce) if "read" in request.query_params else "")

    app = SecurityMiddleware(Starlette(routes=[Route("/", page)]), allowed_hosts=ALLOWED)
    start, body, *_ = ask(app, query_string=b"read")
    assert dict(start["headers"])[CSP].count(b"'nonce-" + body["body"] + b"'") == 2
    assert b"nonce" not in dict(ask(app)[0]["headers"])[CSP]


@pytest.mark.parametrize(("options", "there"), [({}, True), ({"csp": "img-src *"}, False), ({"preset": "api"}, False)])
def test_there_is_a_nonce_where_the_policy_has_one(options, there):
    """Without the source ``'nonce'`` there is nothing to read, so a template that needs it fails."""
    state = {}
    ask(SecurityMiddleware(application, allowed_hosts=ALLOWED, **options), state=state)
    assert ("csp_nonce" in state) is there


@pytest.mark.parametrize("read", [False, True])
def test_a_request_leaves_no_cycle(read):
    """A server's object of one request, which holds the scope, is freed without the garbage collector."""

    class Cycle:
        scope: dict[str, object]

        async def send(self, message):
            pass

    async def page(scope, receive, send):
        if read:
            str(scope["state"]["csp_nonce"])
        await application(scope, receive, send)

    app, cycle, gone = SecurityMiddleware(page, allowed_hosts=ALLOWED), Cycle(), []
    weakref.finalize(cycle, gone.append, True)
    cycle.scope = {"type": "http", "headers": [(b"host", b"example.org")]}
    gc.disable()
    try:
        asyncio.run(app(cycle.scope, None, cycle.send))
        del cycle
        assert gone == [True]
    finally:
        gc.enable()


def test_other_scopes_pass():
    """A lifespan reaches the application as it is, without Host."""
    seen = []

    async def lifespan(scope, receive, send):
        seen.append(scope)

    asyncio.run(SecurityMiddleware(lifespan, allowed_hosts=ALLOWED)({"type": "lifespan"}, None, None))
    assert seen == [{"type": "lifespan"}]


@pytest.mark.parametrize(
    ("kind", "scheme", "status", "location"),
    [
        ("http", "http", 308, b"https://example.org/a%2Fb?x=1"),
        ("http", "https", 200, None),
        ("websocket", "ws", 308, b"wss://example.org/a%2Fb?x=1"),
        ("websocket", "wss", None, None),
    ],
)
def test_plain_requests_are_redirected(kind, scheme, status, location):
    """Without TLS the same address with TLS is named, for websockets too, with the security headers."""
    app = SecurityMiddleware(application, allowed_hosts=ALLOWED, ssl_redirect=True)
    more = {"scheme": scheme, "raw_path": b"/a%2Fb", "query_string": b"x=1"}
    start = ask(app, kind=kind, extensions={"websocket.http.response": {}}, **more)[0]
    assert start.get("status") == status
    assert dict(start["headers"]).get(b"location") == location
    assert b"x-frame-options" in dict(start["headers"])


def test_a_host_that_is_not_ours_is_never_redirected_to():
    """The host is checked first, so nobody is sent to an address that a client made up."""
    app = SecurityMiddleware(application, allowed_hosts=ALLOWED, ssl_redirect=True)
    assert refusal(ask(app, b"evil.com", scheme="http"))[0] == 400


async def test_a_refused_host_is_one_line_of_the_log(caplog):
    """For a developer who asks for it, without the control characters of whoever sent it."""
    scope = {"type": "http", "method": "GET", "path": "/a\n", "scheme": "http", "headers": [(b"host", b"x\r\ny")]}

    async def send(message):
        pass

    with caplog.at_level("DEBUG", logger="openviper.middleware.security"):
        await SecurityMiddleware(None, allowed_hosts=["example.org"])(scope, None, send)
    assert [record.levelname for record in caplog.records] == ["DEBUG"]
    assert caplog.messages[0].startswith("refused GET /a\\n: Host b'x\\r\\ny': ")
    assert "\n" not in caplog.messages[0]
