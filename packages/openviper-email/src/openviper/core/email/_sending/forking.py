"""Forked processes: they have a copy of every lock and future, and no thread that would free or fulfil one."""

from __future__ import annotations

import os
from collections.abc import Callable

__all__ = ["forget_in_child"]


def forget_in_child(*forget: Callable[[], None]) -> None:
    """Have these called in each process that is forked from now on, before anything else runs there."""
    if hasattr(os, "register_at_fork"):
        for each in forget:
            os.register_at_fork(after_in_child=each)
