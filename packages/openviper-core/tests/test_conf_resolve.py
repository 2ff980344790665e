"""The value of each field: from where, checked, and all problems together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NewType

import pytest

from openviper.conf import BaseSettings, ImproperlyConfigured, Secret
from openviper.conf._environment import Variable
from openviper.conf._resolve import Given, construct, resolve


def settings_of(cls, *, overrides=None, project=None, **variables):
    """Resolve and make ``cls`` with these variables in the environment."""
    environment = {f"OPENVIPER_{name}": Variable(text, "environment") for name, text in variables.items()}
    return construct(cls, resolve(cls, environment, overrides or {}, project or {}))


def problems_of(cls, **variables):
    with pytest.raises(ImproperlyConfigured) as caught:
        settings_of(cls, **variables)
    return str(caught.value).splitlines()


Pin = NewType("Pin", Secret[int])
Limits = NewType("Limits", Mapping[str, int])
Hidden = NewType("Hidden", Pin)


class Settings(BaseSettings):
    """A project's settings."""

    PORT: int = 8000
    PIN: Secret[int] = Secret(1)
    LIMITS: dict[str, int] = field(default_factory=dict)
    SMTP_PASSWORD: str | None = None


@dataclass(frozen=True, kw_only=True)
class ShopSettings:
    """A section."""

    PORT: int = 1
    WAIT: timedelta = timedelta(seconds=5)


def test_an_override_beats_the_environment_beats_the_project_beats_the_default():
    """The nearest word counts."""
    project, override = {"PORT": Given(2, "mysite", "Settings.PORT")}, {"PORT": Given(4, "a test", "PORT")}
    assert settings_of(ShopSettings).PORT == 1
    assert settings_of(ShopSettings, project=project).PORT == 2
    assert settings_of(ShopSettings, project=project, PORT="3").PORT == 3
    assert settings_of(ShopSettings, project=project, PORT="3", overrides=override).PORT == 4


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        (
            {"DEBUG": "maybe"},
            "OPENVIPER_DEBUG='maybe' (environment) is not a bool (true, 1, yes, on, false, 0, no, off); "
            "Settings.DEBUG: bool",
        ),
        ({"PORT": "abc"}, "OPENVIPER_PORT='abc' (environment) is not an int; Settings.PORT: int"),
        ({"PIN": "hunter2"}, "OPENVIPER_PIN='***' (environment) is not an int; Settings.PIN: Secret[int]"),
        (
            {"LIMITS": "{hunter2"},
            "OPENVIPER_LIMITS='***' (environment) is not JSON at column 2 of line 1, which dict[str, int] is read "
            "from; Settings.LIMITS: dict[str, int]",
        ),
    ],
)
def test_a_bad_variable_is_told_in_one_line(variables, line):
    """The value, where it came from, what would be accepted, and the field; no secrets."""
    assert problems_of(Settings, **variables) == [line]


def test_all_problems_are_in_one_error():
    """Each bad, wrong and missing value is a line."""

    class Many(Settings):
        PORT = "abc"
        DEBUG: bool
        NEEDED: str
        ALLOWED_HOSTS = ("a", 5)

    assert problems_of(Many, TIME_ZONE="UTC", PIN="x") == [
        "OPENVIPER_DEBUG is not set, and Many.DEBUG: bool has no default; set the variable, "
        "or DEBUG in the project's settings class",
        f"Many.ALLOWED_HOSTS=('a', 5) ({__name__}) is not a tuple[str, ...] (item 1 is not a str); "
        "Many.ALLOWED_HOSTS: tuple[str, ...]",
        f"Many.PORT='abc' ({__name__}) is not an int; Many.PORT: int",
        "OPENVIPER_PIN='***' (environment) is not an int; Many.PIN: Secret[int]",
        "OPENVIPER_NEEDED is not set, and Many.NEEDED: str has no default; set the variable, "
        "or NEEDED in the project's settings class",
    ]


def test_a_missing_value_can_come_from_the_environment():
    """A field without default is required, and a variable is enough."""

    class Needs(BaseSettings):
        SECRET_KEY: Secret[str]

    assert Secret("k") == settings_of(Needs, SECRET_KEY="k").SECRET_KEY
    assert problems_of(Needs)[0].startswith("OPENVIPER_SECRET_KEY is not set, and Needs.SECRET_KEY: Secret[str] has no")
    assert "is empty" in problems_of(Needs, SECRET_KEY="")[0]


def test_values_of_the_class_are_made_what_their_hints_say():
    """A list serves for a tuple, and plain text for a secret."""

    class Plain(BaseSettings):
        INSTALLED_APPS = ["a"]  # noqa: RUF012 - a habit of other frameworks
        SECRET_KEY = "plain"
        SECRET_KEY_FALLBACKS = ["old"]  # noqa: RUF012 - as above

    made = settings_of(Plain)
    assert made.INSTALLED_APPS == ("a",)
    assert (Secret("plain"), (Secret("old"),)) == (made.SECRET_KEY, made.SECRET_KEY_FALLBACKS)


def test_what_other_packages_read_keeps_its_type():
    """A project may annotate a field of the base anew; what reads it still gets what it knows."""

    class Looser(BaseSettings):
        SECRET_KEY: str = "plain"
        INSTALLED_APPS: list[str] = ["a"]  # noqa: RUF012 - the project's own way
        DATABASES: dict[str, str] = {"default": "sqlite:///x"}  # noqa: RUF012 - as above

    class Usable(Looser):
        DATABASES: dict[str, Any] = {}  # noqa: RUF012 - as above

    assert Secret("plain") == settings_of(Usable).SECRET_KEY
    assert settings_of(Usable).INSTALLED_APPS == ("a",)
    assert problems_of(Looser) == [
        f"Looser.DATABASES={{'default': 'sqlite:///x'}} ({__name__}) is not a dict[str, dict[str, Any]] "
        "(under 'default': is not a dict[str, Any]); BaseSettings.DATABASES: dict[str, dict[str, Any]]"
    ]


def test_a_string_is_no_tuple():
    """The forgotten comma is found, not taken for four apps."""

    class Forgotten(BaseSettings):
        INSTALLED_APPS = "blog"

    assert problems_of(Forgotten) == [
        f"Forgotten.INSTALLED_APPS='blog' ({__name__}) is not a tuple[str, ...]; "
        "Forgotten.INSTALLED_APPS: tuple[str, ...]"
    ]


def test_an_error_names_the_class_that_asks_for_the_type():
    """The section, for a value of the project; the base, for what other packages read; not only for class values."""

    class Loose(BaseSettings):
        DEBUG: str = "yes"

    assert problems_of(Loose) == [f"Loose.DEBUG='yes' ({__name__}) is not a bool; BaseSettings.DEBUG: bool"]
    assert problems_of(Loose, DEBUG="no") == [
        "OPENVIPER_DEBUG='no' (environment) is not a bool; BaseSettings.DEBUG: bool"
    ]
    found = resolve(ShopSettings, {}, {}, {"PORT": Given("x", "mysite", "Settings.PORT")})
    assert found.problems == {"PORT": "Settings.PORT='x' (mysite) is not an int; ShopSettings.PORT: int"}


def test_a_secret_is_masked_however_deep_in_its_hint_it_stands():
    """Behind a NewType, in a union, and in what only a checker can resolve."""

    class Deep(BaseSettings):
        PIN: Pin | None = None
        PINS: dict[str, Limits] = field(default_factory=dict)
        CODE: Hidden | int = 0

    environment = problems_of(Deep, PIN="hunter2", PINS="{hunter2", CODE="hunter2")
    assert [line.partition(" ")[0] for line in environment] == [
        "OPENVIPER_PIN='***'",
        "OPENVIPER_PINS='***'",
        "OPENVIPER_CODE='***'",
    ]

    class Wrong(Deep):
        PIN = "hunter2"

    assert problems_of(Wrong)[0].startswith("Wrong.PIN='***'")


def test_post_init_errors_are_problems():
    """A ValueError of the class's own check is reported like the rest, chained; another error is a fault of its own."""

    class Checked(BaseSettings):
        PORT: int = 0

        def __post_init__(self):
            if self.PORT == 0:
                raise ValueError("PORT must not be 0")
            raise KeyError(self.PORT)

    with pytest.raises(ImproperlyConfigured, match="PORT must not be 0 \\(Checked in ") as caught:
        settings_of(Checked)
    assert type(caught.value.__cause__) is ValueError
    with pytest.raises(KeyError):
        settings_of(Checked, PORT="1")


def test_the_source_of_each_value_is_known():
    """The environment, the class whose body said it, or the default."""

    class Deeper(Settings):
        TIME_ZONE = "Asia/Tokyo"

    found = resolve(Deeper, {"OPENVIPER_DEBUG": Variable("1", ".env, line 3")}, {}, {})
    names = ("DEBUG", "TIME_ZONE", "PORT", "STATIC_URL")
    assert [found.sources[name] for name in names] == [
        "OPENVIPER_DEBUG, .env, line 3",
        __name__,
        f"Settings in {__name__}",
        "default",
    ]


def test_default_values_are_not_shared_between_objects():
    """Two objects of one class have their own containers, also inside a tuple."""

    class Nested(BaseSettings):
        ROUTES: tuple[dict[str, int], ...] = ({"a": 1},)

    one, other = settings_of(Nested), settings_of(Nested)
    one.ROUTES[0]["a"] = 2
    assert other.ROUTES == ({"a": 1},)


def test_a_field_that_the_constructor_does_not_take_is_left_to_the_class():
    """``field(init=False)`` is computed by __post_init__."""

    class Computed(BaseSettings):
        PORT: int = 8000
        ADDRESS: str = field(init=False, default="")

        def __post_init__(self):
            object.__setattr__(self, "ADDRESS", f"127.0.0.1:{self.PORT}")

    assert settings_of(Computed, PORT="80", ADDRESS="x").ADDRESS == "127.0.0.1:80"


def nested(levels, value):
    for _ in range(levels):
        value = [value]
    return value


CIRCLE = {}
CIRCLE["self"] = [CIRCLE]


@pytest.mark.parametrize("value", [CIRCLE, nested(3_000, 1), (CIRCLE,), nested(60, 1)], ids=lambda value: "")
def test_a_value_that_has_no_end_is_a_problem(value):
    """Whether it is copied for an instance or taken as it is; it is named, and not shown."""

    class Deep(BaseSettings):
        TREE: Any = value

    (problem,) = problems_of(Deep)
    assert "Deep.TREE (" in problem
    assert problem.endswith("cannot be copied: nested deeper than 50 levels, or contains itself")


def test_a_factory_that_calls_itself_without_end_keeps_its_traceback():
    """It is a bug with a place, and nothing that cannot be copied."""

    def loop():
        return loop()

    class Looping(BaseSettings):
        TREE: Any = field(default_factory=loop)

    with pytest.raises(RecursionError) as caught:
        problems_of(Looping)
    assert caught.traceback[-1].name == "loop"


def test_what_a_factory_makes_that_has_no_end_is_a_problem():
    """As a value is."""

    class Deep(BaseSettings):
        TREE: Any = field(default_factory=lambda: CIRCLE)

    (problem,) = problems_of(Deep)
    assert problem.endswith("cannot be copied: nested deeper than 50 levels, or contains itself")


def test_a_value_of_many_levels_is_taken():
    """More than anybody writes."""

    class Deep(BaseSettings):
        TREE: Any = nested(40, 1)

    assert nested(40, 1) == settings_of(Deep).TREE
