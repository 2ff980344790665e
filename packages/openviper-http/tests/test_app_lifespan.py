"""Start-up and shutdown of an application, with its plugins and its mounts."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from importlib import import_module

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from openviper.app import OpenViper
from openviper.conf import override_settings
from openviper.core.errors import LifespanError, OpenViperError
from openviper.core.middleware import BaseMiddleware
from openviper.testing import test_client

events: list[str] = []


@pytest.fixture(autouse=True)
def _no_events():
    events.clear()


class Note(BaseMiddleware):
    def __init__(self, app):
        super().__init__(app)
        events.append("middleware built")

    async def __call__(self, scope, receive, send):
        events.append(f"middleware sees {scope['type']}")
        await self.app(scope, receive, send)


class Swallow(BaseMiddleware):
    async def __call__(self, scope, receive, send):
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)


PLUGIN = """
class NeedsMore:
    def __init__(self, app, more):
        pass

async def ready():
    events.append("ready")

def shutdown():
    events.append("shutdown")
"""


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """A plugin on disk that notes what happens to it."""
    (tmp_path / "noting_plugin.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(str(tmp_path))
    import_module("noting_plugin").events = events
    yield "noting_plugin"
    del sys.modules["noting_plugin"]


async def test_the_order_of_a_start_and_a_stop(plugin):
    """Middleware is built and sees the lifespan, then ready(), then the application's hooks, and all back again."""
    app = OpenViper(middleware=[Note])

    @app.on_startup
    async def up():
        events.append("on_startup")

    @app.on_shutdown
    def down():
        events.append("on_shutdown")

    with override_settings(INSTALLED_APPS=(plugin,)):
        async with test_client(app):
            events.append("serving")
    assert events == [
        "middleware built",
        "middleware sees lifespan",
        "ready",
        "on_startup",
        "serving",
        "on_shutdown",
        "shutdown",
    ]


async def test_mounts_start_after_the_apps_and_stop_before_them(plugin):
    """A mounted application's lifespan runs inside ours; an OpenViper joins the start-up that is in progress."""

    @asynccontextmanager
    async def foreign_lifespan(app):
        events.append("foreign up")
        yield
        events.append("foreign down")

    foreign = Starlette(lifespan=foreign_lifespan, routes=[Route("/x", lambda request: PlainTextResponse("foreign"))])
    inner, outer = OpenViper(), OpenViper()
    inner.on_startup(lambda: events.append("inner up"))
    inner.on_shutdown(lambda: events.append("inner down"))
    outer.on_startup(lambda: events.append("outer up"))
    outer.on_shutdown(lambda: events.append("outer down"))
    inner.get("/x")(lambda: "inner")
    outer.mount("/b", inner)
    outer.mount("/a", foreign)
    with override_settings(INSTALLED_APPS=(plugin,)):
        for _ in range(2):
            async with test_client(outer) as client:
                assert (await client.get("/a/x")).text == "foreign"
                assert (await client.get("/b/x")).text == "inner"
    once = ["ready", "inner up", "foreign up", "outer up", "outer down", "foreign down", "inner down", "shutdown"]
    assert events == once * 2


async def test_one_application_under_two_prefixes_starts_once():
    """``/v1`` and ``/latest`` may be the same."""
    inner, outer = OpenViper(), OpenViper()
    inner.on_startup(lambda: events.append("up"))
    inner.get("/x")(lambda: "served")
    outer.mount("/v1", inner)
    outer.mount("/latest", inner)
    async with test_client(outer) as client:
        assert (await client.get("/v1/x")).text == (await client.get("/latest/x")).text == "served"
    assert events == ["up"]


class Careless(BaseMiddleware):
    async def __call__(self, scope, receive, send):
        scope["path"].strip("/")
        await self.app(scope, receive, send)


class TakesNoNotes(Exception):
    __notes__ = ()


class Stubborn(BaseMiddleware):
    async def __call__(self, scope, receive, send):
        raise TakesNoNotes


@pytest.mark.parametrize("middleware", [Careless, Stubborn, lambda app: lambda scope, receive, send: None])
async def test_a_middleware_that_fails_on_the_lifespan_fails_the_start(plugin, middleware):
    """A server would take it for an application without lifespan, and serve without any ready()."""
    with override_settings(INSTALLED_APPS=(plugin,)), pytest.raises(LifespanError, match="it sees every scope"):
        async with test_client(OpenViper(middleware=[middleware])):
            pass
    assert events == []


async def test_a_mount_that_does_not_start_stops_the_start(plugin):
    """What had started before it is undone."""
    inner, outer = OpenViper(), OpenViper()

    @inner.on_startup
    def fail():
        raise RuntimeError("no database")

    outer.mount("/inner", inner)
    with override_settings(INSTALLED_APPS=(plugin,)), pytest.raises(LifespanError, match="no database"):
        async with test_client(outer):
            pass
    assert events == ["ready", "shutdown"]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("nowhere.Middleware", "there is no module 'nowhere'"),
        ("openviper.core.middleware.BaseMiddlewear", "did you mean 'BaseMiddleware'?"),
        ("openviper.core.middleware.__all__", "is list, not a class"),
        ("Middleware", "is not a dotted path"),
        ("uuid.uuid4", "too many positional arguments"),
        ("noting_plugin.NeedsMore", "missing a required argument: 'more'"),
    ],
)
@pytest.mark.usefixtures("plugin")
async def test_a_bad_middleware_entry_fails_the_start_with_its_name_and_index(entry, reason):
    """A misspelt middleware must not mean that requests are served without it."""
    good = "openviper.core.middleware.BaseMiddleware"
    with override_settings(MIDDLEWARE=(good, entry)), pytest.raises(LifespanError) as caught:
        async with test_client(OpenViper()):
            pass
    assert f"settings.MIDDLEWARE[1] = {entry!r}" in str(caught.value)
    assert reason in str(caught.value)


async def test_duplicate_routes_fail_the_start():
    """What cannot be meant is not served."""
    app = OpenViper()
    app.get("/x")(lambda: "one")
    app.get("/x")(lambda: "two")
    with pytest.raises(LifespanError, match="GET /x is registered twice"):
        async with test_client(app):
            pass


async def test_a_middleware_that_keeps_the_lifespan_to_itself_fails_the_start(plugin):
    """Otherwise no ready() hook would run, and nobody would know."""
    with override_settings(INSTALLED_APPS=(plugin,)), pytest.raises(LifespanError, match="did not pass the lifespan"):
        async with test_client(OpenViper(middleware=[Swallow])):
            pass
    assert events == []


async def test_a_request_without_a_lifespan_warns_that_nothing_is_ready(plugin, caplog):
    """Some servers do not speak the protocol; that must not go unseen."""
    app = OpenViper()
    app.get("/")(lambda: "served")

    async def send(message):
        events.append(message["type"])

    with override_settings(INSTALLED_APPS=(plugin,)):
        for _ in range(2):
            await app({"type": "http", "method": "GET", "path": "/", "headers": []}, None, send)
    assert [record.message for record in caplog.records if "have not run" in record.message] == [
        "a request came before any lifespan event: the ready() hooks of 1 installed apps have not run; "
        "let the server speak the lifespan protocol (uvicorn: --lifespan on)"
    ]


async def test_hooks_stay_plain_functions():
    """A decorated function can still be called."""
    app = OpenViper()

    def hook():
        """Do nothing."""

    assert app.on_startup(hook) is hook
    assert app.on_shutdown(hook) is hook


async def failed_start(app):
    """Return what a server is sent where the start fails."""
    sent = []

    async def receive():
        return {"type": "lifespan.startup"}

    async def send(message):
        sent.append(message)

    with pytest.raises(OpenViperError):
        await app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
    return sent[-1]["message"]


class Broken(BaseMiddleware):
    def __init__(self, app):
        raise KeyError("limit")


class Fails(BaseMiddleware):
    async def __call__(self, scope, receive, send):
        raise KeyError("limit")


async def fail():
    raise KeyError("limit")


@pytest.mark.parametrize("middleware", [[Broken], [Fails], [Swallow], []])
async def test_a_start_that_fails_is_told_without_the_frames_that_led_there(middleware):
    """Those of the application say nothing to the author of a middleware, a hook or a mounted application."""
    app, mounted = OpenViper(middleware=middleware), OpenViper(middleware=[])
    mounted.on_startup(fail)
    app.mount("/mounted", mounted)
    message = await failed_start(app)
    frames = [line for line in message.splitlines() if line.lstrip().startswith("File ")]
    assert not [line for line in frames if __file__ not in line]
    assert bool(frames) is (middleware != [Swallow])
