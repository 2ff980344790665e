"""A masked value as text and as JSON."""

from __future__ import annotations

import json

import pytest

from openviper.conf._masked import Items, Pairs, Scalar

ONE = Scalar("1", 1)
NAME = Scalar("'a'", "a")


@pytest.mark.parametrize(
    ("tree", "text", "plain"),
    [
        (NAME, "'a'", "a"),
        (Scalar("Secret('***')", "***"), "Secret('***')", "***"),
        (Items("[", "]", (ONE, NAME)), "[1, 'a']", [1, "a"]),
        (Items("(", ",)", (ONE,)), "(1,)", [1]),
        (Items("set()", "", ()), "set()", []),
        (Pairs("{", ": ", "}", ((NAME, ONE),)), "{'a': 1}", {"a": 1}),
        (Pairs("{", ": ", "}", ((ONE, NAME),)), "{1: 'a'}", {"1": "a"}),
        (Pairs("{", ": ", "}", ((Items("(", ",)", (ONE,)), NAME),)), "{(1,): 'a'}", {"(1,)": "a"}),
        (Pairs("M(", "=", ")", ((Scalar("a", "a"), Items("[", "]", (ONE,))),)), "M(a=[1])", {"a": [1]}),
    ],
)
def test_a_tree_is_text_and_json(tree, text, plain):
    """The text reads as Python, and JSON has its own types; a key of JSON is text."""
    assert tree.text == text
    assert tree.json == plain
    assert json.loads(json.dumps(tree.json)) == plain
