"""What a server's answer to EHLO offers (RFC 5321, section 4.1.1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Extensions"]


@dataclass(frozen=True, slots=True)
class Extensions:
    """What a server can, as far as it matters here."""

    #: RFC 2920.
    pipelining: bool = False
    #: RFC 1870: the largest message in bytes; ``None``: not offered; 0: offered without a limit.
    size: int | None = None
    #: RFC 6152.
    eightbitmime: bool = False
    #: RFC 6531.
    smtputf8: bool = False
    #: Everything, by the keyword in upper case.
    offered: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, offered: Mapping[str, str]) -> Extensions:
        """Return them from keywords and parameters."""
        every = {keyword.upper(): parameters for keyword, parameters in offered.items()}
        return cls(
            pipelining="PIPELINING" in every,
            size=_size(every["SIZE"]) if "SIZE" in every else None,
            # RFC 6531, 3.1: whoever offers SMTPUTF8 has to offer 8BITMIME.
            eightbitmime="8BITMIME" in every or "SMTPUTF8" in every,
            smtputf8="SMTPUTF8" in every,
            offered=every,
        )


def _size(parameters: str) -> int:
    first = parameters.split(maxsplit=1)[0] if parameters.strip() else "0"
    # Twenty digits, RFC 1870, 4; what is none sets no limit.
    return int(first) if first.isascii() and first.isdigit() and len(first) <= 20 else 0
