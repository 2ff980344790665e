"""The errors of routing.

::

    OpenViperError
    └── ImproperlyConfigured (ValueError)
        └── NoRouteFound (LookupError)       a name that no route has, or parameters that do not fit it
"""

from __future__ import annotations

from openviper.core.errors import ImproperlyConfigured

__all__ = ["NoRouteFound"]


class NoRouteFound(ImproperlyConfigured, LookupError):
    """No route has the name, or the name's route does not take these parameters."""
