"""section(): a package's own settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from openviper._settings.core import LifespanSettings
from openviper.conf import BaseSettings, ImproperlyConfigured, Secret, section
from openviper.conf._finder import Origin
from openviper.conf._project import Project


@dataclass(frozen=True, kw_only=True)
class ShopSettings:
    """A section of a package."""

    SHOP_CURRENCY: str = "EUR"
    SHOP_WAIT: timedelta = timedelta(seconds=5)
    SHOP_KEY: Secret[str] | None = None
    SHOP_COUNTRIES: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NeedySettings:
    """A section with fields that must be given."""

    SHOP_URL: str
    SHOP_PORT: int


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An unloaded project in an empty current directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    return Project()


def test_without_a_project_a_section_gives_its_defaults():
    """A program with no settings module at all reads each section's defaults."""
    assert section(LifespanSettings) == LifespanSettings()


def test_a_section_is_one_object(project):
    """Whoever reads a section gets the same object."""
    assert section(LifespanSettings) is section(LifespanSettings)
    assert project.section(ShopSettings)[0] is project.section(ShopSettings)[0]


def test_the_environment_counts_without_a_project(project, monkeypatch):
    """Variables are read by the section's own hints."""
    monkeypatch.setenv("OPENVIPER_SHOP_WAIT", "5m")
    monkeypatch.setenv("OPENVIPER_SHOP_COUNTRIES", "ch, at")
    shop, _ = project.section(ShopSettings)
    assert (timedelta(minutes=5), ("ch", "at")) == (shop.SHOP_WAIT, shop.SHOP_COUNTRIES)


def test_the_projects_class_counts_below_the_environment(project, monkeypatch):
    """An attribute of the project's class beats the section's default, and is made what the section's hint says."""

    class Settings(BaseSettings):
        SHOP_CURRENCY: str = "CHF"
        SHOP_KEY: str = "plain"
        SHOP_COUNTRIES: list[str] = ["ch"]  # noqa: RUF012 - the project's own way
        SHOP_WAIT: Any = timedelta(seconds=1)

    monkeypatch.setenv("OPENVIPER_SHOP_WAIT", "2s")
    project.configure(Origin(Settings, "the test"))
    shop, found = project.section(ShopSettings)
    assert shop == ShopSettings(
        SHOP_CURRENCY="CHF", SHOP_KEY=Secret("plain"), SHOP_COUNTRIES=("ch",), SHOP_WAIT=timedelta(seconds=2)
    )
    assert found.sources["SHOP_CURRENCY"] == __name__
    assert found.sources["SHOP_WAIT"] == "OPENVIPER_SHOP_WAIT, environment"


def test_a_section_reports_all_of_its_own_problems(project, monkeypatch):
    """Missing and wrong values, from the project and the environment, in one error."""

    class Settings(BaseSettings):
        SHOP_CURRENCY: int = 5
        SHOP_COUNTRIES: str = "ch"

    monkeypatch.setenv("OPENVIPER_SHOP_WAIT", "soon")
    project.configure(Origin(Settings, "the test"))
    with pytest.raises(ImproperlyConfigured) as caught:
        project.section(ShopSettings)
    assert str(caught.value).splitlines() == [
        f"Settings.SHOP_CURRENCY=5 ({__name__}) is not a str; ShopSettings.SHOP_CURRENCY: str",
        "OPENVIPER_SHOP_WAIT='soon' (environment) is not a timedelta (30s, 5m, 2h, 1d, 1h30m, or a number of seconds); "
        "ShopSettings.SHOP_WAIT: timedelta",
        f"Settings.SHOP_COUNTRIES='ch' ({__name__}) is not a tuple[str, ...]; "
        "ShopSettings.SHOP_COUNTRIES: tuple[str, ...]",
    ]


def test_only_a_field_without_default_must_be_given(project, monkeypatch):
    """Without a project such a field raises, until a variable gives it."""
    with pytest.raises(ImproperlyConfigured) as caught:
        project.section(NeedySettings)
    assert [line.partition(" ")[0] for line in str(caught.value).splitlines()] == [
        "OPENVIPER_SHOP_URL",
        "OPENVIPER_SHOP_PORT",
    ]


@pytest.mark.parametrize("thing", [int, BaseSettings, type("Plain", (), {})])
def test_what_is_no_section_is_refused(project, thing):
    """A section is a dataclass, and not the project's own class."""
    with pytest.raises(ImproperlyConfigured, match="is not a section; expected a frozen dataclass"):
        project.section(thing)
