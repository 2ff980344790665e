"""A folder of backups, as an option names it."""

from __future__ import annotations

import click

from openviper.backup._s3.location import parse_location
from openviper.backup.errors import InvalidInput

__all__ = ["folder"]


def folder(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return what is no bucket; for the ``callback`` of an option.

    Raises:
        InvalidInput: It is one.
    """
    if value is not None and parse_location(value) is not None:
        raise InvalidInput(f"{value!r} is in a bucket; expected a folder. A bucket has lifecycle rules for what is old")
    return value
