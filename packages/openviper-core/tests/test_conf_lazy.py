"""settings: the lazy object that everybody reads."""

from __future__ import annotations

import copy
import inspect
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path

import pytest

from openviper.conf import BaseSettings, Explanation, ImproperlyConfigured, Secret
from openviper.conf._lazy import LazySettings
from openviper.conf._project import Project
from openviper.conf._reader import Reader


class Colour(Enum):
    RED = 1


class Mixin:
    STATIC_URL = "/assets/"


class Settings(Mixin, BaseSettings):
    """A project's settings."""

    DEBUG = True
    PORT: int = 8000
    COLOUR: Colour = Colour.RED
    API_TOKEN: Secret[str] = Secret("hunter2")
    SMTP_PASSWORD: str = "hunter2"
    HOME: Path | None = None

    @property
    def ADDRESS(self):  # noqa: N802 - a computed setting
        return f"127.0.0.1:{self.PORT}"

    @property
    def broken(self):
        raise AttributeError("inner")


@dataclass(frozen=True, kw_only=True)
class ShopSettings:
    """A section that no distribution names."""

    CURRENCY: str = "EUR"
    PORT: int = 1


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """A lazy settings object of its own, of an empty current directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    return LazySettings(Reader(Project()))


def test_a_setting_is_read_by_its_name(settings):
    """Fields, inherited fields and properties of the project's class are there."""
    settings.configure(Settings)
    assert (settings.PORT, settings.TIME_ZONE, settings.DEBUG, settings.ADDRESS) == (
        8000,
        "UTC",
        True,
        "127.0.0.1:8000",
    )


def test_an_unknown_name_is_an_attribute_error(settings):
    """With the nearest name, so that hasattr() and getattr() with a default work."""
    settings.configure(Settings)
    with pytest.raises(AttributeError, match=r"no setting 'PROT' \(.*Settings.*\); did you mean 'PORT'\?"):
        _ = settings.PROT
    assert getattr(settings, "NOWHERE", 5) == 5
    assert not hasattr(settings, "nowhere")


def test_an_attribute_error_inside_a_property_is_told_as_it_is(settings):
    """A property that fails is not a setting that is missing."""
    settings.configure(Settings)
    with pytest.raises(AttributeError, match="inner"):
        _ = settings.broken


def test_a_name_of_an_installed_section_is_read_from_it(settings):
    """The project's class need not repeat what a package declares."""
    assert settings.STARTUP_TIMEOUT is None


def test_nothing_can_be_assigned(settings):
    """Assigning and deleting are refused, with the way to do it in a test."""
    for change in (lambda: setattr(settings, "DEBUG", True), lambda: delattr(settings, "DEBUG")):
        with pytest.raises(AttributeError, match="override_settings"):
            change()
    assert settings.DEBUG is False


def test_looking_at_it_loads_nothing(settings):
    """repr(), copy and inspection of an object that is not configured yet leave it so."""
    assert repr(settings) == "<settings: not loaded yet>"
    assert not hasattr(settings, "__wrapped__")
    assert not inspect.isawaitable(settings)
    assert copy.copy(settings) is copy.deepcopy(settings) is settings
    settings.configure(Settings)
    assert settings.PORT == 8000


def test_once_loaded_it_says_what_it_is(settings):
    """repr() names the source, and dir() the settings."""
    settings.configure(Settings, named_by="--settings")
    assert {"PORT", "TIME_ZONE", "configure"} <= set(dir(settings))
    assert repr(settings) == f"<settings: {__name__}.Settings (--settings)>"
    assert settings.source == f"{__name__}.Settings (--settings)"


def test_is_configured_tells_whether_there_is_a_project(settings, tmp_path):
    """False with defaults alone; True when a project could be found, without importing it."""
    assert settings.is_configured() is False
    assert settings.source == "environment and defaults (no settings module)"
    (tmp_path / "settings.py").write_text("from openviper.conf import BaseSettings\nraise SystemExit\n")
    assert settings.is_configured() is True
    assert settings.source == f"settings (the root layout of {tmp_path})"


@pytest.mark.parametrize("target", [None, 5, "", "  ", object(), ShopSettings, dict, {"DEBUG": True}])
def test_configure_refuses_what_names_no_settings(settings, target):
    """A module's name, a settings class or an instance of one; nothing else."""
    with pytest.raises(ImproperlyConfigured, match="names no settings; expected a module"):
        settings.configure(target)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("PORT", f"PORT: int = 8000 ({__name__})"),
        ("DEBUG", f"DEBUG: bool = True ({__name__})"),
        ("COLOUR", f"COLOUR: Colour = <Colour.RED: 1> ({__name__})"),
        ("STATIC_URL", f"STATIC_URL: str = '/assets/' (Mixin in {__name__})"),
        ("TIME_ZONE", "TIME_ZONE: str = 'Asia/Tokyo' (OPENVIPER_TIME_ZONE, environment)"),
        ("TEMPLATES_DIR", "TEMPLATES_DIR: str | Path = 'templates' (default)"),
        ("SECRET_KEY", "SECRET_KEY: Secret[str] | None = None (default)"),
        ("API_TOKEN", f"API_TOKEN: Secret[str] = Secret('***') ({__name__})"),
        ("SMTP_PASSWORD", f"SMTP_PASSWORD: str = '***' ({__name__})"),
        ("STARTUP_TIMEOUT", "STARTUP_TIMEOUT: timedelta | None = None (default)"),
    ],
)
def test_explain_is_one_line(settings, monkeypatch, name, line):
    """Name, type, value and source, secrets masked."""
    monkeypatch.setenv("OPENVIPER_TIME_ZONE", "Asia/Tokyo")
    settings.configure(Settings)
    assert str(settings.explain(name)) == line


def test_an_explanation_has_its_parts(settings):
    """The value itself is there for code, and hidden from print."""
    settings.configure(Settings)
    found = settings.explain("SMTP_PASSWORD")
    assert (found.name, found.value, found.source, found.type_name) == ("SMTP_PASSWORD", "hunter2", __name__, "str")
    assert "hunter2" not in repr(found)


class Computing(Settings):
    """Computes in all the ways there are."""

    SLOTS: int = field(init=False)

    @cached_property
    def BASE_URL(self) -> "str | None":  # noqa: N802, UP037 - a computed setting; quoted as a project may
        return f"http://{self.ADDRESS}"

    def MAKE(self):  # noqa: N802 - no setting
        return None

    def __post_init__(self):
        object.__setattr__(self, "SLOTS", self.PORT // 1000)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("ADDRESS", f"ADDRESS: Any = '127.0.0.1:8000' (computed by Settings in {__name__})"),
        ("BASE_URL", f"BASE_URL: str | None = 'http://127.0.0.1:8000' (computed by Computing in {__name__})"),
        ("SLOTS", f"SLOTS: int = 8 (computed by Computing in {__name__})"),
    ],
)
def test_a_computed_setting_is_explained(settings, name, line):
    """By the class that computes it; dir() lists it too."""
    settings.configure(Computing)
    assert str(settings.explain(name)) == line
    assert type(settings.explain(name)) is Explanation
    assert name in dir(settings)
    assert "MAKE" not in dir(settings)


def test_explaining_an_unknown_name_is_an_error(settings):
    """With the nearest name."""
    with pytest.raises(ImproperlyConfigured, match=r"no setting 'DEBGU' .*did you mean 'DEBUG'"):
        settings.explain("DEBGU")
