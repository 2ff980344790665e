"""Checking a project's settings before anything needs them."""

from __future__ import annotations

__all__ = ["check_settings"]


def check_settings() -> list[str]:
    """Read the project's settings and every section of every installed distribution; return each problem as a line.

    Unknown variables are logged as warnings and are no problem. ``[]``: everything can be used.
    """
    # As in opened_reader(): loaded by who reads settings, not by who imports this.
    from openviper.conf._problems import all_problems  # noqa: PLC0415

    return all_problems()
