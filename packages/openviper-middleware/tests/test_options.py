"""What a middleware was given, and what is refused of it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from openviper.conf import ImproperlyConfigured, override_settings, settings
from openviper.middleware._options import Option, Options


@dataclass(frozen=True, kw_only=True)
class PondSettings:
    POND_DEPTH: int = 7
    POND_FISH: tuple[str, ...] = ("carp",)
    DUCKS: bool = True


def options(**arguments):
    return Options(arguments, PondSettings, "POND_", {"ducks": "DUCKS"})


def test_an_argument_goes_before_its_setting():
    """Each has the name under which it was given; a false value is one, too."""
    assert options(depth=3)["depth"] == (3, "depth")
    assert options(depth=0)["depth"] == (0, "depth")
    assert options(fish=())["fish"] == ((), "fish")
    assert options(depth=None)["depth"] == (7, "POND_DEPTH")
    assert options()["fish"] == (("carp",), "POND_FISH")
    assert options()["ducks"] == (True, "DUCKS")
    with override_settings(POND_DEPTH=2):
        assert options()["depth"] == (2, "POND_DEPTH")


def test_a_setting_of_every_project_stands_behind_the_argument_of_its_name():
    """It is not one of the section."""
    assert options(allowed_hosts=[]).project("allowed_hosts") == ([], "allowed_hosts")
    with override_settings(ALLOWED_HOSTS=("a.example",)):
        assert options(allowed_hosts=None).project("allowed_hosts") == (("a.example",), "ALLOWED_HOSTS")
    assert options().project("debug") == (settings.DEBUG, "DEBUG")


def test_what_is_of_its_form_is_returned():
    """As it was given; a list as a tuple."""
    assert Option(False, "a").flag() is False
    assert Option(0, "a").whole("ducks") == 0
    assert Option(1, "a").whole("ducks", least=1) == 1
    assert Option("b", "a").one_of(("b", "c")) == "b"
    assert Option("X-Token", "a").token("a name") == "X-Token"
    assert Option("", "a").text() == ""
    assert Option(["b", "c"], "a").strings() == ("b", "c")
    assert Option({"b"}, "a").strings() == Option(frozenset({"b"}), "a").strings() == ("b",)
    assert Option((), "a").strings() == ()
    assert Option(("b", 7), "a").items() == [("b", "a[0]"), (7, "a[1]")]


def test_all_bad_items_are_named_at_once():
    """Each as it would be alone, with its place."""
    assert Option(("b", "c"), "a").each(Option.text) == ["b", "c"]
    for read in (Option.strings, lambda option: option.each(Option.text)):
        with pytest.raises(ImproperlyConfigured) as refusal:
            read(Option(("b", 7, "c", None), "a"))
        assert str(refusal.value) == "a[1]=7; expected a str; also a[3]=None; expected a str"


TOKEN = "a name, of ASCII letters, digits and !#$%&'*+-.^_`|~"


@pytest.mark.parametrize(
    ("value", "check", "sentence"),
    [
        ("false", Option.flag, "a='false'; expected True or False"),
        (1, Option.flag, "a=1; expected True or False"),
        (None, Option.flag, "a=None; expected True or False"),
        (-1, lambda option: option.whole("ducks"), "a=-1; expected ducks"),
        (0, lambda option: option.whole("ducks", least=1), "a=0; expected ducks"),
        (True, lambda option: option.whole("ducks"), "a=True; expected ducks"),
        (7.0, lambda option: option.whole("ducks"), "a=7.0; expected ducks"),
        ("7", lambda option: option.whole("ducks"), "a='7'; expected ducks"),
        ("x", lambda option: option.one_of(("fish", "duck")), "a='x'; expected one of 'fish', 'duck'"),
        ("fsh", lambda option: option.one_of(("fish", "duck"), ", or ''"), "'duck', or ''; did you mean 'fish'?"),
        (
            ["fish"],
            lambda option: option.one_of({"fish": 1}),
            "a=['fish']; expected one of 'fish'; did you mean 'fish'?",
        ),
        (7, lambda option: option.one_of(("7",)), "a=7; expected one of '7'; did you mean '7'?"),
        ("", lambda option: option.token("a name"), f"a=''; expected {TOKEN}"),
        ("b c", lambda option: option.token("a name"), f"a='b c'; expected {TOKEN}"),
        ("b\r\n", lambda option: option.token("a name"), f"a='b\\r\\n'; expected {TOKEN}"),
        ("\xfc", lambda option: option.token("a name"), f"a='\xfc'; expected {TOKEN}"),
        ("\ud800", lambda option: option.token("a name"), f"a='\\ud800'; expected {TOKEN}"),
        (b"b", lambda option: option.token("a name"), f"a=b'b'; expected {TOKEN}"),
        ("b", Option.items, "a='b' is one string; expected a sequence: ('b',)"),
        ("", Option.strings, "a='' is one string; expected a sequence: ('',)"),
        (b"b", Option.items, "a=b'b'; expected a sequence"),
        (7, Option.items, "a=7; expected a sequence"),
        (None, Option.items, "a=None; expected a sequence"),
        ({"b": 1}, Option.items, "a={'b': 1}; expected a sequence"),
        (["b", None], Option.strings, "a[1]=None; expected a str"),
        ([b"b"], Option.strings, "a[0]=b'b'; expected a str"),
        (7, Option.text, "a=7; expected a str"),
    ],
)
def test_what_is_not_of_its_form_is_refused(value, check, sentence):
    """In one line: the value, the name under which it was given, and what would be accepted."""
    with pytest.raises(ImproperlyConfigured) as refused:
        check(Option(value, "a"))
    assert str(refused.value).endswith(sentence)
    assert "\n" not in str(refused.value)
