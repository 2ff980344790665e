"""What installed distributions offer through entry points.

The groups are ``openviper.checks``, ``openviper.commands``, ``openviper.job_consumers``, ``openviper.jobs``,
``openviper.pages`` and ``openviper.settings``. Nothing registers itself by being imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["distribution_of", "installed_entries"]


def installed_entries(group: str) -> list[EntryPoint]:
    """Return the entry points of ``group``, sorted by distribution and name; none of them is loaded."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - costs more than everything else here together

    return sorted(entry_points(group=group), key=lambda entry: (distribution_of(entry), entry.name))


def distribution_of(entry: EntryPoint) -> str:
    """Return the name of the distribution that offers ``entry``, or ``"?"`` where the metadata does not tell."""
    # A leftover folder without metadata, as an interrupted pip leaves it, has no name.
    if entry.dist is None or "Name" not in entry.dist.metadata:
        return "?"
    return entry.dist.metadata["Name"]
