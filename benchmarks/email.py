"""What sending mail costs: building messages, a fast server, a careful one, a far one, TLS, memory and the import.

build     messages to bytes, beside the standard library
sink      1,000 messages into Postfix's smtp-sink, beside Django, fastapi-mail and Postfix's smtp-source
postfix   the same into a Postfix that writes each to disk, beside smtp-source
latency   the same into smtp-sink behind a relay that adds 10 ms to a round trip, beside a pool of aiosmtplib
starttls  into Postfix and into aiosmtpd, by STARTTLS and without
stall     how long the event loop stands still while a message of 25 MiB is built and sent
memory    10,000 messages that come one by one
imports   import openviper.core.email

This folder is the first on sys.path, and hides the standard library's email and http: import nothing that needs them.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from typing import TYPE_CHECKING

import mail_sending
import mail_servers
from environment import BENCH, HERE, PYTHON, conditions, prepare, run, run_inside
from mail_sending import OURS, told
from processes import take
from report import Spread, against, choose, command_line, conclude, table, verdict
from server import end_servers_on_sigterm

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

__all__ = ["main"]

PACKAGES = ("openviper-core", "openviper-email", "django", "fastapi-mail", "aiosmtplib", "aiosmtpd")
#: Rounds within the process that builds messages.
WITHIN = "21"

BUILD_BARS = {"text and html": 10.0, "with an attachment of 10 kB": 6.0, "50 recipients": 30.0}
MOST_GROWTH, MOST_FOR_IMPORT = 1.05, 1.4
#: Milliseconds.
MOST_STALL = 20.0
#: Messages.
FEW, MANY = 1_000, 10_000
#: Messages of this size, in bytes, that each process sends.
LARGE, OF_LARGE = 25 * 2**20, 3

BASE = "import asyncio, dataclasses"
IMPORTS = (BASE, "import openviper.core.email", "from openviper.core.email import send_email")
UNWANTED = ("click", "uvicorn", "starlette", "jinja2", "markdown", "markdown_it", "aiosmtplib", "httpcore2", "idna")


def build(given: argparse.Namespace) -> str:
    samples: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number in range(given.rounds):
        for case, costs in run_inside("mail_build.py", WITHIN).items():
            for name, cost in costs.items():
                samples[case][name].append(cost)
        told("build", number, given.rounds)
    rows = [
        [case, *(f"{Spread.of(costs[name]):.0f}" for name in ("ours", "stdlib"))] for case, costs in samples.items()
    ]
    bars = []
    for case, least in BUILD_BARS.items():
        ratio = against(samples[case]["stdlib"], samples[case]["ours"])
        bars.append([f"{case} >= {least:g} x", str(ratio), verdict(held=ratio.median >= least)])
    return "\n\n".join(
        [
            "From the texts of a letter to the bytes for the wire: microseconds of CPU for one message, median "
            f"(min-max) of {given.rounds} processes.",
            table(["", OURS, "EmailMessage, as_bytes"], rows),
            table(["bar", "measured", ""], bars),
        ]
    )


def stall(given: argparse.Namespace) -> str:
    found: dict[str, list[float]] = defaultdict(list)
    with mail_servers.sink() as server:
        for number in range(given.rounds):
            script = str(HERE / "inside" / "mail_stall.py")
            one = json.loads(run([str(PYTHON), script, str(server.port), str(OF_LARGE), str(LARGE)]))
            server.expect(one["sent"], OURS)
            for name in ("sending", "idle", "seconds"):
                found[name] += one[name]
            told("stall", number, given.rounds)
    sending, idle, seconds = (Spread.of(found[name]) for name in ("sending", "idle", "seconds"))
    return "\n\n".join(
        [
            f"The longest stall of the event loop, in milliseconds, while a message with {LARGE >> 20} MiB attached is "
            f"built and sent into smtp-sink, and for the same time while nothing is: median (min-max) of "
            f"{len(found['sending'])} messages by {given.rounds} processes.",
            table(
                ["building and sending", "idle", "s for a message"], [[f"{sending:.1f}", f"{idle:.1f}", str(seconds)]]
            ),
            table(
                ["bar", "measured", ""],
                [[f"median <= {MOST_STALL:g} ms", f"{sending.median:.1f}", verdict(held=sending.median <= MOST_STALL)]],
            ),
        ]
    )


def memory(given: argparse.Namespace) -> str:
    with mail_servers.sink() as server:
        runs = []
        for number in range(max(1, given.rounds // 2)):
            script = str(HERE / "inside" / "mail_memory.py")
            found = json.loads(run([str(PYTHON), script, str(server.port), str(FEW), str(MANY)]))
            server.expect(found["sent"], OURS)
            runs.append(found)
            told("memory", number, max(1, given.rounds // 2))
    few, many = (Spread.of(each[name] for each in runs) for name in ("few", "many"))
    growth = many.median / few.median
    rows = [[f"{few:.1f}", f"{many:.1f}", f"{max(each['peak'] for each in runs):.1f}", f"{runs[0]['all']:.0f}"]]
    return "\n\n".join(
        [
            f"Resident memory while {MANY:,} letters, each another, come from an async iterator and go into smtp-sink, "
            f"10^6 bytes: median (min-max) of {len(runs)} processes.",
            table([f"up to {FEW:,}", f"up to {MANY:,}", "peak", "all letters together"], rows),
            table(
                ["bar", "measured", ""],
                [[f"at {MANY:,} <= {MOST_GROWTH} x at {FEW:,}", f"{growth:.3f}", verdict(held=growth <= MOST_GROWTH)]],
            ),
        ]
    )


def imports(given: argparse.Namespace) -> str:
    samples: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for number in range(given.runs + 1):
        for code in IMPORTS if number % 2 else reversed(IMPORTS):
            cost = take([str(PYTHON), "-c", code], BENCH)
            if number:
                samples[code].append(cost)
    wall = {code: [each[0] for each in samples[code]] for code in IMPORTS}
    cpu = {code: [each[1] for each in samples[code]] for code in IMPORTS}
    ratio = Spread.of(wall[IMPORTS[1]]).median / Spread.of(wall[BASE]).median
    loaded = {code: unwanted_after(code) for code in IMPORTS[1:]}
    rows = [[f"`{code}`", str(Spread.of(wall[code])), str(Spread.of(cpu[code]))] for code in IMPORTS]
    bars = [[f"`{IMPORTS[1]}` <= {MOST_FOR_IMPORT} x `{BASE}`", f"{ratio:.3f}", verdict(held=ratio <= MOST_FOR_IMPORT)]]
    bars += [
        [f"`{code}` loads none of {', '.join(UNWANTED)}", ", ".join(found) or "none", verdict(held=not found)]
        for code, found in loaded.items()
    ]
    return "\n\n".join(
        [
            f"From the start of the process to its end, median (min-max) of {given.runs} runs in turns, milliseconds.",
            table(["", "wall clock", "CPU"], rows),
            table(["bar", "measured", ""], bars),
        ]
    )


def unwanted_after(code: str) -> list[str]:
    asked = f"{code}; import sys; print(*sorted(set(sys.modules) & set({UNWANTED!r})))"
    return run([str(PYTHON), "-c", asked]).split()


SECTIONS: dict[str, Callable[[argparse.Namespace], str]] = {
    "build": build,
    "sink": lambda given: mail_sending.sink(given.rounds),
    "postfix": lambda given: mail_sending.postfix(given.rounds),
    "latency": lambda given: mail_sending.latency(given.rounds),
    "starttls": lambda given: mail_sending.starttls(given.rounds),
    "stall": stall,
    "memory": memory,
    "imports": imports,
}


def arguments() -> argparse.Namespace:
    parser = command_line(__doc__, SECTIONS)
    parser.add_argument("--rounds", type=int, default=6, help="rounds, of which the medians are taken (default 6)")
    parser.add_argument("--runs", type=int, default=21, help="of each import (default 21)")
    given = parser.parse_args()
    given.names = choose(parser, given.only, SECTIONS)
    if given.rounds < 1 or given.runs < 1:
        parser.error("--rounds and --runs: at least 1")
    if given.write and (given.only or given.rounds < 5 or given.runs < 15):
        parser.error("--write wants all sections, 5 rounds and 15 runs at least: the tables come from one whole run")
    return given


def main() -> None:
    given = arguments()
    lacking = {"sink": mail_servers.what_sink_lacks(), "postfix": mail_servers.what_postfix_lacks()}
    lacking |= dict.fromkeys(("latency", "memory", "stall"), lacking["sink"]) | {"starttls": lacking["postfix"]}
    skip = {name: why for name, why in lacking.items() if why and name in given.names}
    if skip and given.write:
        print(f"nothing will be published: {'; '.join(skip.values())}", file=sys.stderr)
        given.write = False
    end_servers_on_sigterm()
    prepare(local=True)
    parts = [conditions(PACKAGES) + f" {mail_servers.version()}"]
    for name in given.names:
        section = f"skipped: {skip[name]}" if name in skip else SECTIONS[name](given)
        parts.append(f"### {name.capitalize()}\n\n{section}")
    conclude("email", "\n\n".join(parts), write=given.write)


if __name__ == "__main__":
    main()
