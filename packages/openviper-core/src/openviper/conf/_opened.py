"""The way from what is imported with this package to what finds, reads and checks settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openviper.conf._reader import Reader

__all__ = ["opened_reader"]

# Filled by the first read, so that later ones do not ask for the import again.
OPENED: list[Reader] = []


def opened_reader() -> Reader:
    """Return the reader of this process's settings."""
    if not OPENED:
        # It costs as much as all that is imported with this package, and most imports read no setting.
        from openviper.conf._reader import READER  # noqa: PLC0415

        OPENED.append(READER)
    return OPENED[0]
