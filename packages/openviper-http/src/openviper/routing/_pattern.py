"""Path templates: ``/users/{id:int}/files/{name:path}``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from openviper.core.imports import closest

from ._convertors import CONVERTORS, Convertor

__all__ = ["PathTemplate", "quote_path"]

PARAMETER = re.compile(r"\{([^{}]*)\}")

# What may stand unescaped in a path.
PATH_SAFE = "/:@!$&'()*+,;=~-._"


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """A parsed template: literal text and parameters, in turn, beginning and ending with text."""

    text: str
    literals: tuple[str, ...]
    params: tuple[tuple[str, Convertor], ...]
    #: The parameters' names, in order.
    names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(name for name, _ in self.params))

    @classmethod
    def parse(cls, text: str) -> PathTemplate:
        """Read a template.

        Raises:
            ValueError: It does not start with ``/``, a brace is not closed, a parameter's name is not an identifier or
                stands twice, its convertor is unknown, or nothing separates two parameters.
        """
        if not text.startswith("/"):
            raise ValueError(f"route path {text!r} does not start with '/'")
        pieces = PARAMETER.split(text)
        literals, declared = tuple(pieces[::2]), pieces[1::2]
        if any(brace in literal for literal in literals for brace in "{}"):
            raise ValueError(
                f"route path {text!r}: a brace is not closed; a parameter is written {{name}} or {{name:int}}"
            )
        if any(not literal for literal in literals[1:-1]):
            raise ValueError(f"route path {text!r}: nothing separates two parameters")
        params = tuple(_parse_parameter(each, text) for each in declared)
        names = [name for name, _ in params]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"route path {text!r}: parameter {name!r} stands twice")
        return cls(text, literals, params)

    def segments(self) -> list[PathTemplate]:
        """Cut at every slash; a parameter of type ``path`` ends the cutting, because its value holds slashes."""
        parts: list[PathTemplate] = []
        literals, params = [""], list[tuple[str, Convertor]]()
        for index, literal in enumerate(self.literals):
            head, *rest = literal.split("/")
            literals[-1] += head
            for part in rest:
                if any(convertor.name == "path" for _, convertor in params):
                    literals[-1] += "/" + part
                    continue
                parts.append(PathTemplate("", tuple(literals), tuple(params)))
                literals, params = [part], []
            if index < len(self.params):
                params.append(self.params[index])
                literals.append("")
        parts.append(PathTemplate("", tuple(literals), tuple(params)))
        # The first part stands before the leading slash.
        return parts[1:]

    def shape(self) -> str:
        """Return the template without the parameters' names: equal shapes match equal paths."""
        shape = self.literals[0]
        for (_, convertor), literal in zip(self.params, self.literals[1:], strict=True):
            shape += f"{{{convertor.name}}}{literal}"
        return shape

    def format(self, values: dict[str, Any]) -> str:
        """Return the path, percent-encoded (RFC 3986), for one value a parameter.

        Raises:
            ValueError: A parameter has no value, a value has no parameter, or the convertor refuses it.
        """
        if missing := [name for name in self.names if name not in values]:
            raise ValueError(f"{self.text!r} needs {', '.join(missing)}")
        if unknown := [name for name in values if name not in self.names]:
            raise ValueError(f"{self.text!r} has no parameter {unknown[0]!r}{closest(unknown[0], self.names)}")
        path = self.literals[0]
        for (name, convertor), literal in zip(self.params, self.literals[1:], strict=True):
            try:
                path += convertor.format(values[name]) + literal
            except (TypeError, ValueError) as error:
                raise ValueError(f"{name}={values[name]!r} does not fit {self.text!r}: {error}") from error
        return quote_path(path)


def quote_path(path: str) -> str:
    """Return ``path`` percent-encoded (RFC 3986, 3.3)."""
    return quote(path, safe=PATH_SAFE)


def _parse_parameter(declared: str, text: str) -> tuple[str, Convertor]:
    name, _, kind = declared.partition(":")
    if not name.isidentifier():
        raise ValueError(f"route path {text!r}: {declared!r} is not a parameter; write {{name}} or {{name:int}}")
    convertor = CONVERTORS.get(kind or "str")
    if convertor is None:
        known = ", ".join(CONVERTORS)
        raise ValueError(f"route path {text!r}: there is no convertor {kind!r}{closest(kind, CONVERTORS)} ({known})")
    return name, convertor
