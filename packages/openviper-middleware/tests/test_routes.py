"""Where a request goes inside the application."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from openviper.core.context import current_router
from openviper.middleware._routes import app_path, route_of


@pytest.mark.parametrize(
    ("path", "root", "found"),
    [
        ("/a/b", "", "/a/b"),
        ("/app/a", "/app", "/a"),
        ("/app/a", "/app/", "/a"),
        ("/apple", "/app", "/apple"),
        ("/app", "/app", "/"),
        ("/app/", "/app", "/"),
        ("/", "/", "/"),
        ("/a", "/app", "/a"),
    ],
)
def test_a_path_is_the_one_inside_the_application(path, root, found):
    """``root_path`` is where the application was mounted."""
    assert app_path({"type": "http", "path": path, "root_path": root}) == found


def test_a_route_is_what_our_router_says():
    """``None`` where there is no router, or none of ours: the scope of another application that is mounted in ours."""
    route = SimpleNamespace(path="/users/{id:int}")
    router = SimpleNamespace(resolve=lambda scope: route if scope["path"] == "/users/7" else None)
    scope = {"type": "http", "path": "/users/7"}
    assert route_of(scope) is None
    token = current_router.set(router)
    try:
        assert route_of({**scope, "router": router}) is route
        assert route_of({**scope, "path": "/", "router": router}) is None
        assert route_of({**scope, "router": object()}) is None
        assert route_of(scope) is None
    finally:
        current_router.reset(token)
