"""How a value is shown in errors, explanations and reprs."""

from __future__ import annotations

__all__ = ["shown"]

# An error is one line, and a line is read.
LONGEST = 120


def shown(name: str, value: object) -> str:
    """Return ``repr(value)`` of the setting ``name``, secrets masked and cut to 120 characters."""
    # Its patterns cost more than all of this package, and most processes never show a setting.
    from openviper.conf._masking import masked  # noqa: PLC0415

    text = masked(name, value).text
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
