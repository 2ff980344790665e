"""Who shares a limit."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from starlette.authentication import SimpleUser

from openviper.conf import ImproperlyConfigured
from openviper.core.context import current_router, current_user
from openviper.middleware._rate_keys import by_ip, by_path, by_user, key_function, key_name


@pytest.mark.parametrize(
    ("client", "key"),
    [
        (("192.0.2.1", 50000), "192.0.2.1"),
        (["192.0.2.1", 50001], "192.0.2.1"),
        (("2001:db8:1:2:3:4:5:6", 1), "20010db800010002"),
        (("2001:db8:1:2::", 1), "20010db800010002"),
        (("2001:DB8:1:2:ffff::1", 1), "20010db800010002"),
        (("2001:db8:1:3::1", 1), "20010db800010003"),
        (("::1", 1), "0000000000000000"),
        (("fe80::1%eth0", 1), "fe80000000000000"),
        (("fe80::2%25", 1), "fe80000000000000"),
        (("::ffff:192.0.2.1", 1), "192.0.2.1"),
        (("::ffff:c000:201", 1), "192.0.2.1"),
        (("::ffff:192.0.2.1%eth0", 1), "192.0.2.1"),
        (("testclient", 50000), "testclient"),
        (("[::1]", 1), "[::1]"),
        (("1:2", 1), "1:2"),
        (("::1\0", 1), "::1\0"),
        (("::\N{ARABIC-INDIC DIGIT FIVE}", 1), "::\N{ARABIC-INDIC DIGIT FIVE}"),
        (("", 0), ""),
        ((None, None), ""),
        (None, ""),
        ((), ""),
    ],
)
def test_a_client_is_an_ipv4_address_or_an_ipv6_network(client, key):
    """Zones do not tell clients apart, and what is no address stands for itself."""
    assert by_ip({"type": "http", "client": client}) == key


def test_no_client_at_all_is_one_client():
    """A server need not name it."""
    assert by_ip({"type": "http"}) == ""


class Slotted:
    __slots__ = ()

    def __str__(self):
        return "ann"


def test_a_user_who_cannot_be_told_apart_is_an_error():
    """By the default text each object, and so each request, would be another client."""
    token = current_user.set(object())
    try:
        with pytest.raises(TypeError, match="the user, object, has no id, pk, username or text"):
            by_user({"type": "http"})
    finally:
        current_user.reset(token)


@pytest.mark.parametrize(
    ("user", "key"),
    [
        (None, "ip:192.0.2.1"),
        (SimpleNamespace(is_authenticated=False, id=7), "ip:192.0.2.1"),
        (SimpleNamespace(is_authenticated=True, id=7), "user:7"),
        (SimpleNamespace(id=0), "user:0"),
        (SimpleNamespace(id=None, pk="a"), "user:a"),
        (SimpleUser("eve"), "user:eve"),
        (Slotted(), "user:ann"),
        ("192.0.2.1", "user:192.0.2.1"),
    ],
)
@pytest.mark.parametrize("place", ["context", "scope"])
def test_a_user_is_their_id_and_an_anonymous_one_their_address(user, key, place):
    """No user's id can be taken for an address."""
    scope = {"type": "http", "client": ("192.0.2.1", 1)}
    token = current_user.set(user if place == "context" else None)
    if place == "scope":
        scope["user"] = user
    try:
        assert by_user(scope) == key
    finally:
        current_user.reset(token)


def test_a_route_is_its_template_where_a_router_knows_it():
    """All users' pages are one key, and all paths that no route takes, for there is no end of them."""

    class Router:
        def resolve(self, scope):
            return SimpleNamespace(path="/users/{id:int}") if scope["path"].startswith("/users/") else None

    router = Router()
    token = current_router.set(router)
    try:
        assert by_path({"type": "http", "path": "/users/7", "router": router}) == "/users/{id:int}"
        none = {by_path({"type": "http", "path": f"/{number}", "router": router}) for number in range(9)}
        assert none == {"no route"}
        assert by_path({"type": "http", "path": "/users/7"}) == "/users/7", "another application's path"
    finally:
        current_router.reset(token)
    assert by_path({"type": "http", "path": "/app/none", "root_path": "/app"}) == "/none"


def tenant(scope):
    return scope.get("tenant")


async def slow(scope):
    return "a"


class Slow:
    async def __call__(self, scope):
        return "a"


def test_a_function_is_a_key_by_itself_and_by_its_path():
    """``None`` means that the request is not limited."""
    for key in (tenant, f"{__name__}.tenant", f"{__name__}:tenant"):
        function = key_function(key, "key")
        assert function({"tenant": "a"}) == "a"
        assert function({}) is None
        assert key_name(function) == f"{__name__}.tenant"


@pytest.mark.parametrize("given", ["ip", "user", "path"])
def test_the_three_names_are_keys(given):
    """They are known by their names."""
    assert key_name(key_function(given, "key")) == given


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("", "key='' is no key; expected 'ip', 'user', 'path', or a function"),
        ("IP", "key='IP' is no key"),
        ("host", "key='host' is no key"),
        ("nowhere.key", "key='nowhere.key' cannot be imported: there is no module 'nowhere'"),
        (f"{__name__}.tenants", "has no 'tenants'; did you mean 'tenant'?"),
        ("os.sep", "key='os.sep' is str;"),
        (7, "key=7 is int;"),
        (slow, "is an async function; a key is found by a plain one"),
        (Slow(), "is an async function"),
        (f"{__name__}.slow", "is an async function"),
    ],
)
def test_what_is_no_key_is_refused(key, sentence):
    """The sentence says what would be one."""
    with pytest.raises(ImproperlyConfigured) as refused:
        key_function(key, "key")
    assert sentence in str(refused.value)


@pytest.mark.parametrize(("answer", "kind"), [(7, "int"), (b"a", "bytes"), (("a", 1), "tuple")])
def test_an_answer_that_is_no_text_is_an_error(answer, kind):
    """It names the function."""
    with pytest.raises(TypeError, match=rf"<lambda> returned {kind}, not str or None"):
        key_function(lambda scope: answer, "key")({})


def test_a_coroutine_is_an_error_of_its_own():
    """It is not left without being awaited."""

    def later(scope):
        return slow(scope)

    with pytest.raises(TypeError, match="later returned coroutine"):
        key_function(later, "key")({})
