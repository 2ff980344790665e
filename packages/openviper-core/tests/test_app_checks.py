"""The core's check of INSTALLED_APPS."""

from __future__ import annotations

import pytest

from openviper.conf import override_settings
from openviper.core._app_checks import check_apps
from openviper.core.checks import Severity, run_checks


def found(*apps):
    with override_settings(INSTALLED_APPS=apps):
        return list(check_apps())


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("visit", "did you mean 'visits'?"),
        ("shop.visit", "did you mean 'shop.visits'?"),
        ("openviper.tasks", "it comes with openviper-tasks, not released yet"),
        ("xqzj", None),
        ("xq-zj", None),
        ("..", None),
        ("visits.models", None),
    ],
)
def test_an_app_that_is_not_found_is_a_warning_with_what_to_do(project, name, hint):
    """Start-up skips it, so it is no error."""
    project.app("visits")
    project.app("shop.visits")
    (message,) = found("visits", name)
    assert (message.id, message.severity) == ("openviper.core.installed_apps", Severity.WARNING)
    assert message.message == f"installed app {name!r} (INSTALLED_APPS[1]) was not found; start-up skips it"
    assert message.hint == hint


@pytest.mark.parametrize(
    ("apps", "problems"),
    [
        (("visits", "visits"), ["INSTALLED_APPS[1]='visits' stands at 0 already; remove one of them"]),
        (("visits", ""), ["INSTALLED_APPS[1]='' is no module name; expected one like 'myproject.blog'"]),
        (("", ""), ["INSTALLED_APPS[0]='' is no module name", "INSTALLED_APPS[1]='' is no module name"]),
    ],
)
def test_a_list_that_start_up_refuses_is_an_error_for_each_entry(project, apps, problems):
    """In the words of start-up."""
    project.app("visits")
    messages = found(*apps)
    assert [message.severity for message in messages] == [Severity.ERROR] * len(problems)
    for message, problem in zip(messages, problems, strict=True):
        assert message.message.startswith(problem)


def test_missing_apps_are_told_beside_a_malformed_list():
    """Once for each name."""
    messages = found("xqzj", "xqzj", "")
    assert [message.severity.name for message in messages] == ["ERROR", "ERROR", "WARNING"]
    assert "'xqzj' (INSTALLED_APPS[0])" in messages[2].message


def test_apps_that_start_up_takes_pass(project):
    """A package, one inside another, a folder without __init__.py and a single module; nothing of them is called."""
    project.app("whole.part", "def ready(): lines.append('ready')", apps="requires = ('bare',)")
    project.app("whole")
    project.write("bare/models.py")
    project.write("single.py", "async def shutdown(): lines.append('down')")
    assert found("whole.part", "whole", "bare", "single") == []
    assert project.lines == []


@pytest.mark.parametrize(
    ("source", "apps", "problem", "line"),
    [
        ("1 / 0", None, "failed while it was being imported: ZeroDivisionError: division by zero", "__init__.py:2"),
        ("import flusk", None, "failed while it was being imported: ModuleNotFoundError: ", "__init__.py:2"),
        ("raise ValueError('one\\ntwo')", None, "failed while it was being imported: ValueError: one", "__init__.py:2"),
        ("import sys; sys.exit(0)", None, "called sys.exit(0); expected an exception", "__init__.py:2"),
        ("", "raise SystemExit", "called sys.exit(); expected an exception", "apps.py:2"),
        ("", "def (", "failed while it was being imported: SyntaxError: ", "apps.py:2"),
        ("ready = True", None, "is not callable (bool); expected broken.ready to be a function", "__init__.py:2"),
        ("def ready(app): ...", None, "cannot be called without arguments: ", "__init__.py:2"),
        ("", "async def shutdown():\n    yield", "has a yield: ", "apps.py:2"),
        ("", "requires = 'shop'", "is 'shop' (broken.apps.requires); expected a tuple of app names", "apps.py:2"),
    ],
)
def test_an_app_that_start_up_refuses_is_an_error_with_its_place(project, source, apps, problem, line):
    """In the words of start-up; the others are looked at, and whoever requires it has no fault of its own."""
    project.app("broken", source, apps)
    project.app("shop", "requires = ('broken',)")
    project.app("other", "ready = 1")
    message, other = found("shop", "broken", "other")
    assert (message.id, message.severity) == ("openviper.core.installed_apps", Severity.ERROR)
    assert "installed app 'broken'" in message.message
    assert problem in message.message
    assert len(message.message.splitlines()) == 1
    assert message.hint.startswith("installed app 'broken', INSTALLED_APPS[1], ")
    assert message.hint.endswith(line)
    assert "'other'" in other.message


@pytest.mark.parametrize(
    ("sources", "problems"),
    [
        ({"a": "requires = ('x', 'y')"}, ["installed app 'a' requires 'x'", "installed app 'a' requires 'y'"]),
        ({"a": "requires = ('b',)", "b": "after = ('a',)"}, ["INSTALLED_APPS cannot be ordered: 'a' requires 'b'"]),
    ],
)
def test_an_order_that_start_up_refuses_is_an_error(project, sources, problems):
    """A line for each."""
    for name, source in sources.items():
        project.app(name, source)
    messages = found(*sources)
    assert [message.severity for message in messages] == [Severity.ERROR] * len(problems)
    for message, problem in zip(messages, problems, strict=True):
        assert message.message.startswith(problem)
        assert message.hint.startswith("installed app 'a', INSTALLED_APPS[0], ")


def test_an_app_that_fails_to_tell_its_hooks_is_an_error(project):
    """A module's own ``__getattr__`` may raise anything."""
    project.app(
        "broken", "def __getattr__(name):\n    if name == 'ready': raise ValueError('no')\n    raise AttributeError"
    )
    (message,) = found("broken")
    assert message.message == "installed app 'broken' (INSTALLED_APPS[0]) failed: ValueError: no"


def test_ctrl_c_while_an_app_is_imported_ends_the_run(project):
    """An interrupt is nobody's fault."""
    project.app("slow", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        found("slow")


def test_it_is_one_of_the_checks_that_always_run():
    """``openviper viperctl check`` needs nothing else."""
    with override_settings(INSTALLED_APPS=("xqzj",)):
        assert "openviper.core.installed_apps" in [message.id for message in run_checks()]
