"""Serve the newsletter, or see whether it can be served: what ``./dev demo`` runs.

demo.py                  on 127.0.0.1:8000, or the next free port, until Ctrl-C
demo.py --check          start it, visit it as a reader would, stop it; exit code 0 if all of it went well
demo.py --send NUMBER --folder FOLDER
                         send an issue to the subscribers of a demo that runs; its banner says which folder
demo.py --backup DIR --folder FOLDER
                         back its database up into DIR
demo.py --restore FILE --folder FOLDER
                         put what a backup holds in the place of its database, which goes on being served
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import errno
import json
import os
import secrets
import shlex
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import uvicorn
import uvicorn.config

from newsletter.issues import send
from openviper.conf import settings
from openviper.core.flexible_adapter import FlexibleAdapter
from visitor import check

__all__ = ["main"]

HERE = Path(__file__).resolve().parent
HOST = "127.0.0.1"
PORTS = range(8000, 8020)
DATABASE = "OPENVIPER_NEWSLETTER_DATABASE"
#: In the folder of a demo: what another process needs to send mail that its inbox shows.
ENVIRONMENT = "environment.json"
SHARED = (
    DATABASE,
    "OPENVIPER_SECRET_KEY",
    "OPENVIPER_DEBUG",
    "OPENVIPER_NEWSLETTER_URL",
    "OPENVIPER_EMAIL_BACKEND",
    "OPENVIPER_EMAIL_FILE_PATH",
)
#: As uvicorn has them, with the id of the request.
LINE = "%(levelprefix)s %(message)s [%(request_id)s]"
ACCESS_LINE = '%(levelprefix)s %(client_addr)s - "%(request_line)s" %(status_code)s [%(request_id)s]'

BANNER = """
The newsletter is being served. Ctrl-C stops it.

  Site      {url}/
  Sign up   {url}/subscribe
  API       {url}/api
  Pulse     {url}/pulse  (the plugin's count of pages)
  Inbox     {url}/__mail__/  (every mail ends here)
  Letters   ./dev demo --send 6 --folder {folder}  (sends an issue to everybody who has signed up)
  Backup    ./dev demo --backup backup --folder {folder}  (of the database; --restore FILE puts one back)
  Code      {code}
  Docs      {docs}
  Database  {database}
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    options = _parser().parse_args(arguments)
    if options.check:
        return check([sys.executable, str(Path(__file__).resolve()), "--port", "0"])
    if options.send is not None:
        return _send(options.send, options.folder)
    if options.backup is not None:
        return _manage(["backup-db", "--path", options.backup, "--count-rows"], options.folder)
    if options.restore is not None:
        return _manage(["restore-db", options.restore, "--force"], options.folder)
    listener = _listen(options.port)
    with listener, tempfile.TemporaryDirectory(prefix="newsletter-") as folder:
        return _serve(listener, Path(folder), _database(options.database, Path(folder)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="demo", description="Serve the example project, a newsletter's site.")
    parser.add_argument("--check", action="store_true", help="start it, visit it, stop it; print a line per step")
    parser.add_argument("--port", type=int, help="0 takes a free one (8000, or the next free one)")
    parser.add_argument(
        "--database", type=Path, metavar="PATH", help="keep what is signed up in this file (a temporary one)"
    )
    parser.add_argument("--send", metavar="NUMBER", help="send this issue to the subscribers of the demo of --folder")
    parser.add_argument("--backup", metavar="DIR", help="back the database of the demo of --folder up into this folder")
    parser.add_argument("--restore", metavar="FILE", help="put a backup in the place of that demo's database")
    parser.add_argument("--folder", type=Path, help="of a demo that runs, as it says at its start")
    return parser


def _send(number: str, folder: Path | None) -> int:
    """Send an issue as the project's own command does, with the settings of the demo of ``folder``."""
    _join(folder)
    settings.configure("newsletter.settings", named_by="demo.py")
    return send.main([number])


def _manage(arguments: list[str], folder: Path | None) -> int:
    """Run a management command of the project about the database of the demo of ``folder``."""
    _join(folder)
    return FlexibleAdapter(directory=HERE).run(arguments)


def _join(folder: Path | None) -> None:
    """Take the settings of a demo that runs."""
    if folder is None:
        sys.exit("demo: the --folder of a demo that runs is needed; it is said at its start")
    try:
        os.environ.update(json.loads((folder / ENVIRONMENT).read_text()))
    except (OSError, ValueError) as error:
        sys.exit(f"demo: no demo runs in {folder}: {error}")


def _listen(port: int | None) -> socket.socket:
    """Return a bound socket; ``None``: on the first port that is free."""
    for candidate in PORTS if port is None else [port]:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, candidate))
        except (OSError, OverflowError) as error:
            listener.close()
            if port is None and isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
                continue
            sys.exit(f"demo: port {candidate} cannot be used: {error}; try another --port")
        return listener
    sys.exit(f"demo: the ports {PORTS[0]} to {PORTS[-1]} are all in use; name a free one with --port")


def _database(given: Path | None, folder: Path) -> str:
    """Choose the database file, put it into the environment, and return what the banner says about it."""
    chosen = given or os.environ.get(DATABASE)
    os.environ[DATABASE] = str(Path(chosen).absolute() if chosen else folder / "newsletter.sqlite3")
    return os.environ[DATABASE] + ("" if chosen else "  (gone when the demo ends; --database PATH keeps one)")


def _prepare(url: str, folder: Path) -> None:
    """Put into the environment what nobody has said otherwise, and keep it for a process that sends an issue."""
    # Debug mode serves static files and shows tracebacks and mail.
    os.environ.setdefault("OPENVIPER_DEBUG", "true")
    # Tokens are good until the demo ends.
    os.environ.setdefault("OPENVIPER_SECRET_KEY", secrets.token_urlsafe(48))
    os.environ.setdefault("OPENVIPER_NEWSLETTER_URL", url)
    os.environ.setdefault("OPENVIPER_EMAIL_BACKEND", "file")
    os.environ.setdefault("OPENVIPER_EMAIL_FILE_PATH", str(folder / "mail"))
    # The folder is its owner's alone.
    (folder / ENVIRONMENT).write_text(json.dumps({name: os.environ[name] for name in SHARED}))


def _serve(listener: socket.socket, folder: Path, note: str) -> int:
    url = f"http://{HOST}:{listener.getsockname()[1]}"
    _prepare(url, folder)
    settings.configure("newsletter.settings", named_by="demo.py")
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _stop)
    config = uvicorn.Config(
        "newsletter.app:app",
        log_config=_logging(),
        timeout_graceful_shutdown=5,
        # The site's own middleware reads them.
        proxy_headers=False,
    )
    # Raises SystemExit(3) if the site does not start; raises the signal that stopped it again once all is shut down.
    _Server(config, {"url": url, "folder": shlex.quote(str(folder)), "database": note}).run(sockets=[listener])
    return 0


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Being told to stop is how a demo ends, not how it fails."""
    sys.exit(0)


class _Server(uvicorn.Server):
    """Says where to look once there is something to see."""

    def __init__(self, config: uvicorn.Config, places: Mapping[str, str]) -> None:
        super().__init__(config)
        self._places = places

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if sockets and self.started:
            code, docs = (_from_here(path) for path in (HERE / "README.md", HERE.parents[1] / "docs" / "index.md"))
            print(BANNER.format(**self._places, code=code, docs=docs), flush=True)


def _from_here(path: Path) -> Path:
    """Return ``path`` as it can be opened from the current directory."""
    with contextlib.suppress(ValueError):
        return path.relative_to(Path.cwd())
    return path


def _logging() -> dict[str, Any]:
    """Return uvicorn's logging with request ids, which shows the framework's lines, the site's and the plugin's too."""
    config: dict[str, Any] = copy.deepcopy(uvicorn.config.LOGGING_CONFIG)
    config["filters"] = {"request_id": {"()": "openviper.middleware.requestid.RequestIdFilter"}}
    for handler in config["handlers"].values():
        handler["filters"] = ["request_id"]
    config["formatters"]["default"]["fmt"] = LINE
    config["formatters"]["access"]["fmt"] = ACCESS_LINE
    for name in ("openviper", "newsletter", "pulse"):
        config["loggers"][name] = {"handlers": ["default"], "level": "INFO"}
    return config


if __name__ == "__main__":
    sys.exit(main())
