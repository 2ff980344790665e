"""What a middleware was given: its arguments, behind them the settings, and what either may be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple, TypeVar, cast

from openviper.conf import ImproperlyConfigured, section, settings
from openviper.core.imports import closest
from openviper.middleware._tokens import is_token

__all__ = ["Option", "Options"]

Read = TypeVar("Read")


class Option(NamedTuple):
    """A value, and the name under which it was given; as text both, to begin an error sentence with."""

    value: Any
    place: str

    def __str__(self) -> str:
        return f"{self.place}={self.value!r}"

    def refused(self, expected: str) -> ImproperlyConfigured:
        """Return the error that says what would be accepted."""
        return ImproperlyConfigured(f"{self}; expected {expected}")

    def flag(self) -> bool:
        """Return the value.

        Raises:
            ImproperlyConfigured: It is no bool: the text ``"false"`` would be true.
        """
        if not isinstance(self.value, bool):
            raise self.refused("True or False")
        return self.value

    def whole(self, expected: str, *, least: int = 0) -> int:
        """Return the value.

        Raises:
            ImproperlyConfigured: It is no int, or less than ``least``; ``expected`` says what it counts.
        """
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < least:
            raise self.refused(expected)
        return self.value

    def one_of(self, choices: Collection[str], also: str = "") -> str:
        """Return the value.

        Raises:
            ImproperlyConfigured: It is none of ``choices``; ``also`` says what else would be accepted.
        """
        if not isinstance(self.value, str) or self.value not in choices:
            raise self.refused(f"one of {', '.join(map(repr, choices))}{also}{closest(str(self.value), choices)}")
        return self.value

    def token(self, expected: str) -> str:
        """Return the value.

        Raises:
            ImproperlyConfigured: It is no token (RFC 9110, 5.6.2); ``expected`` says what it names.
        """
        if not isinstance(self.value, str) or not is_token(self.value.encode("utf-8", "backslashreplace")):
            raise self.refused(f"{expected}, of ASCII letters, digits and !#$%&'*+-.^_`|~")
        return self.value

    def items(self) -> list[Option]:
        """Return the items of the value, each with its own place.

        Raises:
            ImproperlyConfigured: It is no sequence or set, or one string, which is a sequence of its characters.
        """
        value = self.value
        if isinstance(value, str):
            raise ImproperlyConfigured(f"{self} is one string; expected a sequence: ({value!r},)")
        if isinstance(value, bytes) or not isinstance(value, Sequence | AbstractSet):
            raise self.refused("a sequence")
        items = cast("Collection[Any]", value)
        return [Option(item, f"{self.place}[{index}]") for index, item in enumerate(items)]

    def each(self, read: Callable[[Option], Read]) -> list[Read]:
        """Return what ``read`` makes of each item.

        Raises:
            ImproperlyConfigured: It refused some; the message has what it said of each.
        """
        results: list[Read] = []
        problems: list[str] = []
        for item in self.items():
            try:
                results.append(read(item))
            except ImproperlyConfigured as error:
                problems.append(str(error))
        if problems:
            raise ImproperlyConfigured("; also ".join(problems))
        return results

    def strings(self) -> tuple[str, ...]:
        """Return the items of the value.

        Raises:
            ImproperlyConfigured: It is no sequence or set of strings.
        """
        return tuple(self.each(Option.text))

    def text(self) -> str:
        """Return the value.

        Raises:
            ImproperlyConfigured: It is no string.
        """
        if not isinstance(self.value, str):
            raise self.refused("a str")
        return self.value


class Options:
    """The arguments of a middleware, and behind each the setting.

    Args:
        arguments: By name, as ``locals()`` has them; ``None``: as the setting has it.
        settings_class: The section that the settings belong to.
        prefix: What comes before an argument's name in the setting's.
        others: The names of settings that are called otherwise, by argument.
    """

    def __init__(
        self,
        arguments: Mapping[str, Any],
        settings_class: type[Any],
        prefix: str,
        others: Mapping[str, str] | None = None,
    ) -> None:
        self._arguments = arguments
        self._settings_class = settings_class
        self._prefix = prefix
        self._others = others or {}

    def __getitem__(self, name: str) -> Option:
        """Return an argument, else its setting."""
        given = self._arguments.get(name)
        if given is not None:
            return Option(given, name)
        setting = self._others.get(name) or f"{self._prefix}{name.upper()}"
        return Option(getattr(section(self._settings_class), setting), setting)

    def project(self, name: str) -> Option:
        """Return an argument, else the setting of every project that has its name: ``ALLOWED_HOSTS``."""
        given = self._arguments.get(name)
        return Option(getattr(settings, name.upper()), name.upper()) if given is None else Option(given, name)
