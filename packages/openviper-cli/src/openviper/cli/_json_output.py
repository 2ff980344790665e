"""Printing the result of a command as JSON."""

from __future__ import annotations

import json
from typing import Any

import click

__all__ = ["say_json"]


def say_json(value: Any) -> None:
    """Print ``value`` as JSON, in ASCII."""
    click.echo(json.dumps(value, indent=2))
