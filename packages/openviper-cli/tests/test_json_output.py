"""Printing JSON."""

from __future__ import annotations

import json

from openviper.cli._json_output import say_json


def test_json_is_ascii(capsys):
    """Whatever reads it need not know an encoding."""
    say_json({"a": "ä\ud800"})
    shown = capsys.readouterr().out
    assert shown.isascii()
    assert json.loads(shown) == {"a": "ä\ud800"}
