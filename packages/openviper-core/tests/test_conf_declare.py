"""What a bare dataclass gets silently wrong, and a settings class right."""

# ruff: noqa: RUF012 - a mutable default is what half of this tries

from __future__ import annotations

from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any, ClassVar

import pytest

from openviper.conf import BaseSettings, ImproperlyConfigured, Secret


@pytest.mark.parametrize(
    ("reason", "default"),
    [
        ("a list", ["a"]),
        ("a dict", {"a": {"b": [1]}}),
        ("a set", {"a"}),
        ("a dict that keeps order", OrderedDict(a=1)),
        ("a dict with a factory", defaultdict(list, a=[1])),
        ("bytes that change", bytearray(b"a")),
        ("empty", []),
    ],
)
def test_a_mutable_default_is_copied_for_each_instance(reason, default):
    """Each instance has its own, equal and of the same type."""

    class Settings(BaseSettings):
        VALUE: Any = default

    one, other = Settings(), Settings()
    assert one.VALUE == other.VALUE == default, reason
    assert type(one.VALUE) is type(default)
    assert one.VALUE is not other.VALUE
    assert one.VALUE is not default


def test_nested_containers_are_copied_too():
    """Changing the innermost dict of one instance leaves the next one alone."""

    class Settings(BaseSettings):
        DATABASES = {"default": {"OPTIONS": {"URL": "sqlite:///a"}}}

    Settings().DATABASES["default"]["OPTIONS"]["URL"] = "sqlite:///b"
    assert Settings().DATABASES["default"]["OPTIONS"]["URL"] == "sqlite:///a"


def test_a_mutable_default_can_be_built_upon():
    """``Base.APPS + [...]`` works in a subclass, as in any class."""

    class Common(BaseSettings):
        APPS: list[str] = ["a"]

    class Settings(Common):
        APPS = [*Common.APPS, "b"]

    assert (Common().APPS, Settings().APPS) == (["a"], ["a", "b"])


def test_fields_of_dataclasses_keep_working():
    """``field(default_factory=...)`` in the body is left as it is."""

    class Settings(BaseSettings):
        APPS: list[str] = field(default_factory=lambda: ["a"])
        HIDDEN: int = field(default=1, repr=False)

    class Deeper(Settings):
        pass

    assert Deeper().APPS == ["a"]
    assert Deeper().APPS is not Deeper().APPS
    assert Deeper().HIDDEN == 1


def test_a_plain_mixins_attributes_count():
    """A mixin before the base overrides its fields, annotated or not."""

    class Debugging:
        DEBUG = True
        EXTRA: int = 3
        LABELS: list[str] = ["a"]

    class Settings(Debugging, BaseSettings):
        pass

    assert (Settings().DEBUG, Settings().EXTRA, Settings().LABELS) == (True, 3, ["a"])
    assert Settings(EXTRA=4).EXTRA == 4
    assert Settings().LABELS is not Settings().LABELS


def test_a_mixin_behind_the_base_does_not_count():
    """The order of the bases decides, as everywhere."""

    class Debugging:
        DEBUG = True

    class Settings(BaseSettings, Debugging):
        pass

    assert Settings().DEBUG is False


def test_the_nearest_of_several_mixins_counts():
    """Mixins overrule one another from left to right, and the class itself overrules them all."""

    class One:
        TIME_ZONE = "one"
        STATIC_URL = "/one/"

    class Two:
        TIME_ZONE = "two"
        TEMPLATES_DIR = "two"
        STATIC_URL = "/two/"

    class Settings(One, Two, BaseSettings):
        STATIC_URL = "/own/"

    made = Settings()
    assert (made.TIME_ZONE, made.TEMPLATES_DIR, made.STATIC_URL) == ("one", "two", "/own/")


def test_a_mixin_of_a_mixin_counts():
    """Inheritance among plain mixins is seen."""

    class Root:
        DEBUG = True

    class Mixin(Root):
        pass

    class Settings(Mixin, BaseSettings):
        pass

    assert Settings().DEBUG is True


def test_a_sibling_that_merely_inherits_takes_nothing_away():
    """In a diamond the class that says something wins over one that only inherited the base's default."""

    class Debugging(BaseSettings):
        DEBUG = True

    class Plain(BaseSettings):
        TIME_ZONE = "Asia/Tokyo"

    class Settings(Plain, Debugging):
        pass

    assert (Settings().DEBUG, Settings().TIME_ZONE) == (True, "Asia/Tokyo")


def test_a_mixins_bare_annotation_takes_no_default_away():
    """``DEBUG: bool`` in a mixin says what it reads; the base's default stays."""

    class Reads:
        DEBUG: bool
        NEEDED: int

    class Settings(Reads, BaseSettings):
        pass

    assert Settings(NEEDED=1).DEBUG is False
    with pytest.raises(TypeError, match="NEEDED"):
        Settings()


def test_a_section_can_be_a_base():
    """A project that inherits a section has its fields."""

    @dataclass(frozen=True, kw_only=True)
    class ShopSettings:
        CURRENCY: str = "EUR"
        PLACES: list[str] = field(default_factory=list)
        NEEDED: int

    class Settings(ShopSettings, BaseSettings):
        CURRENCY = "CHF"

    assert Settings(NEEDED=1).CURRENCY == "CHF"
    assert Settings(NEEDED=1).PLACES == []


def test_an_annotation_without_value_makes_the_setting_required():
    """``SECRET_KEY: Secret[str]`` takes the inherited default away."""

    class Settings(BaseSettings):
        SECRET_KEY: Secret[str]

    with pytest.raises(TypeError, match="SECRET_KEY"):
        Settings()
    assert Secret("x") == Settings(SECRET_KEY=Secret("x")).SECRET_KEY


def test_what_is_no_setting_is_left_alone():
    """Constants, classes, methods, private and lower-case names of the body are no fields."""

    class Settings(BaseSettings):
        LIMIT: ClassVar[int] = 3
        _HIDDEN = 1
        lower = 2

        class COLOUR(Enum):
            RED = 1

        @property
        def DATABASE_URL(self):  # noqa: N802 - a computed setting
            return f"sqlite:///{self.TIME_ZONE}"

        def MAKE(self):  # noqa: N802 - as above
            return self.LIMIT

    made = Settings()
    assert {each.name for each in fields(Settings)} == {each.name for each in fields(BaseSettings)}
    assert (made.DATABASE_URL, made.MAKE(), made.lower, made.COLOUR.RED.value) == ("sqlite:///UTC", 3, 2, 1)


def test_a_property_in_place_of_a_field_is_an_error():
    """A field cannot be computed: the base's constructor would assign it."""
    with pytest.raises(ImproperlyConfigured, match=r"Settings\.DEBUG .* is a property"):

        class Settings(BaseSettings):
            @property
            def DEBUG(self):  # noqa: N802 - the mistake
                return True


@pytest.mark.parametrize("name", ["page_size", "Page_Size", "pageSize"])
def test_a_field_that_is_not_in_upper_case_is_an_error(name):
    """No variable would set it; the error says how it is written."""
    body = {"__annotations__": {name: int}, name: 20, "__module__": __name__}
    with pytest.raises(ImproperlyConfigured) as caught:
        type("Settings", (BaseSettings,), body)
    assert str(caught.value) == (
        f"Settings.{name} ({__name__}) is not in upper case, as settings are; write {name.upper()}"
    )


def test_what_no_variable_shall_set_may_have_any_name():
    """Private fields, constants, and those that __post_init__ computes."""

    class Settings(BaseSettings):
        _cache: int = 1
        limit: ClassVar[int] = 3
        address: str = field(init=False, default="x")

    assert (Settings()._cache, Settings.limit, Settings().address) == (1, 3, "x")
