"""The checks of how the middleware stands: each layer once, and each sees only what the ones outside of it pass on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openviper.core.checks import CheckMessage, Severity
from openviper.middleware._listed import Listed

__all__ = ["check_order", "check_repeated"]

#: From outermost to innermost, with what becomes of another one that stands outside of it.
_ORDER = {
    "requestid": "the latter logs without a request id",
    "proxy": "the latter takes the proxy for the client",
    "security": "the latter sees foreign hosts, and its own answers have no security headers",
    "cors": "scripts of other origins cannot read the latter's answers",
    "error": "a failure of the latter is not answered by it",
    "csrf": "forged requests get as far as the latter",
    "ratelimit": "requests beyond the limit cost what the latter costs",
    "auth": "there is no user yet when the latter runs",
}


def check_repeated(entries: Sequence[Listed]) -> Iterator[CheckMessage]:
    """Report each class that stands in the list a second time, by this path or another."""
    for position, entry in enumerate(entries):
        first = next((each for each in entries[:position] if each.repeats(entry)), None)
        if first is not None:
            yield CheckMessage(
                "openviper.middleware.repeated",
                Severity.WARNING,
                f"{entry} is the class of settings.MIDDLEWARE[{first.index}] again: every request passes it twice",
                hint="take one of them out",
            )


def check_order(entries: Sequence[Listed], *, limit_by_user: bool) -> Iterator[CheckMessage]:
    """Report each entry that has one outside of it that belongs inside.

    Args:
        entries: In the order of the list.
        limit_by_user: The limit needs to know the user, and stands after what authenticates.
    """
    ranks = {kind: rank for rank, kind in enumerate(_ORDER)}
    if limit_by_user:
        ranks["ratelimit"] = len(ranks)
    for position, entry in enumerate(entries):
        outside = next((each for each in entries[:position] if ranks[each.kind] > ranks[entry.kind]), None)
        if outside is not None:
            yield _misplaced(entry, outside, sorted(ranks, key=ranks.__getitem__))


def _misplaced(entry: Listed, outside: Listed, order: list[str]) -> CheckMessage:
    loss, name = _ORDER[entry.kind], "order"
    if outside.kind == "error" and entry.kind in ("security", "cors"):
        loss, name = "its 500 goes out without the headers of this one", "error_outside"
    elif outside.kind == "ratelimit" and entry.kind == "auth":
        loss, name = "RATE_LIMIT_KEY is 'user', and there is none yet when it counts", "limit_before_user"
    return CheckMessage(
        f"openviper.middleware.{name}",
        Severity.WARNING,
        f"{entry} stands inside of {outside}: {loss}",
        hint=f"move it to index {outside.index}; the order is {', '.join(order)}",
    )
