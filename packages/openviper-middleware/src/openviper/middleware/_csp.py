"""Content-Security-Policy as settings write it down, checked, and as it is sent.

The names are those of CSP Level 3 (W3C), and of the specifications that add to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from openviper.conf import ImproperlyConfigured
from openviper.core.imports import closest

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["NONCE", "CSPHeader", "read_csp"]

#: The source that stands for each request's own nonce.
NONCE = "'nonce'"

_SOURCES = frozenset(
    """child-src connect-src default-src fenced-frame-src font-src frame-src img-src manifest-src media-src
    object-src prefetch-src script-src script-src-attr script-src-elem style-src style-src-attr style-src-elem
    worker-src base-uri form-action frame-ancestors""".split()  # noqa: SIM905 - one name a line would hide the rest of the file
)
_EMPTY = frozenset({"upgrade-insecure-requests", "block-all-mixed-content"})
_MAY_BE_EMPTY = _EMPTY | {"sandbox", "trusted-types"}
_DIRECTIVES = _SOURCES | _MAY_BE_EMPTY | {"report-to", "report-uri", "require-trusted-types-for", "webrtc"}
_WITH_NONCE = frozenset({"default-src", "script-src", "script-src-elem", "style-src", "style-src-elem"})

_KEYWORDS = frozenset(
    """'inline-speculation-rules' 'none' 'report-sample' 'report-sha256' 'report-sha384' 'report-sha512' 'self'
    'strict-dynamic' 'trusted-types-eval' 'unsafe-eval' 'unsafe-hashes' 'unsafe-inline' 'wasm-unsafe-eval'""".split()  # noqa: SIM905 - one name a line would hide the rest of the file
) | {NONCE}
_BARE_KEYWORDS = frozenset(keyword.strip("'") for keyword in _KEYWORDS)
_HASH = re.compile(r"'sha(?:256|384|512)-[A-Za-z0-9+/_-]+={0,2}'")
_VALUE = re.compile(r"[!-+\--:<-~]+")


class CSPHeader:
    """A policy as it is sent.

    Args:
        header: The header's name, in lower case.
        directives: Directive -> its sources, ``'nonce'`` among them.
    """

    __slots__ = ("_parts", "header", "plain")

    def __init__(self, header: bytes, directives: Mapping[str, Sequence[str]]) -> None:
        self.header = header
        #: What is sent where nobody read the nonce.
        self.plain = _written({name: _without_nonce(sources) for name, sources in directives.items()})
        self._parts = _written(directives).split(NONCE.encode("ascii"))

    @property
    def has_nonce(self) -> bool:
        """Whether a directive has the source ``'nonce'``."""
        return len(self._parts) > 1

    def with_nonce(self, nonce: str) -> bytes:
        """Return what is sent where the nonce was read."""
        return (b"'nonce-%b'" % nonce.encode("ascii")).join(self._parts)


def _without_nonce(sources: Sequence[str]) -> Sequence[str]:
    left = [source for source in sources if source != NONCE]
    # An empty list means the same, and looks like a mistake.
    return ["'none'"] if sources and not left else left


def _written(directives: Mapping[str, Sequence[str]]) -> bytes:
    return "; ".join(" ".join((name, *sources)) for name, sources in directives.items()).encode("ascii")


def read_csp(policy: object, place: str) -> dict[str, list[str]]:
    """Return directive -> sources.

    Args:
        policy: ``"default-src 'self'; img-src *"``, or a mapping of directives: to a string of sources, to a sequence
            of them, or to ``None`` where the directive has no value.
        place: Where it stands, for error sentences.

    Raises:
        ImproperlyConfigured: It is neither, or browsers would not understand it as it is meant.
    """
    directives: dict[str, list[str]] = {}
    for name, value in _pairs(policy, place):
        directive = name.lower()
        if directive not in _DIRECTIVES:
            raise ImproperlyConfigured(
                f"{place} has {name!r}, which is no directive of Content-Security-Policy"
                f"{closest(directive.replace('_', '-'), _DIRECTIVES)}"
            )
        if directive in directives:
            raise ImproperlyConfigured(f"{place} has {name!r} twice; browsers obey the first alone")
        directives[directive] = _checked(directive, value, f"{place}[{directive!r}]")
    return directives


def _pairs(policy: object, place: str) -> Iterable[tuple[str, object]]:
    if isinstance(policy, str):
        parts = [part.split(None, 1) for part in policy.split(";") if part.strip()]
        return [(part[0], part[1] if len(part) > 1 else None) for part in parts]
    if not isinstance(policy, Mapping):
        raise ImproperlyConfigured(f"{place}={policy!r} is no policy; expected a dict of directives, or a string")
    pairs = cast("Mapping[object, object]", policy)
    for name in pairs:
        if not isinstance(name, str):
            raise ImproperlyConfigured(f"{place} has {name!r}, which is no directive; expected a str")
    return cast("Mapping[str, object]", policy).items()


def _checked(directive: str, value: object, place: str) -> list[str]:
    sources = [source.lower() if source.lower() in _KEYWORDS else source for source in _listed(value, place)]
    for source in sources:
        if not _VALUE.fullmatch(source):
            raise ImproperlyConfigured(
                f"{place} has {source!r}; expected ASCII without white space, semicolon and comma"
            )
    if directive in _EMPTY and sources:
        raise ImproperlyConfigured(f"{place}={value!r}: this directive has no value; expected None")
    if directive not in _MAY_BE_EMPTY and not sources:
        raise ImproperlyConfigured(f"{place}={value!r} has no value; leave the directive out, or name \"'none'\"")
    if directive in _SOURCES:
        _check_sources(directive, sources, place)
    return sources


def _listed(value: object, place: str) -> list[str]:
    if value is None or value is True:
        return []
    if isinstance(value, str):
        return value.split()
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        sources = cast("Sequence[object]", value)
        if all(isinstance(source, str) for source in sources):
            return list(cast("Sequence[str]", sources))
    raise ImproperlyConfigured(f"{place}={value!r} is neither a str nor a sequence of them")


def _check_sources(directive: str, sources: list[str], place: str) -> None:
    for source in sources:
        problem = _problem(source.lower(), directive)
        if problem:
            raise ImproperlyConfigured(f"{place} has {source!r}; {problem}")
    if "'none'" in sources and len(sources) > 1:
        raise ImproperlyConfigured(f"{place} has \"'none'\" beside others, and browsers ignore it there")


def _problem(source: str, directive: str) -> str:
    """Return what is wrong with one source, in lower case; ``""``: nothing."""
    if source in _BARE_KEYWORDS:
        return f"without quotes it is a host; expected \"'{source}'\""
    if not source.startswith("'"):
        return "it has a quote in it" if "'" in source else ""
    if source.startswith("'nonce-"):
        return f'a nonce that stays the same protects nothing; expected "{NONCE}", each request\'s own'
    if source == NONCE and directive not in _WITH_NONCE:
        return f"browsers look for nonces in {', '.join(sorted(_WITH_NONCE))} alone"
    if source in _KEYWORDS or _HASH.fullmatch(source):
        return ""
    return f"there is no such keyword{closest(source, _KEYWORDS)}"
