"""The schemas that a restore makes beside its target, and what it locks."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = ["DEFINITIONS", "MADE", "MARKER", "UNFINISHED", "Names", "is_probe", "names_for", "probe_name"]

#: A table in the schema of the old tables: a swap is not finished.
MARKER = "openviper_swap"
#: A table in each schema that a restore makes beside its target, and may drop.
MADE = "openviper_made"
#: A table in a target that is neither as it was nor restored; its row says what goes on.
UNFINISHED = "openviper_unfinished"
#: A table beside old tables that are kept: the statements that make again what is not a table.
DEFINITIONS = "openviper_definitions"

# A schema's name may have 64 characters, of which the longest suffix takes 33.
_LONGEST, _CUT = 31, 22


@dataclass(frozen=True, slots=True)
class Names:
    """Names around one target.

    Attributes:
        target: Of the schema that is restored.
        scratch: Where a dump is loaded.
        verify: Where a backup is verified.
        old: Where the old tables go.
        probe: What is made and dropped at once, to see that it may be.
        lock: Of the server's lock.
    """

    target: str
    scratch: str
    verify: str
    old: str
    probe: str
    lock: str

    def kept(self, taken: Collection[str]) -> str:
        """Return where old tables go that are kept; ``taken``: names of schemas."""
        name = f"{self.old}_{datetime.now(UTC):%Y%m%d_%H%M%S}"
        return next(each for each in (name, *(f"{name}_{number}" for number in range(2, 99))) if each not in taken)


def probe_name() -> str:
    """Return a name for what is made in the target and dropped at once, to see that it may be."""
    return f"openviper_probe_{secrets.token_hex(8)}"


def is_probe(name: str) -> bool:
    """Tell whether this is such a name; a killed run may have left what has it."""
    return re.fullmatch("openviper_probe_[0-9a-f]{16}", name) is not None


def names_for(target: str) -> Names:
    """Return the names around a target; they begin as it does, so that one grant can allow them."""
    digest = hashlib.sha256(target.encode("utf-8", "surrogateescape")).hexdigest()
    base = target if len(target) <= _LONGEST else f"{target[:_CUT]}_{digest[:8]}"
    return Names(
        target,
        scratch=f"{base}_openviper_new",
        verify=f"{base}_openviper_verify",
        old=f"{base}_openviper_old",
        probe=f"{base}_openviper_probe",
        lock=f"openviper:{digest[:40]}",
    )
