"""Serve the newsletter, or see whether it can be served: what ``./dev demo`` runs.

demo.py                  on 127.0.0.1:8000, or the next free port, until Ctrl-C
demo.py --check          start it, visit it as a reader would, stop it; exit code 0 if all of it went well
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import errno
import os
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import uvicorn
import uvicorn.config

from openviper.conf import settings
from visitor import check

__all__ = ["main"]

HERE = Path(__file__).resolve().parent
HOST = "127.0.0.1"
PORTS = range(8000, 8020)
DATABASE = "OPENVIPER_NEWSLETTER_DATABASE"
#: As uvicorn has them, with the id of the request.
LINE = "%(levelprefix)s %(message)s [%(request_id)s]"
ACCESS_LINE = '%(levelprefix)s %(client_addr)s - "%(request_line)s" %(status_code)s [%(request_id)s]'

BANNER = """
The newsletter is being served. Ctrl-C stops it.

  Site      {url}/
  Sign up   {url}/subscribe
  API       {url}/api
  Pulse     {url}/pulse  (the plugin's count of pages)
  Code      {code}
  Docs      {docs}
  Database  {database}
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    options = _parser().parse_args(arguments)
    if options.check:
        return check([sys.executable, str(Path(__file__).resolve()), "--port", "0"])
    listener = _listen(options.port)
    with listener, _database(options.database) as note:
        return _serve(listener, note)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="demo", description="Serve the example project, a newsletter's site.")
    parser.add_argument("--check", action="store_true", help="start it, visit it, stop it; print a line per step")
    parser.add_argument("--port", type=int, help="0 takes a free one (8000, or the next free one)")
    parser.add_argument(
        "--database", type=Path, metavar="PATH", help="keep what is signed up in this file (a temporary one)"
    )
    return parser


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


@contextlib.contextmanager
def _database(given: Path | None) -> Generator[str]:
    """Choose the database file, put it into the environment, and yield what the banner says about it."""
    chosen = given or os.environ.get(DATABASE)
    if chosen:
        path = Path(chosen).absolute()
        os.environ[DATABASE] = str(path)
        yield str(path)
        return
    with tempfile.TemporaryDirectory(prefix="newsletter-") as folder:
        os.environ[DATABASE] = str(Path(folder, "newsletter.sqlite3"))
        yield f"{os.environ[DATABASE]}  (gone when the demo ends; --database PATH keeps one)"


def _serve(listener: socket.socket, note: str) -> int:
    # Debug mode serves static files and shows tracebacks: for a demo, unless somebody says otherwise.
    os.environ.setdefault("OPENVIPER_DEBUG", "true")
    # Tokens are good until the demo ends.
    os.environ.setdefault("OPENVIPER_SECRET_KEY", secrets.token_urlsafe(48))
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
    _Server(config, note).run(sockets=[listener])
    return 0


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Being told to stop is how a demo ends, not how it fails."""
    sys.exit(0)


class _Server(uvicorn.Server):
    """Says where to look once there is something to see."""

    def __init__(self, config: uvicorn.Config, note: str) -> None:
        super().__init__(config)
        self._note = note

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if sockets and self.started:
            url = f"http://{HOST}:{sockets[0].getsockname()[1]}"
            code, docs = (_from_here(path) for path in (HERE / "README.md", HERE.parents[1] / "docs" / "index.md"))
            print(BANNER.format(url=url, code=code, docs=docs, database=self._note), flush=True)


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
