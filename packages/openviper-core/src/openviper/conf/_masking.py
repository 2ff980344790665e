"""How a value is shown in errors, explanations and reprs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from openviper.conf._secret import MASK

__all__ = ["shown"]

# Names whose plain value is no business of a log, whatever type the project gave them.
NAMES = re.compile(
    r"(?:^|[_\W])(?:PASS(?:WORD|WD|PHRASE)?|PWD|SECRETS?|TOKENS?|(?:API|PRIVATE)?KEYS?|CREDENTIALS?)(?:$|[_\W])",
    re.IGNORECASE,
)
# user:password@ of a URL, up to the last @ before a space: a password may hold @ and / itself.
CREDENTIALS = re.compile(r"(://[^\s:/?#@]*:)\S+(@)")
PARAMETERS = re.compile(r"([?&;](?:password|passwd|pwd|token|secret|api_?key|key)=)[^&;\s'\"]+", re.IGNORECASE)
# An error is one line, and a line is read.
LONGEST = 120


def shown(name: str, value: object) -> str:
    """Return ``repr(value)`` of the setting ``name``, secrets masked and cut to 120 characters."""
    text = repr(_masked(name, value))
    text = PARAMETERS.sub(rf"\1{MASK}", CREDENTIALS.sub(rf"\1{MASK}\2", text))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _masked(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _masked_mapping(value)
    if value and isinstance(value, (str, bytes)) and NAMES.search(name):
        return MASK
    if type(value) is list or type(value) is tuple:
        return _masked_items(name, value)
    return value


def _masked_mapping(value: Any) -> Any:
    return {key: _masked(str(key), item) for key, item in value.items()}


def _masked_items(name: str, value: Any) -> Any:
    return type(value)([_masked(name, item) for item in value])
