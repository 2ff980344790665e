"""Which command and app comes from where."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from openviper.core.distributions import APPS, COMMANDS, RELEASED, available_with


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("start-server", "comes with openviper-cli: pip install openviper-cli"),
        ("createsuperuser", "comes with openviper-auth, not released yet"),
        ("openviper.http", "comes with openviper-http: pip install openviper-http"),
        ("openviper.auth", "comes with openviper-auth, not released yet"),
        ("openviper.admin.sites.default", "comes with openviper-admin, not released yet"),
        ("openviper.routing.Router", "comes with openviper-http: pip install openviper-http"),
        ("openviper.core.flexible_adapter", "comes with openviper-cli: pip install openviper-cli"),
        ("openviper.core", None),
        ("openviper.httpx", None),
        ("openviper", None),
        ("myproject.openviper.http", None),
        ("no-such-command", None),
        ("", None),
        (".", None),
    ],
)
def test_what_is_documented_is_known_by_its_distribution(name, expected):
    """A module inside an app belongs to its app's distribution; other names are nobody's."""
    assert available_with(name) == expected


def test_every_distribution_that_is_released_is_named_by_what_it_offers():
    """The table and the list of released distributions use the same names."""
    named = {*COMMANDS.values(), *APPS.values()}
    assert named >= RELEASED - {"openviper-core"}
    assert all(name.startswith("openviper-") for name in named)


def test_what_can_be_installed_is_what_stands_here():
    """Each distribution of this repository is released, and no other; an sdist has no siblings to look at."""
    packages = Path(__file__).parents[2]
    if not (packages.parent / ".git").exists():
        pytest.skip("not in the repository")
    files = packages.glob("*/pyproject.toml")
    assert {tomllib.loads(file.read_text())["project"]["name"] for file in files} == RELEASED
