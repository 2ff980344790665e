"""The lifespans of mounted applications, which run inside ours."""

from __future__ import annotations

from contextlib import AsyncExitStack

from openviper.core.lifespan import asgi_lifespan
from openviper.routing import Router

__all__ = ["MountedLifespans"]


class MountedLifespans:
    """Start every mounted application after our installed apps, and stop them before, the last one first."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._running: AsyncExitStack | None = None

    async def start(self) -> None:
        """Start them in the order of their prefixes; if one fails, those that had started are stopped.

        Raises:
            LifespanError: One did not start.
        """
        async with AsyncExitStack() as stack:
            # One application may stand under several prefixes; it starts once.
            apps = {id(mount.app): mount.app for mount in self._router.table.mounts if mount.lifespan}
            for app in apps.values():
                await stack.enter_async_context(asgi_lifespan(app))
            self._running = stack.pop_all()

    async def stop(self) -> None:
        """Stop those that were started."""
        running, self._running = self._running, None
        if running is not None:
            await running.aclose()
