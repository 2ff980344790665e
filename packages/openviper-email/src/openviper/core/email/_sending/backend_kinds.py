"""Which of our backends one is, however the settings name it."""

from __future__ import annotations

from openviper.core.email._sending.backend_loading import backend_class

__all__ = ["backend_kind"]

_OURS = "openviper.core.email.backends."


def backend_kind(path: str) -> str | None:
    """Return ``console``, ``failover``, ``file``, ``memory`` or ``smtp``, of a class that is derived from it too.

    Args:
        path: ``EMAIL_BACKEND``; the dotted path of one of ours is another name of it.

    Returns:
        ``None``: it is somebody else's.

    Raises:
        ImproperlyConfigured: It names none.
    """
    modules = (each.__module__ for each in backend_class(path).__mro__)
    return next((each.removeprefix(_OURS) for each in modules if each.startswith(_OURS)), None)
