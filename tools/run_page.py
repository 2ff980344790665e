"""Do what a Markdown page says, in the order in which it says it; CONTRIBUTING.md has the conventions.

``python -m tools.run_page PAGE`` runs in an environment such as a reader has, in an empty directory, on the standard
library alone. ``CHECKOUT_OF_PAGES`` is where ``./dev`` is. The first thing that fails ends the page.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import importlib
import inspect
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import types
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Block", "PageError", "Reader", "commands_in", "matches", "parse"]

SECONDS_A_COMMAND = 180
FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})[ ]*(.*)$")
#: A first line that names the file which the block is: ``# myplugin/apps.py``, ``<!-- templates/home.html -->``.
FILE_NAME = re.compile(
    r"(?:#|//|/\*|<!--) *([\w./-]*\.(?:py|toml|html|css|js|env|md|txt|json|ini|cfg|ya?ml)) *(?:-->|\*/)?$"
)
INDENTED = re.compile(r"(?: {4}| {0,3}\t)\s*\S")  # Code without a fence, or with one too far to the right to be seen.
WRITE = dict.fromkeys(("bash", "sh", "shell", "indented"), "console") | {"": "text", "py": "python", "pycon": "python"}


class PageError(Exception):
    """Something on the page does not do what the page says."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, the words after it, its text, and the line of its first line, from 1."""

    language: str
    options: tuple[str, ...]
    text: str
    line: int

    def option(self, name: str) -> str | None:
        """The value of ``name=value``, ``""`` for a bare ``name``, or ``None``."""
        return next((word[len(name) + 1 :] for word in self.options if word.partition("=")[0] == name), None)


def parse(text: str, first_line: int = 1) -> Iterator[Block]:
    """The blocks of a page, fenced ones and ``indented``; those inside of a directive such as ``{note}`` too."""
    before, lines = "", iter(enumerate(text.splitlines(), first_line))
    for number, line in lines:
        opening = FENCE.match(line)
        if not opening:
            if INDENTED.match(line) and (not before.strip() or before[0] == "#" or FENCE.match(line.lstrip())):
                yield Block("indented", (), f"{line}\n", number)
            before = line
            continue
        before = ""
        indent, fence, info = opening.groups()
        body: list[str] = []
        for _, inner in lines:
            closing = FENCE.match(inner)
            if closing and closing[2].startswith(fence) and not closing[3]:
                break
            body.append(inner.removeprefix(indent))
        content = "".join(f"{each}\n" for each in body)
        if info.startswith("{"):
            yield from parse(content, number + 1)
        else:
            language, *options = info.split() or [""]
            yield Block(language, tuple(options), content, number + 1)


def file_of(block: Block) -> Path | None:
    """The file that the block is: what ``file=`` says, else its first line; ``None``: it is none."""
    if (option := block.option("file")) is not None:
        if not option:
            raise PageError("file= names no file; write ```html file=templates/home.html")
        return Path(option)
    named = FILE_NAME.match(block.text.partition("\n")[0])
    return Path(named[1]) if named else None


def commands_in(text: str) -> list[tuple[str, list[str]]]:
    """The commands of a console block (``$ `` before each, ``\\`` to go on) with the lines shown below them."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if found and found[-1][0].endswith("\\") and not found[-1][1]:
            found[-1] = (f"{found[-1][0]}\n{line.removeprefix('> ')}", [])
        elif line.startswith("$ "):
            found.append((line[2:], []))
        elif line.strip() and found:
            found[-1][1].append(line)
        elif line.strip():
            raise PageError(f"a console block starts with a command after '$ ', not with {line!r}")
    return found


def matches(shown: list[str], output: str) -> str | None:
    """The first shown line that ``output`` lacks, in order; ``...`` stands for anything."""
    remaining = iter(output.splitlines())
    for line in shown:
        pattern = ".*".join(re.escape(part) for part in line.strip().split("..."))
        if line.strip() != "..." and not any(re.fullmatch(pattern, each.strip()) for each in remaining):
            return line
    return None


class Reader:
    """Somebody who follows a page: one directory, one Python session, one shell, and servers until the end."""

    def __init__(self, page: Path, checkout: Path) -> None:
        self.page, self.checkout = page, checkout
        self.ports: dict[str, str] = {}
        self.servers: list[subprocess.Popen[bytes]] = []
        self.module = types.ModuleType("page")
        self.runner = asyncio.Runner()

    def follow(self) -> None:
        """Do all of it, or raise PageError with the page, the line and what went wrong."""
        sys.modules["page"] = self.module
        try:
            for block in parse(self.page.read_text(encoding="utf-8")):
                try:
                    self.do(block)
                except PageError as error:
                    raise PageError(f"{self.page}:{block.line}: {error}") from None
        finally:
            for server in self.servers:
                stop(server)
            self.runner.close()

    def do(self, block: Block) -> None:
        if block.language in WRITE:
            raise PageError(f"{block.language or 'plain'} blocks are not run; write ```{WRITE[block.language]}")
        if block.option("no-run") is not None:
            return
        if (path := file_of(block)) is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            importlib.invalidate_caches()
        elif block.language == "python":
            self.execute(block)
        elif block.language == "console":
            for command, shown in commands_in(block.text):
                self.type(command, shown, block)

    def execute(self, block: Block) -> None:
        """Run Python, with ``await`` at the top level, in the session that the page's blocks share."""
        source = "\n" * (block.line - 1) + block.text  # So that a traceback shows the page's own lines.
        try:
            code = compile(source, str(self.page), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            result = eval(code, self.module.__dict__)  # noqa: S307 - running the page is what this is for
            if inspect.iscoroutine(result):
                self.runner.run(result)
        except Exception as error:
            raise PageError(f"the example fails\n{traceback.format_exc()}") from error

    def type(self, command: str, shown: list[str], block: Block) -> None:
        """Run a shell command; what it does to the directory and the environment lasts."""
        for documented, actual in self.ports.items():
            command = re.sub(rf"(?<=[:=]){documented}\b", actual, command)
        if command.startswith("./dev "):
            self.in_checkout(command)
        elif (port := block.option("serve")) is not None:
            self.serve(command, port)
        else:
            code, output = shell(command)
            if (code != 0) != (block.option("fails") is not None):
                raise PageError(f"`{command}` ended with exit code {code}\n{output}")
            if (missing := matches(shown, output)) is not None:
                raise PageError(f"`{command}` did not print {missing!r}; it printed\n{output}")

    def in_checkout(self, command: str) -> None:
        if command.startswith("./dev test"):
            return  # This is what is running.
        if command == "./dev demo":
            command += " --check"  # It would serve until Ctrl-C.
        code, output = shell(f"cd '{self.checkout}' && {command}; code=$?; cd - >/dev/null; exit $code")
        if code:
            raise PageError(f"`{command}` ended with exit code {code}\n{output}")

    def serve(self, command: str, documented: str) -> None:
        """Start a server on a free port in place of the documented one, and wait until it answers."""
        self.ports[documented] = port = free_port()
        named = re.sub(rf"\b{documented}\b", port, command)
        command = named if named != command else f"{command} --port {port}"
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(["bash", "-c", command], stdout=log, stderr=log, start_new_session=True)
            self.servers.append(process)
            deadline = time.monotonic() + 30
            while process.poll() is None and not answers(int(port)) and time.monotonic() < deadline:
                time.sleep(0.1)
            if process.poll() is not None or not answers(int(port)):
                log.seek(0)
                raise PageError(f"`{command}` does not serve\n{log.read().decode(errors='replace')}")


def shell(command: str) -> tuple[int, str]:
    """Run ``command`` in bash here; take over its directory and its exported variables."""
    with tempfile.NamedTemporaryFile() as state:
        script = f"exec </dev/null 2>&1\ntrap 'code=$?; (pwd; env -0) > {state.name}; exit $code' EXIT\n{command}\n"
        try:
            answer = subprocess.run(
                ["bash", "-c", script], stdout=subprocess.PIPE, timeout=SECONDS_A_COMMAND, check=False
            )
        except subprocess.TimeoutExpired:
            raise PageError(f"`{command}` takes over {SECONDS_A_COMMAND} s (a server? ```console serve=8000)") from None
        directory, _, variables = Path(state.name).read_text().partition("\n")
    os.chdir(directory or ".")
    pairs = (pair.partition("=") for pair in variables.split("\0"))
    environ = {name: value for name, _, value in pairs if name}
    for unset in os.environ.keys() - environ.keys():
        del os.environ[unset]
    os.environ.update(environ)
    return answer.returncode, answer.stdout.decode(errors="replace")


def stop(server: subprocess.Popen[bytes]) -> None:
    """End a server and what it started, which all run in a group of their own."""
    # Gone already: it failed, and that is reported.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGTERM)
    server.wait(30)


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return str(listener.getsockname()[1])


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def main() -> int:
    sys.path.insert(0, str(Path.cwd()))
    try:
        Reader(Path(sys.argv[1]), Path(os.environ["CHECKOUT_OF_PAGES"])).follow()
    except PageError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
