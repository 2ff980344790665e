"""What is said of ``settings.MIDDLEWARE`` before it hurts."""

from __future__ import annotations

import sys
import types
from functools import partial
from importlib.metadata import entry_points

import pytest

from openviper.conf import Secret, override_settings
from openviper.core.checks import Severity, run_checks
from openviper.core.middleware import BaseMiddleware
from openviper.middleware.checks import check_stack
from openviper.middleware.ratelimit import RateLimitMiddleware

REQUESTID = "openviper.middleware.requestid.RequestIdMiddleware"
PROXY = "openviper.middleware.proxy.ProxyHeadersMiddleware"
SECURITY = "openviper.middleware.security.SecurityMiddleware"
CORS = "openviper.middleware.cors.CORSMiddleware"
ERROR = "openviper.middleware.error.ServerErrorMiddleware"
CSRF = "openviper.middleware.csrf.CSRFMiddleware"
RATELIMIT = "openviper.middleware.ratelimit.RateLimitMiddleware"
AUTH = "shop.AuthenticationMiddleware"
OTHER = "shop.Other"
RECOMMENDED = (REQUESTID, PROXY, SECURITY, CORS, ERROR, CSRF, RATELIMIT, AUTH)
SOUND = {"ALLOWED_HOSTS": ("example.org",), "TRUSTED_PROXIES": ("10.0.0.0/8",), "SECRET_KEY": Secret("k" * 40)}


@pytest.fixture(autouse=True)
def shop(monkeypatch):
    """A project's own middleware."""
    module = types.ModuleType("shop")
    module.AuthenticationMiddleware = type("AuthenticationMiddleware", (BaseMiddleware,), {})
    module.Other = type("Other", (BaseMiddleware,), {})
    monkeypatch.setitem(sys.modules, "shop", module)
    return module


def found(*entries, **values):
    """Return the messages by id."""
    with override_settings(**{**SOUND, **values}, MIDDLEWARE=entries):
        messages = list(check_stack())
    assert len({message.id for message in messages}) == len(messages), messages
    return {message.id.removeprefix("openviper.middleware."): message for message in messages}


@pytest.mark.parametrize("debug", [True, False])
def test_the_recommended_order_gives_no_message(debug):
    """As a whole, and with the project's own between its parts."""
    assert found(*RECOMMENDED, DEBUG=debug) == {}
    mixed = [entry for each in RECOMMENDED for entry in (OTHER, each)]
    assert found(*mixed, DEBUG=debug) == {}


@pytest.mark.parametrize(
    "entries", [(), (SECURITY,), (SECURITY, AUTH), (SECURITY, RATELIMIT), (REQUESTID, OTHER, SECURITY, CSRF)]
)
def test_nobody_needs_them_all(entries):
    """Some of them, in their order, are as right as all."""
    assert found(*entries, TRUSTED_PROXIES=()) == {}


@pytest.mark.parametrize(
    ("entries", "id", "says", "hint"),
    [
        (
            (SECURITY, REQUESTID),
            "order",
            f"settings.MIDDLEWARE[1] = '{REQUESTID}' stands inside of settings.MIDDLEWARE[0] = '{SECURITY}': "
            "the latter logs without a request id",
            "move it to index 0; the order is requestid, proxy, security, cors, error, csrf, ratelimit, auth",
        ),
        ((SECURITY, OTHER, PROXY), "order", "the latter takes the proxy for the client", "move it to index 0;"),
        ((OTHER, CORS, SECURITY), "order", "the latter sees foreign hosts", "move it to index 1;"),
        ((SECURITY, CSRF, CORS), "order", "scripts of other origins cannot read the latter's answers", "to index 1;"),
        ((SECURITY, CSRF, ERROR), "order", "a failure of the latter is not answered by it", "move it to index 1;"),
        ((SECURITY, RATELIMIT, CSRF), "order", "forged requests get as far as the latter", "move it to index 1;"),
        ((SECURITY, AUTH, RATELIMIT), "order", "requests beyond the limit cost what the latter costs", "to index 1;"),
        ((ERROR, SECURITY), "error_outside", "its 500 goes out without the headers of this one", "move it to index 0;"),
        ((SECURITY, ERROR, CORS), "error_outside", "its 500 goes out without the headers of this one", "to index 1;"),
    ],
)
def test_what_is_out_of_order_is_told_with_its_place(entries, id, says, hint):
    """The message names both, what is lost, and where to move it."""
    trusted = SOUND["TRUSTED_PROXIES"] if PROXY in entries else ()
    messages = found(*entries, TRUSTED_PROXIES=trusted)
    assert list(messages) == [id]
    assert messages[id].severity is Severity.WARNING
    assert says in messages[id].message
    assert hint in messages[id].hint


def test_each_entry_that_is_out_of_order_is_told():
    """One message for each, with the outermost that it should stand outside of."""
    with override_settings(**SOUND, MIDDLEWARE=RECOMMENDED[::-1]):
        messages = list(check_stack())
    assert len(messages) == len(RECOMMENDED) - 1
    assert all(f"stands inside of settings.MIDDLEWARE[0] = '{AUTH}'" in message.message for message in messages)


def test_two_of_one_kind_stand_beside_each_other(shop):
    """Neither belongs outside of the other: a project may have two limits, or two ways to know its users."""
    shop.Login = type("Login", (shop.AuthenticationMiddleware,), {})
    shop.by_path = partial(RateLimitMiddleware, key="path")
    stack = (SECURITY, RATELIMIT, "shop.by_path", AUTH, "shop.Login")
    assert found(*stack, TRUSTED_PROXIES=()) == {}


def test_a_limit_by_user_stands_after_what_finds_the_user():
    """With the key ``user`` the order is another one."""
    by_user = {"RATE_LIMIT_KEY": "user"}
    messages = found(SECURITY, RATELIMIT, AUTH, **by_user, TRUSTED_PROXIES=())
    assert "RATE_LIMIT_KEY is 'user', and there is none yet when it counts" in messages["limit_before_user"].message
    assert "csrf, auth, ratelimit" in messages["limit_before_user"].hint
    assert found(SECURITY, AUTH, RATELIMIT, **by_user, TRUSTED_PROXIES=()) == {}


def test_subclasses_and_partial_classes_count(shop):
    """By what they are, not by how they are called."""
    from openviper.middleware.cors import CORSMiddleware
    from openviper.middleware.security import SecurityMiddleware

    shop.Shielding = type("Shielding", (SecurityMiddleware,), {})
    shop.open_cors = partial(partial(CORSMiddleware), allowed_origins=["https://example.org"])
    messages = found("shop.open_cors", "shop.Shielding", TRUSTED_PROXIES=())
    assert "settings.MIDDLEWARE[1] = 'shop.Shielding' stands inside of" in messages["order"].message
    shop.Login = type("Login", (shop.AuthenticationMiddleware,), {})
    assert "order" in found("shop.Login", SECURITY, TRUSTED_PROXIES=())


@pytest.mark.parametrize("entry", ["shop.Missing", "missing.Thing", "nonsense", "", "shop.__name__", "shop.broken"])
def test_what_cannot_be_imported_is_left_to_the_core(entry):
    """Which reports it; the others are looked at all the same."""
    assert list(found(entry, CORS, SECURITY, TRUSTED_PROXIES=())) == ["order"]


def test_settings_that_cannot_be_read_are_left_to_the_core(monkeypatch):
    """It tells every one of them."""
    with override_settings(MIDDLEWARE=(CORS, SECURITY)):
        monkeypatch.setenv("OPENVIPER_RATE_LIMIT_MAX_KEYS", "many")
        with override_settings(DEBUG=False):
            assert list(check_stack()) == []


def test_what_would_stop_the_start_is_told(shop):
    """In the words of the class that refuses it, with its place in the list; subclasses may know better."""
    from openviper.middleware.proxy import ProxyHeadersMiddleware

    messages = found(OTHER, PROXY, TRUSTED_PROXIES=("nginx",), ALLOWED_HOSTS=())
    assert messages["configuration"].severity is Severity.ERROR
    assert messages["configuration"].message.startswith(
        f"settings.MIDDLEWARE[1] = '{PROXY}' cannot be built: TRUSTED_PROXIES[0]='nginx' is no network; expected"
    )
    assert "configuration" in found(SECURITY, ALLOWED_HOSTS=(), TRUSTED_PROXIES=())
    shop.Knowing = type("Knowing", (ProxyHeadersMiddleware,), {})
    assert found("shop.Knowing", TRUSTED_PROXIES=(), ALLOWED_HOSTS=()) == {}


def hide_redis(monkeypatch):
    """Let the package be missing, as if it had never been imported."""
    for name in [name for name in sys.modules if name.startswith("redis.")]:
        monkeypatch.delitem(sys.modules, name)
    # None in its place: not to be imported.
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.setattr(sys, "meta_path", [])


def test_a_redis_without_its_package_is_told(monkeypatch):
    """The extra, and never the URL, which may hold a password."""
    limits = {"RATE_LIMIT_STORAGE": "redis://:hunter2@localhost:6379/0", "TRUSTED_PROXIES": ()}
    assert found(SECURITY, RATELIMIT, **limits) == {}
    hide_redis(monkeypatch)
    messages = found(SECURITY, RATELIMIT, **limits)
    assert list(messages) == ["redis"]
    assert messages["redis"].severity is Severity.ERROR
    assert "pip install 'openviper-middleware[redis]'" in messages["redis"].hint
    assert "hunter2" not in str(messages["redis"])
    assert found(SECURITY, **limits) == {}


def test_memory_needs_no_package(monkeypatch):
    """Whoever counts in memory hears nothing of Redis."""
    hide_redis(monkeypatch)
    assert found(SECURITY, RATELIMIT, TRUSTED_PROXIES=()) == {}


def test_a_storage_that_does_not_exist_needs_no_package(monkeypatch):
    """Whether redis-py is there or not: the check says what the middleware does."""
    limits = {"RATE_LIMIT_STORAGE": "memcached://:hunter2@localhost", "TRUSTED_PROXIES": ()}
    monkeypatch.setitem(sys.modules, "redis", None)
    messages = found(SECURITY, RATELIMIT, **limits)
    assert list(messages) == ["configuration"]
    assert "RATE_LIMIT_STORAGE begins with 'memcached://', which is no storage" in messages["configuration"].message
    assert "hunter2" not in str(messages)


def test_trusted_proxies_need_their_middleware():
    """The middleware without proxies is ready for some, and free until there are."""
    assert f"list '{PROXY}'" in found(SECURITY)["proxy_missing"].hint
    assert found(PROXY, SECURITY, TRUSTED_PROXIES=()) == {}


def test_tokens_need_a_key():
    """In the mode in which clients cannot do without them."""
    missing = {"SECRET_KEY": None, "TRUSTED_PROXIES": ()}
    assert found(SECURITY, CSRF, CSRF_MODE="token", **missing)["csrf_key"].severity is Severity.ERROR
    assert found(SECURITY, CSRF, CSRF_MODE="headers", **missing) == {}
    assert found(SECURITY, CSRF_MODE="token", **missing) == {}


def test_any_host_is_for_development():
    """With DEBUG on nobody else comes by."""
    anybody = {"ALLOWED_HOSTS": ("example.org", "*"), "TRUSTED_PROXIES": ()}
    assert "ALLOWED_HOSTS has '*', and DEBUG is off" in found(SECURITY, **anybody)["any_host"].message
    assert list(found(OTHER, **anybody)) == ["any_host"]
    assert found(SECURITY, DEBUG=True, **anybody) == {}


def test_hosts_that_nothing_checks_are_told():
    """Where there is some middleware, and none of it is for that."""
    assert f"list '{SECURITY}'" in found(OTHER, TRUSTED_PROXIES=())["hosts_unchecked"].hint
    assert found(OTHER, TRUSTED_PROXIES=(), ALLOWED_HOSTS=()) == {}
    assert found(OTHER, TRUSTED_PROXIES=(), DEBUG=True) == {}
    assert found(TRUSTED_PROXIES=()) == {}


def test_the_check_is_installed():
    """``viperctl check`` finds it by its entry point."""
    assert "openviper.middleware.checks:check_stack" in [each.value for each in entry_points(group="openviper.checks")]
    with override_settings(**SOUND, MIDDLEWARE=(CORS, SECURITY)):
        assert "openviper.middleware.order" in [message.id for message in run_checks()]
