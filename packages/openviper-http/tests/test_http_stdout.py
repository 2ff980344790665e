"""Results of commands on stdout."""

from __future__ import annotations

import io
import json
import sys

from openviper.http._stdout import print_json, print_lines


def test_a_stream_that_knows_ascii_alone_gets_escapes(monkeypatch):
    """A name in another alphabet must not end a command."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    print_lines(["Grüße", "ok"])
    stream.flush()
    assert stream.buffer.getvalue() == b"Gr\\xfc\\xdfe\nok\n"


def test_json_is_ascii(capsys):
    """And is read as it was."""
    print_json({"name": "Grüße\udcff"})
    shown = capsys.readouterr().out
    assert shown.isascii()
    assert json.loads(shown) == {"name": "Grüße\udcff"}


def test_without_a_stdout_nothing_is_printed(monkeypatch):
    """A program may be started without one."""
    monkeypatch.setattr(sys, "stdout", None)
    print_lines(["x"])
    print_json([])
