"""Server CPU per request, as a ratio to raw ASGI: OpenViper and its peers under the same uvicorn.

Every contestant runs in one uvicorn process (uvloop, httptools, no access log) that is pinned to one core; wrk asks
from another. Each round starts fresh servers and asks them in turn, so that a slow moment of the machine, or a lucky
memory layout of one process, meets everybody. 1.00 is as cheap as raw ASGI; the table gives medians of the rounds.

This folder is the first on sys.path, and this file hides the standard library's http: import nothing that needs it.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import TYPE_CHECKING

from environment import conditions, prepare
from report import Spread, against, choose, command_line, conclude, table, verdict
from server import CONNECTIONS, Question, ask_in_turns, end_servers_on_sigterm, what_is_missing

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

__all__ = ["main"]

#: Title, and module in contestants/, whose small() and large() make the two projects.
CONTESTANTS = {
    "raw": ("raw ASGI", "raw_asgi"),
    "kept": ("raw ASGI, encoder kept", "raw_asgi_kept"),
    "openviper": ("OpenViper", "openviper_app"),
    "starlette": ("Starlette", "starlette_app"),
    "blacksheep": ("BlackSheep", "blacksheep_app"),
    "fastapi": ("FastAPI", "fastapi_app"),
    "litestar": ("Litestar", "litestar_app"),
}
PACKAGES = {"raw": (), "kept": (), "openviper": ("openviper-core", "openviper-http")}

# 300 routes of each kind in the large project, registered in turns, so that both kinds begin at the front.
PROJECTS = {
    "small": {
        "JSON hello": Question("/hello", answer={"message": "Hello, world"}),
        "path parameter": Question("/users/42", answer={"id": 42}),
        "404": Question("/nowhere", status=404),
    },
    "large": {
        "1st parametrised": Question("/item1/7", answer={"item": 1, "id": 7}),
        "300th parametrised": Question("/item300/7", answer={"item": 300, "id": 7}),
        "1st static": Question("/page1", answer={"page": 1}),
        "300th static": Question("/page300", answer={"page": 300}),
    },
}
BARS = {
    "JSON hello": 0.80,
    "path parameter": 0.75,
    "404": 0.75,
    "300th parametrised vs 1st": 0.85,
    "300th static vs 1st": 0.95,
}

if TYPE_CHECKING:
    #: Microseconds of server CPU per request, one for each round, by contestant and question.
    Samples = dict[tuple[str, str], list[float]]


def measure(names: Sequence[str], rounds: int, seconds: int) -> Samples:
    samples: Samples = defaultdict(list)
    for number in range(rounds):
        # Every other round backwards: nobody always follows the same neighbour.
        order = names if number % 2 == 0 else names[::-1]
        for project in PROJECTS:
            measure_project(samples, order, project, seconds)
        print(f"round {number + 1} of {rounds} done", file=sys.stderr)
    return samples


def measure_project(samples: Samples, names: Sequence[str], project: str, seconds: int) -> None:
    applications = {name: f"{CONTESTANTS[name][1]}:{project}" for name in names}
    for name, subject, cost in ask_in_turns(applications, PROJECTS[project], turns(names, project), seconds):
        samples[name, subject].append(cost)


def turns(names: Sequence[str], project: str) -> list[tuple[str, str]]:
    """Contestant and question, in an order that brings together what will be divided by one another."""
    if project == "small":
        return [(name, subject) for subject in PROJECTS[project] for name in names]
    return [(name, subject) for name in names for subject in PROJECTS[project]]


def results(samples: Samples, name: str) -> dict[str, Spread]:
    """One contestant's five figures, in the order of the bars."""
    figures = {subject: against(samples["raw", subject], samples[name, subject]) for subject in PROJECTS["small"]}
    for kind in ("parametrised", "static"):
        figures[f"300th {kind} vs 1st"] = against(samples[name, f"1st {kind}"], samples[name, f"300th {kind}"])
    return figures


def report(samples: Samples, given: argparse.Namespace) -> str:
    rows = []
    for name in given.names:
        hello = Spread.of(samples[name, "JSON hello"])
        rows.append([CONTESTANTS[name][0], *map(str, results(samples, name).values()), f"{hello.median:.1f}"])
    method = (
        "Server CPU per request: raw ASGI / contestant, and 1st route / 300th route. All encode with the standard "
        "library's json: raw ASGI by `json.dumps(value, separators=...)`, which makes an encoder at each call, "
        "OpenViper by a compiled one that it keeps, the others each in their way. Median (min-max) of rounds: "
        f"{given.rounds} of {given.seconds} s, {CONNECTIONS} connections."
    )
    parts = [method, table(["", *BARS, "JSON hello, µs"], rows)]
    if "openviper" in given.names:
        parts.append(verdicts(results(samples, "openviper")))
    return "\n\n".join(parts)


def verdicts(figures: dict[str, Spread]) -> str:
    rows = []
    for bar, least in BARS.items():
        measured = figures[bar].median
        rows.append([f"{bar} >= {least:.2f}", f"{measured:.3f}", verdict(held=measured >= least)])
    return table(["OpenViper's bar", "measured", ""], rows)


def arguments() -> argparse.Namespace:
    parser = command_line(__doc__, CONTESTANTS)
    parser.add_argument("--rounds", type=int, default=6, help="rounds, of which the medians are taken (default 6)")
    parser.add_argument("--seconds", type=int, default=1, help="of load for each question in each round (default 1)")
    given = parser.parse_args()
    wanted = choose(parser, given.only, CONTESTANTS)
    if given.rounds < 1 or given.seconds < 1:
        parser.error("--rounds and --seconds: at least 1")
    if given.write and (given.only or given.rounds < 5):
        parser.error("--write wants all contestants and at least 5 rounds, so that the table comes from one whole run")
    # Raw ASGI is what everybody is divided by.
    given.names = [name for name in CONTESTANTS if name == "raw" or name in wanted]
    return given


def main() -> None:
    given = arguments()
    if missing := what_is_missing():
        # Not an error: the other benchmarks need no wrk.
        print(f"skipped, nothing is measured: {missing}")
        return
    end_servers_on_sigterm()
    prepare(local="openviper" in given.names)
    packages = [package for name in given.names for package in PACKAGES.get(name, (name,))]
    before = conditions([*packages, "uvicorn", "uvloop", "httptools"])
    text = f"{before}\n\n{report(measure(given.names, given.rounds, given.seconds), given)}"
    conclude("http", text, write=given.write)


if __name__ == "__main__":
    main()
