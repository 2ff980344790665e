"""BaseSettings: what its fields are, and what subclassing makes."""

from __future__ import annotations

import dataclasses

import pytest

from openviper.conf import BaseSettings, Secret
from openviper.conf._conform import conform
from openviper.conf._resolve import field_hints, resolve


def test_the_defaults_are_safe_in_production():
    """Without a word from the project nothing is shown, trusted or signed."""
    base = BaseSettings()
    assert (base.DEBUG, base.SECRET_KEY, base.SECRET_KEY_FALLBACKS, base.ALLOWED_HOSTS) == (False, None, (), ())


def test_the_documented_defaults():
    """The other defaults are the documented ones."""
    base = BaseSettings()
    assert (base.INSTALLED_APPS, base.MIDDLEWARE, base.DATABASES) == ((), (), {})
    assert (base.STATIC_URL, base.STATIC_ROOT, base.STATICFILES_DIRS) == ("/static/", None, ())
    assert (base.TEMPLATES_DIR, base.TIME_ZONE) == ("templates", "UTC")


def test_subclassing_is_enough():
    """A subclass is a keyword-only dataclass, with no decorator."""

    class Settings(BaseSettings):
        PAGE_SIZE: int = 20

    assert dataclasses.is_dataclass(Settings)
    assert Settings(PAGE_SIZE=5, DEBUG=True).PAGE_SIZE == 5
    with pytest.raises(TypeError):
        Settings(5)
    with pytest.raises(TypeError):
        Settings(PAGESIZE=5)


def test_an_instance_is_frozen():
    """Neither own nor inherited fields can be assigned, added or deleted."""

    class Settings(BaseSettings):
        PAGE_SIZE: int = 20

    made = Settings()
    for name in ("PAGE_SIZE", "DEBUG", "NEW"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(made, name, 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        del made.DEBUG


def test_repr_leaves_out_what_the_field_says():
    """``field(repr=False)`` counts as in every dataclass."""

    class Settings(BaseSettings):
        PIN_CODE: int = dataclasses.field(default=1234, repr=False)

    assert "PIN_CODE" not in repr(Settings())


def test_repr_masks_what_is_secret():
    """A printed settings object shows no secret, also where the project gave it as plain text."""

    class Settings(BaseSettings):
        SECRET_KEY = Secret("key-1")
        DATABASES = {"default": {"PASSWORD": "key-2", "OPTIONS": {"URL": "postgres://me:key-3@db/app"}}}  # noqa: RUF012
        SMTP_PASSWORD: str = "key-4"

    text = repr(Settings())
    assert text.startswith("test_repr_masks_what_is_secret.<locals>.Settings(DEBUG=False, ")
    assert "key-" not in text
    assert "postgres://me:***@db/app" in text


def test_keywords_of_the_class_statement_reach_other_bases():
    """A mixin with its own __init_subclass__ gets its arguments."""
    seen = []

    class Mixin:
        def __init_subclass__(cls, *, label, **kwargs):
            super().__init_subclass__(**kwargs)
            seen.append(label)

    class Settings(BaseSettings, Mixin, label="x"):
        pass

    assert seen == ["x"]
    assert Settings().DEBUG is False


@pytest.mark.parametrize("name", [each.name for each in dataclasses.fields(BaseSettings)])
def test_the_defaults_suit_their_hints(name):
    """So nothing holds them against these again."""
    value = getattr(BaseSettings(), name)
    assert conform(value, field_hints(BaseSettings)[name]) == value


class Reader:
    """A mixin that says what it reads."""

    TEMPLATES_DIR: int


class WithMixin(Reader, BaseSettings):
    """Its hint is the mixin's, and its default is not."""


class Redeclared(BaseSettings):
    """Its hint and its default are its own."""

    TIME_ZONE: int = "UTC"


@pytest.mark.parametrize(("cls", "name"), [(WithMixin, "TEMPLATES_DIR"), (Redeclared, "TIME_ZONE")])
def test_a_default_is_held_against_the_hint_of_another_class(cls, name):
    """Whoever wrote it."""
    assert f"{cls.__name__}.{name}: int" in resolve(cls, {}, {}, {}).problems[name]
