"""Names that hold a hash of the content, and style sheets that use them.

The hash of a style sheet is that of its content and of every file that it leads to, through other sheets too: where one
of them changes, so does its name. It needs no order, so sheets may import each other in a circle.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from ._addresses import Address, read_address
from ._outputs import Output, digest_of, read_whole
from ._places import shown
from ._stylesheets import Reference, references, replaced

__all__ = ["Hashed", "hash_files"]

_LENGTH = 8


class Hashed(NamedTuple):
    """What was made of the files."""

    outputs: list[Output]
    #: Name -> name with the hash.
    names: dict[str, str]
    #: A sentence for each address in a style sheet that leads to no file.
    warnings: list[str]


class _Sheet(NamedTuple):
    content: bytes
    #: The name of each static file that it leads to -> its address, as it is first written.
    targets: dict[str, str]


def hash_files(files: Mapping[str, Path], static_url: str) -> Hashed:
    """Return each file under a name with a hash; in style sheets the addresses of such files are replaced.

    An address that leads to no file is left as it is.

    Raises:
        StaticFilesError: A file cannot be read.
    """
    sheets = {name: _read(name, path, static_url) for name, path in files.items() if name.lower().endswith(".css")}
    digests = {
        name: sha256(sheets[name].content).digest() if name in sheets else digest_of(path)
        for name, path in files.items()
    }
    names = {name: _hashed_name(name, digest) for name, digest in digests.items()}
    names |= {name: _hashed_name(name, _digest_of_all(name, sheets, digests)) for name in sheets}
    outputs = [
        Output(names[name], name, path, content=_rewritten(name, sheets[name].content, names, static_url))
        if name in sheets
        else Output(names[name], name, path, digest=digests[name])
        for name, path in files.items()
    ]
    return Hashed(outputs, names, _missing(sheets, files))


def _missing(sheets: Mapping[str, _Sheet], files: Container[str]) -> list[str]:
    return [
        f"{shown(name)} refers to {shown(address)}, which is no static file; it is left as it is"
        for name, sheet in sheets.items()
        for target, address in sheet.targets.items()
        if target not in files
    ]


def _read(name: str, path: Path, static_url: str) -> _Sheet:
    content = read_whole(path)
    targets: dict[str, str] = {}
    for reference, address in _addresses(name, content, static_url):
        targets.setdefault(address.name, reference.address)
    return _Sheet(content, targets)


def _addresses(name: str, content: bytes, static_url: str) -> Iterator[tuple[Reference, Address]]:
    """Yield those that lead to a static file, in their order; none is kept, for there may be a million."""
    for reference in references(content):
        address = read_address(reference.address, name, static_url)
        if address is not None:
            yield reference, address


def _digest_of_all(name: str, sheets: Mapping[str, _Sheet], digests: Mapping[str, bytes]) -> bytes:
    hashed = sha256(digests[name])
    for each in sorted(_reached(name, sheets)):
        if each in digests:
            hashed.update(each.encode("utf-8", "surrogateescape") + b"\0" + digests[each])
    return hashed.digest()


def _reached(name: str, sheets: Mapping[str, _Sheet]) -> set[str]:
    """Return every name that a sheet leads to, itself where it is part of a circle."""
    reached: set[str] = set()
    pending: Iterable[str] = [name]
    while pending:
        targets = {target for each in pending if each in sheets for target in sheets[each].targets}
        pending = targets - reached
        reached |= pending
    return reached


def _rewritten(name: str, content: bytes, names: Mapping[str, str], static_url: str) -> bytes:
    found = _addresses(name, content, static_url)
    return replaced(
        content, ((reference, each.of(names[each.name])) for reference, each in found if each.name in names)
    )


def _hashed_name(name: str, digest: bytes) -> str:
    folder, slash, last = name.rpartition("/")
    stem, dot, suffix = last.rpartition(".")
    mark = digest.hex()[:_LENGTH]
    return folder + slash + (f"{stem}.{mark}{dot}{suffix}" if stem else f"{last}.{mark}")
