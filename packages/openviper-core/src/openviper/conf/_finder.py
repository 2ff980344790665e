"""Where the settings of this process are: which module or class, and who named it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from openviper.core import projects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openviper.conf._environment import Variable

__all__ = ["Origin", "find_settings"]


class Origin(NamedTuple):
    """The settings' module (``"mysite.settings"``, ``"mysite.settings:Production"``), class or instance.

    ``how`` says who named it; ``folders`` are importable before the module is imported.
    """

    target: Any
    how: str
    folders: tuple[str, ...] = ()
    is_found_by_layout: bool = False

    def __str__(self) -> str:
        return f"{self.name} ({self.how})"

    @property
    def name(self) -> str:
        if isinstance(self.target, str):
            return self.target
        cls: type = self.target if isinstance(self.target, type) else type(self.target)
        return f"{cls.__module__}.{cls.__qualname__}"


def find_settings(environment: Mapping[str, Variable]) -> Origin | None:
    """Find the settings module of this process's project, without importing it; ``None``: there is none.

    Raises:
        ImproperlyConfigured: As :func:`openviper.core.projects.find_settings`.
    """
    found = projects.find_settings(projects.search_folder(), environment)
    if found is None:
        return None
    # The one that holds it first: beside src may stand a folder of the same name.
    roots = dict.fromkeys((projects.settings_root(found), *found.roots))
    return Origin(found.module, found.found_by, tuple(root.path for root in roots), found.is_found_by_layout)
