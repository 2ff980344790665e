"""What the inbox sends."""

from __future__ import annotations

import json

import pytest

from openviper.core.email._inbox.responses import json_response


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"error": "x"},
        {"a": None, "b": [], "c": [{"d": 1, "e": ["f\ng"]}], "text": 'Ad\\a "x"\n\x00\ud800é😀'},
        {"text": 'é\n😀"' * 200_000, "html": None},
        {"text": "x" * (256 * 1024) + "\ud83d\ude00"},
    ],
    ids=lambda data: "-".join([*data]),
)
def test_json_is_what_json_is(data):
    """Long texts, which are written in pieces, are the same text."""
    assert json.loads(json_response(data).body) == json.loads(json.dumps(data))
    if data:
        assert json_response(data).body.decode() == json.dumps(data, indent=2) + "\n"
