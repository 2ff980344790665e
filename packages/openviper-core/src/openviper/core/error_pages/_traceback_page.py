"""The traceback page of a project in debug mode."""

from __future__ import annotations

import platform
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from openviper.core.error_pages._log import printable
from openviper.core.error_pages._style import TRACEBACK_STYLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openviper.core.error_pages._frames import Frame
    from openviper.core.error_pages._traceback import Raised

__all__ = ["traceback_html"]

# The user's frames further away from the error than these are folded too.
_OPEN_FRAMES = 8


def traceback_html(request: str, request_id: str | None, chain: tuple[Raised, ...], plain: str) -> str:
    """Return the page.

    Args:
        request: Method and path.
        request_id: As in the log, if there is one.
        chain: What was raised, the latest first.
        plain: The same as text, to copy.
    """
    method, _, path = request.partition(" ")
    first, *others = chain
    identity = f" · request id {escape(request_id)}" if request_id else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(first.name)} at {escape(path)}</title><style>{TRACEBACK_STYLE}</style></head><body>"
        f"<header><p class=request><b>{escape(method)}</b> {escape(path)}</p>{_heading(first, 'h1')}</header>"
        f"<main>{_body(first)}{''.join(map(_link, others))}"
        f"<details class=plain><summary>The traceback as text, to copy</summary><pre>{_text(plain)}</pre></details>"
        "</main>"
        f"<footer>You see this page because <code>DEBUG</code> is on. Python {platform.python_version()}{identity}"
        "</footer></body></html>\n"
    )


def _link(raised: Raised) -> str:
    return f"<p class=relation>{raised.relation}:</p>{_heading(raised, 'h2')}{_body(raised)}"


def _heading(raised: Raised, tag: str) -> str:
    module = f"<small>{escape(raised.module)}.</small>" if raised.module else ""
    message = f"<p class=message>{_text(raised.message)}</p>" if raised.message else ""
    notes = "".join(f"<p class=note>{_text(note)}</p>" for note in raised.notes)
    return f"<{tag}>{module}{escape(raised.name)}</{tag}>{message}{notes}"


def _body(raised: Raised) -> str:
    frames = f"<div class=frames>{_frames(raised.frames)}</div>" if raised.frames else ""
    return frames + "".join(map(_part, raised.parts)) + _gap(raised.parts_left_out, "exceptions")


def _part(chain: tuple[Raised, ...]) -> str:
    first, *others = chain
    return f"<section class=part>{_heading(first, 'h3')}{_body(first)}{''.join(map(_link, others))}</section>"


def _frames(frames: tuple[Frame, ...]) -> str:
    # An error all of whose frames are library code is shown where it was raised.
    any_own = any(not frame.library for frame in frames)
    shown: list[str] = []
    count = 0
    for folded, group in groupby(frames, key=lambda frame: bool(frame.library) and (any_own or frame is not frames[0])):
        if folded:
            shown.append(_folded(list(group)))
            continue
        for frame in group:
            shown.append(_frame(frame, opened=count < _OPEN_FRAMES))
            count += 1
    return "".join(shown)


def _folded(frames: list[Frame]) -> str:
    names = ", ".join(dict.fromkeys(frame.library for frame in frames))
    count = f"{len(frames)} frame{'s' if len(frames) > 1 else ''} in {names}"
    return f"<details class=library><summary>{escape(count)}</summary>{_each(frames)}</details>"


def _each(frames: Iterable[Frame]) -> str:
    return "".join(_frame(frame, opened=True) for frame in frames)


def _frame(frame: Frame, *, opened: bool) -> str:
    name = f" <i>in {escape(frame.name)}</i>" if frame.name else ""
    lines = "".join(_line(frame, number, text) for number, text in frame.source)
    return (
        f"{_gap(frame.left_out, 'frames')}"
        f"<details class=frame{' open' if opened else ''}><summary class=where>"
        f"<b>{escape(printable(frame.path))}</b>:{frame.line}{name}</summary>"
        f"{f'<pre>{lines}</pre>' if lines else ''}</details>"
    )


def _line(frame: Frame, number: int, text: str) -> str:
    if number != frame.line:
        return f"<span><i>{number}</i>{_text(text)}</span>"
    if frame.columns:
        start, end = frame.columns
        text = f"{_text(text[:start])}<mark>{_text(text[start:end])}</mark>{_text(text[end:])}"
    else:
        text = _text(text)
    return f"<span class=hit><i>{number}</i>{text}</span>"


def _gap(count: int, what: str) -> str:
    return f"<p class=gap>{count:,} more {what} left out</p>" if count else ""


def _text(text: str) -> str:
    """Escape markup, and make visible what would not show or would show something else than it is."""
    return escape("\n".join("\t".join(map(printable, line.split("\t"))) for line in text.split("\n")))
