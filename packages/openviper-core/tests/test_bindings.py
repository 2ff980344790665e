"""Which names a module's source binds."""

from __future__ import annotations

import warnings

import pytest

from openviper.core._bindings import bindings_of


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("class A: pass\ndef b(): c = 1\nasync def d(): pass", {"A", "b", "d"}),
        ("import a, b.c, d.e as f\nfrom g import h, i as j", {"a", "b", "f", "h", "j"}),
        ("a = b = 1\nc, (d, *e) = f\ng: int = 1\nh += 1\ni: int\nj[0] = k.l = 2\ndel m", set("abcdegh")),
        ("if x:\n  a = 1\nelif y:\n  b = 1\nelse:\n  c = 1", {"a", "b", "c"}),
        ("try:\n  a = 1\nexcept E:\n  b = 1\nelse:\n  c = 1\nfinally:\n  d = 1", {"a", "b", "c", "d"}),
        ("for a in x:\n  b = 1\nwhile y:\n  c = 1\nwith z as d:\n  e = 1", set("abcde")),
        ("match x:\n  case 1:\n    a = 1", {"a"}),
        ("'a = 1'\n# b = 1\nclass C:\n  d = 1", {"C"}),
    ],
)  # fmt: skip
def test_what_the_top_level_and_its_branches_bind(source, names):
    """What functions and classes bind inside of them is their own."""
    assert set(bindings_of(source.encode()).named) == names


def test_star_imports_are_told():
    """In a try their module need not be there."""
    found = bindings_of(b"from a import *\ntry:\n  from .b import *\nexcept ImportError:\n  from c import *")
    assert [(each.node.module, each.is_optional) for each in found.stars] == [("a", False), ("b", True), ("c", False)]


@pytest.mark.parametrize(
    ("source", "is_open"),
    [
        ("def __getattr__(name): pass", True),
        ("exec(open('x').read())", True),
        ("globals()['A'] = 1", True),
        ("if x:\n  vars().update(y)", True),
        ("def f(): exec('x')", False),
        ("class A:\n  def __getattr__(self, name): pass", False),
        ("'exec(x)'", False),
    ],
)
def test_what_binds_names_that_no_source_shows_is_told(source, is_open):
    """Such a module may bind any name."""
    assert bindings_of(source.encode()).is_open is is_open


@pytest.mark.parametrize("source", [b"def (", b"print 'x'", b"\0", b"\xff = 1", b"(" * 10_000])
def test_what_is_no_python_has_no_bindings(source):
    """Nor is it an error here."""
    assert bindings_of(source) is None


def test_nothing_is_said_of_a_source():
    """It may be another program's."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert bindings_of(b"a = '\\d'\nb = 1 is 1") is not None
