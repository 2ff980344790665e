"""Running code that a project brings."""

from __future__ import annotations

import asyncio
import logging
import sys

import click
import pytest

from openviper.cli._foreign_code import foreign_code, quietly
from openviper.cli.errors import CommandLineError


def test_what_it_prints_goes_to_stderr(capsys):
    """stdout is the command's own, and is there again behind it."""
    with foreign_code("a check"):
        print("from a check")
    print("from the command")
    assert capsys.readouterr() == ("from the command\n", "from a check\n")


@pytest.mark.parametrize(
    ("raised", "part"),
    [
        (SystemExit(0), "a check called sys.exit(0) ("),
        (SystemExit(), "a check called sys.exit() ("),
        (SystemExit("no\x1bkey"), r"a check called sys.exit('no\x1bkey') ("),
        (asyncio.CancelledError(), "a check raised CancelledError ("),
        (click.exceptions.Exit(0), "a check raised click's Exit: 0 ("),
        (click.Abort(), "a check raised click's Abort ("),
        (click.UsageError("no\x1bkey"), r"a check raised click's UsageError: no\x1bkey ("),
    ],
)
def test_what_would_end_the_command_is_an_error(raised, part):
    """With the line that asked for it, and what it was behind it."""
    with pytest.raises(CommandLineError) as caught, foreign_code("a check"):
        raise raised
    assert part in str(caught.value)
    assert f"({__file__}:" in str(caught.value)
    assert caught.value.__cause__ is raised


@pytest.mark.parametrize("raised", [ValueError("no"), KeyboardInterrupt()])
def test_errors_and_interrupts_pass(raised):
    """As they are."""
    with pytest.raises(type(raised)) as caught, foreign_code("a check"):
        raise raised
    assert caught.value is raised


def test_a_prompt_that_is_interrupted_is_an_interrupt():
    """click makes an Abort of Ctrl-C."""
    abort = click.Abort()
    abort.__context__ = KeyboardInterrupt()
    with pytest.raises(click.Abort), foreign_code("a check"):
        raise abort from None


def test_without_stderr_nothing_is_printed(monkeypatch):
    """A process that was started without one."""
    monkeypatch.setattr(sys, "stderr", None)
    with foreign_code("a check"):
        print("lost")


@pytest.mark.parametrize(
    "act",
    [
        lambda: print("lost"),
        lambda: sys.stdout.write("\ud800"),
        lambda: sys.stdout.buffer.write(b"lost"),
        lambda: sys.stdout.reconfigure(encoding="ascii"),
        lambda: sys.stderr.write("lost"),
        lambda: logging.getLogger("of a project").warning("lost"),
    ],
)
def test_quietly_nothing_is_shown(capfd, act):
    """Whatever it does with the streams."""
    with quietly():
        act()
    assert capfd.readouterr() == ("", "")
