"""Path templates, as they are written and as they are filled in."""

from __future__ import annotations

from uuid import UUID

import pytest

from openviper.routing._pattern import PathTemplate


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("users", "does not start with '/'"),
        ("", "does not start with '/'"),
        ("/users/{id", "a brace is not closed"),
        ("/users/id}", "a brace is not closed"),
        ("/users/{{id}}", "a brace is not closed"),
        ("/users/{}", "'' is not a parameter"),
        ("/users/{1}", "'1' is not a parameter"),
        ("/users/{a b}", "'a b' is not a parameter"),
        ("/users/{id:integer}", "there is no convertor 'integer'; did you mean 'int'?"),
        ("/users/{id}/{id}", "parameter 'id' stands twice"),
        ("/users/{a}{b}", "nothing separates two parameters"),
    ],
)
def test_a_template_that_cannot_be_read_is_refused_with_the_reason(text, reason):
    """A wrong template stops the registration and says what is wrong with it."""
    with pytest.raises(ValueError, match="route path") as caught:
        PathTemplate.parse(text)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("text", "values", "path"),
    [
        ("/", {}, "/"),
        ("/users/{id:int}", {"id": 5}, "/users/5"),
        ("/users/{id:int}", {"id": "5"}, "/users/5"),
        ("/{name}", {"name": "a b"}, "/a%20b"),
        ("/{name}", {"name": "O'Brien & ü?#%"}, "/O'Brien%20&%20%C3%BC%3F%23%25"),
        ("/{path:path}", {"path": "a/b c"}, "/a/b%20c"),
        ("/x/{a}.{b}/", {"a": 1, "b": 2}, "/x/1.2/"),
        (
            "/{id:uuid}",
            {"id": UUID("12345678-1234-5678-1234-567812345678")},
            "/12345678-1234-5678-1234-567812345678",
        ),
    ],
)
def test_a_template_filled_in_is_a_percent_encoded_path(text, values, path):
    """What stands in the path is encoded by RFC 3986."""
    assert PathTemplate.parse(text).format(values) == path


@pytest.mark.parametrize(
    ("text", "values", "reason"),
    [
        ("/{id}", {}, "needs id"),
        ("/{id}", {"id": 1, "idd": 2}, "has no parameter 'idd'; did you mean 'id'?"),
        ("/{id:int}", {"id": "x"}, "id='x' does not fit"),
        ("/{id:int}", {"id": -1}, "is negative"),
        ("/{name}", {"name": "a/b"}, "is not one segment"),
        ("/{name}", {"name": ""}, "is not one segment"),
        ("/{id:uuid}", {"id": "5"}, "is not a UUID"),
    ],
)
def test_a_value_that_would_make_another_path_is_refused(text, values, reason):
    """A path made from a template leads back to it."""
    with pytest.raises(ValueError, match=r"/\{") as caught:
        PathTemplate.parse(text).format(values)
    assert reason in str(caught.value)
