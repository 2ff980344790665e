"""CSRFMiddleware, as browsers, other clients and the application behind it see it."""

from __future__ import annotations

import json
import logging

import pytest

from openviper._settings.middleware import CSRFSettings
from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.middleware import build_middleware_stack
from openviper.middleware.csrf import CSRFMiddleware

KEY = "k" * 40


async def application(scope, receive, send):
    """Answer ``reached``."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"reached"})


def scope_of(method="POST", path="/", headers=(), scheme="https", **more):
    """Return a request to ``example.org``; headers that are ``None`` are not there."""
    fields = {b"host": b"example.org", **dict(headers)}
    raw = [(name, value) for name, value in fields.items() if value is not None]
    kind = "websocket" if method == "WEBSOCKET" else "http"
    return {"type": kind, "method": method, "path": path, "scheme": scheme, "headers": raw, **more}


async def ask(app, scope):
    """Return the status, for a websocket that of its handshake, and the body."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    first = sent[0]
    if first["type"] == "websocket.accept":
        return 101, b""
    if first["type"] == "websocket.close":
        # Which servers turn into it (ASGI 3.0, websocket).
        return 403, b""
    return first["status"], b"".join(message.get("body", b"") for message in sent)


async def status_of(app, *args, **more):
    return (await ask(app, scope_of(*args, **more)))[0]


def origin(value, **more):
    return {b"origin": value, **more}


def site(value, origin=None):
    return {b"sec-fetch-site": value, b"origin": origin}


@pytest.mark.parametrize(
    ("name", "method", "headers", "status"),
    [
        ("same-origin allowed", "POST", site(b"same-origin"), 200),
        ("none allowed", "POST", site(b"none"), 200),
        ("cross-site blocked", "POST", site(b"cross-site"), 403),
        ("same-site blocked", "POST", site(b"same-site"), 403),
        ("no header, no origin", "POST", {}, 200),
        ("empty headers are none", "POST", site(b"", b""), 200),
        ("no header, matching origin", "POST", origin(b"https://example.org"), 200),
        ("no header, mismatched origin", "POST", origin(b"https://attacker.example"), 403),
        ("no header, null origin", "POST", origin(b"null"), 403),
        ("GET allowed", "GET", site(b"cross-site"), 200),
        ("HEAD allowed", "HEAD", site(b"cross-site"), 200),
        ("OPTIONS allowed", "OPTIONS", site(b"cross-site"), 200),
        ("GET allowed from anywhere", "GET", origin(b"https://attacker.example"), 200),
        ("PUT blocked", "PUT", site(b"cross-site"), 403),
        ("PATCH blocked", "PATCH", site(b"cross-site"), 403),
        ("DELETE blocked", "DELETE", site(b"cross-site"), 403),
        ("TRACE is not safe", "TRACE", site(b"cross-site"), 403),
        ("a method of one's own is not safe", "PURGE", site(b"cross-site"), 403),
        ("methods are case-sensitive", "get", site(b"cross-site"), 403),
        ("the site decides, a matching origin does not help", "POST", site(b"cross-site", b"https://example.org"), 403),
        ("the site decides, a null origin does not hurt", "POST", site(b"same-origin", b"null"), 200),
        ("the site is case-sensitive", "POST", site(b"Same-Origin"), 403),
        ("two sites", "POST", site(b"same-origin, cross-site"), 403),
        ("an unknown site", "POST", site(b"same-planet"), 403),
        ("a site that is not ASCII", "POST", site(b"same-origin\xff"), 403),
        ("trusted", "POST", origin(b"https://trusted.example"), 200),
        ("trusted, cross-site", "POST", site(b"cross-site", b"https://trusted.example"), 200),
        ("trusted, same-site", "POST", site(b"same-site", b"https://trusted.example"), 200),
        ("trusted with its port", "POST", origin(b"https://trusted.example:443"), 200),
        ("trusted in other letters", "POST", origin(b"https://Trusted.Example"), 200),
        ("trusted on another port", "POST", origin(b"https://trusted.example:8443"), 403),
        ("trusted with another scheme", "POST", origin(b"http://trusted.example"), 403),
        ("below the trusted one", "POST", origin(b"https://a.trusted.example"), 403),
        ("trusted http, this is https", "POST", origin(b"http://plain.example"), 200),
        ("untrusted, cross-site", "POST", site(b"cross-site", b"https://attacker.example"), 403),
        ("cross-site, null", "POST", site(b"cross-site", b"null"), 403),
    ],
)
async def test_where_a_request_comes_from(name, method, headers, status):
    """The algorithm of Go's CrossOriginProtection, case by case."""
    app = CSRFMiddleware(application, trusted_origins=["https://trusted.example", "http://plain.example"])
    assert await status_of(app, method, headers=headers) == status, name


@pytest.mark.parametrize(
    ("name", "scheme", "sender", "host", "status"),
    [
        ("equal", "https", b"https://example.org", b"example.org", 200),
        ("default port in Host", "https", b"https://example.org", b"example.org:443", 200),
        ("default port in Origin", "https", b"https://example.org:443", b"example.org", 200),
        ("http's default port", "http", b"http://example.org", b"example.org:80", 200),
        ("letters", "https", b"https://example.org", b"EXAMPLE.org", 200),
        ("trailing dot", "https", b"https://example.org.", b"example.org", 200),
        ("port", "http", b"http://localhost:8000", b"localhost:8000", 200),
        ("IPv6", "http", b"http://[::1]:8000", b"[0:0::1]:8000", 200),
        ("behind a proxy that ends TLS", "http", b"https://example.org", b"example.org", 200),
        ("behind one, with its port", "http", b"https://example.org:8443", b"example.org:8443", 200),
        ("http page, https request", "https", b"http://example.org", b"example.org", 403),
        ("http page, https request, http's port", "https", b"http://example.org", b"example.org:80", 403),
        ("another port", "https", b"https://example.org:8443", b"example.org", 403),
        ("the other scheme's port", "http", b"http://example.org", b"example.org:443", 403),
        ("below this host", "https", b"https://a.example.org", b"example.org", 403),
        ("above this host", "https", b"https://example.org", b"a.example.org", 403),
        ("this host is its beginning", "https", b"https://example.org.evil.example", b"example.org", 403),
        ("this host is its end", "https", b"https://evilexample.org", b"example.org", 403),
        ("this host is its user", "https", b"https://example.org@evil.example", b"example.org", 403),
        ("this host after a user", "https", b"https://evil@example.org", b"example.org", 403),
        ("with a path", "https", b"https://example.org/", b"example.org", 403),
        ("without a scheme", "https", b"example.org", b"example.org", 403),
        ("two of them", "https", b"https://example.org, https://example.org", b"example.org", 403),
        ("two with a space", "https", b"https://example.org https://evil.example", b"example.org", 403),
        ("not ASCII", "https", "https://exämple.org".encode(), "exämple.org".encode(), 403),
        ("punycode", "https", b"https://xn--exmple-cua.org", b"xn--exmple-cua.org", 200),
        ("a browser's extension", "https", b"moz-extension://example.org", b"example.org", 403),
        ("an application's scheme", "http", b"capacitor://localhost", b"localhost", 403),
        ("null in capitals", "https", b"NULL", b"null", 403),
        ("8 kB", "https", b"https://" + b"a" * 8192, b"a" * 8192, 403),
        ("a line break", "https", b"https://example.org\r\n", b"example.org", 403),
        ("no Host", "https", b"https://example.org", None, 403),
        ("empty Host", "https", b"https://", b"", 403),
        ("two Hosts", "https", b"https://example.org", b"example.org, example.org", 403),
        ("a Host that is none", "https", b"https://example.org", b"example.org:x", 403),
    ],
)
@pytest.mark.parametrize("is_websocket", [False, True], ids=["http", "websocket"])
async def test_origin_is_compared_with_host(name, scheme, sender, host, status, is_websocket):
    """Scheme, host and port count, and what is no origin is refused; so it is for a websocket, which begins as GET."""
    app = CSRFMiddleware(application)
    headers = {b"origin": sender, b"host": host}
    if is_websocket:
        scheme, status = {"http": "ws", "https": "wss"}[scheme], {200: 101}.get(status, status)
    assert await status_of(app, "WEBSOCKET" if is_websocket else "POST", headers=headers, scheme=scheme) == status, name


@pytest.mark.parametrize(
    ("name", "headers", "status"),
    [
        ("same-origin", site(b"same-origin", b"https://example.org"), 101),
        ("cross-site", site(b"cross-site", b"https://attacker.example"), 403),
        ("same-site", site(b"same-site", b"https://a.example.org"), 403),
        ("trusted", site(b"cross-site", b"https://trusted.example"), 101),
        ("no browser", {}, 101),
    ],
)
async def test_a_websocket_is_checked(name, headers, status):
    """Browsers let any page open one, with the cookies of whom it is opened to."""
    app = CSRFMiddleware(application, trusted_origins=["https://trusted.example"])
    scope = scope_of("WEBSOCKET", headers=headers, scheme="wss", extensions={"websocket.http.response": {}})
    del scope["method"]
    assert (await ask(app, scope))[0] == status, name


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        (site(b"cross-site"), "Sec-Fetch-Site is cross-site."),
        (site(b"same-site"), "Sec-Fetch-Site is same-site."),
        (site(b"<script>"), "Sec-Fetch-Site is not same-origin."),
        (origin(b"null"), "Origin is null."),
        (origin(b"<script>"), "Origin is not one origin."),
        (origin(b"https://attacker.example"), "Origin is not that of this host."),
        (origin(b"http://example.org"), "Origin is http, and the request came over https."),
        (origin(b"app://example.org"), "Origin is neither http nor https."),
        (
            {b"host": b"<script>", b"origin": b"https://example.org"},
            "Host is not one host, so Origin cannot be compared with it.",
        ),
    ],
)
async def test_a_refusal_says_which_check(headers, detail):
    """And repeats nothing that was sent."""
    _, body = await ask(CSRFMiddleware(application), scope_of(headers=headers))
    assert json.loads(body) == {"detail": f"CSRF check failed: {detail}"}


@pytest.mark.parametrize(
    ("headers", "line"),
    [
        (
            site(b"cross-site", b"https://forms.example"),
            "refused POST /pay: Sec-Fetch-Site is cross-site; Origin b'https://forms.example', Host b'example.org'; "
            "the origins in CSRF_TRUSTED_ORIGINS (trusted_origins=) pass",
        ),
        (origin(b"null"), "refused POST /pay: Origin is null; Origin b'null', Host b'example.org'; the origins in"),
        (
            origin(b"https://a.example\r\nroot: in"),
            "Origin is not one origin; Origin b'https://a.example\\r\\nroot: in'",
        ),
        (origin(b"o" * 9999), "Origin is not one origin"),
        ({b"x-csrftoken": b"sesame"}, "refused POST /pay: the token in the header X-CSRFToken is not valid"),
        ({}, "refused POST /pay: there is no token in the header X-CSRFToken, and no form that has one"),
        (
            {b"content-type": b"application/x-www-form-urlencoded"},
            "refused POST /pay: there is no token in the header X-CSRFToken or in the form field csrfmiddlewaretoken",
        ),
    ],
)
async def test_developers_find_the_reason_in_the_log(headers, line, caplog):
    """At the level DEBUG, in one bounded line, with what would let another origin pass and without the token."""
    app = CSRFMiddleware(application, mode="token", secret_key=KEY)
    assert await status_of(app, path="/pay", headers=headers) == 403
    assert caplog.records == []
    caplog.set_level(logging.DEBUG, "openviper.middleware.csrf")
    assert await status_of(app, path="/pay", headers=headers) == 403
    [message] = caplog.messages
    assert line in message
    assert message.isprintable()
    assert "sesame" not in message
    assert len(message) < 1000


async def test_the_log_keeps_a_refused_websocket_too(caplog):
    """A path cannot write lines of its own, nor long ones."""
    caplog.set_level(logging.DEBUG, "openviper.middleware.csrf")
    await status_of(CSRFMiddleware(application), "WEBSOCKET", "/a\n" + "b" * 9999, headers=origin(b"https://b.example"))
    [message] = caplog.messages
    assert message.startswith("refused WEBSOCKET /a\\nbbb")
    assert "Origin is not that of this host" in message
    assert message.isprintable()
    assert len(message) < 1000


async def test_the_settings_are_read_when_it_is_built():
    """As an entry of ``settings.MIDDLEWARE`` it takes what the settings say, and later changes do nothing."""
    with override_settings(
        CSRFSettings, CSRF_TRUSTED_ORIGINS=("https://trusted.example",), CSRF_EXEMPT_PATHS=("/hook",), SECRET_KEY=KEY
    ):
        app = build_middleware_stack(application, ["openviper.middleware.csrf.CSRFMiddleware"])
    assert await status_of(app, headers=origin(b"https://trusted.example")) == 200
    assert await status_of(app, headers=origin(b"https://attacker.example")) == 403
    assert await status_of(app, path="/hook", headers=origin(b"https://attacker.example")) == 200


async def test_arguments_take_the_place_of_settings():
    """Also where they are empty."""
    with override_settings(CSRFSettings, CSRF_TRUSTED_ORIGINS=("https://trusted.example",)):
        app = CSRFMiddleware(application, trusted_origins=[])
    assert await status_of(app, headers=origin(b"https://trusted.example")) == 403


async def test_other_scopes_pass():
    """The lifespan, and what is not known yet."""
    seen = []

    async def inner(scope, receive, send):
        seen.append(scope)

    for kind in ("lifespan", "something-later"):
        await CSRFMiddleware(inner)({"type": kind}, None, None)
    assert seen == [{"type": "lifespan"}, {"type": "something-later"}]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"mode": "tokens"}, "mode='tokens'; expected one of 'headers', 'token'"),
        ({"mode": []}, "mode=[]; expected one of 'headers', 'token'"),
        (
            {"trusted_origins": "https://a.example"},
            "trusted_origins='https://a.example' is one string; expected a sequence",
        ),
        ({"trusted_origins": ["https://a.example/"]}, "trusted_origins[0]='https://a.example/' has a path"),
        (
            {"trusted_origins": ["https://a.example", "*"]},
            "trusted_origins[1]='*'; expected one origin, without wildcards",
        ),
        (
            {"trusted_origins": ["https://*.example"]},
            "trusted_origins[0]='https://*.example'; expected one origin, without wildcards",
        ),
        ({"trusted_origins": ["null"]}, "trusted_origins[0]='null' is what browsers send where there is no origin"),
        ({"trusted_origins": [None]}, "trusted_origins[0]=None; expected a str"),
        ({"trusted_origins": 5}, "trusted_origins=5; expected a sequence"),
        ({"exempt_paths": "/hooks"}, "exempt_paths='/hooks' is one string"),
        ({"exempt_paths": ["hooks"]}, "exempt_paths[0]='hooks' is not a path; expected '/hooks/pay', or '/hooks/*'"),
        ({"exempt_paths": ["/a?b"]}, "exempt_paths[0]='/a?b' is not a path"),
        ({"exempt_paths": ["/*"]}, "exempt_paths[0]='/*' exempts everything; take the middleware out instead"),
        ({"exempt_paths": ["/a*"]}, "exempt_paths[0]='/a*' has a * that is not '/*' at its end"),
        ({"exempt_paths": ["/*/a/*"]}, "exempt_paths[0]='/*/a/*' has a * that is not '/*' at its end"),
        ({"cookie_name": "a b"}, "cookie_name='a b'; expected the name of a cookie"),
        ({"cookie_name": ""}, "cookie_name=''; expected the name of a cookie"),
        ({"cookie_name": "ü"}, "cookie_name='ü'; expected the name of a cookie"),
        ({"cookie_name": "__host-a"}, "cookie_name='__host-a'; expected a name without prefix"),
        (
            {"cookie_name": "sessionid"},
            "SESSION_COOKIE_NAME='sessionid'; expected another cookie than the one that holds",
        ),
        ({"cookie_age": -1}, "cookie_age=-1; expected seconds, as an int; 0 for a cookie"),
        ({"cookie_age": True}, "cookie_age=True; expected seconds, as an int; 0 for a cookie"),
        ({"cookie_age": 1.5}, "cookie_age=1.5; expected seconds, as an int; 0 for a cookie"),
        ({"cookie_samesite": "none"}, "cookie_samesite='none'; expected one of 'Strict', 'Lax', 'None'"),
        (
            {"header_name": "HTTP_X_CSRFTOKEN"},
            "header_name='HTTP_X_CSRFTOKEN'; expected the header itself: 'X-CSRFTOKEN'",
        ),
        ({"header_name": "X CSRF"}, "header_name='X CSRF'; expected the name of a header"),
        ({"header_name": "X-Töken"}, "header_name='X-Töken'; expected the name of a header"),
        ({"field_name": ""}, "field_name=''; expected the name of a form field"),
        ({"field_name": "a\nb"}, "field_name='a\\nb'; expected the name of a form field"),
        ({"field_name": 'a"b'}, "expected a name without quotes and backslashes"),
        ({"secret_key": ""}, "secret_key cannot be used: an empty key signs nothing"),
        ({"secret_key": 5}, "secret_key cannot be used: key is of type int"),
        ({"session_cookie_name": "a;b"}, "session_cookie_name='a;b'; expected the name of a cookie"),
        ({"session_cookie_name": "csrftoken"}, "session_cookie_name='csrftoken'; expected another cookie"),
        (
            {"mode": "token"},
            "mode='token' needs a key to sign tokens with; expected secret_key=, or settings.SECRET_KEY",
        ),
        (
            {"trusted_origins": ["a.example", "https://b.example", "https://c.example/"]},
            "trusted_origins[0]='a.example' has no scheme; expected scheme://host or scheme://host:port; "
            "also trusted_origins[2]='https://c.example/' has a path",
        ),
    ],
)
def test_bad_configuration_is_refused_in_a_sentence(options, sentence):
    """When the middleware is built, not when a request comes."""
    with pytest.raises(ImproperlyConfigured) as caught:
        CSRFMiddleware(application, **options)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_refused_setting_is_called_by_its_name():
    """Not by the argument's, which nobody wrote."""
    with (
        override_settings(CSRFSettings, CSRF_TRUSTED_ORIGINS=("a.example",)),
        pytest.raises(ImproperlyConfigured, match=r"CSRF_TRUSTED_ORIGINS\[0\]='a.example' has no scheme"),
    ):
        CSRFMiddleware(application)


def test_a_real_server_is_protected(serve):
    """Behind uvicorn, by what arrives on the wire."""
    server = serve(CSRFMiddleware(application))
    assert server.request(b"POST", b"/", b"Sec-Fetch-Site: same-origin").body == b"reached"
    assert server.request(b"POST", b"/", b"Origin: http://testserver").body == b"reached"
    assert server.request(b"POST", b"/", b"sec-fetch-site: cross-site").status == 403
    assert server.request(b"POST", b"/", b"Origin: http://testserver", b"Origin: http://evil.example").status == 403
    assert server.request(b"POST", b"/", b"Origin:").status == 200
    assert server.request(b"POST", b"/", b"Origin: http://evil.example", body=b"x" * 1_000).status == 403
    assert server.handshake(b"/", b"Origin: http://testserver").status == 101
    assert server.handshake(b"/", b"Origin: http://evil.example").status == 403


ON_THE_WIRE = [
    (b"null", 403),
    (b"http://shop.example", 200),
    (b"http://shop.example/", 403),
    (b"http://shop.example/path", 403),
    (b"http://shop.example:80", 200),
    (b"http://shop.example:8080", 403),
    (b"http://evil.example", 403),
    (b"http://evil.example/shop.example", 403),
    (b"http://xn--bcher-kva.example", 200),
    (b"http://b\xc3\xbccher.example", 403),
    (b"http://b\xfccher.example", 403),
    (b"\xff\xfe", 403),
    # What the websocket library takes in one line.
    (b"http://" + b"a" * 8_000 + b".example", 403),
]


@pytest.mark.parametrize(("sent", "status"), ON_THE_WIRE, ids=lambda value: ascii(value)[:50])
def test_origins_on_the_wire(sent, status, serve):
    """Whichever parser the server has; a websocket's handshake is refused for the same ones."""
    server = serve(CSRFMiddleware(application))
    host = b"xn--bcher-kva.example" if b"cher" in sent else b"shop.example"
    lines = (b"Host: " + host, b"Origin: " + sent)
    assert server.request(b"POST", b"/", *lines).status == status
    assert server.handshake(b"/", *lines).status == (101 if status == 200 else 403)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (bytes, 200),
        (lambda token: token[:-1], 403),
        (lambda token: token[:20], 403),
        (lambda token: token[:-1] + b"\xc3\xbc", 403),
        (lambda token: token + b"\xff", 403),
        (lambda token: b"\xc3\xbc" * 64, 403),
    ],
    ids=["whole", "cut", "cut to 20", "non-ASCII at the end", "a byte too many", "non-ASCII"],
)
def test_tokens_on_the_wire(change, status, serve):
    """One that is cut short, or not ASCII, is refused, in the header as in a form; never an error."""

    async def show(scope, receive, send):
        token = str(scope["state"]["csrf_token"]).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": token})

    server = serve(CSRFMiddleware(show, mode="token", secret_key=KEY))
    page = server.get(b"/")
    cookie = b"Cookie: " + page.values(b"set-cookie")[0].split(b";")[0]
    token = change(page.body)
    assert server.request(b"POST", b"/", cookie, b"X-CSRFToken: " + token).status == status
    kind = b"Content-Type: application/x-www-form-urlencoded"
    assert server.request(b"POST", b"/", cookie, kind, body=b"csrfmiddlewaretoken=" + token).status == status
    name, _, value = cookie.partition(b"=")
    sent = (name + b"=" + change(value), b"X-CSRFToken: " + page.body)
    assert server.request(b"POST", b"/", *sent).status == status
