"""Reading a package's own settings."""

from __future__ import annotations

from typing import TypeVar

from openviper.conf._opened import opened_reader

__all__ = ["section"]

T = TypeVar("T")


def section(cls: type[T]) -> T:
    """Return the section ``cls``, a frozen dataclass whose fields are settings; the same object at every call.

    Each field is taken from the environment, else from the attribute of that name of the project's settings class, else
    from the section's own default. Without a settings module that leaves environment and defaults. Inside
    ``override_settings`` it is another object.

    Raises:
        ImproperlyConfigured: A value does not suit, or one without default is missing; every problem of this section.
    """
    return opened_reader().section(cls)
