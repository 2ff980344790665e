"""The check of the order in which the middleware stands: each layer sees only what the ones outside of it pass on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openviper.core.checks import CheckMessage, Severity
from openviper.middleware._listed import Listed

__all__ = ["check_order"]

#: From outermost to innermost, with what is lost where another one stands outside of it.
_ORDER = {
    "requestid": "what that logs has no request id",
    "proxy": "that takes the proxy for the client",
    "security": "that sees hosts that are not ours, and its own answers have no security headers",
    "cors": "scripts of other origins cannot read that one's answers",
    "error": "a failure in that is not answered by it",
    "csrf": "forged requests get that far",
    "ratelimit": "requests beyond the limit cost what that costs",
    "auth": "there is no user when that runs",
}


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
