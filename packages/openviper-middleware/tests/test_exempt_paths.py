"""Which paths are exempt."""

from __future__ import annotations

import pytest

from openviper.conf import ImproperlyConfigured
from openviper.middleware._exempt_paths import ExemptPaths
from openviper.middleware._options import Option


@pytest.mark.parametrize(
    ("path", "root_path", "expected"),
    [
        ("/pay", "", True),
        ("/pay", "/app", True),
        ("/app/pay", "/app", True),
        ("/app/pay", "/app/", True),
        ("/hooks/", "", True),
        ("/hooks/a", "", True),
        ("/hooks/a/b", "", True),
        ("/hooks/a..b", "", True),
        ("/hooks/.well-known", "", True),
        ("/app/hooks/a", "/app", True),
        ("/", "", False),
        ("/app", "/app", False),
        ("/pay/", "", False),
        ("/Pay", "", False),
        ("//pay", "", False),
        ("/pay/a", "", False),
        ("/payment", "", False),
        ("/pay;a", "", False),
        ("/pay%2F", "", False),
        ("/a/pay", "", False),
        ("/apppay", "/app", False),
        ("/app/pay", "", False),
        ("/hooks", "", False),
        ("/hooksa", "", False),
        ("//hooks/a", "", False),
        ("/HOOKS/a", "", False),
        ("/hooks/..", "", False),
        ("/hooks/../account", "", False),
        ("/hooks/./a", "", False),
        ("/hooks/a/../../account", "", False),
        ("/hooks/..\\account", "", False),
        ("/hooks/%2e%2e/account", "", False),
        ("/hooks/a\0b", "", False),
    ],
)
def test_paths_are_exempt_as_they_stand(path, root_path, expected):
    """One path alone, or all below one; nothing that only looks like it, and nothing that leads out of it."""
    exempt = ExemptPaths(Option(("/pay", "/hooks/*"), "exempt_paths"))
    assert exempt.match({"type": "http", "path": path, "root_path": root_path}) is expected


def test_without_paths_nothing_is_exempt():
    """Which can be asked, too."""
    none = ExemptPaths(Option((), "exempt_paths"))
    assert not none
    assert not none.match({"type": "http", "path": "/"})


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("hooks", "exempt_paths[0]='hooks' is not a path; expected '/hooks/pay', or '/hooks/*' for all below"),
        ("", "exempt_paths[0]='' is not a path"),
        ("*", "exempt_paths[0]='*' is not a path"),
        ("https://a.example/a", "is not a path"),
        ("/a?b", "exempt_paths[0]='/a?b' is not a path"),
        ("/a#b", "exempt_paths[0]='/a#b' is not a path"),
        (None, "exempt_paths[0]=None is not a path"),
        (b"/a", "exempt_paths[0]=b'/a' is not a path"),
        ("/*", "exempt_paths[0]='/*' exempts everything; take the middleware out instead"),
        ("/a*", "exempt_paths[0]='/a*' has a * that is not '/*' at its end"),
        ("/a/*/b", "has a * that is not '/*' at its end"),
        ("/a/*/*", "has a * that is not '/*' at its end"),
    ],
)
def test_what_is_no_path_is_refused(path, sentence):
    """The sentence says what would be one."""
    with pytest.raises(ImproperlyConfigured) as refused:
        ExemptPaths(Option((path,), "exempt_paths"))
    assert sentence in str(refused.value)
