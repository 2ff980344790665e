"""Names of attachments: those that users give are checked, those that servers give are made to fit."""

from __future__ import annotations

import re

from openviper.core.email.errors import AttachmentError

__all__ = ["check_content_id", "check_filename", "fit_filename"]

_LONGEST = 255
# What shows nothing. Marks of direction show ``<RLM>pdf.<RLM>exe`` as ``exe.pdf`` (Unicode Standard Annex 9); honest
# names have some too, and lose nothing with them. The joiners of Persian and of emoji are not among these.
_UNSEEN = re.compile("[\\r\\n\\u061c\\u200b\\u200e\\u200f\\u2060\\ufeff]")
# Controls, separators of lines, what turns the direction of text (``exe.fdp`` shown as ``pdf.exe``), halves of
# characters, and folders (RFC 2183, section 2.3).
_UNFIT = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff/\\\\]")
_CONTENT_ID = re.compile(r"[A-Za-z0-9!#$&'*+/=?^_`{|}~.@-]{1,255}")


def check_filename(given: object) -> str:
    """Return a name without CR, LF and what shows nothing: marks of direction, spaces without width.

    Raises:
        AttachmentError: It has folders, other controls or overrides of direction, or is empty, or longer than 255
            characters.
    """
    if not isinstance(given, str):
        raise AttachmentError(f"filename={given!r:.300} is a {type(given).__name__}; expected a str")
    name = _UNSEEN.sub("", given)
    unfit = _UNFIT.search(name)
    if unfit:
        raise AttachmentError(f"filename={given!r:.300} has {unfit[0]!r}; expected a name without folders and controls")
    if not 0 < len(name) <= _LONGEST or name in {".", ".."}:
        raise AttachmentError(
            f"filename={given!r:.300} is no name of a file; expected one to {_LONGEST} characters, not '.' or '..'"
        )
    return name


def fit_filename(given: str) -> str | None:
    """Return the last part of a name from elsewhere, without what :func:`check_filename` refuses; ``None``: nothing.

    Dots and spaces at both ends go too (RFC 6266, section 4.3).
    """
    name = _UNFIT.sub("", _UNSEEN.sub("", re.split(r"[/\\]", given)[-1])).strip(". \t")
    if len(name) <= _LONGEST:
        return name or None
    stem, dot, extension = name.rpartition(".")
    end = dot + extension if stem and len(extension) <= 16 else ""
    return name[: _LONGEST - len(end)] + end


def check_content_id(given: object) -> None:
    """Refuse what cannot stand in ``Content-ID: <...>``, or would have to be quoted in ``cid:`` (RFC 2392).

    Raises:
        AttachmentError: It cannot.
    """
    if not isinstance(given, str) or not _CONTENT_ID.fullmatch(given):
        raise AttachmentError(
            f"content_id={given!r:.300} is no id; expected up to 255 ASCII letters, digits and marks, without <, > and "
            "spaces: content_id='logo' is shown by <img src=\"cid:logo\">"
        )
