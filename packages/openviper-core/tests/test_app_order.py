"""The order in which apps become ready."""

from __future__ import annotations

import pytest

from openviper.core.errors import ImproperlyConfigured
from openviper.core.lifespan import Lifespan


async def order(project, sources):
    """Start apps with these sources, in this order, and return the names in the order of their ready()."""
    for name, source in sources.items():
        project.app(name, f"def ready(): lines.append({name!r})\n{source}")
    async with Lifespan(sources) as engine:
        assert [app.name for app in engine.apps] == project.lines
    return "".join(project.lines)


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ({}, "abcd"),
        ({"b": "after = ('d',)"}, "acdb"),
        ({"b": "requires = ('d',)"}, "acdb"),
        ({"a": "requires = ('d',)", "d": "after = ['c']"}, "bcda"),
        ({"a": "after = ('b', 'c')", "b": "after = ('d',)"}, "cdba"),
        ({"a": "after = ('not_installed',)"}, "abcd"),
        ({"d": "requires = ('a',)\nafter = ('a', 'a')"}, "abcd"),
    ],
)
async def test_the_order_of_the_list_is_kept_where_nothing_else_is_said(project, orders, expected):
    """Of the apps that may come next, the earliest of INSTALLED_APPS does."""
    sources = {name: orders.get(name, "") for name in "abcd"}
    assert await order(project, sources) == expected


async def test_orders_are_read_from_the_apps_module_too(project):
    """requires and after may stand beside ready() in myplugin/apps.py."""
    project.recorder("base")
    project.app("plugin", "", "requires = ('base',)\ndef ready(): lines.append('plugin ready')")
    async with Lifespan(("plugin", "base")):
        assert project.lines == ["base ready", "plugin ready"]


@pytest.mark.parametrize(
    ("sources", "sentence"),
    [
        ({"a": "requires = ('bb',)", "bbb": ""}, r"'a' requires 'bb', .* not found; did you mean 'bbb'\?"),
        ({"a": "requires = ('openviper.db',)"}, "'a' requires 'openviper.db', .*; it comes with openviper-db"),
        ({"a": "requires = ('x',)", "b": "requires = ('y',)"}, r"'a' requires 'x'(.|\n)*'b' requires 'y'"),
        ({"a": "requires = 'b'", "b": ""}, r"requires of installed app 'a' is 'b' \(a.requires\); expected a tuple"),
        ({"a": "after = (1,)"}, r"after of installed app 'a' is \(1,\)"),
        ({"a": "requires = ('a',)"}, "'a' requires 'a'"),
        ({"a": "requires = ('b',)", "b": "after = ('a',)"}, "ordered: 'a' requires 'b', 'b' comes after 'a'"),
        (
            {"x": "after = ('a',)", "a": "after = ('b',)", "b": "after = ('c',)", "c": "requires = ('a',)", "d": ""},
            "'a' comes after 'b', 'b' comes after 'c', 'c' requires 'a'\n",
        ),
    ],
)
async def test_an_order_that_cannot_be_is_explained(project, sources, sentence):
    """A missing app names who needs it, a cycle is printed, and no app has been started."""
    with pytest.raises(ImproperlyConfigured, match=sentence):
        await order(project, sources)
    assert project.lines == []


@pytest.mark.parametrize(
    ("sources", "places"),
    [
        ({"a": "", "b": "\nrequires = ('x', 'y')"}, [("b", 1, 4)]),
        ({"a": "requires = ('x',)", "b": "requires = ('y',)"}, [("a", 0, 3), ("b", 1, 3)]),
        ({"a": "", "b": "\nafter = 3"}, [("b", 1, 4)]),
        ({"a": "requires = ('b',)", "b": "x = 1\nafter = ('a',)"}, [("a", 0, 3), ("b", 1, 4)]),
    ],
)
async def test_an_order_that_cannot_be_says_where_it_is_asked_for(project, sources, places):
    """Each app that asks for it is named in a note with its index, and the line of its ``requires`` or ``after``."""
    with pytest.raises(ImproperlyConfigured) as failure:
        await order(project, sources)
    assert failure.value.__notes__ == [
        f"installed app {name!r}, INSTALLED_APPS[{index}], {project.root / name / '__init__.py'}:{line}"
        for name, index, line in places
    ]
