"""Loading the application that is served."""

from __future__ import annotations

import pytest

from openviper.cli._application import load_application
from openviper.cli.errors import CommandLineError


@pytest.fixture
def importable(files, monkeypatch):
    """``tmp_path`` with a module that no other test has, importable."""
    folder = files({"cli_one.py": "def app(scope): pass\nclass api:\n    v2 = app\nMapping = dict\n"})
    monkeypatch.syspath_prepend(str(folder))
    return folder


def test_an_application_is_loaded_by_its_attributes(importable):
    """Dots after the colon are attributes."""
    found = load_application("cli_one:app")
    assert found.__name__ == "app"
    assert load_application("cli_one:api.v2") is found


def test_a_missing_attribute_is_named_with_the_nearest(importable):
    """The module is there, and its application has another name."""
    with pytest.raises(CommandLineError, match="cli_one has no 'apq'; did you mean 'app'"):
        load_application("cli_one:apq")


def test_a_factory_is_called(files, monkeypatch):
    """What it returns is served, if it can be called."""
    monkeypatch.syspath_prepend(str(files({"cli_two.py": "def make(): return make\ndef fail(): return 1\n"})))
    assert load_application("cli_two:make", factory=True).__name__ == "make"
    with pytest.raises(CommandLineError, match="'cli_two:fail' is no ASGI application: it is int, not callable"):
        load_application("cli_two:fail", factory=True)


@pytest.mark.parametrize("target", ["os:app", "cli_one:mappings", "cli_one:api.apx"])
def test_nothing_is_named_that_is_no_application(importable, target):
    """However near its name is."""
    with pytest.raises(CommandLineError) as caught:
        load_application(target)
    assert "did you mean" not in str(caught.value)


NONE = """
import enum, functools, os, typing
from collections import abc, namedtuple
class Plain: pass
class Point(typing.NamedTuple):
    x: int
class Colour(enum.Enum):
    RED = 1
def four(a, b, c, d): pass
def named(*, scope): pass
bound = functools.partial(four, 1, 2, 3, 4, 5)
"""


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("json:loads", "loads(), a function of Python's own"),
        ("builtins:len", "len(), a function of Python's own"),
        ("math:cos", "cos(), a function of Python's own"),
        ("builtins:int", "the class int, whose objects cannot be called"),
        ("cli_none:Plain", "the class Plain, whose objects cannot be called"),
        ("cli_none:abc.Mapping", "the class Mapping, whose objects cannot be called"),
        ("cli_none:four", "four(), which cannot take scope, receive and send"),
        ("cli_none:named", "named(), which cannot take scope, receive and send"),
        ("cli_none:os", "module, not callable"),
    ],
)
def test_what_is_plainly_no_application_is_refused(files, monkeypatch, target, reason):
    """A server would start with it, and fail at each request."""
    monkeypatch.syspath_prepend(str(files({"cli_none.py": NONE})))
    with pytest.raises(CommandLineError) as caught:
        load_application(target)
    assert str(caught.value) == f"{target!r} is no ASGI application: it is {reason}"


SOME = """
import contextlib, functools
async def function(scope, receive, send): pass
async def spread(*args, **more): pass
def old(scope): return lambda receive, send: None
def factory(): return function
def options(scope, receive, send, *, debug=False, level=1): pass
class Old:
    def __init__(self, scope): pass
    async def __call__(self, receive, send): pass
class Awaited:
    def __init__(self, scope, receive, send): pass
    def __await__(self): yield
class Application:
    async def __call__(self, scope, receive, send): pass
    async def method(self, scope, receive, send): pass
class Heir(Application): pass
class Made:
    def __new__(cls): return function
application = Application()
method = application.method
partial = functools.partial(options, debug=True)
cached = functools.lru_cache(function)
@contextlib.contextmanager
def around(): yield
@around()
async def decorated(scope, receive, send): pass
@functools.wraps(function)
async def wrapped(*args): pass
"""


@pytest.mark.parametrize(
    "name",
    [
        *("function", "spread", "old", "factory", "options", "Old", "Awaited", "Application", "Heir", "Made"),
        *("application", "method", "partial", "cached", "decorated", "wrapped"),
    ],
)
def test_whatever_may_be_an_application_is_loaded(files, monkeypatch, name):
    """Of both versions of ASGI, and what makes one."""
    monkeypatch.syspath_prepend(str(files({"cli_some.py": SOME})))
    assert callable(load_application(f"cli_some:{name}"))


@pytest.mark.parametrize("args", [["json:loads"], ["os"]])
def test_what_is_no_application_is_not_served(openviper, args):
    """One line, and uvicorn's exit code."""
    result = openviper("run", *args, "--no-reload", "--port=0")
    assert result.returncode == 3
    assert " application: " in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
