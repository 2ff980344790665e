"""The checks of installed apps, found in ``<app>.checks``."""

from __future__ import annotations

import sys

import pytest

from openviper.conf import override_settings
from openviper.core import checks
from openviper.core._checks_discovery import import_app_checks
from openviper.core.checks import Severity, run_checks

SOURCE = """
from openviper.core.checks import CheckMessage, Severity, check

@check
def check_stock():
    yield CheckMessage("shop.stock", Severity.WARNING, "out of stock")
"""


@pytest.fixture(autouse=True)
def nothing_registered(monkeypatch):
    """Give each test a register of its own."""
    monkeypatch.setattr(checks, "_registered", [])


def found(*apps, prefix="shop."):
    with override_settings(INSTALLED_APPS=apps):
        return [message for message in run_checks() if message.id.startswith(prefix)]


@pytest.mark.parametrize("app", ["shop", "sites.shop"])
def test_the_checks_of_an_installed_app_run(project, app):
    """Nothing else has to import them."""
    project.app(app)
    project.write(f"{app.replace('.', '/')}/checks.py", SOURCE)
    assert [message.message for message in found(app)] == ["out of stock"]


def test_the_checks_of_a_package_run_that_has_no_init_file(project):
    """As its hooks would."""
    project.write("shop/checks.py", SOURCE)
    assert len(found("shop")) == 1


def test_a_package_of_checks_is_one_module_of_them(project):
    """What its __init__.py imports is registered."""
    project.app("shop")
    project.write("shop/checks/__init__.py", "import shop.checks.stock")
    project.write("shop/checks/stock.py", SOURCE)
    assert len(found("shop")) == 1


def test_each_check_runs_once_in_each_run(project):
    """A second run in one process finds the same, and imports nothing again."""
    project.app("shop")
    project.write("shop/checks.py", SOURCE + "\nlines.append('imported')\n")
    assert [len(found("shop")) for _ in range(3)] == [1, 1, 1]
    assert project.lines == ["imported"]


def test_apps_without_checks_need_none(project):
    """And modules named checks of what is not installed are not imported."""
    project.app("shop")
    project.write("single.py")
    project.write("other/checks.py", SOURCE)
    with override_settings(INSTALLED_APPS=("shop", "single", "xqzj", "")):
        assert list(import_app_checks()) == []
    assert found() == []
    assert "other" not in sys.modules


@pytest.mark.parametrize("module", ["__init__", "apps"])
def test_what_an_app_registers_by_itself_runs_too(project, module):
    """In the first run as in each that follows."""
    project.app("shop")
    project.write(f"shop/{module}.py", SOURCE)
    assert [len(found("shop")) for _ in range(2)] == [1, 1]


@pytest.mark.parametrize(
    ("source", "reason", "place"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero", "checks.py:2"),
        ("import flusk", "ModuleNotFoundError: No module named 'flusk'", "checks.py:2"),
        ("def (", "SyntaxError: ", "checks.py:2"),
        ("raise SystemExit(3)", "it called sys.exit(3); expected an exception", "checks.py:2"),
    ],
)
def test_checks_that_cannot_be_imported_are_an_error_that_names_them(project, source, reason, place):
    """The other apps' checks run."""
    project.app("broken")
    project.write("broken/checks.py", source)
    project.app("shop")
    project.write("shop/checks.py", SOURCE)
    (failure,) = found("broken", "shop", prefix="openviper.checks.failed")
    assert failure.severity is Severity.ERROR
    expected = f"check broken.checks (of installed app 'broken') cannot be imported: {reason}"
    assert failure.message.startswith(expected)
    assert failure.hint.endswith(place)
    assert len(found("broken", "shop")) == 1


def test_an_app_that_fails_by_itself_is_told_of_once(project):
    """By the core's own check, for it may have no checks at all."""
    project.app("broken", "1 / 0")
    project.write("broken/checks.py", SOURCE)
    (failure,) = found("broken", prefix="openviper.core.installed_apps")
    assert "ZeroDivisionError" in failure.message
    assert found("broken", prefix="openviper.checks") == []


def test_an_app_that_fails_is_imported_once_in_a_run(project):
    """A second import would fail otherwise, and hide the error that start-up shows."""
    project.app("shop", "assert not lines, 'shop is registered twice'\nlines.append('shop')\nimport nothing_here")
    project.write("shop/checks.py", "lines.append('checks')")
    (failure,) = found("shop", prefix="openviper.core.installed_apps")
    assert failure.message.endswith("ModuleNotFoundError: No module named 'nothing_here'")
    assert project.lines == ["shop"]


def test_an_app_that_exits_hides_no_other_problem(project):
    """It is one of several that are told."""
    project.app("leaving", "raise SystemExit(0)")
    project.app("broken", "{}['key']")
    project.app("shop")
    project.write("shop/checks.py", SOURCE)
    apps = ("leaving", "broken", "shop")
    leaving, broken = found(*apps, prefix="openviper.core.installed_apps")
    assert leaving.message.startswith("installed app 'leaving' (INSTALLED_APPS[0]) called sys.exit(0); ")
    assert broken.message.endswith("KeyError: 'key'")
    assert len(found(*apps)) == 1


@pytest.mark.parametrize("module", ["checks", "apps", "__init__"])
def test_a_module_that_breaks_off_leaves_no_check_behind(project, module):
    """It is imported anew by each run; what it had registered would run once more each time."""
    project.app("shop")
    file = project.write(f"shop/{module}.py", SOURCE + "\n1 / 0\n")
    for _ in range(3):
        assert found("shop") == []
        assert len(found("shop", prefix=("openviper.checks", "openviper.core.installed_apps"))) == 1
    file.write_text(SOURCE + "\n\n# repaired, and so of another size\n")
    assert len(found("shop")) == 1
    assert len(found("shop")) == 1


def test_what_a_broken_module_imported_before_keeps_its_checks(project):
    """A module that is whole is not imported again, so its checks must stay."""
    project.app("shop")
    project.write("shop/stock.py", SOURCE)
    project.write("shop/checks.py", "import shop.stock\n1 / 0")
    assert [len(found("shop")) for _ in range(2)] == [1, 1]


def test_ctrl_c_in_a_checks_module_ends_the_run(project):
    """An interrupt is nobody's finding."""
    project.app("shop")
    project.write("shop/checks.py", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        found("shop")
