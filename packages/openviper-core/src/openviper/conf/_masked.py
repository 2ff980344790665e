"""A value whose secrets are masked already: as Python shows it, and for JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = ["Items", "Masked", "Pairs", "Scalar"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """One that is not looked into."""

    text: str
    #: What JSON has in its place.
    json: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence or a set."""

    opening: str
    closing: str
    members: tuple[Masked, ...]

    @property
    def text(self) -> str:
        return f"{self.opening}{', '.join(each.text for each in self.members)}{self.closing}"

    @property
    def json(self) -> list[Any]:
        return [each.json for each in self.members]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A mapping, or the fields of an object."""

    opening: str
    between: str
    closing: str
    members: tuple[tuple[Masked, Masked], ...]

    @property
    def text(self) -> str:
        pairs = (f"{key.text}{self.between}{item.text}" for key, item in self.members)
        return f"{self.opening}{', '.join(pairs)}{self.closing}"

    @property
    def json(self) -> dict[str, Any]:
        # JSON has no other keys than text.
        return {
            key.json if isinstance(key, Scalar) and isinstance(key.json, str) else key.text: item.json
            for key, item in self.members
        }


Masked: TypeAlias = Scalar | Items | Pairs
