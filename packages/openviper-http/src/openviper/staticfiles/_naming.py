"""The names under which static files are published: their own, and with ``STATIC_HASHED`` those with a hash too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from openviper._settings.http import HttpSettings
from openviper.conf import section, settings

from ._finding import Found
from ._hashing import hash_files
from ._manifest import MANIFEST, manifest_bytes
from ._outputs import Output
from ._places import shown
from .errors import StaticFilesError

__all__ = ["name_outputs"]


def name_outputs(found: Found, warnings: list[str]) -> list[Output]:
    """Return what is to be published; sentences about what is not are added to ``warnings``.

    Raises:
        StaticFilesError: A file cannot be read, or two would have one name.
    """
    if not section(HttpSettings).STATIC_HASHED:
        return [Output(name, name, path) for name, path in found.files.items()]
    if hidden := found.files.pop(MANIFEST, None):
        warnings.append(f"{shown(hidden)} is skipped: the manifest of hashed names stands there")
    hashed = hash_files(found.files, settings.STATIC_URL)
    warnings += hashed.warnings
    # The plain names too: scripts import each other by them. The manifest is last: it names what is there then.
    plain = [replace(each, name=each.made_of, content=None) for each in hashed.outputs]
    manifest = Output(MANIFEST, "", Path(MANIFEST), content=manifest_bytes(hashed.names))
    outputs = [*plain, *hashed.outputs, manifest]
    _refuse_twins(outputs)
    return outputs


def _refuse_twins(outputs: Sequence[Output]) -> None:
    """A file may be called what another is called with its hash, or so may a folder."""
    named: dict[str, Output] = {}
    for each in outputs:
        _refuse_twin(named.get(each.name), each, each.name)
        named[each.name] = each
    for each in outputs:
        for folder in PurePosixPath(each.name).parents:
            _refuse_twin(named.get(str(folder)), each, str(folder))


def _refuse_twin(one: Output | None, other: Output, name: str) -> None:
    if one is not None:
        raise StaticFilesError(
            f"{shown(one.path)} and {shown(other.path)} would both be collected as {shown(name)}; rename one of them"
        )
