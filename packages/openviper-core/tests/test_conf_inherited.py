"""The type of a setting that is assigned without annotation."""

from __future__ import annotations

from dataclasses import fields

import pytest

from openviper.conf import BaseSettings, ImproperlyConfigured


def hint_of(cls, name):
    return {each.name: each.type for each in fields(cls)}[name]


def test_an_unannotated_name_takes_the_inherited_annotation():
    """``DEBUG = True`` alone overrides the field."""

    class Settings(BaseSettings):
        DEBUG = True

    class Deeper(Settings):
        TIME_ZONE = "Europe/Zurich"

    assert Settings().DEBUG is Deeper().DEBUG is True
    assert Deeper().TIME_ZONE == "Europe/Zurich"
    assert hint_of(Settings, "DEBUG") is bool


def test_an_unannotated_name_takes_its_sections_annotation():
    """A setting that only an installed section declares needs no annotation either."""

    class Settings(BaseSettings):
        SHUTDOWN_TIMEOUT = None

    assert Settings().SHUTDOWN_TIMEOUT is None
    assert hint_of(Settings, "SHUTDOWN_TIMEOUT").__name__ == "timedelta"


def test_the_names_of_sections_are_suggested_too():
    """A misspelt setting of an installed section gets its right name."""
    with pytest.raises(ImproperlyConfigured, match=r"SHUTDOWN_TIMOUT: int = .*did you mean 'SHUTDOWN_TIMEOUT'\?"):

        class Settings(BaseSettings):
            SHUTDOWN_TIMOUT = 3


def test_unknown_unannotated_names_are_errors_together():
    """A name that nobody declares is an error with the nearest one, and all of them are reported at once."""
    with pytest.raises(ImproperlyConfigured) as caught:

        class Settings(BaseSettings):
            DEBGU = True
            PAGE_SIZE = 20

    first, second = str(caught.value).splitlines()
    assert first.startswith(f"Settings.DEBGU=True ({__name__}) is no known setting")
    assert "did you mean 'DEBUG'?" in first
    assert "PAGE_SIZE=20" in second
    assert "write PAGE_SIZE: int" in second


def test_the_error_shows_no_secret():
    """An unknown name that sounds secret is reported without its value."""
    with pytest.raises(ImproperlyConfigured) as caught:

        class Settings(BaseSettings):
            STRIPE_KEY = "sk-live"

    assert "sk-live" not in str(caught.value)
