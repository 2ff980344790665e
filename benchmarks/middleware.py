"""What the middleware costs: each layer, the application with its stack, under uvicorn, and with a million clients.

layers       what a layer adds to a trivial application, in process, beside those of others
application  the application with security, CORS, CSRF and rate limit, in process, beside bare Starlette
server       the same under uvicorn, beside raw ASGI that sends the same headers by hand
limiter      the rate limiter with 1,000 and with 1,000,000 live keys

This folder is the first on sys.path, and http.py hides the standard library's http: import nothing that needs it.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from typing import TYPE_CHECKING

from environment import conditions, prepare, run_inside
from report import Spread, against, choose, command_line, conclude, table, verdict
from server import (
    CONNECTIONS,
    Question,
    ask_in_turns,
    end_servers_on_sigterm,
    fetch,
    serve,
    wait_until_it_accepts,
    what_is_missing,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

__all__ = ["main"]

PACKAGES = ("core", "http", "middleware")
PEERS = ("starlette", "fastapi", "secure", "limits", "slowapi", "uvicorn", "uvloop", "httptools")
#: Rounds within a process; its figures are their medians.
WITHIN = "41"

STACK, CSRF = "OpenViper with the stack", "CSRFMiddleware"
LEAST = {"the same headers by hand": ("raw ASGI, the same headers", 0.82), "no headers": ("raw ASGI, no headers", 0.62)}
#: Those that are divided by one another stand together.
APPLICATIONS = {
    "raw ASGI, no headers": "raw_asgi:small",
    "raw ASGI, no headers, encoder kept": "raw_asgi_kept:small",
    STACK: "openviper_app:stacked",
    "raw ASGI, the same headers": "raw_asgi:with_headers",
    "OpenViper": "openviper_app:small",
    "Starlette": "starlette_app:small",
    "FastAPI with secure, slowapi and CORS": "fastapi_stack:stacked",
}
HELLO = Question("/hello", answer={"message": "Hello, world"})
#: Of a response: what the server adds, and what raw ASGI sends in any case.
NOT_BY_HAND = frozenset({"connection", "content-length", "content-type", "date", "server"})

FEW_KEYS, MANY_KEYS = 1_000, 1_000_000
MOST_TIMES, MOST_MEGABYTES = 1.8, 150

if TYPE_CHECKING:
    #: A figure of each process, by case and kind of request.
    Samples = dict[tuple[str, str], list[float]]


def layers(given: argparse.Namespace) -> str:
    samples = in_processes("layers", given.rounds)
    names = [name.removeprefix("alone:") for name, kind in samples if name.startswith("alone:") and kind == "few"]
    rows = [[name, *layer_costs(samples, name)] for name in names]
    rows.append([f"{CSRF}, a same-origin POST", "", post_cost(samples, "alone"), "", post_cost(samples, "stack")])
    stack = [f"{added(samples, 'stack', 'bare', kind):.0f}" for kind in ("few", "browser", "cross-origin")]
    rows.append(["security + CORS + CSRF + rate limit", *stack, ""])
    trivial = Spread.of(samples["bare", "browser"])
    return "\n\n".join(
        [
            "Nanoseconds that a layer adds to a request of a trivial application, which takes "
            f"{trivial.median:.0f}: median (min-max) of {given.rounds} processes. In the stack: what the four cost "
            "more with the layer than without.",
            table(["", "few headers", "a browser's", "cross-origin", "in the stack, a browser's"], rows),
        ]
    )


def layer_costs(samples: Samples, name: str) -> list[str]:
    alone = [f"{added(samples, f'alone:{name}', 'bare', kind):.0f}" for kind in ("few", "browser", "cross-origin")]
    within = (f"without:{name}", "browser") in samples
    return [*alone, f"{added(samples, 'stack', f'without:{name}', 'browser'):.0f}" if within else ""]


def post_cost(samples: Samples, place: str) -> str:
    """What the CSRF check adds to a form, which the headers of a browser say to come from the site itself."""
    pair = {"alone": (f"alone:{CSRF}", "bare"), "stack": ("stack", f"without:{CSRF}")}[place]
    return f"{added(samples, *pair, 'post'):.0f}"


def added(samples: Samples, name: str, base: str, kind: str) -> Spread:
    pairs = zip(samples[name, kind], samples[base, kind], strict=True)
    return Spread.of(one - other for one, other in pairs)


def application(given: argparse.Namespace) -> str:
    # A marked handler changes the ways of the whole process.
    samples = {**in_processes("application", given.rounds), **in_processes("marked", given.rounds)}
    rows, bars = [], []
    for name in dict.fromkeys(name for name, _ in samples):
        costs = [f"{Spread.of(each / 1e3 for each in samples[name, kind]):.2f}" for kind in ("few", "browser")]
        rows.append([name, *costs])
    for kind, title in (("few", "few headers"), ("browser", "a browser's headers")):
        ratio = against(samples[STACK, kind], samples["Starlette", kind]).median
        bars.append([f"{STACK} <= 1.00 x Starlette, {title}", f"{ratio:.3f}", verdict(held=ratio <= 1.0)])
    return "\n\n".join(
        [
            "JSON hello in process, without a server: microseconds of a request, median (min-max) of "
            f"{given.rounds} processes. The stack: security, CORS, CSRF, rate limit (one, and no handler is marked). "
            "The bar has to hold with few headers and with a browser's.",
            table(["", "few headers", "a browser's"], rows),
            table(["bar", "measured", ""], bars),
        ]
    )


def in_processes(subject: str, rounds: int) -> Samples:
    """Nanoseconds of the cases of inside/layers.py, one for each of ``rounds`` processes."""
    samples: Samples = defaultdict(list)
    for number in range(rounds):
        for case, cost in run_inside("layers.py", subject, WITHIN).items():
            name, _, kind = case.partition("|")
            samples[name, kind].append(cost)
        told(subject, number, rounds)
    return samples


def server(given: argparse.Namespace) -> str:
    headers = headers_of_the_stack()
    samples: dict[str, list[float]] = defaultdict(list)
    for number in range(given.rounds):
        turns = [(name, "hello") for name in APPLICATIONS]
        turns = turns if number % 2 == 0 else turns[::-1]
        environ = {"BENCH_HEADERS": json.dumps(headers)}
        for name, _, cost in ask_in_turns(APPLICATIONS, {"hello": HELLO}, turns, given.seconds, environ):
            samples[name].append(cost)
        told("server", number, given.rounds)
    method = (
        "JSON hello under uvicorn, server CPU per request: raw ASGI / contestant. All encode with the standard "
        "library's json: raw ASGI by `json.dumps(value, separators=...)`, which makes an encoder at each call, "
        "OpenViper by a compiled one that it keeps, the others each in their way. wrk sends few headers. Median "
        "(min-max) of rounds: "
        f"{given.rounds} of {given.seconds} s, {CONNECTIONS} connections. The stack adds {len(headers)} headers, "
        f"{sum(len(name) + len(value) + 4 for name, value in headers)} bytes."
    )
    rows = [
        [name, *(str(against(samples[base], costs)) for base, _ in LEAST.values()), f"{Spread.of(costs).median:.1f}"]
        for name, costs in samples.items()
    ]
    return "\n\n".join([method, table(["", *(f"to {base}" for base, _ in LEAST.values()), "µs"], rows), bars(samples)])


def headers_of_the_stack() -> list[tuple[str, str]]:
    """What the stack adds to a response, name and value as they are sent."""
    with serve(STACK, APPLICATIONS[STACK], "--factory") as running:
        wait_until_it_accepts(running)
        _, fields, _ = fetch(running.port, HELLO.path)
    return [(name, value) for name, value in fields if name not in NOT_BY_HAND]


def bars(samples: dict[str, list[float]]) -> str:
    rows = []
    for title, (base, least) in LEAST.items():
        measured = against(samples[base], samples[STACK]).median
        rows.append(
            [f"{STACK} >= {least:.2f} of raw ASGI, {title}", f"{measured:.3f}", verdict(held=measured >= least)]
        )
    return table(["bar", "measured", ""], rows)


def limiter(given: argparse.Namespace) -> str:
    sizes = (FEW_KEYS, MANY_KEYS)
    samples: dict[int, list[dict[str, float]]] = defaultdict(list)
    for number in range(given.rounds):
        for keys in sizes:
            samples[keys].append(run_inside("limiter.py", "ours", str(keys)))
        told("limiter", number, given.rounds)
    rows = [[f"RateLimitMiddleware, {keys:,} keys", *limiter_figures(samples[keys])] for keys in sizes]
    # Once is enough: it walks all keys at each call.
    rows += [
        [f"limits, {keys:,} keys", *limiter_figures([run_inside("limiter.py", "limits", str(keys))])] for keys in sizes
    ]
    known = {keys: [each["known"] for each in samples[keys]] for keys in sizes}
    times = against(known[MANY_KEYS], known[FEW_KEYS]).median
    most = max(each["VmRSS"] for each in samples[MANY_KEYS])
    trivial = Spread.of(each["trivial"] for each in samples[MANY_KEYS]).median
    verdicts = [
        [f"at {MANY_KEYS:,} keys <= {MOST_TIMES} x at {FEW_KEYS:,}", f"{times:.3f}", verdict(held=times <= MOST_TIMES)],
        [f"resident <= {MOST_MEGABYTES} MB", f"{most:.0f}", verdict(held=most <= MOST_MEGABYTES)],
    ]
    return "\n\n".join(
        [
            "One call of the middleware, by a random client of those that it keeps, and by one never seen where there "
            f"is no room for more; with it the trivial application, {trivial:.0f} ns. Median (min-max) of "
            f"{given.rounds} processes; memory is the whole process's, 10^6 bytes.",
            table(["", "known client, µs", "new client, µs", "resident, MB", "its peak", "before the first key"], rows),
            table(["bar", "measured", ""], verdicts),
        ]
    )


def limiter_figures(runs: list[dict[str, float]]) -> list[str]:
    known = Spread.of(each["known"] / 1e3 for each in runs)
    unknown = f"{Spread.of(each['unknown'] / 1e3 for each in runs):.2f}" if "unknown" in runs[0] else ""
    memory = [f"{max(each[name] for each in runs):.0f}" for name in ("VmRSS", "VmHWM", "before")]
    return [f"{known:.2f}", unknown, *memory]


def told(subject: str, number: int, rounds: int) -> None:
    print(f"{subject}: round {number + 1} of {rounds} done", file=sys.stderr)


SECTIONS: dict[str, Callable[[argparse.Namespace], str]] = {
    "layers": layers,
    "application": application,
    "server": server,
    "limiter": limiter,
}


def arguments() -> argparse.Namespace:
    parser = command_line(__doc__, SECTIONS)
    parser.add_argument("--rounds", type=int, default=6, help="rounds, of which the medians are taken (default 6)")
    parser.add_argument("--seconds", type=int, default=1, help="of load for each server in each round (default 1)")
    given = parser.parse_args()
    given.names = choose(parser, given.only, SECTIONS)
    if given.rounds < 1 or given.seconds < 1:
        parser.error("--rounds and --seconds: at least 1")
    if given.write and (given.only or given.rounds < 5):
        parser.error("--write wants all sections and at least 5 rounds, so that the tables come from one whole run")
    return given


def main() -> None:
    given = arguments()
    skip = {"server": missing} if (missing := what_is_missing()) and "server" in given.names else {}
    if skip and given.write:
        print(f"nothing will be published: {missing}", file=sys.stderr)
        given.write = False
    end_servers_on_sigterm()
    prepare(local=True)
    parts = [conditions([*(f"openviper-{package}" for package in PACKAGES), *PEERS])]
    for name in given.names:
        section = f"skipped: {skip[name]}" if name in skip else SECTIONS[name](given)
        parts.append(f"### {name.capitalize()}\n\n{section}")
    text = "\n\n".join(parts)
    conclude("middleware", text, write=given.write)


if __name__ == "__main__":
    main()
