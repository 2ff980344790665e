"""The core's check of what the project and its environment call settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.conf._misspelt import misspelt_fields
from openviper.conf._problems import unknown_names
from openviper.core.checks import CheckMessage, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["check_setting_names"]


def check_setting_names() -> Iterator[CheckMessage]:
    """Report each setting of the project's own that was probably meant to be one that something reads.

    And each variable of the environment that no setting answers to.
    """
    for line in unknown_names():
        yield CheckMessage("openviper.core.unknown_variable", Severity.WARNING, line)
    for field, meant in misspelt_fields():
        yield CheckMessage(
            "openviper.core.setting_name",
            Severity.WARNING,
            f"{field} is no known setting; did you mean {meant!r}?",
            hint="if it is the project's own, a name that is less alike would not be mistaken",
        )
