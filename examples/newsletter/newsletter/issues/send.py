"""Send an issue to all subscribers: python -m newsletter.issues.send NUMBER, in the project's folder.

Neither who has the issue nor who was refused for good gets it again, so it can be run again after a failure, or when
more have signed up.
Ctrl-C lets the messages under way end. The exit code is 0 if nobody was refused, 1 if somebody was or it came to no
end, 2 if the command line makes no sense.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections import Counter
from collections.abc import Collection, Generator

from newsletter.errors import NewsletterError
from newsletter.issues.deliveries import Retried, count_deliveries
from newsletter.issues.mailing import Mailing
from newsletter.issues.storage import Issue, find_issue
from openviper.core.errors import OpenViperError
from openviper.core.lifespan import lifespan

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return asyncio.run(_run(options.number, options.retry))
    except (NewsletterError, OpenViperError, ValueError) as error:
        print(f"send: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m newsletter.issues.send",
        description="Send an issue to all subscribers who do not have it.",
    )
    parser.add_argument("number", type=int, help="of the issue")
    parser.add_argument(
        "--retry-ambiguous",
        dest="retry",
        action="append_const",
        const="ambiguous",
        default=[],
        help="also to those who may have it, because the connection or this program ended at the wrong moment; "
        "not while another process is sending",
    )
    parser.add_argument(
        "--retry-permanent",
        dest="retry",
        action="append_const",
        const="permanent",
        help="also to those who were refused for good, once the reason is mended",
    )
    return parser


async def _run(number: int, retry: Collection[Retried]) -> int:
    async with lifespan():
        issue = await find_issue(number)
        if issue is None:
            raise NewsletterError(f"there is no issue {number}")
        return await _send(issue, retry)


async def _send(issue: Issue, retry: Collection[Retried]) -> int:
    before = await count_deliveries(issue.number)
    mailing = Mailing(issue, retry=retry)
    outcomes: Counter[bool] = Counter()
    with _told_to_stop(mailing):
        async with contextlib.aclosing(mailing.results()) as results:
            async for each in results:
                outcomes[each.outcome == "accepted"] += 1
                if each.outcome != "accepted":
                    print(each, flush=True)
    print(f"Issue {issue.number}, {issue.title}: {_summary(outcomes, before, retry)}")
    if mailing.gave_up:
        print("Given up: nobody was accepted any more. Look after the mail server, and run it again.", file=sys.stderr)
    elif mailing.stopping:
        print("Stopped. Run it again to send the rest.", file=sys.stderr)
    return 1 if outcomes[False] or mailing.stopping else 0


def _summary(outcomes: Counter[bool], before: Counter[str], retry: Collection[Retried]) -> str:
    parts = [f"{outcomes[True]} sent", f"{outcomes[False]} refused"]
    if before["accepted"]:
        parts.append(f"{before['accepted']} had it")
    if before["ambiguous"] and "ambiguous" not in retry:
        parts.append(f"{before['ambiguous']} may have it (--retry-ambiguous sends it to them again)")
    if before["permanent"] and "permanent" not in retry:
        parts.append(f"{before['permanent']} refused for good before (--retry-permanent tries them again)")
    return ", ".join(parts) + "."


@contextlib.contextmanager
def _told_to_stop(mailing: Mailing) -> Generator[None]:
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, mailing.stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


if __name__ == "__main__":
    sys.exit(main())
