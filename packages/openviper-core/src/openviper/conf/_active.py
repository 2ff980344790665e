"""The overrides that are in force, in the order in which they were entered."""

from __future__ import annotations

from dataclasses import fields
from threading import RLock
from typing import TYPE_CHECKING, Any

from openviper.conf._conform import UnacceptableError, conform
from openviper.conf._environment import read_environment
from openviper.conf._installed import installed_sections, section_of
from openviper.conf._project import PROJECT, State, build
from openviper.conf._resolve import Given, declaration, field_hints, shown_value
from openviper.conf._shown import shown
from openviper.core.errors import ImproperlyConfigured
from openviper.core.imports import closest

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Entered", "enter", "leave"]

LOCK = RLock()
SOURCE = "override_settings"


class Entered:
    """One ``with override_settings(...)`` block that is running."""

    def __init__(self, given: Mapping[str, Given]) -> None:
        self.given = given
        #: What is in force inside; ``None`` once a block further out has ended before this one.
        self.state: State | None = None


# Blocks of one task end in reverse order; those of concurrent tasks end in any.
ENTERED: list[Entered] = []
# What was in force before the first of them, with the sections read until then.
OUTSIDE: list[State] = []


def enter(values: Mapping[str, Any], sections: tuple[type[Any], ...]) -> Entered:
    """Put ``values`` in force on top of what is.

    Raises:
        ImproperlyConfigured: A name is no setting, or a value does not suit; nothing has changed then.
    """
    with LOCK:
        before = PROJECT.state(SOURCE)
        entered = Entered(_checked(values, sections, before))
        entered.state = _built(before, [*ENTERED, entered])
        if not ENTERED:
            OUTSIDE[:] = [before]
        ENTERED.append(entered)
        PROJECT.replace(entered.state)
        return entered


def leave(entered: Entered) -> None:
    """Take the values of one block away, and leave those of the others in force."""
    with LOCK:
        position = ENTERED.index(entered)
        del ENTERED[position]
        for later in ENTERED[position:]:
            later.state = None
        if not ENTERED:
            PROJECT.replace(OUTSIDE.pop())
            return
        last = ENTERED[-1]
        last.state = last.state or _built(OUTSIDE[0], ENTERED)
        PROJECT.replace(last.state)


def _built(base: State, blocks: list[Entered]) -> State:
    """The environment is read again: a test may have changed it."""
    merged = {name: given for block in blocks for name, given in block.given.items()}
    return build(base.found._replace(environment=read_environment()), merged)


def _checked(values: Mapping[str, Any], sections: tuple[type[Any], ...], state: State) -> dict[str, Given]:
    given: dict[str, Given] = {}
    problems: list[str] = []
    for name, value in values.items():
        given[name] = Given(value, SOURCE, name)
        owner = _declaring(name, state, sections)
        if owner is None:
            problems.append(f"{name}={shown(name, value)} ({SOURCE}) names no setting{_nearest(name, state, sections)}")
            continue
        try:
            conform(value, field_hints(owner)[name])
        except UnacceptableError as error:
            text = shown_value(owner, name, value)
            problems.append(f"{name}={text} ({SOURCE}) {error}; {declaration(owner, name)}")
    if problems:
        raise ImproperlyConfigured("\n".join(problems))
    return given


def _declaring(name: str, state: State, sections: tuple[type[Any], ...]) -> type[Any] | None:
    candidates = (state.found.cls, *sections, *state.sections)
    found = (cls for cls in candidates if any(each.name == name for each in fields(cls)))
    return next(found, None) or section_of(name)


def _nearest(name: str, state: State, sections: tuple[type[Any], ...]) -> str:
    candidates = (state.found.cls, *sections, *state.sections, *installed_sections().sections)
    near = closest(name, sorted({each.name for cls in candidates for each in fields(cls)}))
    return near or "; name its section first: override_settings(MySection, NAME=...)"
