"""Which database is meant."""

from __future__ import annotations

import re

import pytest

from openviper.backup._sqlite.location import locate
from openviper.backup._terminal.configured import target_url
from openviper.backup.errors import InvalidInput
from openviper.backup.url import parse_url
from openviper.conf import Secret, override_settings
from openviper.core.projects import search_from

URL = "postgresql://ada:hunter2@db.example/shop"


def test_named():
    """What is named goes before the settings."""
    with override_settings(DATABASES={"default": {"OPTIONS": {"URL": "sqlite:///other.db"}}}):
        assert target_url(URL) == URL


@pytest.mark.parametrize("url", [URL, Secret(URL)])
def test_configured(url):
    """Without a name it is the project's, which may be a secret."""
    with override_settings(DATABASES={"default": {"OPTIONS": {"URL": url}}}):
        assert target_url(None) == URL


def test_an_alias():
    """The project's other databases go by their aliases."""
    with override_settings(DATABASES={"default": {}, "stock": {"OPTIONS": {"URL": URL}}}):
        assert target_url(None, "stock") == URL


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///shop.db", "{root}/shop.db"),
        ("sqlite+aiosqlite:///data/shop%20one.db?timeout=5", "{root}/data/shop one.db"),
        ("sqlite:///%2525.db", "{root}/%25.db"),
        ("sqlite:///file:shop%2520one.db?mode=ro&uri=true", "{root}/shop one.db"),
        ("sqlite:////srv/shop.db", "/srv/shop.db"),
        ("sqlite:///%2Fsrv/shop.db", "/srv/shop.db"),
        ("sqlite:///file:/srv/shop.db?uri=true", "/srv/shop.db"),
    ],
)
def test_a_relative_path_in_the_settings_is_the_projects(tmp_path, monkeypatch, url, expected):
    """Wherever the command runs; what is named on the command line stands in the current directory."""
    root = tmp_path / "a project, 100%"
    root.mkdir()
    search_from(str(root))
    monkeypatch.chdir(tmp_path)
    try:
        with override_settings(DATABASES={"default": {"OPTIONS": {"URL": url}}}):
            assert str(locate(parse_url(target_url(None))).path) == expected.format(root=root)
            monkeypatch.chdir(root)
            assert target_url(None) == url
        assert target_url(url) == url
    finally:
        search_from(None)


def test_a_database_in_memory_stays_what_it_is(tmp_path, monkeypatch):
    """It is refused elsewhere."""
    monkeypatch.chdir(tmp_path)
    for url in ("sqlite://", "sqlite:///:memory:", "sqlite:///file::memory:?uri=true"):
        with override_settings(DATABASES={"default": {"OPTIONS": {"URL": url}}}):
            assert target_url(None) == url


@pytest.mark.parametrize(
    ("databases", "alias", "words"),
    [
        ({}, "default", "No database URL configured: DATABASES['default']['OPTIONS']['URL'] (settings) is not set"),
        ({"default": {}}, "default", "No database URL configured: DATABASES['default']"),
        ({"default": {"OPTIONS": None}}, "default", "No database URL configured: DATABASES['default']"),
        ({"default": {"OPTIONS": {"URL": ""}}}, "default", "No database URL configured: DATABASES['default']"),
        ({"default": {"OPTIONS": {"URL": URL}}}, "stock", "No database URL configured: DATABASES['stock']"),
        (
            {"default": {}, "stock": {}},
            "stok",
            "['stok']['OPTIONS']['URL'] (settings) is not set; did you mean 'stock'?",
        ),
        ({"default": {}, "stock": {}}, "x", "is not set; expected one of 'default', 'stock', or --db URL"),
        ({"default": {"OPTIONS": {"URL": 5}}}, "default", "is of type int; text is expected"),
        ({"default": {"OPTIONS": {"URL": Secret(None)}}}, "default", "No database URL configured"),
    ],
)
def test_not_configured(databases, alias, words):
    """Where nothing says it, the setting that would is named."""
    with override_settings(DATABASES=databases), pytest.raises(InvalidInput, match=re.escape(words)):
        target_url(None, alias)


def test_named_by_nothing():
    """An empty name, as an unset variable in a script gives one, is not the project's database."""
    with (
        override_settings(DATABASES={"default": {"OPTIONS": {"URL": URL}}}),
        pytest.raises(InvalidInput, match="No database URL configured: --db is empty"),
    ):
        target_url("")
