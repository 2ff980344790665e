"""Reading a ``.env`` file: ``KEY=value``, quotes, ``#``, ``export``; nothing is expanded."""

from __future__ import annotations

import re

from openviper.core.errors import ImproperlyConfigured

__all__ = ["parse_dotenv"]

# Compiled by the few whose file has such a value.
DOUBLE = r'"((?:[^"\\]|\\.)*)"'
COMMENT = r"(?:^|\s)#.*"
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def parse_dotenv(text: str, where: str) -> dict[str, tuple[str, int]]:
    """Return each key with its value and line; the last line that names a key counts.

    Single quotes keep everything; in double quotes ``\\n``, ``\\t``, ``\\r``, ``\\"`` and ``\\\\`` are escapes, and
    any other backslash stays: ``"C:\\work"``. Without quotes a value ends before `` #``.

    Raises:
        ImproperlyConfigured: A line is none of this; every such line, with its number and never with its value.
    """
    found: dict[str, tuple[str, int]] = {}
    problems: list[str] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        try:
            key, value = _assignment(stripped)
        except ValueError as error:
            problems.append(f"{where}, line {number}: {error}")
        else:
            found[key] = (value, number)
    if problems:
        raise ImproperlyConfigured("\n".join(problems))
    return found


def _assignment(line: str) -> tuple[str, str]:
    head, equals, rest = line.partition("=")
    words = head.split()
    if words[:1] == ["export"] and head != "export":
        del words[0]
    if not equals or len(words) > 1:
        raise ValueError("there is no '='; expected KEY=value, '# comment' or nothing")
    key = "".join(words)
    if not (key.isascii() and key.isidentifier()):
        raise ValueError(f"{key!r} is not a name (letters, digits and _ only); expected KEY=value")
    return key, _value(rest.lstrip())


def _value(rest: str) -> str:
    if rest[:1] == "'":
        inner, end, behind = rest[1:].partition("'")
        return _closed(inner, behind if end else None, "'")
    if rest[:1] == '"':
        found = re.match(DOUBLE, rest)
        text = _closed(found[1] if found else "", rest[found.end() :] if found else None, '"')
        return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[0]), text)
    return re.sub(COMMENT, "", rest).strip() if "#" in rest else rest.strip()


def _closed(inner: str, behind: str | None, quote: str) -> str:
    """Return what stands between quotes; ``behind`` is ``None`` where the second of them is missing."""
    if behind is None:
        raise ValueError(f"a closing {quote} is missing")
    # Nothing, or a comment.
    if behind.strip() and not behind.lstrip().startswith("#"):
        raise ValueError(f"there is something behind the closing {quote} that is not a comment")
    return inner
