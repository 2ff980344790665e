"""What a handler may ask for."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from functools import partial
from uuid import UUID

import pytest

from openviper.http import Request
from openviper.routing._handler import bind_handler
from openviper.routing._pattern import PathTemplate

TEMPLATE = PathTemplate.parse("/users/{id:int}/{name}")
PARAMS = {"id": 5, "name": "ada"}

place: ContextVar[str] = ContextVar("place", default="nowhere")


async def nothing():
    return ()


async def request_only(request):
    return (request,)


async def annotated(conn: Request):
    return (conn,)


async def everything(request, id, name):
    return (request, id, name)


async def request_last(name, *, id, request):
    return (name, id, request)


async def keyword_only(*, request, name):
    return (request, name)


async def some(name):
    return (name,)


async def some_and_request(request, name):
    return (request, name)


async def with_default(request, id, page=1):
    return (request, id, page)


async def the_rest(request, **params):
    return (request, params)


def in_thread(request, id):
    return (request, id)


class Callable:
    async def __call__(self, request, id: int):
        return (request, id)


@pytest.mark.parametrize(
    ("handler", "result"),
    [
        (nothing, ()),
        (request_only, ("R",)),
        (annotated, ("R",)),
        (everything, ("R", 5, "ada")),
        (request_last, ("ada", 5, "R")),
        (keyword_only, ("R", "ada")),
        (some, ("ada",)),
        (some_and_request, ("R", "ada")),
        (with_default, ("R", 5, 1)),
        (the_rest, ("R", PARAMS)),
        (in_thread, ("R", 5)),
        (Callable(), ("R", 5)),
        (partial(everything, name="grace"), ("R", 5, "ada")),
    ],
)
async def test_a_handler_is_given_what_it_asks_for_by_name(handler, result):
    """The order and the number of a handler's parameters are its own business."""
    assert await bind_handler(handler, TEMPLATE)("R", PARAMS) == result


@pytest.mark.parametrize("name", ["handler", "target", "connection", "function", "params", "self"])
async def test_a_parameter_may_have_any_name(name):
    """No name of ours is in the way of the user's."""
    template = PathTemplate.parse(f"/{{{name}}}/{{other}}")
    for source in (f"def show({name}): return {name}", f"async def show({name}): return {name}"):
        defined = {}
        exec(source, defined)
        assert await bind_handler(defined["show"], template)(None, {name: "x", "other": "y"}) == "x"


def wrong_name(request, idd):
    """Ask for a parameter that is misspelt."""


def wrong_type(id: UUID):
    """Ask for a type that the template does not give."""


def wrong_type_of_text(name: int):
    """Ask for a number where the template gives text."""


def positional(id, /):
    """Take a parameter that cannot be given by name."""


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (wrong_name, "takes 'idd', which is not in '/users/{id:int}/{name}'; did you mean 'id'?"),
        (wrong_type, "takes id: UUID, but '/users/{id:int}/{name}' gives int; write {id:uuid}"),
        (wrong_type_of_text, "gives str; write {name:int}"),
        (positional, "'id' is positional-only"),
    ],
)
def test_a_handler_that_asks_for_something_else_is_refused(handler, reason):
    """A mistake in a signature shows when the route is registered, not at the first request."""
    with pytest.raises(ValueError, match=handler.__name__) as caught:
        bind_handler(handler, TEMPLATE)
    assert reason in str(caught.value)


async def test_a_sync_handler_runs_in_a_thread_with_the_context_of_the_request():
    """``def`` does not block the loop and sees the same context variables."""

    def handler():
        return threading.current_thread(), place.get()

    place.set("here")
    thread, seen = await bind_handler(handler, PathTemplate.parse("/"))(None, {})
    assert thread is not threading.main_thread()
    assert seen == "here"
