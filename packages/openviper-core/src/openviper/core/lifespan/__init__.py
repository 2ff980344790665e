"""Starting the installed apps, once per process, and shutting them down again.

The same engine serves a web application and a program without HTTP::

    async with lifespan():
        ...  # every installed app is ready here

An app of ``INSTALLED_APPS`` may offer, on its package or in its ``apps`` module:

``ready()``
    Sync or async, without parameters; called once per start-up, in the order of the list.
``shutdown()``
    Likewise; called in reverse order for every app that became ready, each under ``SHUTDOWN_TIMEOUT``.
``requires``, ``after``
    Tuples of app names that become ready before this one; those in ``requires`` must be installed.

A hook runs in the task, and on the thread, that starts the lifespan. A sync hook therefore blocks the event loop, and
no deadline can interrupt it: long work belongs into an async hook, or into a thread that it starts. A hook that is
still running is named in a warning every 5 s.
"""

from __future__ import annotations

from openviper.core.lifespan._drive import asgi_lifespan
from openviper.core.lifespan._engine import Lifespan, State, lifespan
from openviper.core.lifespan._installation import ReadyApp
from openviper.core.lifespan._serve import fail_startup, serve_lifespan

__all__ = ["Lifespan", "ReadyApp", "State", "asgi_lifespan", "fail_startup", "lifespan", "serve_lifespan"]
