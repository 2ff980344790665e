"""An SMTP server that does what a script says, to have every fault when it is wanted.

::

    def test_something(smtp_script):
        server = smtp_script({"RCPT": ["250 2.1.5 yes", "550 5.1.1 no such user"], ".": CLOSE})
        ...                                     # talk to 127.0.0.1, port server.port
        assert server.received[0].recipients == ["ada@example.org"]
        assert server.accepted == []

A script maps a step to what the server does then: ``CONNECT``, ``EHLO``, ``STARTTLS``, ``AUTH`` (each line of it),
``MAIL``, ``RCPT``, ``RCPT ada@example.org``, ``DATA``, ``.``, ``RSET``, ``NOOP``, ``QUIT``, ``IDLE`` (right after the
answer to a final dot). What it does is a line of text (CRLF is added), bytes (as they are), one of the constants below,
or a tuple of these, done in order. A list has one of these for each time, on all connections; after the last one, and
for steps that are not named, the server answers as any other does. Of several scripts, each connection follows one, and
those after the last follow that.

The server runs in a thread with an event loop of its own.
"""

from __future__ import annotations

import asyncio
import struct
import threading
from dataclasses import dataclass, field
from socket import SO_LINGER, SO_RCVBUF, SOL_SOCKET

#: The connection ends without a word.
CLOSE = object()
#: It ends with RST.
RESET = object()
#: Nothing more is ever said.
SILENCE = object()
#: What has come and was not read is thrown away.
LOSE = object()
#: A reply that never ends: continuation lines.
ENDLESS = object()
#: One line that never ends.
ENDLESS_LINE = object()


@dataclass(frozen=True)
class Slow:
    """A line, one byte at a time."""

    line: str
    delay: float = 0.001


@dataclass(frozen=True)
class Wait:
    """Some seconds."""

    seconds: float


@dataclass
class Received:
    """A message whose final dot came."""

    sender: str
    recipients: list[str]
    data: bytes
    parameters: str = ""
    connection: int = 0


class _Gone(Exception):
    """The connection is over."""


@dataclass
class ScriptedServer:
    """The server; ``with`` starts and stops it."""

    scripts: tuple[dict, ...] = ({},)
    extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
    #: For STARTTLS, or for all that comes, with ``implicit_tls``.
    tls: object = None
    implicit_tls: bool = False
    host: str = "127.0.0.1"
    port: int = 0
    #: Bytes that the system keeps for a server that does not read; 0: as many as it likes, which may be megabytes.
    kept_unread: int = 0
    #: The messages whose final dot came, and those of them that were answered with 2xx.
    received: list[Received] = field(default_factory=list)
    accepted: list[Received] = field(default_factory=list)
    #: The lines of all clients but those of messages: (number of the connection, line).
    commands: list[tuple[int, str]] = field(default_factory=list)
    #: How many clients have connected, and how many are there.
    connections: int = 0
    open: int = 0
    most_open: int = 0
    #: What clients sent without waiting in between, a message as "."; how they pipeline.
    groups: list[list[str]] = field(default_factory=list)

    def __enter__(self):
        self._turns = [
            {step: iter(does) for step, does in one.items() if isinstance(does, list)} for one in self.scripts
        ]
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10), "the scripted server did not start"
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)
        assert not self._thread.is_alive(), "the scripted server did not stop"

    def lines(self, verb: str = "") -> list[str]:
        """Return what clients said, beginning with ``verb``."""
        return [line for _, line in self.commands if line.upper().startswith(verb.upper())]

    async def _run(self):
        self._loop, self._end, tasks = asyncio.get_running_loop(), asyncio.Event(), set()

        async def serve(reader, writer):
            tasks.add(asyncio.current_task())
            try:
                await self._serve(reader, writer)
            except asyncio.CancelledError:
                # The server stops; asyncio.streams would log it.
                pass
            finally:
                tasks.discard(asyncio.current_task())

        tls = self.tls if self.implicit_tls else None
        server = await asyncio.start_server(serve, self.host, self.port, ssl=tls, limit=2**18)
        self.port = server.sockets[0].getsockname()[1]
        for listening in server.sockets if self.kept_unread else ():
            listening.setsockopt(SOL_SOCKET, SO_RCVBUF, self.kept_unread)
        self._ready.set()
        await self._end.wait()
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        number = self.connections
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await _Session(self, number, reader, writer).run()
        except (_Gone, OSError, EOFError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.transport.abort()

    def does(self, number: int, step: str, usual):
        """Return what connection ``number`` does at ``step``."""
        index = min(number, len(self.scripts) - 1)
        script, turns = self.scripts[index], self._turns[index]
        if step in turns:
            return next(turns[step], usual)
        return script.get(step, usual)


class _Session:
    def __init__(self, server, number, reader, writer):
        self.server, self.number, self.reader, self.writer = server, number, reader, writer
        self.is_secure = server.implicit_tls
        self.reset()

    def reset(self):
        self.sender, self.parameters, self.recipients = None, "", []

    async def run(self):
        await self.act("CONNECT", "220 scripted.example ESMTP")
        while True:
            line = await self.line()
            self.server.commands.append((self.number, line))
            verb, _, rest = line.partition(" ")
            known = getattr(self, f"on_{verb.lower()}", None)
            await (known(rest) if known else self.say("500 5.5.2 what?"))

    async def line(self) -> str:
        # What is there already was sent together with what came before.
        is_first = not self.reader._buffer or not self.server.groups
        line = (await self.reader.readuntil(b"\r\n"))[:-2].decode("utf-8", "backslashreplace")
        if is_first:
            self.server.groups.append([])
        self.server.groups[-1].append(line)
        return line

    async def act(self, step, usual) -> str:
        """Do what the script says; return the first line that was said."""
        return await self.do(self.server.does(self.number, step, usual))

    async def do(self, does) -> str:
        said, buffered = "", b""
        for part in does if isinstance(does, tuple) else (does,):
            if isinstance(part, str):
                said, buffered = said or part, buffered + part.encode() + b"\r\n"
                continue
            if isinstance(part, bytes):
                buffered += part
                continue
            self.writer.write(buffered)
            buffered = b""
            await self.play(part)
        self.writer.write(buffered)
        await self.writer.drain()
        return said

    async def play(self, part):
        if isinstance(part, Wait):
            await asyncio.sleep(part.seconds)
        elif isinstance(part, Slow):
            for byte in part.line.encode() + b"\r\n":
                self.writer.write(bytes([byte]))
                await asyncio.sleep(part.delay)
        elif part is RESET:
            self.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
            self.writer.transport.abort()
            raise _Gone
        elif part is CLOSE:
            # Not abort(): what was said before is to arrive. The rest is read, else the client would have RST.
            self.writer.close()
            raise _Gone
        elif part is LOSE:
            self.reader._buffer.clear()
        elif part is SILENCE:
            while await self.reader.read(65536):
                pass
            raise _Gone
        elif part in (ENDLESS, ENDLESS_LINE):
            await self.go_on(b"250-more and more\r\n" if part is ENDLESS else b"250 more and more ")
        else:
            raise TypeError(f"{part!r} is nothing that a script may say")

    async def go_on(self, piece):
        while not self.writer.transport.is_closing():
            self.writer.write(piece * 100)
            await self.writer.drain()
            # Over TLS, drain() of a connection that is gone returns at once.
            await asyncio.sleep(0)
        raise _Gone

    async def say(self, line):
        self.writer.write(line.encode() + b"\r\n")
        await self.writer.drain()

    async def on_ehlo(self, _):
        self.reset()
        extensions = list(self.server.extensions)
        if self.server.tls and not self.is_secure:
            extensions.append("STARTTLS")
        lines = ["scripted.example", *extensions]
        await self.act("EHLO", (*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"))

    async def on_helo(self, _):
        await self.act("HELO", "250 scripted.example")

    async def on_starttls(self, _):
        said = await self.act("STARTTLS", "220 2.0.0 go ahead" if self.server.tls else "502 5.5.1 not here")
        if self.server.tls and said[:1] not in "45":
            await self.writer.start_tls(self.server.tls)
            self.is_secure = True

    async def on_auth(self, rest):
        said = await self.act("AUTH", "334 UGFzc3dvcmQ6" if rest.upper().startswith("LOGIN") else "235 2.7.0 welcome")
        while said.startswith("334"):
            self.server.commands.append((self.number, await self.line()))
            said = await self.act("AUTH", "235 2.7.0 welcome")

    async def on_mail(self, rest):
        address, _, parameters = rest.partition(":")[2].partition("> ")
        said = await self.act("MAIL", "250 2.1.0 ok" if self.sender is None else "503 5.5.1 nested MAIL")
        if said.startswith("2"):
            self.reset()
            self.sender, self.parameters = address.strip("<>"), parameters

    async def on_rcpt(self, rest):
        address = rest.partition(":")[2].partition("> ")[0].strip("<>")
        if self.sender is None:
            await self.say("503 5.5.1 MAIL first")
            return
        step = f"RCPT {address}"
        is_named = any(step in script for script in self.server.scripts)
        said = await self.act(step if is_named else "RCPT", "250 2.1.5 ok")
        if said.startswith("2"):
            self.recipients.append(address)

    async def on_data(self, _):
        usual = "354 end with ." if self.recipients else "503 5.5.1 RCPT first"
        if not (await self.act("DATA", usual)).startswith("3"):
            return
        data = await self.data()
        self.server.groups.append(["."])
        message = Received(self.sender or "", self.recipients, data, self.parameters, self.number)
        if self.recipients:
            self.server.received.append(message)
        does = self.server.does(self.number, ".", "250 2.0.0 queued" if self.recipients else "554 5.5.1 no recipients")
        # Before it is said: whoever hears it may look.
        if is_accepted(does):
            self.server.accepted.append(message)
        await self.do(does)
        self.reset()
        await self.act("IDLE", ())

    async def data(self) -> bytes:
        # Not line by line: there may be millions of them.
        read, searched = bytearray(b"\r\n"), 0
        while (end := read.find(b"\r\n.\r\n", searched)) < 0:
            searched = max(0, len(read) - 4)
            piece = await self.reader.read(65536)
            if not piece:
                raise asyncio.IncompleteReadError(bytes(read), None)
            read += piece
        self.reader._buffer[:0] = read[end + 5 :]
        return bytes(read[: end + 2].replace(b"\r\n.", b"\r\n")[2:])

    async def on_rset(self, _):
        self.reset()
        await self.act("RSET", "250 2.0.0 ok")

    async def on_noop(self, _):
        await self.act("NOOP", "250 2.0.0 ok")

    async def on_quit(self, _):
        await self.act("QUIT", ("221 2.0.0 bye", CLOSE))


def is_accepted(does) -> bool:
    for part in does if isinstance(does, tuple) else (does,):
        line = part.line if isinstance(part, Slow) else part
        if isinstance(line, str):
            return line.startswith("2")
    return False
