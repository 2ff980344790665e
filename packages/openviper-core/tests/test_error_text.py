"""What an error says of itself, even where it cannot say it."""

from __future__ import annotations

import pytest

from openviper.core.error_text import error_line, error_text, exit_line


class UnreadableError(Exception):
    def __str__(self):
        raise TypeError


class FailingTextError(Exception):
    def __str__(self):
        raise LookupError("deeper")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("wrong"), "wrong"),
        (ValueError(), ""),
        (UnreadableError(), "its text cannot be shown: __str__ raised TypeError"),
        (FailingTextError(), "its text cannot be shown: __str__ raised LookupError"),
    ],
)
def test_every_error_has_a_text(error, text):
    """Its own, or a sentence that says why there is none."""
    assert error_text(error) == text
    assert error_line(error) == f"{type(error).__name__}: {text}"


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (SystemExit(), "sys.exit()"),
        (SystemExit(0), "sys.exit(0)"),
        (SystemExit("no\nlicence"), r"sys.exit('no\nlicence')"),
    ],
)
def test_an_exit_is_told_as_the_call_that_it_was(error, call):
    """In one line, with what would have been accepted."""
    assert exit_line("shop", error) == f"shop called {call}; expected an exception where something is wrong"
    assert exit_line("shop", error, " (a.py:1)").startswith(f"shop called {call} (a.py:1); ")
