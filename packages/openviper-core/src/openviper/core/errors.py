"""The errors of the core.

::

    OpenViperError
    ├── ImproperlyConfigured (ValueError)    settings, INSTALLED_APPS or MIDDLEWARE cannot be used as they stand
    ├── BadSignature (ValueError)            a signed value was altered or signed with another key
    │   └── SignatureExpired                 it is genuine, and too old
    └── LifespanError (RuntimeError)         a start-up or shutdown could not be done, or not from here
"""

from __future__ import annotations

__all__ = ["BadSignature", "ImproperlyConfigured", "LifespanError", "OpenViperError", "SignatureExpired"]


class OpenViperError(Exception):
    """The base of every error that an OpenViper distribution defines."""


class ImproperlyConfigured(OpenViperError, ValueError):
    """The project's configuration cannot be used.

    The message holds every problem that was found, one a line.
    """


class BadSignature(OpenViperError, ValueError):
    """A signed value was altered, cut short, or signed with a key that is not (or no longer) known."""


class SignatureExpired(BadSignature):
    """The signature is genuine, and older than the caller accepts."""


class LifespanError(OpenViperError, RuntimeError):
    """The installed apps could not be started or stopped."""
