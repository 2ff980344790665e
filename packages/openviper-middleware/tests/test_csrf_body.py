"""Tokens in forms, and the bodies that reach the application all the same."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openviper.middleware.csrf import CSRFMiddleware
from openviper.middleware.ratelimit import RateLimitMiddleware

KEY = "k" * 40
URLENCODED = b"application/x-www-form-urlencoded"
MULTIPART = b"multipart/form-data; boundary=B"
LIMIT = 65_536
MEGABYTE = 1 << 20


async def application(scope, receive, send):
    """Answer with the token, or with how much was sent and its hash."""
    if scope["method"] == "GET":
        await answer(send, str(scope["state"]["csrf_token"]).encode())
        return
    total, digest, more = 0, hashlib.sha256(), True
    while more:
        message = await receive()
        total += len(message.get("body", b""))
        digest.update(message.get("body", b""))
        more = message.get("more_body", False)
    await answer(send, b"%d %s" % (total, digest.hexdigest().encode()))


async def answer(send, body):
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def summary(body):
    return f"{len(body)} {hashlib.sha256(body).hexdigest()}"


class Client:
    """A client without Sec-Fetch-Site and Origin, in whose session a token was made."""

    def __init__(self, app=application, **options):
        self.app = CSRFMiddleware(app, mode="token", secret_key=KEY, **options)
        self.left = []

    async def ask(self, method, messages=(), **fields):
        """Send a request; return the status and the body. What was not received of it is left in ``self.left``."""
        sent, self.left = [], list(messages)

        async def receive():
            return self.left.pop(0)

        async def send(message):
            sent.append(message)

        headers = {b"host": b"example.org", b"cookie": b"sessionid=1"}
        headers |= {name.replace("_", "-").encode(): value for name, value in fields.items()}
        scope = {"type": "http", "method": method, "path": "/", "scheme": "https", "headers": list(headers.items())}
        await self.app(scope, receive, send)
        return (sent[0]["status"], sent[1]["body"].decode()) if sent else None

    async def token(self):
        return (await self.ask("GET"))[1]

    async def post(self, content_type, pieces, **fields):
        """Send a form in these pieces."""
        last = len(pieces) - 1
        messages = [
            {"type": "http.request", "body": piece, "more_body": index < last} for index, piece in enumerate(pieces)
        ]
        return await self.ask("POST", messages, content_type=content_type, **fields)


def multipart(token, before=b"", after=b""):
    head = b'--B\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n'
    return before + head + token.encode() + b"\r\n" + after + b"--B--\r\n"


def upload(size):
    head = b'--B\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    return head + b"x" * (size - len(head) - 2) + b"\r\n"


@pytest.mark.parametrize(
    ("name", "content_type", "make"),
    [
        ("alone", URLENCODED, lambda token: f"csrfmiddlewaretoken={token}".encode()),
        ("among others", URLENCODED, lambda token: f"a=1&csrfmiddlewaretoken={token}&b=2".encode()),
        (
            "before what is large",
            URLENCODED,
            lambda token: f"csrfmiddlewaretoken={token}&b=".encode() + b"x" * MEGABYTE,
        ),
        (
            "as the last field",
            URLENCODED,
            lambda token: b"a=" + b"x" * 60_000 + f"&csrfmiddlewaretoken={token}".encode(),
        ),
        ("alone in parts", MULTIPART, multipart),
        ("before a file", MULTIPART, lambda token: multipart(token, after=upload(MEGABYTE))),
        ("after a small file", MULTIPART, lambda token: multipart(token, upload(60_000))),
    ],
)
@pytest.mark.parametrize("size", [1_000, MEGABYTE * 2])
async def test_a_token_in_a_form_is_found(name, content_type, make, size):
    """Wherever it stands, and the application receives the form whole."""
    client = Client()
    body = make(await client.token())
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    assert await client.post(content_type, pieces) == (200, summary(body)), name


@pytest.mark.parametrize(
    ("name", "content_type", "make", "detail"),
    [
        ("no field", URLENCODED, lambda token: b"a=1", "there is no token in the header X-CSRFToken or in the form"),
        ("no body", URLENCODED, lambda token: b"", "there is no token in the header X-CSRFToken or in the form field"),
        (
            "bad",
            URLENCODED,
            lambda token: f"csrfmiddlewaretoken={token[1:]}".encode(),
            "the token in the form field csrfmiddlewaretoken is not valid.",
        ),
        (
            "the second of two",
            URLENCODED,
            lambda token: f"csrfmiddlewaretoken=&csrfmiddlewaretoken={token}".encode(),
            "the token in the form field csrfmiddlewaretoken is not valid.",
        ),
        (
            "not ASCII",
            URLENCODED,
            lambda token: urlencode({"csrfmiddlewaretoken": "ü" + token}).encode(),
            "the token in the form field csrfmiddlewaretoken is not valid.",
        ),
        (
            "other type",
            b"text/plain",
            lambda token: f"csrfmiddlewaretoken={token}".encode(),
            "there is no token in the",
        ),
        (
            "JSON",
            b"application/json",
            lambda token: f'{{"csrfmiddlewaretoken":"{token}"}}'.encode(),
            "there is no token",
        ),
        ("no boundary", b"multipart/form-data", multipart, "there is no token in the header X-CSRFToken, and no form"),
        (
            "cut off",
            MULTIPART,
            lambda token: multipart(token)[:-12],
            "there is no token in the header X-CSRFToken or in",
        ),
        (
            "too far",
            URLENCODED,
            lambda token: b"a=" + b"x" * LIMIT + f"&csrfmiddlewaretoken={token}".encode(),
            "there is no form field csrfmiddlewaretoken in the first 64 KiB; put it before the others.",
        ),
        (
            "across the limit",
            URLENCODED,
            lambda token: b"a=" + b"x" * (LIMIT - 150) + f"&csrfmiddlewaretoken={token}".encode(),
            "there is no form field csrfmiddlewaretoken in the first 64 KiB; put it before the others.",
        ),
        (
            "behind a file",
            MULTIPART,
            lambda token: multipart(token, upload(MEGABYTE)),
            "there is no form field csrfmiddlewaretoken in the first 64 KiB; put it before the others.",
        ),
    ],
)
@pytest.mark.parametrize("size", [1_000, MEGABYTE * 2])
async def test_a_form_without_a_valid_token_is_refused(name, content_type, make, detail, size):
    """With a sentence that says what is missing; the application sees nothing of it."""
    client = Client()
    body = make(await client.token())
    pieces = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
    status, text = await client.post(content_type, pieces)
    assert status == 403, name
    assert json.loads(text)["detail"].startswith(f"CSRF check failed: {detail}")


@pytest.mark.parametrize("surplus", [-1, 0, 1])
async def test_the_limit_is_what_it_says(surplus):
    """A form of exactly 64 KiB is read to its end."""
    client = Client()
    field = f"&csrfmiddlewaretoken={await client.token()}".encode()
    body = b"a=" + b"x" * (LIMIT + surplus - len(field) - 2) + field
    expected = 403 if surplus > 0 else 200
    for pieces in ([body], [body[:-1], body[-1:]], [body, b""], [body[:100], body[100:], b"", b""]):
        assert (await client.post(URLENCODED, pieces))[0] == expected


async def test_no_more_is_read_than_needed():
    """Of what is refused the rest stays where it is, and so it does of what is found."""
    client = Client()
    await client.post(URLENCODED, [b"x" * 40_000] * 100)
    assert len(client.left) == 98
    seen = []

    async def unread(scope, receive, send):
        seen.append(len(client.left))
        await answer(send, b"")

    token = await client.token()
    client = Client(unread)
    await client.post(URLENCODED, [f"csrfmiddlewaretoken={token}&a=".encode(), *[b"x" * 40_000] * 99])
    assert seen == [99]


async def test_a_valid_header_leaves_the_body_alone():
    """And a bad one is refused without a look at it."""
    client = Client()
    token = await client.token()
    assert (await client.post(URLENCODED, [b"a=1"], x_csrftoken=token.encode()))[0] == 200
    form = f"csrfmiddlewaretoken={token}".encode()
    assert (await client.post(URLENCODED, [form], x_csrftoken=b"bad"))[0] == 403
    assert len(client.left) == 1


async def test_what_is_exempt_is_not_read():
    """It reaches the application message by message."""
    received = []

    async def one_message(scope, receive, send):
        received.append(await receive())
        await answer(send, b"")

    client = Client(one_message, exempt_paths=["/"])
    await client.post(URLENCODED, [b"a", b"b"])
    assert received == [{"type": "http.request", "body": b"a", "more_body": True}]


async def test_a_client_that_leaves_is_left_alone():
    """Nobody is answered, and the application does not run."""
    client = Client()
    messages = [{"type": "http.request", "body": b"a=1", "more_body": True}, {"type": "http.disconnect"}]
    assert await client.ask("POST", messages, content_type=URLENCODED) is None


async def test_what_comes_after_the_body_comes_from_the_server():
    """A client that leaves while the application works is noticed; messages without a body are taken for empty."""
    received = []

    async def waits(scope, receive, send):
        if scope["method"] == "GET":
            await answer(send, str(scope["state"]["csrf_token"]).encode())
            return
        received.extend([await receive() for _ in range(4)])
        await answer(send, b"")

    client = Client(waits)
    form = f"csrfmiddlewaretoken={await client.token()}&".encode()
    messages = [
        {"type": "http.request", "more_body": True},
        {"type": "http.request", "body": form[:9], "more_body": True},
        {"type": "http.request", "body": form[9:], "more_body": True},
        {"type": "http.request"},
        {"type": "http.disconnect"},
    ]
    assert (await client.ask("POST", messages, content_type=URLENCODED))[0] == 200
    assert received == [
        {"type": "http.request", "body": form[:9], "more_body": True},
        {"type": "http.request", "body": form[9:], "more_body": True},
        {"type": "http.request"},
        {"type": "http.disconnect"},
    ]


@given(st.lists(st.binary(max_size=40), max_size=6), st.integers(0, 6), st.lists(st.integers(0, 400)))
async def test_the_application_receives_what_was_sent(fields, position, places):
    """Byte for byte, whatever the other fields hold and however the form is cut."""
    client = Client()
    own = f"csrfmiddlewaretoken={await client.token()}".encode()
    others = [b"a=" + each.replace(b"&", b"") for each in fields]
    body = b"&".join([*others[:position], own, *others[position:]])
    ends = sorted(min(place, len(body)) for place in places)
    pieces = [body[start:end] for start, end in zip([0, *ends], [*ends, len(body)], strict=True)]
    assert await client.post(URLENCODED, pieces) == (200, summary(body))


async def test_slow_clients_take_little_memory():
    """A form that comes byte by byte is kept in one piece."""
    client = Client()
    messages = ({"type": "http.request", "body": b"x", "more_body": True} for _ in range(LIMIT * 2))

    async def receive():
        return next(messages)

    async def send(message): ...

    headers = [(b"host", b"example.org"), (b"content-type", URLENCODED)]
    tracemalloc.start()
    try:
        await client.app({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive, send)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * LIMIT


def stream(server, head, megabytes, *, first=b""):
    """Send a large body; return the status and the end of the answer."""
    with server.connect() as connection:
        connection.sendall(head + first)
        chunk = b"x" * MEGABYTE
        try:
            for _ in range(megabytes):
                connection.sendall(chunk)
        except (ConnectionResetError, BrokenPipeError):
            # A server need not read what it refused.
            pass
        received = b""
        try:
            while more := connection.recv(65_536):
                received += more
        except ConnectionResetError:
            pass
    return int(received.split(b" ")[1]), received.partition(b"\r\n\r\n")[2].decode()


def upload_50_megabytes(server, place):
    """Send them with a token in ``place``; return the status, the body, what it says where all came, and the memory."""
    cookie = b"Cookie: sessionid=1"
    token = server.get(b"/", cookie).body.decode()
    size = 50 * MEGABYTE
    first = f"csrfmiddlewaretoken={token}&a=".encode() if place == "first field" else b"a="
    fields = [cookie, b"Content-Type: " + URLENCODED, b"Content-Length: %d" % (size + len(first))]
    if place == "header":
        fields.append(f"X-CSRFToken: {token}".encode())
    head = b"\r\n".join([b"POST / HTTP/1.1", b"Host: testserver", *fields, b"Connection: close", b"", b""])
    tracemalloc.start()
    try:
        status, body = stream(server, head, 50, first=first)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    digest = hashlib.sha256(first)
    for _ in range(50):
        digest.update(b"x" * MEGABYTE)
    return status, body, f"{size + len(first)} {digest.hexdigest()}", peak


@pytest.mark.parametrize(
    ("place", "status"),
    [("header", 200), ("first field", 200), ("last field", 403)],
)
def test_a_large_upload_is_not_kept(place, status, serve):
    """50 MB go through to the application, or are refused after the first of them; memory stays flat."""
    server = serve(CSRFMiddleware(application, mode="token", secret_key=KEY))
    answered, body, whole, peak = upload_50_megabytes(server, place)
    assert answered == status
    # Client and server together.
    assert peak < 6 * MEGABYTE
    if status == 200:
        assert body == whole


@pytest.mark.parametrize("place", ["header", "first field"])
def test_a_large_upload_is_kept_by_no_layer(place, serve):
    """Nor is it where the rate limiter stands behind the CSRF check; it counts as one request."""
    limited = RateLimitMiddleware(application, limits=["2/day"])
    server = serve(CSRFMiddleware(limited, mode="token", secret_key=KEY))
    answered, body, whole, peak = upload_50_megabytes(server, place)
    assert (answered, body) == (200, whole)
    assert peak < 6 * MEGABYTE
    assert server.get(b"/").status == 429


def test_a_form_is_posted_to_a_real_server(serve):
    """With the token that its page showed, and the cookie that came with it."""
    server = serve(CSRFMiddleware(application, mode="token", secret_key=KEY))
    page = server.get(b"/")
    cookie = b"Cookie: " + page.values(b"set-cookie")[0].split(b";")[0]
    form = b"a=1&csrfmiddlewaretoken=" + page.body
    kind = b"Content-Type: " + URLENCODED
    posted = server.request(b"POST", b"/", kind, cookie, body=form)
    assert (posted.status, posted.body.decode()) == (200, summary(form))
    parts = multipart(page.body.decode(), after=upload(200_000))
    posted = server.request(b"POST", b"/", b"Content-Type: " + MULTIPART, cookie, body=parts)
    assert (posted.status, posted.body.decode()) == (200, summary(parts))
    assert server.request(b"POST", b"/", kind, cookie, body=b"a=1").status == 403
    assert server.request(b"POST", b"/", kind, body=form).status == 403
    assert server.handshake(b"/", cookie).status == 403
    chunked = b"Transfer-Encoding: chunked"
    body = b"".join(b"%x\r\n%s\r\n" % (1, form[at : at + 1]) for at in range(len(form))) + b"0\r\n\r\n"
    head = [b"POST / HTTP/1.1", b"Host: testserver", kind, cookie, chunked, b"Connection: close", b"", b""]
    assert server.ask(b"\r\n".join(head) + body).status == 200
