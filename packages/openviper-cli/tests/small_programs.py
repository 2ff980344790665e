"""Programs that tests run, small enough to be read beside what is said of them."""

from __future__ import annotations

#: An application that says in its output what happens to it.
APPLICATION = """
import asyncio

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        # When the server has noticed it: a signal before that cuts a start-up off.
        asyncio.get_running_loop().call_later(0.2, print, "READY")
        await receive()
        print("SHUTDOWN HOOK", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"one"})
"""

#: One whose start-up fails, as openviper.core.lifespan reports it.
FAILING = """
async def app(scope, receive, send):
    await receive()
    print("STARTING", flush=True)
    await send({"type": "lifespan.startup.failed", "message": "Traceback: the disk is full"})
    raise RuntimeError("the disk is full")
"""

#: A command that does what it is told, and one whose module fails.
ACTING_MANIFEST = """
from openviper.core.commands import LazyCommand
COMMANDS = (LazyCommand("act", "acting:act", "Act."), LazyCommand("lost", "losing:lost", "Never imported."))
"""
ACTING = """
import errno, os, sys
import click

@click.command()
@click.option("--how")
def act(how):
    print("ACTING", flush=True)
    if how == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/srv/shop.db")
    if how == "renamed":
        os.rename("from", "to")
    if how == "refused":
        raise ConnectionRefusedError("the database does not listen")
    if how == "pipe":
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
    if how == "bug":
        raise KeyError("bug")
    if how == "settings":
        from openviper.conf import settings
        print(settings.DEBUG)
    if how == "import":
        import acting_more
    if how == "slow":
        import time; time.sleep(60)
    if how == "declined":
        click.confirm("Sure?", abort=True)
    if how == "escape":
        raise OSError("no\\x1b[31m colour")
    if how and how.startswith("click"):
        click.get_current_context().exit(int(how.removeprefix("click")))
    if how in ("exit", "exit-text"):
        sys.exit({"exit": None, "exit-text": "a text"}[how])
    if how and how.startswith("exit"):
        sys.exit(int(how.removeprefix("exit")))
"""

_COMMAND_LINE = """
import sys
from types import ModuleType
sys.modules |= {}
from openviper.cli import main
sys.exit(main())
"""
#: What is installed -> the command line where it is.
INSTALLED = {
    "everything": ("-m", "openviper.cli"),
    "cli and http": ("-c", _COMMAND_LINE.format('{"openviper.middleware": None, "openviper.core.email": None}')),
    "a database": ("-c", _COMMAND_LINE.format('{"openviper.db": ModuleType("openviper.db")}')),
}

#: A settings module; to be formatted with the ``apps``.
SETTINGS = """\
from openviper.conf import BaseSettings
class Settings(BaseSettings):
    INSTALLED_APPS = {apps}
"""
