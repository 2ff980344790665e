"""The application object."""

from __future__ import annotations

from ._application import OpenViper

__all__ = ["OpenViper"]
