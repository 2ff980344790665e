"""click's commands with async functions."""

from __future__ import annotations

import asyncio

import click
import pytest

from openviper.cli._async_commands import has_async, runnable

MANIFEST = """
from openviper.core.commands import LazyCommand
COMMANDS = (LazyCommand("tidy", "tidying:tidy", "Tidy."), LazyCommand("tidies", "tidying:tidies", "Tidy more."))
"""
TIDYING = """
import asyncio, click
@click.command()
async def tidy():
    await asyncio.sleep(0)
    print("TIDY")
@click.group()
def tidies(): ...
tidies.add_command(tidy)
"""


@click.command()
async def purge():
    await asyncio.sleep(0)
    click.echo("PURGED")


@click.command()
def plain(): ...


@click.group(commands=[purge, plain])
def inner(): ...


@click.group(commands=[inner])
async def outer():
    click.echo("OUTER")


@pytest.mark.parametrize(
    ("command", "args", "output"),
    [
        (purge, [], "PURGED\n"),
        (inner, ["purge"], "PURGED\n"),
        (outer, ["inner", "purge"], "OUTER\nPURGED\n"),
        (outer, ["inner", "plain"], "OUTER\n"),
    ],
)
def test_what_is_async_runs_to_its_end(command, args, output, capsys):
    """In groups of groups too."""
    runnable(command).main(args, standalone_mode=False)
    assert capsys.readouterr().out == output


def test_the_authors_command_stays_as_it_is():
    """Only a copy runs by itself; without anything async there is no copy."""
    assert runnable(outer) is not outer
    assert inner.commands["purge"] is purge
    assert runnable(plain) is plain


@pytest.mark.parametrize(("command", "answer"), [(purge, True), (plain, False), (inner, True), (outer, True)])
def test_it_is_told_whether_anything_is_async(command, answer):
    """A group asks those that it holds."""
    assert has_async(command) is answer


@pytest.mark.parametrize("args", [["tidy"], ["tidies", "tidy"]])
def test_a_distributions_async_command_runs(openviper, distribution, project, args):
    """It would be a success that has done nothing."""
    folder = distribution("tidying-kit", MANIFEST, tidying=TIDYING)
    result = openviper("viperctl", *args, PYTHONPATH=folder)
    assert (result.returncode, result.stdout, result.stderr) == (0, "TIDY\n", "")
