"""The rate limiter with a real Redis, which is stopped, killed and started again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from openviper.conf import ImproperlyConfigured
from openviper.core.context import current_router
from openviper.middleware import _redis_gcra
from openviper.middleware._gcra import KeyTable
from openviper.middleware._rate import Rate
from openviper.middleware._rate_marks import MARKED
from openviper.middleware._redis_gcra import RedisStorage
from openviper.middleware.ratelimit import RateLimitMiddleware, rate_limit

pytest.importorskip("redis", reason="the package redis is not installed: extra redis")
# Where everything is promised to be there, a test that finds no server fails.
REQUIRED = os.environ.get("OPENVIPER_REQUIRE_SERVICES") == "1"
needs_server = pytest.mark.skipif(
    shutil.which("redis-server") is None and not REQUIRED,
    reason="redis-server is not installed: apt install redis-server",
)

SECOND = 10**9
DEADLINE = _redis_gcra._DEADLINE
PASSWORD = "sesame/#?"
QUOTED = "sesame%2F%23%3F"


class Redis:
    """A private server on a free loopback port."""

    def __init__(self, folder):
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis://:{QUOTED}@127.0.0.1:{self.port}/0"
        self.start()

    def start(self):
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "dir": self.folder, "requirepass": PASSWORD}
        arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        self.process = subprocess.Popen(
            ["redis-server", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 10
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self.process.poll() is None, "redis-server did not start"
            assert time.monotonic() < deadline, "redis-server took too long to start"
            time.sleep(0.02)

    def send_signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait(10)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    found = Redis(tmp_path_factory.mktemp("redis"))
    yield found
    found.kill()


@pytest.fixture
def redis(server, monkeypatch):
    """The server, empty and running; waited for longer than a service would, as a busy machine needs."""
    monkeypatch.setattr(_redis_gcra, "_DEADLINE", 10)
    if server.process.poll() is not None:
        server.start()

    async def empty():
        storage = RedisStorage(server.url, "storage")
        client = storage._client().redis
        await client.flushall()
        await storage.close()

    asyncio.run(empty())
    return server


@pytest.fixture
def own_deadline(redis, monkeypatch):
    """As long as a service waits for Redis: where that is the subject."""
    monkeypatch.setattr(_redis_gcra, "_DEADLINE", DEADLINE)


@contextlib.asynccontextmanager
async def opened(url):
    storage = RedisStorage(url, "storage")
    try:
        yield storage
    finally:
        await storage.close()


async def application(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


async def ask(app, client="192.0.2.1", **scope):
    messages = []

    async def send(message):
        messages.append(message)

    request = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": (client, 1)}
    await app({**request, **scope}, None, send)
    return messages[0]["status"], dict(messages[0]["headers"])


async def served(scope, receive, send):
    """An application that starts and stops as a server has it."""
    if scope["type"] == "http":
        await application(scope, receive, send)
    else:
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})


async def lifespan(app):
    """Start and stop ``app``, which closes its connections."""

    async def events():
        return {"type": "lifespan.startup"}

    await app({"type": "lifespan"}, events, None)


@contextlib.asynccontextmanager
async def limited(url, **options):
    async def serving(scope, receive, send):
        if scope["type"] == "http":
            await application(scope, receive, send)

    app = RateLimitMiddleware(serving, storage=url, **options)
    try:
        yield app
    finally:
        await lifespan(app)


TABLE = [
    (Rate(1, 60), [0, 0, 0]),
    (Rate(3, 60), [0, 0, 0, 0, 0]),
    (Rate(7, 60), [0] * 9),
    (Rate(300, 60), [0] * 20),
    (Rate(5, 1), [0] * 5 + [0.25, 0, 0, 0]),
    (Rate(2, 86400), [0] * 4),
]


@needs_server
@pytest.mark.parametrize(("rate", "pauses"), TABLE, ids=str)
async def test_redis_counts_as_memory_does(rate, pauses, redis):
    """The same requests pass, and as much is left, but for the time that Redis takes to answer."""
    table = KeyTable(rate, 10)
    async with opened(redis.url) as storage:
        for pause in pauses:
            await asyncio.sleep(pause)
            before = time.monotonic_ns()
            (left,) = await storage.take([("a", rate)])
            expected = table.take("a", before)
            assert (left >= 0) == (expected >= 0)
            assert abs(left - expected) < SECOND // 5


@needs_server
async def test_keys_and_rates_do_not_share(redis):
    """Any text is a key, of any length."""
    rate = Rate(1, 60)
    keys = ["a", "b", "", "\N{SNOWMAN}", "\udc80", "a\0b", "a\r\nb", "{a}", "x" * 10_000, "x" * 10_001]
    async with opened(redis.url) as storage:
        for key in keys:
            assert (await storage.take([(key, rate)]))[0] >= 0
        for key in keys:
            assert (await storage.take([(key, rate)]))[0] < 0


@needs_server
async def test_several_limits_count_together_or_not_at_all(redis):
    """What one limit refuses is not counted by the others, however many ask at once."""
    demands = [("second", Rate(2, 60)), ("hour", Rate(10, 3600))]
    async with opened(redis.url) as storage:
        answers = await asyncio.gather(*(storage.take(demands) for _ in range(20)))
        assert sum(min(lefts) >= 0 for lefts in answers) == 2
        (left,) = await storage.take([("hour", Rate(10, 3600))])
        assert left // Rate(10, 3600).interval == 7


@needs_server
async def test_a_key_is_forgotten_when_its_allowance_is_whole(redis):
    """It lives for as long as it says something."""
    async with opened(redis.url) as storage:
        await storage.take([("short", Rate(10, 1)), ("long", Rate(1, 3600))])
        client = storage._client().redis
        lifetimes = sorted([await client.pttl(key) for key in await client.keys("*")])
        assert 0 < lifetimes[0] <= 100
        assert 3_590_000 < lifetimes[1] <= 3_600_000
        assert all(key.startswith(b"{openviper:ratelimit}:") for key in await client.keys("*"))


@needs_server
async def test_a_clock_that_was_set_back_locks_nobody_out(redis):
    """A number of the far future is cut to what it can be."""
    rate = Rate(5, 60)
    async with opened(redis.url) as storage:
        await storage.take([("a", rate)])
        client = storage._client().redis
        (key,) = await client.keys("*")
        await client.set(key, 9 * 10**15)
        assert await storage.take([("a", rate)]) == [-rate.interval]


@needs_server
async def test_the_middleware_counts_in_redis(redis):
    """With the same headers as in memory."""
    async with limited(redis.url, limits=["2/minute", "100/hour"]) as app:
        status, headers = await ask(app)
        assert (status, headers[b"ratelimit-policy"]) == (200, b'"default-100/hour";q=100;w=3600')
        assert [(await ask(app))[0] for _ in range(2)] == [200, 429]
        status, headers = await ask(app)
        assert (status, headers[b"retry-after"]) == (429, b"30")
        assert (await ask(app, client="192.0.2.2"))[0] == 200


@pytest.fixture
def _marked():
    # Other tests may have taken it back.
    before = list(MARKED)
    MARKED[:] = [True]
    yield
    MARKED[:] = before


def views():
    """Two handlers of one name, as a factory makes them."""
    return tuple(rate_limit("2/hour")(lambda request: None) for _ in range(2))


@rate_limit("2/hour")
def show(request): ...


@rate_limit("2/hour")
def change(request): ...


@rate_limit("2/hour", key=lambda scope: "all")
@rate_limit("2/hour", key=lambda scope: "all")
def two_keys(request): ...


@needs_server
@pytest.mark.usefixtures("_marked")
@pytest.mark.parametrize("shared", [False, True], ids=["memory", "redis"])
@pytest.mark.parametrize(
    ("handlers", "statuses"),
    [
        ((show, change), [200, 200, 200, 200, 429, 429]),
        ((show, show), [200, 200, 429, 429, 429, 429]),
        (views(), [200, 200, 429, 429, 429, 429]),
        ((two_keys, two_keys), [200, 200, 429, 429, 429, 429]),
    ],
    ids=["two handlers", "one handler", "two of one name", "two keys of one name"],
)
async def test_memory_and_redis_tell_routes_apart_alike(handlers, statuses, shared, redis):
    """GET and POST of one path have their own counts where they have their own handlers."""
    taken = iter(handlers * 3)
    router = SimpleNamespace(resolve=lambda scope: SimpleNamespace(path="/x", handler=next(taken)))
    current_router.set(router)
    async with limited(redis.url if shared else "memory", limits=()) as app:
        assert [(await ask(app, path="/x", router=router))[0] for _ in range(6)] == statuses


@needs_server
async def test_each_request_is_one_round_trip(redis):
    """However many limits there are; the script is loaded once."""
    async with opened(redis.url) as storage:
        demands = [(str(number), Rate(9, 60)) for number in range(5)]
        await storage.take(demands)
        client = storage._client().redis
        before = await client.info("commandstats")
        for _ in range(10):
            await storage.take(demands)
        after = await client.info("commandstats")
    grown = {
        name: after[name]["calls"] - before.get(name, {"calls": 0})["calls"]
        for name in after
        # What the script itself does is counted too.
        if name not in ("cmdstat_time", "cmdstat_mget", "cmdstat_set", "cmdstat_info")
    }
    assert {name: calls for name, calls in grown.items() if calls} == {"cmdstat_evalsha": 10}


@needs_server
@pytest.mark.parametrize(("on_failure", "statuses"), [("open", [200, 200, 429]), ("closed", [503] * 3)])
async def test_a_redis_that_dies_and_comes_back(on_failure, statuses, redis, caplog):
    """Meanwhile the process counts itself or refuses all, with one warning and no password."""
    async with limited(redis.url, limits=["2/day"], on_failure=on_failure) as app:
        assert (await ask(app))[0] == 200
        redis.kill()
        assert [(await ask(app))[0] for _ in range(3)] == statuses
        (record,) = caplog.records
        assert "storage of rate limits fails (redis.exceptions.ConnectionError)" in record.getMessage()
        assert "sesame" not in caplog.text
        redis.start()
        assert [(await ask(app))[0] for _ in range(3)] == [200, 200, 429]


@needs_server
@pytest.mark.usefixtures("own_deadline")
async def test_a_redis_that_hangs_is_not_waited_for(redis, caplog):
    """Each request has its deadline, and no answer is taken for that to another request."""
    async with limited(redis.url, limits=["1/day"]) as app:
        assert (await ask(app))[0] == 200
        redis.send_signal(signal.SIGSTOP)
        try:
            async with asyncio.timeout(5):
                answers = await asyncio.gather(*(ask(app) for _ in range(100)))
        finally:
            redis.send_signal(signal.SIGCONT)
        assert sorted(status for status, _ in answers) == [200] + [429] * 99
        assert ["TimeoutError" in record.getMessage() for record in caplog.records] == [True]
        assert [(await ask(app, client=f"10.0.0.{number}"))[0] for number in range(3)] == [200] * 3
        assert (await ask(app))[0] == 429


@needs_server
async def test_a_wrong_password_is_a_failure_like_others(redis, caplog):
    """It is not shown."""
    async with limited(redis.url.replace(QUOTED, "open-secret"), limits=["1/day"]) as app:
        assert [(await ask(app))[0] for _ in range(2)] == [200, 429]
    assert "AuthenticationError" in caplog.text
    assert "secret" not in caplog.text


@needs_server
@pytest.mark.usefixtures("own_deadline")
async def test_many_at_once_wait_for_a_connection(redis):
    """More requests than connections; each is counted."""
    async with opened(redis.url) as storage:
        answers = await asyncio.gather(*(storage.take([("a", Rate(100, 3600))]) for _ in range(300)))
    assert sum(left >= 0 for (left,) in answers) == 100


@needs_server
@pytest.mark.usefixtures("own_deadline")
async def test_the_url_may_say_how_many_connections_there_are(redis):
    """The others wait without asking for one."""
    async with opened(f"{redis.url}?max_connections=2") as storage:
        answers = await asyncio.gather(*(storage.take([("a", Rate(10, 3600))]) for _ in range(50)))
        assert len(await storage._client().redis.client_list()) == 2
    assert sum(left >= 0 for (left,) in answers) == 10


@needs_server
def test_a_flood_makes_no_free_passes(redis, serve):
    """One client's own concurrency may make Redis look slow; then the process counts, with the same limit."""
    server = serve(RateLimitMiddleware(served, limits=["5/hour"], storage=redis.url), lifespan="on")
    requests = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 9 + b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    connections = [server.connect() for _ in range(500)]
    received = b""
    for connection in connections:
        connection.sendall(requests)
    for connection in connections:
        with connection:
            while more := connection.recv(65536):
                received += more
    passed, refused = received.count(b"HTTP/1.1 200 "), received.count(b"HTTP/1.1 429 ")
    assert passed + refused == 5000
    assert 5 <= passed <= 10


@needs_server
async def test_connections_are_closed_before_the_server_is_told_so(redis):
    """It cancels what is still under way after that, and logs an error."""
    app = RateLimitMiddleware(served, limits=["5/day"], storage=redis.url)
    assert (await ask(app))[0] == 200
    seen = []

    async def receive():
        return {"type": "lifespan"}

    async def send(message):
        seen.append((message["type"], len(app._storage._clients)))

    await app({"type": "lifespan"}, receive, send)
    assert seen == [("lifespan.startup.complete", 1), ("lifespan.shutdown.complete", 0)]


@needs_server
def test_each_event_loop_has_its_own_connections(redis):
    """One middleware, made before any loop ran, serves one after the other."""
    app = RateLimitMiddleware(application, limits=["2/day"], storage=redis.url)

    async def once():
        answer = await ask(app)
        await app._storage.close()
        return answer[0]

    assert [asyncio.run(once()) for _ in range(3)] == [200, 200, 429]
    found = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(once())))
    thread.start()
    thread.join(10)
    assert found == [429]


CHILD = """
import asyncio, sys
from openviper.middleware._rate import Rate
from openviper.middleware._redis_gcra import RedisStorage

async def main():
    storage = RedisStorage(sys.argv[1], "storage")
    lefts = [await storage.take([("shared", Rate(30, 86400))]) for _ in range(25)]
    await storage.close()
    print(sum(left >= 0 for (left,) in lefts))

asyncio.run(main())
"""


@needs_server
def test_two_processes_share_a_limit(redis):
    """Of 25 requests of each as many pass as one could have made."""
    commands = [[sys.executable, "-c", CHILD, redis.url] for _ in range(2)]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) for command in commands]
    passed = [int(child.communicate(timeout=30)[0]) for child in children]
    assert sum(passed) == 30
    assert max(passed) <= 25


async def test_nothing_is_connected_to_at_construction(unused_port):
    """A Redis that is not there is met by requests."""
    async with limited(f"redis://127.0.0.1:{unused_port}/0", limits=["1/day"]) as app:
        assert [(await ask(app))[0] for _ in range(2)] == [200, 429]


@pytest.fixture
def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.mark.parametrize(
    "url",
    [
        "redis://:secret/word@host:6379/0",
        "redis://:secret@host:port/0",
        "redis://:secret@host:99999999/0",
        "redis://:secret@host/0?socket_timeout=soon",
        "redis://:secret@host/0?no_such_option=1",
    ],
)
def test_a_url_that_cannot_be_read_is_refused(url):
    """At construction, by its setting's name; nothing of it is shown."""
    with pytest.raises(ImproperlyConfigured) as refused:
        RateLimitMiddleware(application, storage=url)
    assert str(refused.value).startswith("storage is no URL that redis-py reads")
    assert "secret" not in repr(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_without_the_extra_there_is_a_sentence(monkeypatch):
    """It says what to install."""
    monkeypatch.setitem(sys.modules, "redis", None)
    for name in [name for name in sys.modules if name.startswith("redis.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ImproperlyConfigured, match=r"pip install 'openviper-middleware\[redis\]'"):
        RateLimitMiddleware(application, storage="redis://localhost")
    RateLimitMiddleware(application, storage="memory")
