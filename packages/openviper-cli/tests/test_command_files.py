"""What a command file says of itself, without being imported."""

from __future__ import annotations

import os
import warnings

import pytest

from openviper.cli._command_files import LONGEST, describe, why_unreadable

CLICK = 'import click\n@click.command()\n@click.option("--x")\ndef {name}(x):\n    """Of the function."""\n'


@pytest.mark.parametrize(
    ("source", "summary"),
    [
        ('"""Send the digest.\n\nAnd more."""\n', "Send the digest."),
        ('"""\n\n   Send it.  \n"""', "Send it."),
        ('async def handle():\n    """Of handle."""\n', "Of handle."),
        ('"""Of the module."""\nasync def handle():\n    """Of handle."""\n', "Of the module."),
        (CLICK.format(name="command"), "Of the function."),
        (CLICK.format(name="send"), "Of the function."),
        (CLICK.format(name="whatever"), "Of the function."),
        ('from click import group\n@group\ndef tool():\n    """A group."""\n', "A group."),
        ('def helper():\n    """No command."""\n', ""),
        ("raise SystemExit\n", ""),
        ("", ""),
        ('"""\\x1b[31mred"""', r"\x1b[31mred"),
        ('"""one\\ttwo"""', r"one     two"),
        ("\ufeff'''With a mark.'''", "With a mark."),
    ],
)
def test_the_first_line_is_the_help(tmp_path, source, summary):
    """The module's, else its command's; nothing runs."""
    file = tmp_path / "send.py"
    file.write_text(source)
    assert describe(str(file)) == (summary, None)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"x = 1\ny = (\n", "SyntaxError in line 2: '(' was never closed"),
        (b"if x:\ny = 1\n", "IndentationError in line 2: "),
        (b"'''\xff'''\n", "utf-8"),
        (b"# coding: no-such-coding\n", "SyntaxError"),
        (b"x = '\0'\n", "null bytes"),
        (b"(" * 5000, ""),
        (b"x = " + b"-" * 100_000 + b"1", ""),
        (b"#" * (LONGEST + 1), "it is longer than 1 MiB"),
    ],
)
def test_a_file_that_cannot_be_imported_says_why(tmp_path, content, problem):
    """With the line, where there is one."""
    file = tmp_path / "send.py"
    file.write_bytes(content)
    found = describe(str(file))
    assert found.summary == ""
    assert problem in found.problem
    assert found.problem.isprintable()


def test_what_is_no_file_is_not_opened(tmp_path):
    """A pipe would be waited for."""
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "loop.py").symlink_to("loop.py")
    (tmp_path / "file.py").write_text("")
    assert why_unreadable(str(tmp_path / "pipe.py")) == "it is no regular file"
    assert why_unreadable(str(tmp_path / "folder.py")) == "it is no regular file"
    assert why_unreadable(str(tmp_path / "loop.py")).startswith("it cannot be read: ")
    assert why_unreadable(str(tmp_path / "nowhere.py")) == "it cannot be read: No such file or directory"
    assert why_unreadable(str(tmp_path / "file.py")) is None


def test_a_warning_of_the_compiler_is_left_to_whoever_runs_it(tmp_path):
    """``--help`` is not the place."""
    file = tmp_path / "send.py"
    file.write_text("'''Send.'''\nx = '\\d'\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert describe(str(file)).summary == "Send."
