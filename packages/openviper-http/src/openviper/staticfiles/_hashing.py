"""Names that hold a hash of the content, and style sheets that use them.

The hash of a style sheet is that of its content and of every file that it leads to, through other sheets too: where one
of them changes, so does its name. It needs no order, so sheets may import each other in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
    #: Those that lead to a static file, in their order.
    addresses: list[tuple[Reference, Address]]


def hash_files(files: Mapping[str, Path], static_url: str) -> Hashed:
    """Return each file under a name with a hash; in style sheets the addresses of such files are replaced.

    An address that leads to no file is left as it is.

    Raises:
        StaticFilesError: A file cannot be read.
    """
    sheets = {name: _read(name, path, static_url) for name, path in files.items() if name.lower().endswith(".css")}
    missing = [each for name, sheet in sheets.items() for each in _missing(name, sheet, files)]
    digests = {
        name: sha256(sheets[name].content).digest() if name in sheets else digest_of(path)
        for name, path in files.items()
    }
    names = {name: _hashed_name(name, digest) for name, digest in digests.items()}
    for name in sheets:
        names[name] = _hashed_name(name, _digest_of_all(name, sheets, digests))
    outputs = [
        Output(names[name], name, path, content=_rewritten(sheets[name], names))
        if name in sheets
        else Output(names[name], name, path, digest=digests[name])
        for name, path in files.items()
    ]
    return Hashed(outputs, names, missing)


def _read(name: str, path: Path, static_url: str) -> _Sheet:
    content = read_whole(path)
    read = ((each, read_address(each.address, name, static_url)) for each in references(content))
    return _Sheet(content, [(reference, address) for reference, address in read if address is not None])


def _missing(name: str, sheet: _Sheet, files: Mapping[str, Path]) -> Iterator[str]:
    # Once for each file, however often it is named.
    for reference, address in {address.name: (reference, address) for reference, address in sheet.addresses}.values():
        if address.name not in files:
            yield f"{shown(name)} refers to {shown(reference.address)}, which is no static file; it is left as it is"


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
        targets = {address.name for each in pending if each in sheets for _, address in sheets[each].addresses}
        pending = targets - reached
        reached |= pending
    return reached


def _rewritten(sheet: _Sheet, names: Mapping[str, str]) -> bytes:
    known = ((reference, address) for reference, address in sheet.addresses if address.name in names)
    return replaced(sheet.content, ((reference, address.of(names[address.name])) for reference, address in known))


def _hashed_name(name: str, digest: bytes) -> str:
    folder, slash, last = name.rpartition("/")
    stem, dot, suffix = last.rpartition(".")
    mark = digest.hex()[:_LENGTH]
    return folder + slash + (f"{stem}.{mark}{dot}{suffix}" if stem else f"{last}.{mark}")
