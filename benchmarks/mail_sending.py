"""Letters sent to a mail server by OpenViper and by others, in turns, and how long each took."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import mail_servers
from environment import HERE, PYTHON, run, run_inside
from mail_servers import MailServer, tool
from report import Spread, against, table, verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    #: Seconds of each round, by contestant.
    Samples = dict[str, list[float]]

__all__ = ["OURS", "latency", "postfix", "sink", "starttls", "told"]

MESSAGES = 1_000
ROUND_TRIP = 0.010
#: About what smtp-source writes before the body of ``-l`` bytes.
SOURCE_HEADERS = 140
#: Runs that say how long smtp-source takes to start.
STARTS = 11

OURS = "OpenViper"
#: By name in the report: ways of inside/mail_send.py.
WAYS = {
    OURS: "openviper",
    "Django, send_messages": "django",
    "fastapi-mail, its loop": "fastapi-mail",
    "fastapi-mail, a list": "fastapi-mail-list",
    "aiosmtplib, 8 connections": "aiosmtplib",
}
#: Options of smtp-source, which takes a new connection for each message unless -d tells it not to.
SOURCES = {"smtp-source -s 8": ["-s", "8"], "smtp-source -s 8 -d": ["-s", "8", "-d"]}

SINK_BARS = {"Django, send_messages": 3.0, "fastapi-mail, its loop": 10.0, "smtp-source -s 8": 0.45}
POSTFIX_BARS = {"smtp-source -s 8": 1.0}
LATENCY_BARS = {"aiosmtplib, 8 connections": 2.0}
MOST_FOR_TLS = 1.3


def sink(rounds: int) -> str:
    names = [OURS, "Django, send_messages", "fastapi-mail, its loop", "fastapi-mail, a list", *SOURCES]
    with mail_servers.sink() as server:
        samples = in_turns("sink", names, server, rounds)
    return sent_table(f"{MESSAGES:,} letters into smtp-sink", samples, SINK_BARS)


def postfix(rounds: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        tls = mail_servers.certificate(Path(folder))
        with mail_servers.postfix(tls) as server:
            samples = in_turns("postfix", [OURS, *SOURCES], server, rounds)
    title = f"{MESSAGES:,} letters into Postfix, which has each on disk before it says so"
    return sent_table(title, samples, POSTFIX_BARS)


def latency(rounds: int) -> str:
    with mail_servers.sink() as behind, mail_servers.relay(behind, ROUND_TRIP / 2) as server:
        samples = in_turns("latency", [OURS, "aiosmtplib, 8 connections"], server, rounds)
    title = f"{MESSAGES:,} letters into smtp-sink, with {ROUND_TRIP * 1e3:.0f} ms more for each round trip"
    return sent_table(title, samples, LATENCY_BARS)


def in_turns(subject: str, names: Sequence[str], server: MailServer, rounds: int) -> Samples:
    samples: Samples = defaultdict(list)
    for number in range(rounds):
        # Every other round backwards: nobody always follows the same neighbour.
        for name in names if number % 2 == 0 else reversed(names):
            samples[name].append(seconds_of(name, server))
        told(subject, number, rounds)
    return {name: samples[name] for name in names}


def seconds_of(name: str, server: MailServer) -> float:
    """Let ``name`` send the letters; ``server`` must have got each of them."""
    return send_by_source(name, server) if name in SOURCES else send(name, WAYS[name], server)


def send(name: str, way: str, server: MailServer, *certificate: str) -> float:
    script = str(HERE / "inside" / "mail_send.py")
    found = json.loads(run([str(PYTHON), script, way, str(server.port), str(MESSAGES), *certificate]))
    server.expect(found["sent"], name)
    return float(found["seconds"])


def send_by_source(name: str, server: MailServer) -> float:
    return source_took(name, server, MESSAGES) - start_of_source(name)


@cache
def start_of_source(name: str) -> float:
    """Seconds of smtp-source for one message into smtp-sink: its start, which the others have behind them."""
    with mail_servers.sink() as server:
        return statistics.median(source_took(name, server, 1) for _ in range(STARTS))


def source_took(name: str, server: MailServer, messages: int) -> float:
    # A number before each recipient: Postfix keeps what it has looked up.
    people = ["-f", "news@example.org", "-t", "reader@mail.example.org", "-N"]
    count = ["-m", str(messages), "-l", str(letter_size() - SOURCE_HEADERS)]
    command = [str(tool("smtp-source")), *SOURCES[name], *count, *people, f"127.0.0.1:{server.port}"]
    began = time.perf_counter()
    subprocess.run(command, check=True, timeout=300)
    seconds = time.perf_counter() - began
    server.expect(messages, name)
    return seconds


@cache
def letter_size() -> int:
    """Bytes of a letter on the wire, the mean of some."""
    return int(run_inside("mail_build.py", "size"))


def sent_table(title: str, samples: Samples, bars: Mapping[str, float]) -> str:
    """Seconds and messages a second of each, how many times ours is as fast, and the bars for that."""
    rows = []
    for name, seconds in samples.items():
        rate = Spread.of(MESSAGES / each for each in seconds)
        rows.append([name, f"{Spread.of(seconds):.3f}", f"{rate.median:.0f}", str(against(seconds, samples[OURS]))])
    ratios = {name: against(samples[name], samples[OURS]).median for name in bars}
    verdicts = [
        [f"{OURS} >= {least:g} x {name}", f"{ratios[name]:.3f}", verdict(held=ratios[name] >= least)]
        for name, least in bars.items()
    ]
    verdicts += [
        [f"{OURS} beside {name}, for scale", f"{against(samples[name], samples[OURS]).median:.3f}", ""]
        for name in SOURCES.keys() & samples.keys() - bars.keys()
    ]
    return "\n\n".join(
        [
            f"{title}, {letter_size():,} bytes each in the mean. Median (min-max) of rounds: {len(samples[OURS])}.",
            table(["", "s", "messages/s", f"its time / {OURS}'s"], rows),
            table(["bar", "measured", ""], verdicts),
        ]
    )


def starttls(rounds: int) -> str:
    samples: dict[str, Samples] = {}
    with ExitStack() as stack:
        tls = mail_servers.certificate(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        servers = [stack.enter_context(start(tls)) for start in (mail_servers.postfix, mail_servers.aiosmtpd)]
        for server in servers:
            samples[server.name] = tls_in_turns(server, tls[0], rounds)
    rows, bars = [], []
    for name, seconds in samples.items():
        rows.append([name, *(f"{Spread.of(seconds[kind]):.3f}" for kind in ("plain", "STARTTLS"))])
        ratio = against(seconds["STARTTLS"], seconds["plain"]).median
        bars.append(
            [f"{name}: STARTTLS <= {MOST_FOR_TLS} x plain", f"{ratio:.3f}", verdict(held=ratio <= MOST_FOR_TLS)]
        )
    return "\n\n".join(
        [
            f"Seconds for {MESSAGES:,} letters after the first ones, which open the connections: median (min-max) of "
            f"rounds: {rounds}. A connection is left after 100 messages, so some handshakes are counted.",
            table(["", "plain", "STARTTLS"], rows),
            table(["bar", "measured", ""], bars),
        ]
    )


def tls_in_turns(server: MailServer, certificate: Path, rounds: int) -> Samples:
    samples: Samples = defaultdict(list)
    kinds = {"plain": [], "STARTTLS": [str(certificate)]}
    for number in range(rounds):
        for kind in kinds if number % 2 == 0 else reversed(kinds):
            samples[kind].append(send(kind, "openviper-kept", server, *kinds[kind]))
        told(f"starttls, {server.name}", number, rounds)
    return samples


def told(subject: str, number: int, rounds: int) -> None:
    print(f"{subject}: round {number + 1} of {rounds} done", file=sys.stderr)
