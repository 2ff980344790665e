"""Pure ASGI middleware: each class works in ``settings.MIDDLEWARE`` and around any ASGI application."""
