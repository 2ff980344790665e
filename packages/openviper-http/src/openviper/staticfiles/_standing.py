"""What stands at the places of the files that are to be published, and whose it is."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ._outputs import Output, digest_of
from ._places import shown
from ._record import Record
from ._seen import Seen, seen_at
from .errors import StaticFilesError

__all__ = ["Standing", "look_at", "refuse_strangers", "some"]

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands at the place of an output."""

    output: Output
    #: ``None``: nothing.
    seen: Seen | None
    #: It has the content of the output. The content is compared, not times.
    is_same: bool
    #: An earlier run has published it, and it has not changed since.
    is_own: bool
    #: SHA-256, in hexadecimal digits; ``""``: no regular file.
    digest: str = ""

    @property
    def is_strange(self) -> bool:
        """It is somebody else's."""
        return self.seen is not None and not self.is_own


def look_at(root: Path, output: Output, record: Record) -> Standing:
    """Return what stands at the place of an output.

    Raises:
        StaticFilesError: It, or the source of the output, cannot be read.
    """
    path = root / output.name
    seen = seen_at(path)
    if seen is None or not stat.S_ISREG(path.lstat().st_mode):
        return Standing(output, seen, is_same=False, is_own=False)
    digest = digest_of(path)
    is_own = digest.hex() in record.get(output.name, ())
    return Standing(output, seen, digest == output.sha256(), is_own, digest.hex())


def refuse_strangers(root: Path, standing: Sequence[Standing]) -> None:
    """Refuse to replace files that are somebody else's; one with the same content is not replaced.

    Raises:
        StaticFilesError: There is one.
    """
    strange = [each.output.name for each in standing if each.is_strange and not each.is_same]
    if strange:
        it = "it" if len(strange) == 1 else "them"
        raise StaticFilesError(
            f"collectstatic would replace {some(strange)} in STATIC_ROOT={shown(root)}, and has not put {it} there "
            f"like this; move {it} away, or have {it} replaced with --overwrite"
        )


def some(names: Sequence[str]) -> str:
    """Return a few of some names, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(map(shown, names[:_NAMED])) + (f" and {more} more" if more > 0 else "")
