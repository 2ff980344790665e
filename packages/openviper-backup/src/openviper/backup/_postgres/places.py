"""The databases that a restore makes beside its target: their names, the comments by which they are known, its lock.

::

    shop                               the target
    shop_restoring_1a2b3c4d5e          what the dump is loaded into
    shop_replaced_1a2b3c4d5e           the former target, from the swap until it is dropped
    shop_before_20260131_235959        the former target, kept
    shop_verifying_1a2b3c4d5e_0a1b2c3d what a dump is loaded into to be verified

The ten digits are of the target's whole name, which may be too long to stand there. A killed run leaves the second or
the third, never both: the next run that holds the lock of the target takes it away.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

__all__ = ["MARK", "Places", "kept_name", "lock_key", "places_of", "verifying_name", "verifying_pattern"]

#: How the comments on databases that may be dropped begin.
MARK = "openviper-backup: "

_LONGEST = 63
_SHORT = 30


@dataclass(frozen=True, slots=True)
class Places:
    """The databases of one restore, by name."""

    target: str
    scratch: str
    replaced: str


def places_of(target: str) -> Places:
    """Return the names that go with a target's."""
    return Places(
        target, f"{_short(target)}_restoring_{_digest(target)}", f"{_short(target)}_replaced_{_digest(target)}"
    )


def verifying_name(target: str) -> str:
    """Return another name at each call: backups are verified side by side."""
    return f"{_short(target)}_verifying_{_digest(target)}_{secrets.token_hex(4)}"


def verifying_pattern(target: str) -> str:
    """Return what those names have in common: a regular expression of PostgreSQL."""
    return f"_verifying_{_digest(target)}_[0-9a-f]{{8}}$"


def kept_name(target: str, moment: datetime, number: int = 1) -> str:
    """Return the name under which a former target is kept; ``number``: above 1 where that is taken."""
    end = f"_before_{moment:%Y%m%d_%H%M%S}" + (f"_{number}" if number > 1 else "")
    return _cut(target, _LONGEST - len(end)) + end


def lock_key(name: str) -> int:
    """Return the key of the advisory lock that goes with a database's name, a ``bigint``."""
    digest = hashlib.sha256(b"openviper-backup\0" + _bytes(name)).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _digest(name: str) -> str:
    return hashlib.sha256(_bytes(name)).hexdigest()[:10]


def _short(name: str) -> str:
    return _cut(name, _SHORT)


def _cut(name: str, most: int) -> str:
    return _bytes(name)[:most].decode("utf-8", "ignore")


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
