"""What stands at the places of files, and whose it is."""

from __future__ import annotations

import os
from hashlib import sha256

import pytest

from openviper.staticfiles import StaticFilesError
from openviper.staticfiles._outputs import Output
from openviper.staticfiles._standing import look_at, refuse_strangers

ONE = frozenset({sha256(b"one").hexdigest()})
OLD = frozenset({sha256(b"old").hexdigest()})


@pytest.mark.parametrize(
    ("content", "recorded", "is_same", "is_strange"),
    [
        (None, None, False, False),
        (None, ONE, False, False),
        (b"one", None, True, True),
        (b"one", ONE, True, False),
        (b"one", OLD, True, True),
        (b"old", OLD, False, False),
        (b"old", OLD | ONE, False, False),
        (b"two", None, False, True),
        (b"two", ONE, False, True),
        (b"", OLD, False, True),
    ],
)
def test_a_file_is_ours_while_it_is_what_was_recorded(files, content, recorded, is_same, is_strange):
    """Its content tells; sizes and times do not, and a name alone does not either."""
    root = files({"source": b"one"} | ({} if content is None else {"www/x": content}))
    standing = look_at(root / "www", Output("x", "x", root / "source"), {} if recorded is None else {"x": recorded})
    assert (standing.is_same, standing.is_strange) == (is_same, is_strange)


@pytest.mark.parametrize("kind", ["link", "fifo"])
def test_what_is_no_regular_file_is_somebody_elses(files, kind):
    """Also a link to the very content: it would change with what it leads to."""
    root = files({"source": b"one", "www/y": b""})
    if kind == "link":
        (root / "www" / "x").symlink_to(root / "source")
    else:
        os.mkfifo(root / "www" / "x")
    standing = look_at(root / "www", Output("x", "x", root / "source"), {"x": ONE})
    assert (standing.is_same, standing.is_strange) == (False, True)


def test_a_file_below_a_file_is_not_there(files):
    """Nor is it an error: what stands in the way is told elsewhere."""
    root = files({"source": b"one", "www/x": b"one"})
    assert look_at(root / "www", Output("x/y", "x/y", root / "source"), {}).seen is None


def test_some_of_the_strangers_are_named(files):
    """A list of thousands helps nobody."""
    root = files({"source": b"new"} | {f"www/{number}": b"x" for number in range(5)})
    standing = [look_at(root / "www", Output(str(each), "", root / "source"), {}) for each in range(5)]
    with pytest.raises(StaticFilesError, match=r"would replace 0, 1, 2 and 2 more in .*move them .*--overwrite"):
        refuse_strangers(root / "www", standing)
    with pytest.raises(StaticFilesError, match=r"would replace 0 in .*move it .*--overwrite"):
        refuse_strangers(root / "www", standing[:1])
