"""What a setting is, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Explanation"]


@dataclass(frozen=True, repr=False)
class Explanation:
    """One setting: its value, where that came from, and its type. As text it is one line, secrets masked."""

    name: str
    #: The value itself; masked only where it is printed.
    value: Any
    #: ``"mysite.settings"``; ``"OPENVIPER_PORT, environment"``; ``"OPENVIPER_PORT, .env, line 3"``; ``"default"``;
    #: ``"computed by Settings in mysite.settings"``; ``"override_settings"``.
    source: str
    type_name: str

    def __str__(self) -> str:
        from openviper.conf._masking import shown  # noqa: PLC0415 - its patterns cost more than all of this package

        return f"{self.name}: {self.type_name} = {shown(self.name, self.value)} ({self.source})"

    def __repr__(self) -> str:
        return f"<Explanation {self}>"
