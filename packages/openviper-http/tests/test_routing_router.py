"""Registering routes, and routers in routers."""

from __future__ import annotations

import pytest

from openviper.app import OpenViper
from openviper.core.errors import ImproperlyConfigured
from openviper.routing import NoRouteFound, Router


async def handler(request):
    """Serve as a handler; never called here."""


def resolve(router, path, method="GET", **more):
    match = router.resolve({"type": "http", "method": method, "path": path, **more})
    return None if match is None else (match.path, match.path_params)


def test_every_verb_registers_its_method_and_get_answers_head():
    """One path may have a handler for each method."""
    router = Router()
    for verb in ("get", "post", "put", "patch", "delete", "options"):
        getattr(router, verb)("/x", name=verb)(handler)
    assert router.table.methods("/x") == ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
    assert router.resolve({"type": "http", "method": "HEAD", "path": "/x"}).route.name == "get"
    assert resolve(router, "/x", "TRACE") is None


def test_an_own_handler_for_head_is_kept():
    """HEAD falls back to GET only where nobody registered it, whatever the order."""
    router = Router()
    router.get("/x", name="get")(handler)
    router.route("/x", methods=["head"], name="head")(handler)
    assert router.resolve({"type": "http", "method": "HEAD", "path": "/x"}).route.name == "head"


def test_the_decorated_function_stays_what_it_was():
    """Decorators can be stacked: one handler at two paths."""
    router = Router()
    assert router.get("/a")(router.get("/b")(handler)) is handler
    assert resolve(router, "/a")
    assert resolve(router, "/b")


def test_a_resolved_route_gives_the_handler_with_its_marks():
    """Middleware reads what a decorator left on the handler."""

    async def marked():
        """Carry a mark."""

    marked.csrf_exempt = True
    router = Router()
    router.get("/x")(marked)
    assert router.resolve({"type": "http", "method": "GET", "path": "/x"}).handler.csrf_exempt


def test_included_routers_add_their_prefixes_and_namespaces():
    """A router may be included twice, and inside one that is included itself."""
    users, api, root = Router(prefix="/users"), Router(), Router()
    users.get("/{id:int}", name="user")(handler)
    users.get("", name="users")(handler)
    api.include_router(users, namespace="users")
    root.include_router(api, "/v1/", namespace="v1")
    root.include_router(api, "/v2", namespace="v2")
    assert resolve(root, "/v2/users/5") == ("/v2/users/{id:int}", {"id": 5})
    assert root.url_path_for("v1:users:user", id=5) == "/v1/users/5"
    assert root.url_path_for("v2:users:users") == "/v2/users"


def test_a_route_registered_after_its_router_was_included_is_served():
    """The order of imports does not decide what is served."""
    inner, middle, root = Router(), Router(), Router()
    root.include_router(middle, "/a")
    middle.include_router(inner, "/b")
    assert resolve(root, "/a/b/late") is None
    inner.get("/late")(handler)
    assert resolve(root, "/a/b/late") == ("/a/b/late", {})


def test_a_router_cannot_include_itself():
    """A cycle is refused where it would be closed."""
    outer, inner = Router(), Router()
    outer.include_router(inner)
    for router in (inner, outer):
        with pytest.raises(ValueError, match="would include itself"):
            inner.include_router(router)


def test_a_prefix_with_a_parameter_gives_it_to_every_handler():
    """``/{tenant}`` in front of a router belongs to its routes' parameters."""
    inner, root = Router(), Router()
    inner.get("/users/{id:int}")(handler)
    root.include_router(inner, "/{tenant}")
    assert resolve(root, "/acme/users/5") == ("/{tenant}/users/{id:int}", {"tenant": "acme", "id": 5})


def test_a_mount_below_a_parameter_is_refused():
    """Its prefix would never match; the start-up says so."""
    inner, root = Router(), Router()
    inner.mount("/files", handler)
    root.include_router(inner, "/{tenant}")
    with pytest.raises(ValueError, match=r"mount path '/\{tenant\}/files' has parameters"):
        _ = root.table


def test_all_duplicates_are_reported_together_with_their_handlers():
    """Two handlers for one method and path cannot both be meant."""

    async def other(request):
        """Serve as another handler."""

    router = Router()
    router.get("/users/{id}", name="a")(handler)
    router.get("/users/{name}", name="b")(other)
    router.post("/x")(handler)
    router.route("/x", methods=("POST", "PUT"))(other)
    with pytest.raises(ImproperlyConfigured) as caught:
        _ = router.table
    first, second = str(caught.value).splitlines()
    assert first.startswith("GET /users/{name} is registered twice: ")
    assert ":handler and " in first
    assert first.endswith("other")
    assert second.startswith("POST /x is registered twice: ")


def test_a_name_given_to_two_paths_is_refused():
    """A URL made by name must be unambiguous; handlers' own names may repeat."""
    router = Router()
    router.get("/a", name="same")(handler)
    router.get("/b", name="same")(handler)
    router.get("/c")(handler)
    router.get("/d")(handler)
    with pytest.raises(ImproperlyConfigured, match="the route name 'same' is given twice: /a and /b"):
        _ = router.table


@pytest.mark.parametrize(
    ("register", "error", "reason"),
    [
        (
            lambda router: router.route("/x", methods=("FETCH",))(handler),
            ImproperlyConfigured,
            "'FETCH' is not a method",
        ),
        (
            lambda router: router.route("/x", methods="GET")(handler),
            ImproperlyConfigured,
            "is a string; write ('GET',)",
        ),
        (lambda router: router.get("/x")("handler"), ImproperlyConfigured, "'handler' is not a handler"),
        (lambda router: router.websocket("/x")(lambda request: None), ImproperlyConfigured, "is not 'async def'"),
        (lambda router: router.mount("static", handler), ValueError, "'static' does not start with '/'"),
        (lambda router: router.mount("/{x}", handler), ValueError, "has parameters"),
        (lambda router: router.mount("/x", None), ImproperlyConfigured, "None is not an ASGI application"),
        (
            lambda router: router.get(handler),
            ImproperlyConfigured,
            "handler stands where a path is expected; write @app",
        ),
        (lambda router: Router(prefix="api"), ValueError, "'api' does not start with '/'"),
        (lambda router: Router(prefix="{a}/x"), ValueError, "does not start with '/'"),
        (lambda router: router.include_router(Router(), "/{x"), ValueError, "a brace is not closed"),
    ],
)
def test_a_wrong_registration_is_refused_where_it_stands(register, error, reason):
    """The traceback of a mistake points to its line."""
    with pytest.raises(error) as caught:
        register(Router())
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("name", "params", "reason"),
    [
        ("usr", {"id": 5}, "there is no route named 'usr'; did you mean 'user'?"),
        ("user", {}, "needs id"),
        ("user", {"id": "x"}, "id='x' does not fit"),
        ("files", {}, "takes one parameter, path"),
        ("files:x", {}, "function has no named routes"),
    ],
)
def test_a_name_that_cannot_be_resolved_says_why(name, params, reason):
    """A LookupError and a ValueError, so that either ``except`` works."""
    router = Router()
    router.get("/users/{id:int}", name="user")(handler)
    router.mount("/files", handler, name="files")
    with pytest.raises(NoRouteFound) as caught:
        router.url_path_for(name, **params)
    assert reason in str(caught.value)
    assert isinstance(caught.value, LookupError)


def test_names_reach_into_mounts():
    """``MOUNT:ROUTE`` is a mounted application's route, ``MOUNT`` with ``path`` a file in it."""
    inner, root = OpenViper(), Router()
    inner.get("/users/{id:int}", name="user")(handler)
    root.mount("/admin", inner, name="admin")
    assert root.url_path_for("admin:user", id=5) == "/admin/users/5"
    assert root.url_path_for("admin", path="a b.css") == "/admin/a%20b.css"


def test_root_path_is_not_part_of_the_path_inside():
    """Behind a proxy, or mounted, ``path`` begins with ``root_path`` (ASGI 3.0)."""
    router = Router()
    router.get("/x")(handler)
    assert resolve(router, "/app/x", root_path="/app") == ("/x", {})
    assert resolve(router, "/x", root_path="/app") == ("/x", {})
    assert resolve(router, "/application/x", root_path="/app") is None


@pytest.mark.parametrize("kind", ["lifespan", "something-later"])
def test_a_scope_without_a_path_takes_no_route(kind):
    """Middleware sees every scope and may ask for each."""
    assert Router().resolve({"type": kind}) is None


def test_a_route_of_a_mounted_router_is_resolved_below_its_mount():
    """So that middleware around the application sees the marks on its handlers."""
    site, shop, cart = OpenViper(), OpenViper(), OpenViper()
    cart.add_route("/items/{id:int}", handler)
    shop.mount("/cart", cart)
    site.mount("/shop", shop)
    found = ("/shop/cart/items/{id:int}", {"id": 5})
    assert resolve(site, "/shop/cart/items/5") == found
    assert resolve(site, "/shop/cart/items/none") is None
    assert resolve(site, "/v1/shop/cart/items/5", root_path="/v1") == found
