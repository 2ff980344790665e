"""Tracebacks that begin in the code that failed."""

from __future__ import annotations

import asyncio
import sys

import pytest

from openviper.core import imports
from openviper.core.errors import ImproperlyConfigured
from openviper.core.imports import import_string
from openviper.core.tracebacks import own_frames, own_traceback


def files_in(error):
    """Return the file of each frame that is shown."""
    found = []
    trace = own_frames(error)
    while trace is not None:
        found.append(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    return found


def raised_by(call):
    """Return what ``call`` raises, without the frames of this file, which runs what is OpenViper's to run."""
    with pytest.raises((ImportError, SyntaxError, TypeError, ValueError)) as caught:
        call()
    trace = caught.value.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return caught.value.with_traceback(trace)


@pytest.fixture
def imported(tmp_path, monkeypatch):
    """Import a module with ``source``, as a command is imported; return its file, and what it raises."""

    def fail(source):
        file = tmp_path / "failing_module.py"
        file.write_text(source)
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "failing_module", raising=False)
        return str(file), raised_by(lambda: import_string("failing_module:x"))

    return fail


def test_it_begins_where_the_code_does_that_failed(imported):
    """Its author needs none of the frames that led there; what it could do to a terminal is an escape."""
    file, error = imported("def f(): raise ValueError('\\x1b[2J')\nf()\n")
    assert files_in(error) == [file, file]
    text = own_traceback(error)
    assert text.startswith(f'Traceback (most recent call last):\n  File "{file}", line 2, in <module>\n')
    assert text.endswith("ValueError: \\x1b[2J\n")


@pytest.mark.parametrize(
    ("call", "last"), [("asyncio.run(1)", "runners.py"), ("imports.import_string('x')", "imports.py")]
)
def test_what_it_calls_itself_stays(imported, call, last):
    """Also where that is asyncio, or OpenViper."""
    file, error = imported(f"import asyncio\nfrom openviper.core import imports\n{call}\n")
    assert files_in(error)[0] == file
    assert files_in(error)[-1].endswith(last)


def test_a_file_that_cannot_be_imported_needs_no_frames(imported):
    """A syntax error says its place itself."""
    file, error = imported("x = (")
    assert files_in(error) == []
    assert own_traceback(error).startswith(f'  File "{file}", line 1\n')


def test_what_is_called_wrongly_needs_none_either():
    """It says itself what it expects."""
    error = raised_by(lambda: asyncio.run(1))
    assert files_in(error) == []
    assert "coroutine" in own_traceback(error)


def test_a_mistake_of_openviper_is_shown_whole():
    """It has no other author."""
    error = raised_by(lambda: import_string("undotted"))
    assert files_in(error) == [imports.__file__]


def test_each_exception_of_a_chain_and_of_a_group_is_cut(imported):
    """An error of OpenViper's own, which it raises for another, is a sentence."""
    file, cause = imported("int('x')\n")
    failure = ImproperlyConfigured("PORT is no number")
    failure.__cause__ = cause
    text = own_traceback(ExceptionGroup("all that failed", [failure]))
    assert text.count("  File ") == text.count(f'  File "{file}"') == 1
    assert "PORT is no number" in text
