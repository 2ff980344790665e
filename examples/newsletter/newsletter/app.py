"""The ASGI application of the newsletter."""

from __future__ import annotations

from newsletter.errors import StorageError
from newsletter.issues.routes import router as issues_router
from newsletter.routes import not_found, unavailable
from newsletter.routes import router as site_router
from newsletter.subscribers.routes import router as subscribers_router
from openviper.app import OpenViper
from pulse.routes import router as pulse_router

__all__ = ["app"]

app = OpenViper(title="The Long Loop")
app.include_router(site_router)
app.include_router(issues_router, namespace="issues")
app.include_router(subscribers_router, namespace="subscribers")
app.include_router(pulse_router, namespace="pulse")
app.add_exception_handler(404, not_found)
app.add_exception_handler(StorageError, unavailable)
