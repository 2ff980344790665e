"""Which OpenViper distributions are installed, and whether they fit together."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import distributions
from typing import TYPE_CHECKING

# The rules of versions and markers are long (PEP 440, PEP 508), and pip and the index use this implementation of them.
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from openviper.core.entrypoints import METADATA, folder_name, has_endless

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import Distribution

__all__ = ["Installed", "Misfit", "misfits", "openviper_distributions"]


@dataclass(frozen=True, slots=True)
class Installed:
    """A distribution, by its metadata."""

    #: Normalised: ``openviper-core``.
    name: str
    #: ``"?"`` where the metadata does not tell.
    version: str
    requires: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    #: Its metadata can be read; if not, name and version are those of its folder.
    is_readable: bool = True


@dataclass(frozen=True, slots=True)
class Misfit:
    """A distribution that needs another one, or another version of it, than is installed."""

    distribution: Installed
    #: ``openviper-core`` and ``>=0.1,<0.2``; of damaged metadata, what stands there.
    needs: str
    versions: str
    #: The version that is there; ``None``: none is.
    found: str | None
    #: What it needs cannot be read.
    is_damaged: bool = False

    @property
    def mend(self) -> str:
        """The command after which the two fit."""
        if self.is_damaged:
            return f"pip install --force-reinstall {self.distribution.name}"
        return f"pip install -U {self.distribution.name} {self.needs}"

    def __str__(self) -> str:
        who = f"{self.distribution.name} {self.distribution.version}"
        if not self.distribution.is_readable:
            return f"{who} has metadata that cannot be read: {self.mend}"
        if self.is_damaged:
            return f"{who} has damaged metadata, {self.needs!r} is no requirement: {self.mend}"
        there = "is not installed" if self.found is None else f"is installed in version {self.found}"
        wanted = f"{self.needs} {self.versions}".rstrip()
        return f"{who} needs {wanted}, which {there}: {self.mend}"


def openviper_distributions(candidates: Iterable[Distribution] | None = None) -> list[Installed]:
    """Return those whose name is ``openviper`` or begins with ``openviper-``, by name.

    Of two of one name, the first on ``sys.path`` counts, which is imported; one without metadata that can be read,
    which an interrupted installation leaves, counts where there is no other.

    Args:
        candidates: Those to look at; ``None``: all that are installed.
    """
    read = [_read(each) for each in (distributions() if candidates is None else candidates)]
    found: dict[str, Installed] = {}
    for each in sorted(filter(None, read), key=lambda each: not each.is_readable):
        found.setdefault(each.name, each)
    return [found[name] for name in sorted(found)]


def misfits(found: Iterable[Installed]) -> list[Misfit]:
    """Return what ``found`` need of each other and do not have."""
    there = {each.name: each.version for each in found}
    return [misfit for each in found for misfit in _misfits_of(each, there)]


def _read(distribution: Distribution) -> Installed | None:
    try:
        if has_endless(distribution, *METADATA):
            return _named_by_folder(distribution)
        metadata = distribution.metadata
        name = canonicalize_name((metadata.get_all("Name") or [""])[0])
        if not name:
            return _named_by_folder(distribution)
        if not _is_ours(name):
            return None
        version = (metadata.get_all("Version") or ["?"])[0]
        extras = tuple(metadata.get_all("Provides-Extra") or ())
        return Installed(name, version, tuple(distribution.requires or ()), extras)
    except Exception:  # whatever a damaged file makes of it
        return _named_by_folder(distribution)


def _named_by_folder(distribution: Distribution) -> Installed | None:
    name, version = folder_name(distribution)
    name = canonicalize_name(name)
    return Installed(name, version, is_readable=False) if _is_ours(name) else None


def _is_ours(name: str) -> bool:
    return name == "openviper" or name.startswith("openviper-")


def _misfits_of(one: Installed, there: dict[str, str]) -> Iterator[Misfit]:
    if not one.is_readable:
        yield Misfit(one, "", "", None, is_damaged=True)
    for text in one.requires:
        try:
            needed = Requirement(text)
        except InvalidRequirement:
            yield Misfit(one, text, "", None, is_damaged=True)
            continue
        name = canonicalize_name(needed.name)
        found = there.get(name)
        # Whether an extra was asked for is written nowhere; what is there must suit in any case.
        extras = ("",) if found is None else ("", *one.extras)
        if _is_ours(name) and _applies(needed, extras) and (found is None or not _suits(needed, found)):
            yield Misfit(one, name, str(needed.specifier), found)


def _applies(needed: Requirement, extras: Iterable[str]) -> bool:
    marker = needed.marker
    return marker is None or any(marker.evaluate({"extra": each}) for each in extras)


def _suits(needed: Requirement, version: str) -> bool:
    try:
        return needed.specifier.contains(version, prereleases=True)
    except InvalidVersion:
        return False
