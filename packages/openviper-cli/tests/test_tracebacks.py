"""Tracebacks that begin in the code that failed."""

from __future__ import annotations

import sys

import click
import pytest

from openviper.cli._tracebacks import own_frames, own_traceback
from openviper.core import imports
from openviper.core.imports import import_string


def files_in(error):
    """Return the file of each frame that is shown."""
    found = []
    trace = own_frames(error)
    while trace is not None:
        found.append(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    return found


def raised_by(call):
    """Return what ``call`` raises, without the frames of this file, which no command line has."""
    with pytest.raises((ImportError, SyntaxError, TypeError, ValueError)) as caught:
        call()
    trace = caught.value.__traceback__
    while trace.tb_frame.f_code.co_filename == __file__ and trace.tb_next is not None:
        trace = trace.tb_next
    return caught.value.with_traceback(trace)


@pytest.fixture
def imported(files, monkeypatch):
    """Import a module with ``source``, as a command is imported; return its file, and what it raises."""

    def fail(source):
        folder = files({"cli_failing.py": source})
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.delitem(sys.modules, "cli_failing", raising=False)
        return str(folder / "cli_failing.py"), raised_by(lambda: import_string("cli_failing:x"))

    return fail


def test_it_begins_where_the_code_does_that_failed(imported):
    """Its author needs none of the frames that led there; what it could do to a terminal is an escape."""
    file, error = imported("def f(): raise ValueError('\\x1b[2J')\nf()\n")
    assert files_in(error) == [file, file]
    text = own_traceback(error)
    assert text.startswith(f'Traceback (most recent call last):\n  File "{file}", line 2, in <module>\n')
    assert text.endswith("ValueError: \\x1b[2J\n")


def test_what_it_calls_itself_stays(imported):
    """Also where that is asyncio, or OpenViper."""
    source = "import asyncio\nfrom openviper.core.imports import import_string\n{}"
    file, error = imported(source.format("asyncio.run(1)\n"))
    assert (files_in(error)[0], "runners.py" in files_in(error)[-1]) == (file, True)
    file, error = imported(source.format("import_string('undotted')\n"))
    assert (files_in(error)[0], "imports.py" in files_in(error)[-1]) == (file, True)


def test_a_file_that_cannot_be_imported_needs_no_frames(imported):
    """A syntax error says its place itself."""
    file, error = imported("x = (")
    assert files_in(error) == []
    assert own_traceback(error).startswith(f'  File "{file}", line 1\n')


def test_a_function_that_cannot_be_called_needs_none_either():
    """click calls it, and it says itself what it misses."""
    command = click.Command("ship", callback=lambda order: None)
    error = raised_by(lambda: command.main([], standalone_mode=False))
    assert "missing 1 required positional argument: 'order'" in own_traceback(error)
    assert files_in(error) == []


def test_a_bug_of_openviper_is_shown_whole():
    """It has no other author."""
    error = raised_by(lambda: import_string("undotted"))
    assert files_in(error) == [imports.__file__]
