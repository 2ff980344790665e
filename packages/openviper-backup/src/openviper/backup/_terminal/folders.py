"""A folder of backups, as an option names it."""

from __future__ import annotations

import click

from openviper.backup._s3.location import local_folder

__all__ = ["folder"]


def folder(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return what is not in a bucket; for the ``callback`` of an option.

    Raises:
        InvalidInput: It is one.
    """
    if value is not None:
        local_folder(value)
    return value
