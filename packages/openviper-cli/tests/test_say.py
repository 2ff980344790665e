"""Printing results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SAY = "import sys\nfrom openviper.cli._say import say, say_json\n{}(*eval(sys.argv[1]))"


@pytest.mark.parametrize(
    ("encoding", "printed"),
    [("utf-8", b"K\xc3\xa4se \xe2\x82\xac\n"), ("latin-1", b"K\xe4se \\u20ac\n"), ("ascii", b"K\\xe4se \\u20ac\n")],
)
def test_what_the_stream_has_no_characters_for_is_an_escape(openviper, tmp_path, encoding, printed):
    """And no traceback."""
    with (tmp_path / "out").open("wb") as out:
        result = openviper("('Käse €',)", command=("-c", SAY.format("say")), stdout=out, PYTHONIOENCODING=encoding)
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "out").read_bytes() == printed


def test_json_is_ascii(openviper):
    """Whatever reads it need not know an encoding."""
    result = openviper("({'a': 'ä\\ud800'},)", command=("-c", SAY.format("say_json")))
    assert result.stdout.isascii()
    assert json.loads(result.stdout) == {"a": "ä\ud800"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("args", [("viperctl", "settings"), ("viperctl", "check", "--json"), ("completion", "bash")])
def test_a_full_disk_is_one_sentence(openviper, project, args):
    """Not Python's own complaint at the end of the process, nor its exit code."""
    with Path("/dev/full").open("wb") as out:
        result = openviper(*args, stdout=out)
    assert (result.returncode, result.stderr) == (1, "Error: stdout cannot be written: No space left on device\n")
