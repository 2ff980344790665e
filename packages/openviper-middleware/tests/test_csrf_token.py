"""Tokens, the cookie that goes with them, and who accepts which."""

from __future__ import annotations

import gc
import json
import weakref
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openviper._settings.middleware import CSRFSettings
from openviper.conf import ImproperlyConfigured, Secret, override_settings
from openviper.middleware.csrf import CSRFMiddleware

KEY = "k" * 40
PLAIN, HOST = "csrftoken", "__Host-csrftoken"


async def page(scope, receive, send):
    """Show the token twice, or what reading it raises."""
    token = scope["state"]["csrf_token"]
    try:
        body = f"{token} {token.__html__()}"
    except (RuntimeError, ImproperlyConfigured) as error:
        body = f"error: {error}"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"vary", b"Accept")]})
    await send({"type": "http.response.body", "body": body.encode()})


async def ask(app, method="GET", scheme="https", cookie=None, token=None, header=b"x-csrftoken"):
    """Send a request that does not say where it comes from; return the status, the headers and the body."""
    sent = []

    async def send(message):
        sent.append(message)

    fields = {b"host": b"example.org", b"cookie": cookie, header: token}
    headers = [(name, value if isinstance(value, bytes) else value.encode()) for name, value in fields.items() if value]
    await app({"type": "http", "method": method, "path": "/", "scheme": scheme, "headers": headers}, None, send)
    return sent[0]["status"], sent[0]["headers"], sent[1]["body"].decode()


def protected(app=page, **options):
    return CSRFMiddleware(app, **{"mode": "token", "secret_key": KEY, **options})


async def read(app, **more):
    """Read a page; return its token, and the name and value of the cookie that it sets."""
    _, headers, body = await ask(app, **more)
    set_cookie = dict(headers).get(b"set-cookie")
    return body.split(" ")[0], set_cookie and set_cookie.decode().split(";")[0]


async def post(app, **more):
    """Return the status of a request that needs a token."""
    return (await ask(app, "POST", **more))[0]


async def test_a_page_shows_the_token_that_its_cookie_goes_with():
    """It is made once a response, and named to caches."""
    app = protected()
    status, headers, body = await ask(app)
    first, second = body.split(" ")
    assert (status, first) == (200, second)
    assert len(first) == 128
    cookie = dict(headers)[b"set-cookie"].decode()
    name, value = cookie.split(";")[0].split("=")
    assert cookie == f"{HOST}={value}; Path=/; Max-Age=31449600; SameSite=Lax; Secure"
    assert (name, len(value)) == (HOST, 64)
    assert [value for name, value in headers if name == b"vary"] == [b"Accept", b"Cookie"]
    assert await post(app, cookie=f"{HOST}={value}", token=first) == 200
    assert await post(app, cookie=f"{HOST}={value}", token=value) == 200


@pytest.mark.parametrize(
    ("options", "scheme", "attributes"),
    [
        ({}, "http", "csrftoken={}; Path=/; Max-Age=31449600; SameSite=Lax"),
        ({}, "ws", "csrftoken={}; Path=/; Max-Age=31449600; SameSite=Lax"),
        ({}, "wss", "__Host-csrftoken={}; Path=/; Max-Age=31449600; SameSite=Lax; Secure"),
        ({"cookie_age": 0}, "https", "__Host-csrftoken={}; Path=/; SameSite=Lax; Secure"),
        ({"cookie_name": "xsrf"}, "https", "__Host-xsrf={}; Path=/; Max-Age=31449600; SameSite=Lax; Secure"),
        ({"cookie_samesite": "None"}, "https", "__Host-csrftoken={}; Path=/; Max-Age=31449600; SameSite=None; Secure"),
        ({"cookie_samesite": "Strict"}, "http", "csrftoken={}; Path=/; Max-Age=31449600; SameSite=Strict"),
    ],
)
async def test_the_cookie_is_set_as_configured(options, scheme, attributes):
    """For the whole host, readable by scripts, and over TLS by no other host of the domain."""
    _, headers, _ = await ask(protected(**options), scheme=scheme)
    cookie = dict(headers)[b"set-cookie"].decode()
    assert cookie == attributes.format(cookie.split(";")[0].split("=")[1])


async def test_a_cookie_that_browsers_would_drop_is_refused():
    """SameSite=None needs TLS, and the first reader of a token without it is told so."""
    _, headers, body = await ask(protected(cookie_samesite="None"), scheme="http")
    assert b"set-cookie" not in dict(headers)
    assert body.startswith("error: cookie_samesite='None' needs https")
    with override_settings(CSRF_COOKIE_SAMESITE="None"):
        _, _, body = await ask(protected(), scheme="http")
    assert body.startswith("error: CSRF_COOKIE_SAMESITE='None' needs https")
    assert "serve this site over https, or set it to 'Lax'" in body


async def test_nothing_is_made_that_nobody_reads():
    """Neither a cookie nor a Vary, nor for looking at the object; no key is needed for it either."""

    async def looks(scope, receive, send):
        assert repr(scope["state"]["csrf_token"]) == "<LazyToken>"
        assert bool(scope["state"]["csrf_token"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    assert (await ask(CSRFMiddleware(looks)))[:2] == (200, [])


async def test_tokens_of_two_responses_differ():
    """So that the size of a compressed response tells nothing about them; both are good."""
    app = protected()
    first, cookie = await read(app)
    second, again = await read(app, cookie=cookie)
    assert again is None
    assert first != second
    assert not {first[at : at + 16] for at in range(0, 128, 16)} & {second[at : at + 16] for at in range(0, 128, 16)}
    assert [await post(app, cookie=cookie, token=token) for token in (first, second)] == [200, 200]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("absent", lambda token: None),
        ("truncated", lambda token: token[:-1]),
        ("half of it", lambda token: token[:64]),
        ("longer", lambda token: token + "A"),
        ("padded", lambda token: token + "="),
        ("white space", lambda token: token[:64] + " " + token[64:]),
        ("a line break", lambda token: token + "\n"),
        ("altered in the mask", lambda token: ("B" if token[0] == "A" else "A") + token[1:]),
        ("altered in the rest", lambda token: token[:-1] + ("B" if token[-1] == "A" else "A")),
        ("not ASCII", lambda token: token[:-1] + "ü"),
        ("latin-1", lambda token: token[:-1].encode() + b"\xff"),
        ("other base64", lambda token: "+" * 128),
        ("zeros", lambda token: "A" * 64),
        ("masked zeros", lambda token: "A" * 128),
        ("two of them", lambda token: f"{token}, {token}"),
        ("8 kB", lambda token: token * 64),
    ],
)
@pytest.mark.parametrize("session", ["", "; sessionid=abc"], ids=["no session", "session"])
async def test_a_bad_token_is_refused(name, change, session):
    """Whether it is compared with a cookie, or with the session."""
    app = protected()
    token, cookie = await read(app, cookie="a=1" + session)
    assert await post(app, cookie=cookie + session, token=token) == 200
    assert await post(app, cookie=cookie + session, token=change(token)) == 403, name


async def test_a_refusal_says_what_is_wrong_with_the_token():
    """Whether there is none, or another one."""
    app = protected()
    assert json.loads((await ask(app, "POST"))[2]) == {
        "detail": "CSRF check failed: there is no token in the header X-CSRFToken, and no form that has one."
    }
    assert json.loads((await ask(app, "POST", token="<b>"))[2]) == {
        "detail": "CSRF check failed: the token in the header X-CSRFToken is not valid."
    }


async def test_a_websocket_takes_its_token_from_the_header():
    """What sends neither Sec-Fetch-Site nor Origin is no browser, and can set it; a handshake has no form."""
    reached = []

    async def socket(scope, receive, send):
        reached.append(str(scope["state"]["csrf_token"]))
        await send({"type": "websocket.accept"})

    app = protected(socket)
    token, cookie = await read(protected())
    for sent_token, accepted in ((None, False), (b"bad", False), (token.encode(), True)):
        sent = []

        async def send(message, sent=sent):
            sent.append(message["type"])

        headers = [(b"cookie", cookie.encode()), *([(b"x-csrftoken", sent_token)] if sent_token else [])]
        await app({"type": "websocket", "path": "/", "scheme": "wss", "headers": headers}, None, send)
        assert sent == ["websocket.accept" if accepted else "websocket.close"]
    assert [len(text) for text in reached] == [128]


async def test_a_token_of_another_session_is_refused():
    """Also where the cookie that goes with it comes along, for other hosts can plant cookies."""
    app = protected()
    theirs, cookie = await read(app, cookie="sessionid=theirs")
    assert await post(app, cookie=f"{cookie}; sessionid=theirs", token=theirs) == 200
    for session in ("sessionid=mine", "sessionid=", "sessionid=their", "sessionid=theirss", "other=theirs"):
        assert await post(app, cookie=f"{cookie}; {session}", token=theirs) == 403, session


async def test_no_token_survives_a_log_in():
    """The session's cookie has another value then; the next page has a token that goes with it."""
    app = protected()
    before, cookie = await read(app)
    assert await post(app, cookie=cookie, token=before) == 200
    logged_in = f"{cookie}; sessionid=new"
    assert await post(app, cookie=logged_in, token=before) == 403
    after, new_cookie = await read(app, cookie=logged_in)
    assert new_cookie not in (None, cookie)
    assert await post(app, cookie=f"{new_cookie}; sessionid=new", token=after) == 200
    assert await post(app, cookie=new_cookie, token=after) == 403


async def test_without_a_session_the_cookie_must_be_the_tokens_own():
    """A token that somebody else was given, or no cookie, is not enough."""
    app = protected()
    token, _ = await read(app)
    _, other = await read(app)
    assert await post(app, token=token) == 403
    assert await post(app, cookie=other, token=token) == 403


async def test_with_a_session_no_other_cookie_is_needed():
    """The token proves by itself which session it was made for."""
    app = protected()
    token, _ = await read(app, cookie="sessionid=abc")
    assert await post(app, cookie="sessionid=abc", token=token) == 200


async def test_over_https_only_the_cookie_that_cannot_be_planted_is_read():
    """One without ``__Host-`` may come from another host of the domain."""
    app = protected()
    token, cookie = await read(app, scheme="http")
    assert cookie.startswith(f"{PLAIN}=")
    assert await post(app, scheme="http", cookie=cookie, token=token) == 200
    assert await post(app, scheme="https", cookie=cookie, token=token) == 403
    assert (await read(app, scheme="https", cookie=cookie))[1].startswith(f"{HOST}=")


async def test_of_two_cookies_that_differ_none_is_taken():
    """One of them was planted, and nobody knows which; the same one twice does no harm."""
    app = protected()
    token, cookie = await read(app, scheme="http")
    _, planted = await read(app, scheme="http")
    assert await post(app, scheme="http", cookie=f"{cookie}; {cookie}", token=token) == 200
    for both in (f"{cookie}; {planted}", f"{planted}; {cookie}"):
        assert await post(app, scheme="http", cookie=both, token=token) == 403


async def test_of_two_sessions_none_is_proof():
    """One was planted, and nobody knows which of them the application reads."""
    app = protected()
    token, cookie = await read(app, cookie="sessionid=own")
    assert await post(app, cookie=f"{cookie}; sessionid=own; sessionid=own", token=token) == 200
    for both in ("sessionid=own; sessionid=planted", "sessionid=planted; sessionid=own", "sessionid=; sessionid=own"):
        assert await post(app, cookie=f"{cookie}; {both}", token=token) == 403, both


async def test_a_name_in_other_spaces_is_another_name():
    """To Python 0xA0 is a space; a browser lets any host of the domain set a cookie of such a name."""
    app = protected()
    token, cookie = await read(app)
    assert cookie.startswith("__Host-csrftoken=")
    assert await post(app, cookie=cookie, token=token) == 200
    for space in ("\xa0", "\x85", "\x1c", "\x1f"):
        assert await post(app, cookie=(space + cookie).encode("latin-1"), token=token) == 403


async def test_tokens_signed_with_an_earlier_key_are_good():
    """While the key is among the fallbacks; no new cookie is set meanwhile."""
    with override_settings(SECRET_KEY=Secret("o" * 40)):
        token, cookie = await read(CSRFMiddleware(page, mode="token"))
    with override_settings(SECRET_KEY=Secret(KEY), SECRET_KEY_FALLBACKS=(Secret("o" * 40),)):
        app = CSRFMiddleware(page, mode="token")
        assert await post(app, cookie=cookie, token=token) == 200
        assert (await read(app, cookie=cookie))[1] is None
    with override_settings(SECRET_KEY=Secret(KEY)):
        app = CSRFMiddleware(page, mode="token")
        assert await post(app, cookie=cookie, token=token) == 403
        assert (await read(app, cookie=cookie))[1] not in (None, cookie)


async def test_the_names_are_those_of_the_settings():
    """Of the header, both cookies and the session's."""
    with override_settings(
        CSRFSettings,
        SECRET_KEY=Secret(KEY),
        SESSION_COOKIE_NAME="sid",
        CSRF_MODE="token",
        CSRF_COOKIE_NAME="xsrf",
        CSRF_HEADER_NAME="X-Xsrf",
    ):
        app = CSRFMiddleware(page)
    with override_settings(SECRET_KEY=Secret(KEY)):
        token, cookie = await read(app, cookie="sid=1")
        assert cookie.startswith("__Host-xsrf=")
        assert await post(app, cookie="sid=1", token=token) == 403
        assert await post(app, cookie="sid=1", token=token, header=b"x-xsrf") == 200


async def test_tokens_may_belong_to_no_session():
    """Where the session's cookie changes with the session, its name is none of ours."""
    app = protected(session_cookie_name="")
    token, cookie = await read(app, cookie="sessionid=1")
    assert await post(app, cookie=f"{cookie}; sessionid=2", token=token) == 200
    assert await post(app, cookie="sessionid=1", token=token) == 403


async def test_without_a_key_reading_a_token_says_so():
    """The mode that needs none may be built without."""
    _, _, body = await ask(CSRFMiddleware(page))
    assert body.startswith("error: settings.SECRET_KEY is not set")


async def test_a_token_that_is_read_late():
    """With a valid cookie it is as good as ever; without one it would never be accepted, so there is none."""
    shown = []

    async def late(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            shown.append(str(scope["state"]["csrf_token"]))
        except RuntimeError as error:
            shown.append(str(error))
        await send({"type": "http.response.body", "body": b""})

    app = protected(late)
    await ask(app)
    assert shown.pop().startswith("csrf_token was first read after the response had begun")
    _, cookie = await read(protected())
    await ask(app, cookie=cookie)
    assert await post(app, cookie=cookie, token=shown.pop()) == 200


async def test_a_token_outlives_its_request_where_the_cookie_is_there():
    """And holds nothing of the request's server: no garbage collection is needed to be rid of it."""
    kept = []

    async def keep(scope, receive, send):
        kept.append(scope["state"]["csrf_token"])
        kept.append(weakref.ref(send))
        await page(scope, receive, send)

    class Connection:
        """Holds its scope and is held by its send, as a server's object does."""

        def __init__(self, scope):
            self.scope = scope

        async def send(self, message): ...

    gc.disable()
    try:
        connection = Connection({"type": "http", "method": "GET", "path": "/", "headers": []})
        gone = weakref.ref(connection)
        await protected(keep)(connection.scope, None, connection.send)
        del connection
        token, send = kept
        assert send() is None
        assert gone() is None
        assert len(str(token)) == 128
    finally:
        gc.enable()


@given(st.binary(max_size=200))
async def test_no_bytes_are_a_token(given):
    """Whatever is sent is refused, never an error."""
    app = protected()
    assert await post(app, cookie="sessionid=1", token=given) == 403
    assert await post(app, cookie="sessionid=1", token=urlsafe_b64encode(given)) == 403
