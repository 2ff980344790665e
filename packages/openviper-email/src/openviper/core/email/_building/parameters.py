"""File names beyond ASCII, and long ones: ``filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf`` (RFC 2231)."""

from __future__ import annotations

import re
from urllib.parse import quote

__all__ = ["filename_parameters"]

# Quoted without a backslash in it, which some programs show, or a space at an end, which some take off.
_SIMPLE = re.compile(r"(?! )[A-Za-z0-9!#$&'()*+,./:;@^_`{|}~ -]{1,60}(?<! )")
_UNFIT = re.compile(r'[^ !#-\[\]-~]|["\\%=?]')
# Of the value of one parameter, so that the line has at most 76.
_PIECE = 54
_FALLBACK = 40
_SUFFIX = 20


def filename_parameters(filename: str) -> list[str]:
    """Return the parameters of ``Content-Disposition`` for a name, each to be put on a line of its own.

    A name that is not short and ASCII is given in UTF-8, and for programs that do not read RFC 2231 once more with
    underscores.
    """
    if _SIMPLE.fullmatch(filename):
        return [f'filename="{filename}"']
    encoded = quote(filename, safe="!#$&+-.^_`{|}~")
    fallback = f'filename="{_shortened(_UNFIT.sub("_", filename))}"'
    if len(encoded) <= _PIECE:
        return [f"filename*=utf-8''{encoded}", fallback]
    pieces = _pieces(encoded)
    first, others = f"filename*0*=utf-8''{pieces[0]}", enumerate(pieces[1:], 1)
    return [first, *(f"filename*{number}*={piece}" for number, piece in others), fallback]


def _pieces(encoded: str) -> list[str]:
    pieces: list[str] = []
    while len(encoded) > _PIECE:
        end = _PIECE
        # Not within %XX; that characters of several bytes are cut is allowed, as they are decoded together.
        while "%" in encoded[end - 2 : end]:
            end -= 1
        pieces.append(encoded[:end])
        encoded = encoded[end:]
    return [*pieces, encoded]


def _shortened(name: str) -> str:
    # What the end of a name is decides what opens it: it is the real one, or none.
    if len(name) <= _FALLBACK:
        return name
    stem, dot, suffix = name.rpartition(".")
    if dot and len(suffix) <= _SUFFIX:
        return f"{stem[: _FALLBACK - len(suffix) - 1]}.{suffix}"
    return name[:_FALLBACK].replace(".", "_")
