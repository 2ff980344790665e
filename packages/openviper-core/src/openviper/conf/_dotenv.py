"""Reading a ``.env`` file: ``KEY=value``, quotes, ``#``, ``export``; nothing is expanded."""

from __future__ import annotations

import re

from openviper.core.errors import ImproperlyConfigured

__all__ = ["parse_dotenv"]

ASSIGNMENT = re.compile(r"(?:export\s+)?(?P<key>[^\s=]*)\s*=\s*(?P<rest>.*)")
KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"')
SINGLE = re.compile(r"'([^']*)'")
# What follows a value: nothing, or a comment.
REST = re.compile(r"\s*(?:#.*)?")
COMMENT = re.compile(r"(?:^|\s)#.*")
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
    match = ASSIGNMENT.fullmatch(line)
    if match is None:
        raise ValueError("there is no '='; expected KEY=value, '# comment' or nothing")
    if not KEY.fullmatch(match["key"]):
        raise ValueError(f"{match['key']!r} is not a name (letters, digits and _ only); expected KEY=value")
    return match["key"], _value(match["rest"])


def _value(rest: str) -> str:
    if rest[:1] == "'":
        return _quoted(SINGLE.match(rest), rest, "'")
    if rest[:1] == '"':
        inner = _quoted(DOUBLE.match(rest), rest, '"')
        return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[0]), inner)
    return COMMENT.sub("", rest).strip()


def _quoted(match: re.Match[str] | None, rest: str, quote: str) -> str:
    if match is None:
        raise ValueError(f"a closing {quote} is missing")
    if not REST.fullmatch(rest, match.end()):
        raise ValueError(f"there is something behind the closing {quote} that is not a comment")
    return match[1]
