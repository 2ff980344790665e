"""The core's check of INSTALLED_APPS."""

from __future__ import annotations

import sys

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


def test_apps_that_are_there_pass_without_being_imported(project):
    """A package, one inside another, a folder without __init__.py and a single module."""
    project.app("whole.part", "1 / 0")
    project.app("whole", "1 / 0")
    project.write("bare/models.py")
    project.write("single.py", "1 / 0")
    assert found("whole.part", "whole", "bare", "single") == []
    assert not {"whole", "whole.part", "bare", "single"} & set(sys.modules)


def test_it_is_one_of_the_checks_that_always_run():
    """``openviper viperctl check`` needs nothing else."""
    with override_settings(INSTALLED_APPS=("xqzj",)):
        assert "openviper.core.installed_apps" in [message.id for message in run_checks()]
