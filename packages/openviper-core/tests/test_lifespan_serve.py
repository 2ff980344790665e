"""The application's side of the ASGI lifespan protocol, as a server sees it."""

from __future__ import annotations

import asyncio

import pytest

from openviper.core.errors import ImproperlyConfigured, LifespanError
from openviper.core.lifespan import Lifespan, fail_startup, serve_lifespan

STARTUP, SHUTDOWN = {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}


def engine(*apps, **handlers):
    return Lifespan(apps, **handlers)


class Server:
    """Gives the messages it was made with, then waits for ever; keeps what it is sent, and writes it down."""

    def __init__(self, *messages, lines=None):
        self.messages = list(messages)
        self.sent = []
        self.lines = [] if lines is None else lines
        self.waits = asyncio.Event()

    async def receive(self):
        if not self.messages:
            self.waits.set()
            await asyncio.get_running_loop().create_future()
        message = self.messages.pop(0)
        if isinstance(message, BaseException):
            raise message
        return message

    async def send(self, message):
        self.sent.append(message)
        self.lines.append(message["type"])
        await asyncio.sleep(0)

    @property
    def types(self):
        return [message["type"] for message in self.sent]


async def test_a_start_and_a_shutdown_are_answered(project):
    """Both messages are answered when the hooks have ended, not before."""
    project.recorder("a")
    server = Server(STARTUP, SHUTDOWN, lines=project.lines)
    await serve_lifespan(engine("a"), server.receive, server.send)
    assert server.sent == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]
    assert project.lines == ["a ready", "lifespan.startup.complete", "a down", "lifespan.shutdown.complete"]


async def test_a_failing_start_is_sent_and_raised(project):
    """startup.failed carries what the hook raised, from its own code on, the app, its index and the line."""
    project.recorder("a")
    file = project.app("b", "def ready():\n    raise ValueError('no key')") and project.root / "b" / "__init__.py"
    server = Server(STARTUP)
    with pytest.raises(LifespanError):
        await serve_lifespan(engine("a", "b"), server.receive, server.send)
    assert server.types == ["lifespan.startup.failed"]
    message = server.sent[0]["message"]
    for part in (
        "Traceback (most recent call last):",
        f'File "{file}", line 3, in ready',
        "ValueError: no key",
        "LifespanError: ready() for installed app 'b' raised an error: no key",
        f"in ready() of installed app 'b', INSTALLED_APPS[1], {file}:3",
    ):
        assert part in message
    assert message.count("  File ") == 1
    assert project.lines == ["a ready", "a down"], "undone before the server was told"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(4), asyncio.CancelledError(), ValueError("own")])
async def test_whatever_fails_the_start_is_answered(error):
    """A server is told of an interrupt too: it must not go on serving."""

    def handler():
        raise error

    server = Server(STARTUP)
    with pytest.raises(type(error)) as failure:
        await serve_lifespan(engine(on_startup=[handler]), server.receive, server.send)
    assert failure.value is error
    assert server.types == ["lifespan.startup.failed"]
    assert type(error).__name__ in server.sent[0]["message"]


async def test_a_failing_shutdown_is_sent_and_raised(project):
    """shutdown.failed carries every failure of the group."""
    project.app("a", "def shutdown(): raise OSError('a')")
    project.app("b", "def shutdown(): raise ValueError('b')")
    server = Server(STARTUP, SHUTDOWN)
    with pytest.raises(ExceptionGroup):
        await serve_lifespan(engine("a", "b"), server.receive, server.send)
    assert server.types == ["lifespan.startup.complete", "lifespan.shutdown.failed"]
    assert "OSError: a" in server.sent[1]["message"]
    assert "in shutdown() of installed app 'b', INSTALLED_APPS[1]" in server.sent[1]["message"]


@pytest.mark.parametrize("message", [RuntimeError("gone"), {"type": "lifespan.other"}, {"type": "lifespan.startup"}])
async def test_a_server_that_goes_away_leaves_nothing_running(project, message):
    """If receive raises, or gives nonsense, after the start-up, the apps are shut down, and the error is raised."""
    project.recorder("a")
    server = Server(STARTUP, message)
    with pytest.raises(RuntimeError):
        await serve_lifespan(engine("a"), server.receive, server.send)
    assert server.types == ["lifespan.startup.complete"]
    assert project.lines == ["a ready", "a down"]


async def test_a_cancelled_server_task_shuts_the_apps_down(project):
    """The end of the event loop, which cancels what waits on it, is a shutdown too."""
    project.recorder("a")
    server = Server(STARTUP)
    task = asyncio.create_task(serve_lifespan(engine("a"), server.receive, server.send))
    await server.waits.wait()
    assert server.types == ["lifespan.startup.complete"]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert project.lines == ["a ready", "a down"]


async def test_anything_but_a_start_is_refused():
    """A first message that is not lifespan.startup starts nothing."""
    server = Server(SHUTDOWN)
    with pytest.raises(LifespanError, match=r"the server sent 'lifespan.shutdown'; expected 'lifespan.startup'"):
        await serve_lifespan(engine(), server.receive, server.send)
    assert server.sent == []


async def test_a_failure_before_there_was_an_engine_is_answered_too():
    """fail_startup waits for the start, sends the traceback and raises the error as it is."""
    error = ImproperlyConfigured("settings.MIDDLEWARE[0] = 'nothing'")
    server = Server(STARTUP)
    with pytest.raises(ImproperlyConfigured) as failure:
        await fail_startup(error, server.receive, server.send)
    assert failure.value is error
    assert server.types == ["lifespan.startup.failed"]
    assert "ImproperlyConfigured: settings.MIDDLEWARE[0] = 'nothing'" in server.sent[0]["message"]


async def test_a_chain_longer_than_the_stack_is_answered():
    """A server that got no message would go on."""
    error = None
    for _ in range(1500):
        following = ValueError("no")
        following.__context__, error = error, following
    server = Server(STARTUP)
    with pytest.raises(ValueError, match="no"):
        await fail_startup(error, server.receive, server.send)
    assert server.types == ["lifespan.startup.failed"]


WAIT = "lines.append('waits')\n    await asyncio.sleep(60)"


@pytest.mark.parametrize("where", ["ready", "handler", "serving", "shutdown"])
def test_what_outlives_its_event_loop_awaits_nothing(project, caplog, where):
    """Closed where it stands, it calls no hook and sends nothing; the next event loop starts anew."""
    project.app("first", "import asyncio\nasync def shutdown():\n    lines.append('down')\n    await asyncio.sleep(0)")
    hook = where if where in ("ready", "shutdown") else "nothing"
    project.app("plugin", f"import asyncio\nasync def {hook}():\n    {WAIT}")
    lines = project.lines

    async def handler():
        lines.append("waits")
        await asyncio.sleep(60)

    server = Server(STARTUP, *([SHUTDOWN] if where == "shutdown" else []), lines=lines)
    loop = asyncio.new_event_loop()
    served = engine("first", "plugin", on_startup=[handler] if where == "handler" else [])
    serving = serve_lifespan(served, server.receive, server.send)
    task = loop.create_task(serving)
    task._log_destroy_pending = False  # asyncio would say so, and rightly
    loop.run_until_complete(server.waits.wait() if where == "serving" else project.until("waits"))
    loop.close()
    before = list(lines)
    serving.close()
    assert lines == before
    assert "cleaning up" not in caplog.text

    async def whole():
        async with engine("first"):
            del lines[:]

    asyncio.run(whole())
    assert lines == ["down"]
