"""Another ASGI application under a path of this one."""

from __future__ import annotations

from dataclasses import dataclass

from openviper.core.types import ASGIApp, Scope

__all__ = ["Mount", "mount_path", "path_of"]


@dataclass(frozen=True, slots=True)
class Mount:
    """An application and the prefix of the paths that it serves."""

    #: With a leading and no trailing slash; ``""`` takes every path that no route takes.
    path: str
    app: ASGIApp
    name: str | None = None
    #: Whether its lifespan runs inside ours.
    lifespan: bool = True

    def covers(self, path: str) -> bool:
        """Tell whether ``path`` is below this mount."""
        return path.startswith(self.path + "/")

    def child_scope(self, scope: Scope) -> Scope:
        """Return the scope for the mounted application: ``path`` stays whole, ``root_path`` grows (ASGI 3.0, HTTP)."""
        child = dict(scope)
        child["root_path"] = scope.get("root_path", "").rstrip("/") + self.path
        # Names are resolved by the mounted application's own router, below its own root.
        child.pop("router", None)
        child.pop("app_root_path", None)
        return child


def mount_path(path: str) -> str:
    """Check a mount's path and take its trailing slash off.

    Raises:
        ValueError: It does not start with ``/``, or has parameters.
    """
    if path and not path.startswith("/"):
        raise ValueError(f"mount path {path!r} does not start with '/'")
    if "{" in path:
        raise ValueError(f"mount path {path!r} has parameters; a mounted application's prefix is fixed text")
    return path.rstrip("/")


def path_of(scope: Scope) -> str:
    """Return the path inside this application: ``path`` without ``root_path``; ``/`` where nothing is left."""
    path: str = scope["path"]
    root_path: str = scope.get("root_path", "").rstrip("/")
    # A server that does not put root_path in front of path (ASGI servers before 2023) must not lose routes.
    if root_path and (path == root_path or path.startswith(root_path + "/")):
        return path[len(root_path) :] or "/"
    return path
