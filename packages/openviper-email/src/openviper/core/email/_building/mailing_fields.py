"""Fields by which programs know mail that nobody wrote: ``List-Unsubscribe`` and ``Auto-Submitted``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from openviper.core.email._building.characters import check_text, quoted
from openviper.core.email.errors import HeaderError

__all__ = ["auto_submitted_header", "check_auto_submitted", "check_list_unsubscribe", "list_unsubscribe_headers"]

_TARGET = re.compile(r"https://[^/?#]|mailto:[^?]+@[^?]", re.IGNORECASE)
_TARGETS = re.compile(r"<[^<>]*>(?: *, *<[^<>]*>)*")
_KINDS = frozenset({"auto-generated", "auto-replied", "auto-notified", "no"})
_KINDS_SHOWN = "'auto-generated', 'auto-replied', 'auto-notified' or 'no'"


def list_unsubscribe_headers(targets: str | Iterable[str], *, one_click: bool = True) -> tuple[tuple[str, str], ...]:
    """Return ``List-Unsubscribe`` and, for one click, ``List-Unsubscribe-Post`` (RFC 2369, RFC 8058).

    Args:
        targets: ``https:`` URLs, ``mailto:`` URLs, or one of them; the first is tried first.
        one_click: The ``https:`` URL unsubscribes at a POST, without a question. Gmail and Yahoo want that.

    Raises:
        HeaderError: A target is neither, or has characters that a URL does not; or one click has no ``https:`` URL.
    """
    if not isinstance(targets, str) and (isinstance(targets, bytes) or not isinstance(targets, Iterable)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise HeaderError(f"list_unsubscribe={quoted(targets)} is of type {type(targets).__name__}; expected URLs")
    urls = (targets,) if isinstance(targets, str) else tuple(targets)
    if not urls:
        raise HeaderError(f"list_unsubscribe={quoted(targets)} is empty; expected an https: or a mailto: URL")
    for url in urls:
        _check_target(url, "list_unsubscribe")
    if one_click and not any(url.lower().startswith("https:") for url in urls):
        raise HeaderError(f"list_unsubscribe={quoted(targets)} has no https: URL; one click needs one (RFC 8058)")
    listed = ("List-Unsubscribe", ", ".join(f"<{url}>" for url in urls))
    return (listed, ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")) if one_click else (listed,)


def check_list_unsubscribe(value: str, place: str) -> None:
    """Refuse a value of ``List-Unsubscribe`` that :func:`list_unsubscribe_headers` would not write.

    Raises:
        HeaderError: It is not ``<URL>``, or several of them with commas.
    """
    if not _TARGETS.fullmatch(value):
        raise HeaderError(f"{place}={quoted(value)}; expected <https://...> or <mailto:...>, or several with commas")
    for url in re.findall("<([^<>]*)>", value):
        _check_target(url, place)


def check_auto_submitted(value: str, place: str) -> None:
    """Refuse a value of ``Auto-Submitted`` that RFC 3834 and RFC 5436 do not have; parameters may follow it.

    Raises:
        HeaderError: It is another word.
    """
    if value.partition(";")[0].strip(" ").lower() not in _KINDS:
        raise HeaderError(f"{place}={quoted(value)}; expected {_KINDS_SHOWN}")


def _check_target(url: str, place: str) -> None:
    check_text(url, place)
    if not url.isascii() or any(char in url for char in ' <>,"') or len(url) > 900:
        raise HeaderError(
            f"{place}={quoted(url)}: expected up to 900 ASCII characters without spaces, commas, quotes and "
            "angle brackets; others as %XX"
        )
    if "=?" in url:
        raise HeaderError(f"{place}={quoted(url)} has '=?', which mail programs decode; write =%3F")
    if not _TARGET.match(url):
        raise HeaderError(f"{place}={quoted(url)}: expected an https: or a mailto: URL")


def auto_submitted_header(
    value: Literal["auto-generated", "auto-replied", "auto-notified", "no"] = "auto-generated",
) -> tuple[str, str]:
    """Return ``Auto-Submitted``, at which out-of-office programs do not answer (RFC 3834, RFC 5436).

    Raises:
        HeaderError: ``value`` is none of those.
    """
    if not isinstance(value, str) or value not in _KINDS:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise HeaderError(f"auto_submitted={quoted(value)}; expected {_KINDS_SHOWN}")
    return "Auto-Submitted", value
