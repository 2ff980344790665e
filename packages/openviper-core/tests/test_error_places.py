"""The place where an error was raised."""

from __future__ import annotations

from importlib import import_module

from openviper.conf import BaseSettings, override_settings, section
from openviper.core.error_places import failing_line, is_of_settings


def raised_by(function, *args):
    """What ``function`` raises."""
    try:
        function(*args)
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def test_the_innermost_line_is_named():
    """Of whatever code that is."""
    error = raised_by(exec, compile("\n\n1 / 0", "shop.py", "exec"))
    assert failing_line(error) == "shop.py:3"


def test_the_innermost_of_the_callers_own_lines_comes_first():
    """Where there is one."""
    error = raised_by(exec, compile("\n\n1 / 0", "shop.py", "exec"))
    assert failing_line(error, lambda frame: frame.f_code.co_filename == __file__).startswith(f"{__file__}:")
    assert failing_line(error, lambda frame: False) == "shop.py:3"


def test_the_import_machinery_is_passed_over():
    """The line that names the missing module is meant."""
    error = raised_by(exec, compile("\nimport xqzj", "shop.py", "exec"))
    assert failing_line(error) == "shop.py:2"
    error = raised_by(import_module, "xqzj")
    assert "<frozen" not in failing_line(error)


def test_a_syntax_error_is_where_it_does_not_parse():
    """Not where it was compiled."""
    assert failing_line(raised_by(compile, "\n(", "shop.py", "exec")) == "shop.py:2"


def test_what_was_never_raised_has_no_place():
    """Nor has a syntax error without a file."""
    assert failing_line(ValueError("x")) == failing_line(SyntaxError("x")) == ""


def test_what_settings_raise_is_told_from_what_is_raised_under_an_override():
    """The settings run the one, and only surround the other."""

    @override_settings(DEBUG=True)
    def act():
        raise KeyError("x")

    class Limits(BaseSettings):
        def __post_init__(self):
            raise KeyError("x")

    assert not is_of_settings(raised_by(act))
    assert is_of_settings(raised_by(section, Limits))
    assert not is_of_settings(KeyError("x"))
