"""Whose code raised an error."""

from __future__ import annotations

import importlib
import sys

import click
import pytest

from openviper.cli._failure_origins import failed_files, is_of_import_string, is_of_input
from openviper.core.imports import import_string


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("no_such_module_here:x", "", True),
        ("cli_importing:absent", "", True),
        ("undotted", "", True),
        ("cli_importing:x", "import no_such_module_here", False),
        ("cli_importing:x", "raise ImportError('no licence')", False),
        ("cli_importing:x", "from sys import nothing_of_it", False),
    ],
)
def test_a_wrong_path_is_told_from_a_module_that_cannot_be_imported(files, monkeypatch, path, source, expected):
    """Both are ImportErrors; only the second one has a place that its author needs."""
    monkeypatch.syspath_prepend(str(files({"cli_importing.py": source})))
    monkeypatch.delitem(sys.modules, "cli_importing", raising=False)
    with pytest.raises(ImportError) as caught:
        import_string(path)
    assert is_of_import_string(caught.value) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("input()", True),
        ("read = input; read('Name: ')", True),
        ("try:\n    input()\nexcept EOFError:\n    raise", True),
        ("import asyncio\nasync def ask(): await asyncio.to_thread(input)\nasyncio.run(ask())", True),
        ("import getpass, sys; getpass._raw_input(stream=sys.stderr)", True),
        ("import pickle; pickle.loads(b'')", False),
        ("raise EOFError", False),
        ("raise EOFError('EOF when reading a line')", False),
        ("import asyncio; raise asyncio.IncompleteReadError(b'', 4)", False),
        ("import multiprocessing as m\none, two = m.Pipe()\ntwo.close()\none.recv()", False),
        ("raise KeyError", False),
    ],
)
def test_an_input_that_ended_is_told_from_a_file_that_did(monkeypatch, tmp_path, source, expected):
    """Only a question has a user who did not answer; anything else is a bug."""
    (tmp_path / "nothing").touch()
    with (tmp_path / "nothing").open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        with pytest.raises((EOFError, KeyError)) as caught:
            exec(compile(source, "shop.py", "exec"), {"__name__": "shop"})
    assert is_of_input(caught.value) is expected


@pytest.mark.parametrize("ask", [click.prompt, click.confirm])
def test_so_is_the_end_of_the_input_in_a_prompt_of_clicks(monkeypatch, tmp_path, ask):
    """click raises another error in its place."""
    (tmp_path / "nothing").touch()
    with (tmp_path / "nothing").open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        with pytest.raises(click.Abort) as caught:
            ask("Name")
    assert is_of_input(caught.value.__context__)


def test_the_files_whose_imports_failed_are_known(files, monkeypatch):
    """All of them, from the outermost on; of what does not parse too, of which nothing ran."""
    contents = {"cli_outer.py": "import cli_inner", "cli_inner.py": "def f(): import cli_bad\nf()", "cli_bad.py": "("}
    folder = files(contents)
    monkeypatch.syspath_prepend(str(folder))
    with pytest.raises(SyntaxError) as raised:
        importlib.import_module("cli_outer")
    assert list(failed_files(raised.value)) == [str(folder / each) for each in contents]
