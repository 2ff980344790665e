"""Whether a file is still the one that was looked at."""

from __future__ import annotations

import os

from openviper.staticfiles._seen import seen_at


def test_another_file_is_told_from_the_one_that_was_seen(files):
    """One with the same name and content, too; nothing is seen where none is."""
    root = files({"x": "one", "other": "one"})
    before = seen_at(root / "x")
    assert before == seen_at(root / "x")
    (root / "other").replace(root / "x")
    assert seen_at(root / "x") not in (None, before)
    assert seen_at(root / "gone") is None
    assert seen_at(root / "x" / "below") is None


def test_in_a_folder_that_is_open_no_name_above_it_counts(files):
    """Another folder may have come to its place."""
    root = files({"a/x": "one"})
    folder = os.open(root / "a", os.O_RDONLY)
    try:
        (root / "a").rename(root / "b")
        assert seen_at(root / "a" / "x", folder) == seen_at(root / "b" / "x")
    finally:
        os.close(folder)
