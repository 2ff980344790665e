"""Finding what stands at a path."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openviper.routing._pattern import PathTemplate
from openviper.routing._tree import PathTree

SOME_ID = "12345678-1234-5678-1234-567812345678"


def tree_of(*texts, key="GET"):
    tree = PathTree()
    for text in texts:
        tree.slot(PathTemplate.parse(text))[key] = text
    return tree


EVERYTHING = tree_of(
    "/",
    "/users",
    "/users/me",
    "/users/{id:int}",
    "/users/{id:uuid}",
    "/users/{name}",
    "/users/{name}/posts/{post:int}",
    "/users/{rest:path}",
    "/files/{name}.{suffix}",
    "/files/{name}.tar.gz",
    "/docs/{path:path}",
    "/docs/{path:path}/edit",
    "/trailing/{id}/",
)


@pytest.mark.parametrize(
    ("path", "template", "values"),
    [
        ("/", "/", ()),
        ("/users/me", "/users/me", ()),
        ("/users/5", "/users/{id:int}", (5,)),
        ("/users/007", "/users/{id:int}", (7,)),
        (f"/users/{SOME_ID}", "/users/{id:uuid}", (UUID(SOME_ID),)),
        ("/users/ada", "/users/{name}", ("ada",)),
        ("/users/-5", "/users/{name}", ("-5",)),
        ("/users/²", "/users/{name}", ("²",)),
        ("/users/٣", "/users/{name}", ("٣",)),
        ("/users/" + "9" * 5_000, "/users/{name}", ("9" * 5_000,)),
        ("/users/5/posts/7", "/users/{name}/posts/{post:int}", ("5", 7)),
        ("/users/5/posts/x", "/users/{rest:path}", ("5/posts/x",)),
        ("/users/", "/users/{rest:path}", ("",)),
        ("/files/a.b.c", "/files/{name}.{suffix}", ("a.b", "c")),
        ("/files/a..c", "/files/{name}.{suffix}", ("a.", "c")),
        ("/files/a.b.", "/files/{name}.{suffix}", ("a", "b.")),
        ("/files/a.tar.gz", "/files/{name}.tar.gz", ("a",)),
        ("/docs/", "/docs/{path:path}", ("",)),
        ("/docs/a/b\nc", "/docs/{path:path}", ("a/b\nc",)),
        ("/docs/a/edit", "/docs/{path:path}/edit", ("a",)),
        ("/trailing/5/", "/trailing/{id}/", ("5",)),
    ],
)
def test_the_most_specific_template_is_taken(path, template, values):
    """Text beats a parameter, a narrow convertor beats a wide one, and a dead end is left again."""
    assert EVERYTHING.find(path, "GET") == (template, values)


@pytest.mark.parametrize(
    "path",
    ["", "//", "/Users", "/users//", "/files/a", "/docs", "/trailing/5", "/trailing//", "/" + "a/" * 50_000, "/\x00"],
)
def test_what_matches_no_template_is_not_found(path):
    """Nothing is taken for nearly right, however long or odd it is."""
    tree = tree_of("/", "/users", "/files/{name}.{suffix}", "/docs/{path:path}", "/trailing/{id}/")
    assert tree.find(path, "GET") is None


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/{a}-{b}-{c}-{d}.html", "/" + "-" * 100_000),
        ("/{a}-{b}-{c}-{d:int}.html", "/" + "1-" * 50_000 + "x.html"),
        ("/{a:path}/x/{b:path}/y/{c:path}/z", "/x/y/" * 20_000),
    ],
)
def test_no_path_is_long_in_the_reading(template, path):
    """A pattern that tries every separator would need minutes for these, on the event loop."""
    tree_of(template).find(path, "GET")


def test_a_template_without_the_method_does_not_hide_one_that_has_it():
    """``DELETE /users/me`` may be served by ``/users/{name}`` though ``/users/me`` only knows GET."""
    tree = tree_of("/users/me")
    tree.slot(PathTemplate.parse("/users/{name}"))["DELETE"] = "delete"
    assert tree.find("/users/me", "DELETE") == ("delete", ("me",))
    assert tree.keys("/users/me") == {"GET", "DELETE"}


def test_templates_that_differ_by_names_only_share_a_slot():
    """``/users/{id}`` and ``/users/{name}`` are one place, so that a clash can be seen."""
    tree = tree_of("/users/{id}/{x:int}")
    assert tree.slot(PathTemplate.parse("/users/{name}/{y:int}")) == {"GET": "/users/{id}/{x:int}"}


@given(st.text(alphabet=st.characters(exclude_characters="/", exclude_categories=("Cs",)), min_size=1))
def test_any_segment_that_is_written_is_read_back(name):
    """Whatever text a parameter holds, the path made from it leads back to the same text."""
    from urllib.parse import unquote

    template = PathTemplate.parse("/x/{name}/y")
    tree = tree_of(template.text)
    found = tree.find(unquote(template.format({"name": name})), "GET")
    assert found == (template.text, (name,))
