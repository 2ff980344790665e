"""The routes of an application, listed."""

from __future__ import annotations

import pytest

from openviper.app import OpenViper
from openviper.app._listing import as_json, list_routes, matching
from openviper.routing import Router


def handler(): ...


def flat(routes, depth=0):
    return [line for each in routes for line in ((depth, each.path, each.name), *flat(each.routes, depth + 1))]


def test_routes_are_listed_as_they_are_matched():
    """The order of registration does not matter."""
    paths = [
        "/",
        "/users/me",
        "/users/me/x",
        "/users/v{major:int}.txt",
        "/users/v{major:int}",
        "/users/{id:int}",
        "/users/{id:uuid}",
        "/users/{name}",
        "/users/{name}/x",
        "/users/{rest:path}",
        "/{page}",
    ]
    router = Router()
    for path in reversed(paths):
        router.add_route(path, lambda **params: "")
    assert [each.path for each in list_routes(router)] == paths


def test_the_order_is_the_one_of_matching():
    """What a path takes is the first in the list that it could take."""
    paths = ["/{a}/x", "/x/{b}", "/x/{b:int}", "/{rest:path}", "/x/y{b}", "/{a:int}/{b}", "/x/x"]
    router = Router()
    for path in paths:
        router.add_route(path, lambda **params: "", name=path)
    listed = [each.path for each in list_routes(router)]
    single = {}
    for path in paths:
        single[path] = Router()
        single[path].add_route(path, lambda **params: "")
    for path in ("/x/x", "/x/1", "/x/yes", "/1/x", "/1/2", "/x/z", "/z/z", "/a/b/c"):
        could = [each for each in listed if single[each].table.find(path, "GET")]
        assert router.table.find(path, "GET")[0].path == could[0]


def test_a_route_tells_its_methods_name_and_handler():
    """As they were registered; a websocket's is no method."""
    router = Router(prefix="/api")
    router.add_route("/x", handler, methods=("POST", "PUT"), name="mine")
    router.websocket("/live")(live)
    socket, post = list_routes(router)
    assert (post.methods, post.path, post.name) == (("POST", "PUT"), "/api/x", "mine")
    assert post.handler == f"{__name__}:handler"
    assert (socket.methods, socket.name) == (("WEBSOCKET",), "live")


async def live(websocket): ...


def test_a_route_tells_its_marks():
    """Those that openviper-middleware reads, and its own body limit."""
    middleware = pytest.importorskip("openviper.middleware")

    @middleware.rate_limit("5/minute", "20/hour")
    @middleware.csrf_exempt
    def marked(): ...

    router = Router()
    router.add_route("/x", marked, max_body_bytes=10)
    (route,) = list_routes(router)
    assert route.marks == ("csrf_exempt", "rate_limit 5/minute", "rate_limit 20/hour", "max_body_bytes 10")


def test_mounts_follow_with_their_own_routes():
    """The longest prefix first, as they are tried; names as the outermost application resolves them."""
    app, shop, carts = OpenViper(), OpenViper(), OpenViper()
    app.add_route("/", handler, name="index")
    shop.add_route("/", handler, name="index")
    carts.add_route("/{cart}", handler_of_cart, name="cart")
    shop.mount("/carts", carts, name="carts")
    app.mount("/s", shop, name="shop")
    app.mount("/static", handler)
    assert flat(list_routes(app)) == [
        (0, "/", "index"),
        (0, "/static", ""),
        (0, "/s", "shop"),
        (1, "/s/", "shop:index"),
        (1, "/s/carts", "shop:carts"),
        (2, "/s/carts/{cart}", "shop:carts:cart"),
    ]
    assert app.url_path_for("shop:carts:cart", cart="1") == "/s/carts/1"


def handler_of_cart(cart): ...


def test_an_application_in_itself_is_listed_once():
    """Its routes would have no end."""
    app = OpenViper()
    app.add_route("/", handler)
    app.mount("/again", app)
    assert flat(list_routes(app)) == [(0, "/", "handler"), (0, "/again", "")]


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("/users", ["/users/{id}", "/users"]),
        ("USERS", ["/users/{id}", "/users"]),
        ("/users*", ["/users/{id}", "/users"]),
        ("/user?", ["/users"]),
        ("catalogue", ["/users"]),
        ("*:handler_of_cart", ["/s", "/s/{cart}"]),
        ("/s", ["/s", "/s/", "/s/{cart}"]),
        ("nothing", []),
    ],
)
def test_a_pattern_chooses_by_path_name_and_handler(pattern, paths):
    """A mount stays for a route in it, and then for that one alone."""
    app, shop = OpenViper(), OpenViper()
    app.add_route("/users", lambda: "", name="catalogue")
    app.add_route("/users/{id}", lambda id: "", name="one")
    shop.add_route("/", lambda: "", name="root")
    shop.add_route("/{cart}", handler_of_cart)
    app.mount("/s", shop)
    found = [path for _, path, _ in flat(matching(list_routes(app), pattern))]
    assert sorted(found) == sorted(paths)


def test_json_has_the_same_and_only_mounts_have_routes():
    """So that a script need not look for what is not there."""
    app, shop = OpenViper(), OpenViper()
    shop.add_route("/", handler)
    app.mount("/s", shop)
    (mount,) = [as_json(each) for each in list_routes(app)]
    (route,) = mount.pop("routes")
    assert mount["methods"] == ("MOUNT",)
    assert route == {
        "methods": ("GET",),
        "path": "/s/",
        "name": "handler",
        "handler": f"{__name__}:handler",
        "marks": (),
    }
