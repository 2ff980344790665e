"""Tracebacks that begin in the code that failed."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from openviper.core import imports
from openviper.core.errors import ImproperlyConfigured
from openviper.core.imports import import_string
from openviper.core.tracebacks import own_frames, own_traceback

INSTALLED = Path(os.__file__).parent / "site-packages"


def files_in(error, **others):
    """Return the file of each frame that is shown."""
    found = []
    trace = own_frames(error, **others)
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


#: What a module does: call the next one, in one of these ways, or fail.
CALLS = "following()"
LOOPS = "import asyncio\nasync def run(): following()\nasyncio.run(run())"
ENTERS = (
    "from contextlib import contextmanager\n@contextmanager\ndef entered():\n    following()\n    yield\n"
    "with entered(): pass"
)
DUMPS = "import json\njson.dumps(object())"
ASKS = "from importlib.metadata import version\nversion('')"
RAISES = "from openviper.core.errors import LifespanError\nraise LifespanError('no')"
MAPS = "import functools\nfunctools.singledispatch(lambda each: following())(1)"


def failing(*modules):
    """Return what is raised where each of ``(name, source)`` calls the next one; its file has its name."""

    def call(number):
        name, source = modules[number]
        code = compile(source, f"{name}.py", "exec")
        exec(code, {"__name__": name.rpartition("/")[2], "following": lambda: call(number + 1)})

    try:
        call(0)
    except Exception as error:
        return error.with_traceback(without_this_file(error.__traceback__))
    raise AssertionError("nothing was raised")


def without_this_file(trace):
    """Return a traceback without the frames of this file."""
    if trace is None:
        return None
    trace.tb_next = without_this_file(trace.tb_next)
    return trace.tb_next if trace.tb_frame.f_code.co_filename == __file__ else trace


OURS, PLUGIN = "openviper.core.here", f"{INSTALLED}/plugin"


@pytest.mark.parametrize(
    ("modules", "first"),
    [
        ([(OURS, DUMPS)], OURS),
        ([("openviper.core.main", CALLS), (OURS, DUMPS)], OURS),
        ([(OURS, "import asyncio\nasyncio.run(1)")], OURS),
        ([(OURS, ASKS)], OURS),
        ([(OURS, MAPS), ("shop", "1 / 0")], OURS),
        ([(OURS, CALLS), ("jinja2.environment", "1 / 0")], OURS),
        ([(OURS, LOOPS), ("jinja2.environment", "1 / 0")], OURS),
        ([(OURS, CALLS), ("shop", DUMPS)], "shop"),
        ([(OURS, CALLS), ("shop", LOOPS), ("shop.stock", "1 / 0")], "shop"),
        ([(OURS, CALLS), ("shop", CALLS), ("jinja2.environment", "1 / 0")], "shop"),
        ([(OURS, LOOPS), ("shop", "1 / 0")], "shop"),
        ([(OURS, ENTERS), ("shop", "1 / 0")], "shop"),
        ([("click.core", CALLS), (OURS, CALLS), ("click.core", CALLS), ("shop", "1 / 0")], "shop"),
        ([(OURS, CALLS), (PLUGIN, CALLS), ("shop", "1 / 0")], PLUGIN),
        ([(OURS, CALLS), (PLUGIN, DUMPS)], PLUGIN),
        ([(OURS, CALLS), ("platform", "1 / 0")], "platform"),
        ([(OURS, MAPS), (OURS, RAISES)], None),
    ],
)
def test_it_begins_in_the_code_whose_mistake_it_is(modules, first):
    """In OpenViper's where that called the standard library, or a library; else in what it ran."""
    found = files_in(failing(*modules), runners={"click.core"}, libraries={"jinja2"})
    assert (found[0] if found else None) == (f"{first}.py" if first else None)


def test_a_longer_chain_than_the_stack_is_shown():
    """Each exception of it."""
    error = None
    for number in range(1500):
        following = ValueError(f"number {number}.")
        following.__context__, error = error, following
    text = own_traceback(error)
    assert "number 0." in text
    assert "number 1499." in text


def test_a_chain_that_leads_back_has_an_end():
    """Each exception is shown once."""
    cause, error = ValueError("the cause"), ValueError("the error")
    error.__cause__, cause.__cause__ = cause, error
    assert own_traceback(error).count("ValueError: the ") == 2
