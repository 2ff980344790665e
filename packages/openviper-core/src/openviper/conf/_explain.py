"""What a setting is, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from openviper.conf._shown import shown

__all__ = ["DEFAULT", "Explanation", "SettingsReport"]

#: The source of a value that nobody gave.
DEFAULT = "default"


@dataclass(frozen=True, repr=False)
class Explanation:
    """One setting: its value, where that came from, and its type. As text it is one line, secrets masked."""

    name: str
    #: The value itself, masked only where it is printed; that of a field with ``repr=False`` as a ``Secret``.
    value: Any
    #: ``"mysite.settings"``; ``"OPENVIPER_PORT, environment"``; ``"OPENVIPER_PORT, .env, line 3"``; ``"default"``;
    #: ``"computed by Settings in mysite.settings"``; ``"override_settings"``.
    source: str
    type_name: str
    #: Why there is no value that can be used, in a line that names where it came from; ``value`` is then ``None`` and
    #: ``source`` empty. Only :func:`explain_settings` gives such a one.
    problem: str = ""

    @property
    def is_default(self) -> bool:
        """Whether nobody gave it a value."""
        return self.source == DEFAULT

    @property
    def masked_text(self) -> str:
        """``repr(value)``, secrets masked, whole however long it is."""
        from openviper.conf._masking import masked  # noqa: PLC0415 - its patterns cost more than all of this package

        return masked(self.name, self.value).text

    @property
    def masked_json(self) -> Any:
        """The value for ``json.dumps``, secrets masked.

        A set is a list and a dataclass an object; a path is text, a duration its seconds, and what JSON does not know
        its ``repr()``.
        """
        from openviper.conf._masking import masked  # noqa: PLC0415 - its patterns cost more than all of this package

        return masked(self.name, self.value).json

    def __str__(self) -> str:
        if self.problem:
            return f"{self.name}: {self.type_name} cannot be used: {self.problem}"
        return f"{self.name}: {self.type_name} = {shown(self.name, self.value)} ({self.source})"

    def __repr__(self) -> str:
        return f"<Explanation {self}>"


@dataclass(frozen=True, slots=True)
class SettingsReport:
    """Every setting of a project, whether or not it can be used."""

    #: By name, those of installed sections too.
    settings: tuple[Explanation, ...]
    #: What is wrong with no setting alone, a line each: what ``__post_init__`` refuses, sections that cannot be loaded.
    problems: tuple[str, ...]
