"""How long the queue waits before it tries a message again."""

from __future__ import annotations

import random

__all__ = ["backoff"]

# In seconds: what greylisting asks for is reached by the third attempt (RFC 6647, 5: some minutes), and a server that
# is down for a night is asked once an hour.
_FIRST = 60.0
_LONGEST = 3_600.0


def backoff(attempts: int) -> float:
    """Return seconds to wait after so many attempts: a minute, twice as much each time, an hour at most, ± 25 %."""
    # The exponent is bounded: two to the power of what a payload says may be no float any more.
    usual: float = min(_FIRST * 2 ** min(max(attempts, 1) - 1, 10), _LONGEST)
    return usual * random.uniform(0.75, 1.25)  # noqa: S311 - so that what failed together does not come back together
