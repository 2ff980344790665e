"""The rate limiter, as clients see it."""

from __future__ import annotations

import asyncio
import json
import logging
from types import SimpleNamespace

import pytest

from openviper.conf import ImproperlyConfigured, override_settings
from openviper.core.context import current_router, current_user
from openviper.core.middleware import build_middleware_stack
from openviper.middleware import _rate_storage, ratelimit
from openviper.middleware._rate_marks import MARKED
from openviper.middleware.ratelimit import Rate, RateLimitMiddleware, RateLimitSettings, rate_limit

SECOND = 10**9


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is told to go on: ``clock.now``, in nanoseconds."""
    found = SimpleNamespace(now=10**15)
    monkeypatch.setattr(ratelimit, "monotonic_ns", lambda: found.now)
    return found


@pytest.fixture(autouse=True)
def _unmarked():
    before = list(MARKED)
    MARKED.clear()
    yield
    MARKED[:] = before


async def application(scope, receive, send):
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    headers = [(b"content-type", b"text/plain"), *scope.get("answer_headers", [])]
    await send({"type": "http.response.start", "status": scope.get("answer_status", 200), "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


class Answer:
    def __init__(self, messages):
        self.type, self.status = messages[0]["type"], messages[0].get("status")
        self.headers = messages[0].get("headers", [])
        self.body = b"".join(message.get("body", b"") for message in messages[1:])

    def __getitem__(self, name):
        return [value.decode() for found, value in self.headers if found == name.encode()]

    @property
    def wait(self):
        (value,) = self["retry-after"]
        return int(value)


async def no_body():
    raise AssertionError("the rate limiter read the body")


async def ask(app, client="192.0.2.1", path="/", kind="http", headers=(), **scope):
    messages = []

    async def send(message):
        messages.append(message)

    scope = {"type": kind, "path": path, "headers": list(headers), "client": (client, 1) if client else None, **scope}
    if kind == "http":
        scope.setdefault("method", "GET")
    await app(scope, no_body, send)
    return Answer(messages)


async def statuses(app, count, **how):
    return [(await ask(app, **how)).status for _ in range(count)]


async def test_a_limit_is_a_limit(clock):
    """So many pass at once, then one after each interval; the rest are 429."""
    app = RateLimitMiddleware(application, limits=["3/minute"])
    assert await statuses(app, 5) == [200, 200, 200, 429, 429]
    clock.now += 20 * SECOND - 1
    assert await statuses(app, 1) == [429]
    clock.now += 1
    assert await statuses(app, 2) == [200, 429]
    assert await statuses(app, 1, client="192.0.2.2") == [200]


async def test_what_passes_says_what_is_left(clock):
    """The fields of the IETF draft, and none of the older ones."""
    app = RateLimitMiddleware(application, limits=["300/minute"])
    answer = await ask(app)
    assert answer["ratelimit-policy"] == ['"default";q=300;w=60']
    assert answer["ratelimit"] == ['"default";r=299;t=1']
    assert (await ask(app))["ratelimit"] == ['"default";r=298;t=1']
    assert not [name for name, _ in answer.headers if name.startswith(b"x-") or name == b"retry-after"]


@pytest.mark.parametrize(
    ("limit", "steps"),
    [
        ("3/minute", [(0, "r=2;t=20"), (5, "r=1;t=15"), (0, "r=0;t=15"), (16, "r=0;t=19")]),
        ("5000/s", [(0, "r=4999;t=1"), (0, "r=4998;t=1")]),
        ("1/day", [(0, "r=0;t=86400")]),
        ("1000/day", [(0, "r=999;t=87"), (80, "r=998;t=7")]),
    ],
)
async def test_what_is_left_is_told_whatever_the_rate(limit, steps, clock):
    """``r`` is how many more would pass now; ``t`` the whole seconds until one more does."""
    app = RateLimitMiddleware(application, limits=[limit])
    for step, expected in steps:
        clock.now += step * SECOND
        assert (await ask(app))["ratelimit"] == [f'"default";{expected}']


async def test_a_refusal_says_which_check_and_how_long(clock):
    """Retry-After, the fields, and a sentence, as JSON or HTML."""
    app = RateLimitMiddleware(application, limits=["2/minute"])
    await statuses(app, 2)
    clock.now += 500_000_000
    answer = await ask(app)
    assert (answer.status, answer.wait) == (429, 30)
    assert answer["ratelimit-policy"] == ['"default";q=2;w=60']
    assert answer["ratelimit"] == ['"default";r=0;t=30']
    sentence = "The rate limit of 2 requests per minute is used up; try again in 30 s."
    assert json.loads(answer.body) == {"detail": sentence}
    page = await ask(app, headers=[(b"accept", b"text/html")])
    assert page["content-type"] == ["text/html; charset=utf-8"]
    assert sentence.encode() in page.body


@pytest.mark.parametrize("limit", ["1/second", "7/minute", "3/10s", "1/hour", "100/m", "11/2h", "1000/s"])
@pytest.mark.parametrize("passed", [0, 1, 99_999, 123_456])
async def test_retry_after_is_exact(limit, passed, clock):
    """At that second the request passes, one second earlier it does not."""
    app = RateLimitMiddleware(application, limits=[limit])
    while (await ask(app)).status == 200:
        clock.now += passed
    answer = await ask(app)
    assert answer.status == 429
    clock.now += (answer.wait - 1) * SECOND
    assert answer.wait == 1 or (await ask(app)).status == 429
    clock.now += SECOND
    assert (await ask(app)).status == 200


async def test_several_limits_hold_together(clock):
    """All have to allow a request; what one refuses costs nothing of the others."""
    app = RateLimitMiddleware(application, limits=["2/second", "5/hour"])
    answer = await ask(app)
    assert answer["ratelimit-policy"] == ['"default-2/second";q=2;w=1', '"default-5/hour";q=5;w=3600']
    assert answer["ratelimit"] == ['"default-2/second";r=1;t=1', '"default-5/hour";r=4;t=720']
    assert await statuses(app, 4) == [200, 429, 429, 429]
    clock.now += SECOND
    assert await statuses(app, 3) == [200, 200, 429]
    clock.now += SECOND
    assert (await ask(app))["ratelimit"] == ['"default-2/second";r=1;t=1', '"default-5/hour";r=0;t=718']
    refused = await ask(app)
    assert (refused.status, refused.wait) == (429, 718)
    assert "5 requests per hour" in refused.body.decode()
    assert refused["ratelimit"] == ['"default-2/second";r=1;t=1', '"default-5/hour";r=0;t=718']


async def test_the_older_headers_are_sent_where_they_are_wanted(clock):
    """They are of the limit of which least is left; Reset is in seconds until all of it is back."""
    app = RateLimitMiddleware(application, limits=["10/second", "3/hour"], legacy_headers=True)
    names = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]
    answer = await ask(app, answer_headers=[(b"x-ratelimit-limit", b"own")])
    assert [answer[name] for name in names] == [["3"], ["2"], ["1200"]]
    await statuses(app, 2)
    assert [(await ask(app))[name] for name in names] == [["3"], ["0"], ["3600"]]


@pytest.mark.parametrize("status", [301, 404, 500])
async def test_every_answer_of_the_application_counts_and_tells(status, clock):
    """Whatever its status, and beside what the application says of its own limits."""
    app = RateLimitMiddleware(application, limits=["9/minute"])
    answer = await ask(app, answer_status=status, answer_headers=[(b"ratelimit", b'"own";r=1')])
    assert answer["ratelimit"] == ['"own";r=1', '"default";r=8;t=7']


async def test_an_address_is_who_connects(clock):
    """X-Forwarded-For is not looked at; an IPv6 network is one client; those without an address are one."""
    app = RateLimitMiddleware(application, limits=["1/minute"])
    forwarded = [(b"x-forwarded-for", b"198.51.100.7")]
    assert await statuses(app, 1, headers=forwarded) == [200]
    assert await statuses(app, 1, headers=[(b"x-forwarded-for", b"198.51.100.8")]) == [429]
    assert await statuses(app, 1, client="::ffff:192.0.2.1") == [429]
    assert await statuses(app, 1, client="2001:db8::1%eth0") == [200]
    assert await statuses(app, 1, client="2001:db8::ffff") == [429]
    assert await statuses(app, 2, client=None) == [200, 429]


async def test_a_user_is_a_user_wherever_they_are(clock):
    """And whoever is not logged in is an address."""
    app = RateLimitMiddleware(application, limits=["1/minute"], key="user")
    ann = SimpleNamespace(id=1, is_authenticated=True)
    assert await statuses(app, 2) == [200, 429]
    assert await statuses(app, 1, user=ann) == [200]
    token = current_user.set(ann)
    try:
        assert await statuses(app, 1, client="192.0.2.2") == [429]
    finally:
        current_user.reset(token)


async def test_a_path_is_one_limit_for_all(clock):
    """Other paths have their own."""
    app = RateLimitMiddleware(application, limits=["1/minute"], key="path")
    assert await statuses(app, 1, path="/a") == [200]
    assert await statuses(app, 1, path="/a", client="192.0.2.2") == [429]
    assert await statuses(app, 1, path="/b") == [200]


async def test_a_function_says_who_shares(clock):
    """``None`` is not limited, and its answers say nothing of limits."""
    app = RateLimitMiddleware(application, limits=["1/minute"], key=lambda scope: scope.get("tenant"))
    assert await statuses(app, 2, tenant="a") == [200, 429]
    answers = [await ask(app) for _ in range(3)]
    assert [(answer.status, answer["ratelimit"], answer["ratelimit-policy"]) for answer in answers] == [
        (200, [], [])
    ] * 3


async def test_a_function_that_fails_is_no_free_pass(clock):
    """The error is the application's 500, and the handler is not reached."""

    def broken(scope):
        raise LookupError("no tenant")

    app = RateLimitMiddleware(application, limits=["1/minute"], key=broken)
    with pytest.raises(LookupError):
        await ask(app)
    with pytest.raises(LookupError):
        await ask(app, kind="websocket")


async def test_exempt_paths_are_not_counted(clock):
    """A path alone, or all below one; what only begins so, or may lead elsewhere, is counted."""
    app = RateLimitMiddleware(application, limits=["1/minute"], exempt_paths=["/healthz", "/static/*"])
    for path in ("/healthz", "/static/a.css", "/static/b/c"):
        answers = [await ask(app, path=path) for _ in range(3)]
        assert [(answer.status, answer["ratelimit"]) for answer in answers] == [(200, [])] * 3
    assert (await ask(app, path="/a")).status == 200
    for path in ("/healthz/", "/healthz2", "/static", "/static/../a"):
        assert (await ask(app, path=path)).status == 429


async def test_a_handshake_counts(clock):
    """It is refused with the same page where the server can send one, else by closing."""
    app = RateLimitMiddleware(application, limits=["1/minute"])
    answer = await ask(app, kind="websocket")
    assert answer.type == "websocket.accept"
    assert answer["ratelimit"] == ['"default";r=0;t=60']
    denied = await ask(app, kind="websocket", extensions={"websocket.http.response": {}})
    assert (denied.type, denied.status, denied.wait) == ("websocket.http.response.start", 429, 60)
    assert (await ask(app, kind="websocket")).type == "websocket.close"
    assert (await ask(app)).status == 429


async def test_beyond_the_most_keys_there_is_no_free_pass(clock):
    """New clients share one allowance; known ones keep theirs."""
    app = RateLimitMiddleware(application, limits=["2/minute"], max_keys=2)
    assert [await statuses(app, 1, client=f"10.0.0.{number}") for number in range(6)] == [[200]] * 4 + [[429]] * 2
    assert await statuses(app, 2, client="10.0.0.0") == [200, 429]
    clock.now += 60 * SECOND
    assert await statuses(app, 3, client="10.0.0.9") == [200, 200, 429]


class Routes:
    """A router of ``{path: handler}``."""

    def __init__(self, handlers):
        self.handlers = handlers

    def resolve(self, scope):
        found = self.handlers.get(scope["path"])
        return None if found is None else SimpleNamespace(path=scope["path"], handler=found)


def routed(handlers):
    """Let a router of ``handlers`` serve, for as long as the test's task lives; return what it puts into the scope."""
    router = Routes(handlers)
    current_router.set(router)
    return {"router": router}


async def test_a_route_has_limits_of_its_own(clock):
    """In addition to those of all; each route and client has its own count."""

    @rate_limit("1/minute")
    def login(request): ...

    @rate_limit("1/minute")
    def register(request): ...

    app = RateLimitMiddleware(application, limits=["4/minute"])
    scope = routed({"/login": login, "/sign-in": login, "/register": register, "/": lambda request: None})
    answer = await ask(app, path="/login", **scope)
    assert answer["ratelimit-policy"] == ['"default";q=4;w=60', '"route";q=1;w=60']
    assert answer["ratelimit"] == ['"default";r=3;t=15', '"route";r=0;t=60']
    refused = await ask(app, path="/login", **scope)
    assert (refused.status, refused.wait, "1 request per minute" in refused.body.decode()) == (429, 60, True)
    assert (await ask(app, path="/login", client="192.0.2.2", **scope)).status == 200
    assert (await ask(app, path="/sign-in", **scope)).status == 200
    assert (await ask(app, path="/register", **scope)).status == 200
    answer = await ask(app, path="/", **scope)
    assert answer["ratelimit"] == ['"default";r=0;t=15']
    assert (await ask(app, path="/", **scope)).status == 429


async def test_marks_add_up_and_have_keys_of_their_own(clock):
    """The outer decorator's limit comes last; ``None`` as key is the middleware's."""

    @rate_limit("100/hour", key=lambda scope: scope.get("tenant"))
    @rate_limit("2/minute", "9/hour")
    def search(request): ...

    app = RateLimitMiddleware(application, limits=())
    scope = routed({"/search": search})
    answer = await ask(app, path="/search", tenant="a", **scope)
    assert answer["ratelimit-policy"] == [
        '"route-2/minute";q=2;w=60',
        '"route-9/hour";q=9;w=3600',
        '"route-100/hour";q=100;w=3600',
    ]
    assert len((await ask(app, path="/search", **scope))["ratelimit"]) == 2
    assert (await ask(app, path="/search", **scope)).status == 429
    assert (await ask(app, path="/elsewhere", **scope))["ratelimit"] == []


async def test_marks_of_one_rate_with_different_keys_are_two_limits(clock):
    """Each has a name and a count of its own."""

    @rate_limit("2/minute", key=lambda scope: scope["tenant"])
    @rate_limit("2/minute")
    def search(request): ...

    app = RateLimitMiddleware(application, limits=())
    scope = routed({"/search": search})
    answer = await ask(app, path="/search", tenant="a", **scope)
    assert answer["ratelimit-policy"] == ['"route-2/minute";q=2;w=60', '"route-2/minute-2";q=2;w=60']
    answer = await ask(app, path="/search", tenant="b", **scope)
    assert answer["ratelimit"] == ['"route-2/minute";r=0;t=30', '"route-2/minute-2";r=1;t=30']
    assert (await ask(app, path="/search", tenant="c", **scope)).status == 429
    other = {"path": "/search", "client": "192.0.2.2", **scope}
    assert [(await ask(app, tenant="a", **other)).status for _ in range(2)] == [200, 429]
    assert (await ask(app, tenant="c", **other)).status == 200


async def test_a_mark_holds_on_an_exempt_path(clock):
    """What the handler's author asked for is not switched off by a list of paths."""

    @rate_limit("1/minute")
    def hook(request): ...

    app = RateLimitMiddleware(application, limits=["1/hour"], exempt_paths=["/hooks/*"])
    scope = routed({"/hooks/pay": hook})
    assert [(await ask(app, path="/hooks/pay", **scope)).status for _ in range(2)] == [200, 429]


async def test_the_marks_of_another_applications_router_are_not_taken(clock):
    """Inside an application that is mounted, paths mean something else."""

    @rate_limit("1/minute")
    def login(request): ...

    app = RateLimitMiddleware(application, limits=())
    routed({"/login": login})
    assert await statuses(app, 3, path="/login") == [200] * 3


async def test_a_dotted_key_of_a_mark_is_imported_by_the_first_request(clock):
    """Where the handler is defined, its module is not there yet."""

    @rate_limit("1/minute", key=f"{__name__}.no_such_key")
    def login(request): ...

    app = RateLimitMiddleware(application, limits=())
    scope = routed({"/login": login})
    with pytest.raises(ImproperlyConfigured, match="has no 'no_such_key'"):
        await ask(app, path="/login", **scope)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (rate_limit, "names no rate"),
        (lambda: rate_limit(lambda request: None), r'used without its rates; write @rate_limit\("5/minute"\)'),
        (lambda: rate_limit("5/minute", "5"), r"rates\[1\]='5' is not a rate"),
        (lambda: rate_limit("5/minute", key="host"), "key='host' is no key"),
        (lambda: rate_limit("5/minute", key=no_body), "is an async function"),
        (lambda: rate_limit("5/minute")(len), "cannot mark"),
        (lambda: rate_limit("5/minute")(Routes({}).resolve), "cannot mark"),
    ],
)
def test_what_cannot_be_marked_is_refused(call, sentence):
    """Where it stands, not when the first request comes."""
    with pytest.raises(ImproperlyConfigured, match=sentence):
        call()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"limits": "5/minute"}, "limits='5/minute' is one string; expected a sequence: ('5/minute',)"),
        ({"limits": ["5/minute", "5"]}, "limits[1]='5' is not a rate"),
        ({"limits": ["5/minute", "0/m", "5"]}, "limits[1]='0/m' is not a rate: 0 is not allowed"),
        ({"limits": ["5/minute", "0/m", "5"]}, "; also limits[2]='5' is not a rate"),
        ({"limits": ["5/minute", "5/m"]}, "limits[1]='5/m' is the same rate as limits[0]='5/minute'; leave one"),
        ({"limits": 5}, "limits=5; expected a sequence"),
        ({"limits": {"5/minute": 1}}, "limits={'5/minute': 1}; expected a sequence"),
        ({"key": "host"}, "key='host' is no key"),
        ({"storage": "redis"}, "storage is no storage; expected 'memory', a URL"),
        ({"storage": "memcached://:secret@host"}, "storage begins with 'memcached://', which is no storage; expected"),
        ({"storage": ":secret@host/redis://x"}, "storage is no storage"),
        ({"storage": "secret" * 20 + "://"}, "storage is no storage"),
        ({"storage": object()}, "or an object with an async take(demands)"),
        ({"max_keys": 0}, "max_keys=0; expected a number of keys, 1 or more"),
        ({"max_keys": True}, "max_keys=True; expected a number of keys, 1 or more"),
        ({"max_keys": 1e6}, "max_keys=1000000.0; expected a number of keys, 1 or more"),
        ({"on_failure": "pass"}, "on_failure='pass'; expected one of 'open', 'closed'"),
        ({"exempt_paths": "/a"}, "exempt_paths='/a' is one string"),
        ({"exempt_paths": ["a"]}, "exempt_paths[0]='a' is not a path"),
        ({"exempt_paths": ["/*"]}, "exempt_paths[0]='/*' exempts everything; take the middleware out instead"),
        ({"legacy_headers": "yes"}, "legacy_headers='yes'; expected True or False"),
    ],
)
def test_a_bad_argument_is_refused_in_a_sentence(arguments, sentence):
    """At construction; it names the argument, and no password."""
    with pytest.raises(ImproperlyConfigured) as refused:
        RateLimitMiddleware(application, **arguments)
    assert sentence in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"RATE_LIMITS": ("5",)}, "RATE_LIMITS[0]='5' is not a rate"),
        ({"RATE_LIMIT_KEY": "host"}, "RATE_LIMIT_KEY='host' is no key"),
        ({"RATE_LIMIT_STORAGE": "redis"}, "RATE_LIMIT_STORAGE is no storage"),
        ({"RATE_LIMIT_MAX_KEYS": 0}, "RATE_LIMIT_MAX_KEYS=0; expected"),
        ({"RATE_LIMIT_EXEMPT_PATHS": ("a",)}, "RATE_LIMIT_EXEMPT_PATHS[0]='a' is not"),
    ],
)
def test_a_bad_setting_is_refused_by_its_name(settings, sentence):
    """When the stack is built."""
    with override_settings(RateLimitSettings, **settings), pytest.raises(ImproperlyConfigured) as refused:
        build_middleware_stack(application, ["openviper.middleware.ratelimit.RateLimitMiddleware"])
    assert sentence in str(refused.value)


async def test_as_an_entry_it_reads_its_settings(clock):
    """All of them, once, when the stack is built."""
    values = {
        "RATE_LIMITS": ("2/minute",),
        "RATE_LIMIT_KEY": "path",
        "RATE_LIMIT_MAX_KEYS": 1,
        "RATE_LIMIT_EXEMPT_PATHS": ("/free",),
        "RATE_LIMIT_LEGACY_HEADERS": True,
    }
    with override_settings(RateLimitSettings, **values):
        app = build_middleware_stack(application, ["openviper.middleware.ratelimit.RateLimitMiddleware"])
    answer = await ask(app)
    assert answer["ratelimit-policy"] == ['"default";q=2;w=60']
    assert answer["x-ratelimit-remaining"] == ["1"]
    assert (await ask(app, path="/free"))["ratelimit"] == []


async def test_the_defaults_need_no_settings(clock):
    """300 a minute for each address, in memory."""
    answer = await ask(RateLimitMiddleware(application))
    assert answer["ratelimit"] == ['"default";r=299;t=1']


class Listed:
    """A storage of somebody's own."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    async def take(self, demands):
        self.asked.append(list(demands))
        if isinstance(self.answer, BaseException):
            raise self.answer
        if self.answer is None:
            await asyncio.sleep(30)
        return self.answer


async def test_a_storage_of_ones_own_is_asked_once_for_all_limits():
    """It is told whose a request is and what is allowed, and says what is left."""
    storage = Listed([2 * SECOND, 2 * 720 * SECOND])
    app = RateLimitMiddleware(application, limits=["2/4seconds", "5/hour"], storage=storage)
    answer = await ask(app)
    assert answer["ratelimit"] == ['"default-2/4seconds";r=1;t=2', '"default-5/hour";r=2;t=720']
    (demands,) = storage.asked
    assert [rate for _, rate in demands] == [Rate(2, 4), Rate(5, 3600)]
    assert len({key for key, _ in demands}) == 2
    assert all("192.0.2.1" in key for key, _ in demands)
    storage.answer = [-(10**9) * 3 // 2, 720 * SECOND]
    assert (await ask(app)).wait == 2
    assert (await ask(app, kind="websocket")).type == "websocket.close"


@pytest.mark.parametrize(
    "failure",
    [
        OSError("password=secret"),
        ValueError("x"),
        TimeoutError(),
        None,
        # One number, for a rate whose interval is 60 s.
        [],
        [0, 0],
        [1],
        [-60 * SECOND - 1],
        [0.0],
        [False],
        ["0"],
        [None],
        7,
        "0",
    ],
    ids=repr,
)
async def test_a_storage_that_fails_is_replaced_by_memory_or_refuses(failure, clock, caplog):
    """By setting; with one warning a minute, in which nothing of the error's text stands."""
    for on_failure, expected in (("open", [200, 429]), ("closed", [503, 503])):
        caplog.clear()
        app = RateLimitMiddleware(application, limits=["1/minute"], storage=Listed(failure), on_failure=on_failure)
        answers = [await ask(app) for _ in range(2)]
        assert [answer.status for answer in answers] == expected
        assert [answer["ratelimit"] for answer in answers] == (
            [['"default";r=0;t=60']] * 2 if on_failure == "open" else [[], []]
        )
        (record,) = caplog.records
        assert (record.levelname, record.name) == ("WARNING", "openviper.middleware.ratelimit")
        assert "secret" not in caplog.text
    assert answers[0].wait == 5
    assert b"cannot be checked right now" in answers[0].body


async def test_a_storage_that_goes_on_failing_is_told_of_once_a_minute(clock, caplog, monkeypatch):
    """However many requests there are; and again in the next minute."""
    seconds = SimpleNamespace(now=1_000_000.0)
    monkeypatch.setattr(_rate_storage, "time", SimpleNamespace(monotonic=lambda: seconds.now))
    app = RateLimitMiddleware(application, limits=["9/second"], storage=Listed(OSError()))
    for passed, warnings in ((0, 1), (59.9, 1), (0.1, 2), (59.9, 2), (0.1, 3)):
        seconds.now += passed
        await statuses(app, 3)
        assert len(caplog.records) == warnings


async def test_a_client_that_leaves_is_no_failure_of_the_storage(caplog):
    """A cancelled request is cancelled."""
    app = RateLimitMiddleware(application, limits=["1/minute"], storage=Listed(asyncio.CancelledError()))
    with pytest.raises(asyncio.CancelledError):
        await ask(app)
    assert not caplog.records


async def test_developers_find_the_reason_in_the_log(clock, caplog):
    """At the level DEBUG: which limit, and when it would pass; not the key, which may be a secret."""

    def by_token(scope):
        return "sesame"

    app = RateLimitMiddleware(application, limits=["1/minute", "9/day"], key=by_token)
    await statuses(app, 2)
    assert caplog.records == []
    caplog.set_level(logging.DEBUG, "openviper.middleware.ratelimit")
    assert (await ask(app, path="/a\r\n" + "b" * 9999)).status == 429
    await ask(app, kind="websocket")
    first, second = caplog.messages
    assert first.startswith("refused GET /a\\r\\nbbb")
    assert f": 1/minute by {by_token.__module__}.{by_token.__qualname__} is used" in first
    assert first.endswith("is used up for 60 s")
    assert second.startswith("refused WEBSOCKET /: 1/minute by ")
    assert "sesame" not in caplog.text
    assert first.isprintable()
    assert len(first) < 1000


async def test_the_log_names_the_route_whose_limit_it_is(clock, caplog):
    """A mark's limit is told from the one for all requests."""

    @rate_limit("1/hour")
    async def handler(request): ...

    router = routed({"/a|b": handler})
    caplog.set_level(logging.DEBUG, "openviper.middleware.ratelimit")
    app = RateLimitMiddleware(application, limits=["9/minute"])
    assert [(await ask(app, path="/a|b", **router)).status for _ in range(2)] == [200, 429]
    assert caplog.messages == ["refused GET /a|b: 1/hour by ip, on /a|b is used up for 3600 s"]


async def test_the_log_tells_of_each_request_that_a_failing_storage_refuses(caplog):
    """The warning comes once a minute; the level DEBUG has them all."""
    caplog.set_level(logging.DEBUG, "openviper.middleware.ratelimit")
    app = RateLimitMiddleware(
        application, limits=["1/minute"], storage=Listed(OSError("password=secret")), on_failure="closed"
    )
    assert await statuses(app, 2) == [503, 503]
    assert [record.levelname for record in caplog.records] == ["WARNING", "DEBUG", "DEBUG"]
    assert caplog.messages[1].startswith("refused GET /: the storage of rate limits fails, and RATE_LIMIT_ON_FAILURE")
    assert "secret" not in caplog.text


async def test_other_scopes_pass():
    """The lifespan, and what is not invented yet."""
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    middleware = RateLimitMiddleware(app, limits=["1/day"])
    for kind in ("lifespan", "lifespan", "webtransport"):
        await middleware({"type": kind}, None, None)
    assert seen == ["lifespan", "lifespan", "webtransport"]


async def test_layers_side_by_side_each_count(clock):
    """Two in one stack tell of both."""
    slow = (RateLimitMiddleware, {"limits": ["1/hour"], "key": "path"})
    stack = build_middleware_stack(application, [(RateLimitMiddleware, {"limits": ["5/minute"]}), slow])
    answer = await ask(stack)
    assert answer["ratelimit"] == ['"default";r=4;t=12', '"default";r=0;t=3600']
    assert (await ask(stack)).status == 429


async def test_a_thousand_clients_are_told_apart(clock):
    """Each has its own allowance, the first still when the last has come."""
    app = RateLimitMiddleware(application, limits=["2/minute"], max_keys=1_000_000)
    clients = [f"10.0.{number >> 8}.{number & 255}" for number in range(1000)]
    for expected in ((200, ['"default";r=1;t=30']), (200, ['"default";r=0;t=30']), (429, ['"default";r=0;t=30'])):
        answers = [await ask(app, client=client) for client in clients]
        assert all((answer.status, answer["ratelimit"]) == expected for answer in answers)


def test_behind_a_real_server_the_body_is_left_alone(serve):
    """A large upload reaches the application whole; the refused one is answered."""
    size = 5_000_000

    async def counting(scope, receive, send):
        length, more = 0, True
        while more:
            message = await receive()
            length, more = length + len(message.get("body", b"")), message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"%d" % length})

    server = serve(RateLimitMiddleware(counting, limits=["2/day"]))
    answer = server.request(b"POST", b"/", body=bytes(size))
    assert (answer.status, answer.body) == (200, b"%d" % size)
    assert answer.values(b"ratelimit") == [b'"default";r=1;t=43200']
    assert server.get(b"/").status == 200
    assert server.get(b"/").status == 429
    assert server.handshake(b"/").status == 429
