"""The middleware stack, and what it says of entries that cannot be used."""

from __future__ import annotations

import functools

import pytest

from openviper.conf import ImproperlyConfigured
from openviper.core.middleware import BaseMiddleware, build_middleware_stack, middleware_problems


async def inmost(scope, receive, send):
    scope["seen"].append("app")


class Named(BaseMiddleware):
    def __init__(self, app, name="named"):
        super().__init__(app)
        self.name = name

    async def __call__(self, scope, receive, send):
        scope["seen"].append(self.name)
        await self.app(scope, receive, send)


class Plain:
    """A middleware that subclasses nothing."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        scope["seen"].append("plain")
        await self.app(scope, receive, send)


def misconfigured(app):
    raise ImproperlyConfigured("RATE_LIMITS[0]='often' is not a rate")


def factory(app):
    return Named(app, "factory")


async def seen_by(stack, kind="http"):
    scope = {"type": kind, "seen": []}
    await stack(scope, None, None)
    return scope["seen"]


async def test_the_first_entry_is_the_outermost():
    """A request passes the entries in the order of the list."""
    entries = [(Named, {"name": "first"}), Plain, factory, functools.partial(Named, name="partial"), Named]
    stack = build_middleware_stack(inmost, entries)
    assert await seen_by(stack) == ["first", "plain", "factory", "partial", "named", "app"]


@pytest.mark.parametrize("kind", ["http", "websocket", "lifespan", "something.new"])
async def test_a_middleware_sees_every_scope_and_passes_it_on(kind):
    """The base class passes on whatever it gets, later types too."""
    assert await seen_by(build_middleware_stack(inmost, [BaseMiddleware, Plain]), kind) == ["plain", "app"]


async def test_an_empty_list_is_the_application_itself():
    """No layer is put around an application that wants none."""
    assert build_middleware_stack(inmost, []) is inmost


async def test_entries_are_found_by_their_dotted_path(tmp_path, monkeypatch):
    """Settings name classes by path, with or without keyword arguments."""
    source = "from openviper.core.middleware import BaseMiddleware\n\nclass Marking(BaseMiddleware):\n"
    source += (
        "    def __init__(self, app, mark='default'):\n        super().__init__(app)\n        self.mark = mark\n\n"
    )
    source += "    async def __call__(self, scope, receive, send):\n        scope['seen'].append(self.mark)\n"
    source += "        await self.app(scope, receive, send)\n"
    (tmp_path / "shop_marking.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    entries = ["shop_marking.Marking", ("shop_marking:Marking", {"mark": "given"})]
    assert await seen_by(build_middleware_stack(inmost, entries)) == ["default", "given", "app"]


class NeedsMore:
    def __init__(self, app, limit):
        pass


class Refusing:
    def __init__(self, app):
        raise ValueError("allowed_origins=('*',) cannot be used with credentials")


async def asgi_function(scope, receive, send):
    pass


async def async_factory(app):
    return app


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("shop.missing.Middleware", "'shop.missing.Middleware' cannot be imported: ModuleNotFoundError: there is no "),
        ("Middleware", "'Middleware' cannot be imported: ImportError: 'Middleware' is not a dotted path"),
        ("", "'' cannot be imported: ImportError: '' is not a dotted path"),
        ("openviper.core.middleware.BaseMiddlewear", "did you mean 'BaseMiddleware'?"),
        ("openviper.core.middleware.__all__", "'openviper.core.middleware.__all__' is list, not a class; expected"),
        (7, "= <int> is int, not a class; expected one that is called as cls(app)"),
        (None, "= <NoneType> is NoneType, not a class"),
        ((Named,), "= <tuple> is a tuple; expected (class, {keyword: argument})"),
        ((), "= <tuple> is a tuple; expected"),
        ((Named, "name"), "Named is a tuple; expected (class, {keyword: argument})"),
        ((Named, {"nmae": "x"}), "Named cannot be called as cls(app, nmae=...): got an unexpected keyword"),
        ((Named, {"nmae": "x"}), "; it takes app, name; did you mean 'name'?"),
        (NeedsMore, "NeedsMore cannot be called as cls(app): missing a required argument: 'limit'"),
        (str, "= builtins.str made str, not an ASGI application"),
        (asgi_function, "asgi_function is an async function; expected a class"),
        (async_factory, "async_factory is an async function; expected a class"),
        (lambda app: None, "<lambda> made NoneType, not an ASGI application"),
        (Refusing, "Refusing could not be built: ValueError: allowed_origins=('*',) cannot be used with credentials"),
        (misconfigured, "misconfigured could not be built: RATE_LIMITS[0]='often' is not a rate"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named_with_its_index(entry, says):
    """The sentence says which entry, where it stands, and what would do."""
    with pytest.raises(ImproperlyConfigured) as caught:
        build_middleware_stack(inmost, [Plain, entry])
    assert str(caught.value).startswith("entries[1] = ")
    assert says in str(caught.value)


def test_all_entries_that_cannot_be_used_are_named_at_once():
    """One start-up shows every problem; another source of entries is named as such."""
    with pytest.raises(ImproperlyConfigured) as caught:
        build_middleware_stack(inmost, ["no.Such", Plain, 7], source="app.middleware")
    lines = str(caught.value).splitlines()
    assert [line.partition(" ")[0] for line in lines] == [
        "app.middleware[0]",
        "app.middleware[2]",
    ]


def test_a_module_that_fails_while_it_is_imported_is_shown_with_its_own_traceback(tmp_path, monkeypatch):
    """The entry is named, and the error of the module is the cause."""
    (tmp_path / "shop_failing.py").write_text("limit = 1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImproperlyConfigured, match="cannot be imported: ZeroDivisionError") as caught:
        build_middleware_stack(inmost, ["shop_failing.Middleware"])
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_nothing_is_built_where_one_entry_cannot_be_used():
    """A middleware that opens a connection does not, if the stack cannot be completed."""
    built = []
    with pytest.raises(ImproperlyConfigured):
        build_middleware_stack(inmost, ["no.Such", built.append])
    assert built == []


def test_a_string_in_place_of_a_list_is_refused():
    """A missing comma in a tuple of one does not become an entry for each letter."""
    with pytest.raises(ImproperlyConfigured, match=r"\('shop\.Middleware',\)"):
        build_middleware_stack(inmost, "shop.Middleware")


def test_arguments_are_not_shown():
    """A keyword argument may be a secret."""
    entries = [(NeedsMore, {"key": "hunter2"}), functools.partial(NeedsMore, key="hunter2")]
    with pytest.raises(ImproperlyConfigured) as caught:
        build_middleware_stack(inmost, entries)
    assert "hunter2" not in str(caught.value)


def test_what_ends_the_program_passes_through():
    """SystemExit is not wrapped."""

    def leaving(app):
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        build_middleware_stack(inmost, [leaving])


@pytest.mark.parametrize("entries", [["no.Such", Plain, 7, (Named, {"nmae": "x"})], "shop.Middleware"])
def test_problems_can_be_had_without_building(entries):
    """What a check lists is what building the stack raises."""
    with pytest.raises(ImproperlyConfigured) as caught:
        build_middleware_stack(inmost, entries, source="app.middleware")
    assert middleware_problems(entries, source="app.middleware") == str(caught.value).splitlines()


def test_looking_for_problems_calls_no_entry():
    """What only fails when it is called is no problem yet."""
    assert middleware_problems([Refusing, (Named, {"name": "x"}), "openviper.core.middleware.BaseMiddleware"]) == []


class Answerless:
    """An entry that answers to no name."""

    def __getattr__(self, name):
        raise LookupError(name)


class NamelessMeta(type):
    def __getattribute__(cls, name):
        if name == "__qualname__":
            raise LookupError(name)
        return super().__getattribute__(name)


class Nameless(metaclass=NamelessMeta):
    """Tells everything but its qualified name."""


@pytest.mark.parametrize(("make", "name"), [(Answerless, "Answerless"), (lambda: Nameless, "NamelessMeta")])
def test_an_entry_that_cannot_be_named_is_told_by_its_type_and_index(make, name):
    """Whatever its attributes raise, the message says which entry it is."""
    (problem,) = middleware_problems([Plain, make()])
    assert problem.startswith(f"entries[1] = <{name}> ")
