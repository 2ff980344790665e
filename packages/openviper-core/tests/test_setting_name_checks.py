"""What is said of settings with annotation that nothing reads, in real processes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

CHECK = """
from openviper.core.checks import run_checks
print(*(each for each in run_checks() if each.id == "openviper.core.setting_name"), sep="\\n")
"""
SECTION = """
from dataclasses import dataclass

@dataclass(frozen=True, kw_only=True)
class ShopSettings:
    SHOP_ITEMS: int = 20
    SHOP_ITEM: int = 1
"""


@pytest.fixture
def check(tmp_path):
    """``check(body)``: the lines that are said of a settings class with this body."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "shop.py").write_text(SECTION)

    def check(*body):
        lines = "".join(f"    {line}\n" for line in body)
        (tmp_path / "settings.py").write_text(
            f"from openviper.conf import BaseSettings\nclass Settings(BaseSettings):\n{lines}"
        )
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENVIPER_")}
        command = [sys.executable, "-c", CHECK]
        done = subprocess.run(command, cwd=tmp_path, env=kept, capture_output=True, text=True, check=False)
        return (done.stdout.splitlines(), done.stderr)

    return check


def test_a_misspelt_setting_is_told_with_the_one_that_is_meant(check):
    """Of BaseSettings, of an installed section, and of an app's."""
    lines, _ = check(
        "ALLOWED_HOST: tuple[str, ...] = ('example.org',)",
        "SHUTDOWN_TIMOUT: int = 3",
        "SHOP_ITEMMS: int = 3",
        "INSTALLED_APPS = ('shop',)",
    )
    says = "WARNING openviper.core.setting_name: Settings.{} (settings) is no known setting; did you mean {!r}?"
    assert sorted(lines[::2]) == [
        says.format("ALLOWED_HOST", "ALLOWED_HOSTS"),
        says.format("SHOP_ITEMMS", "SHOP_ITEMS"),
        says.format("SHUTDOWN_TIMOUT", "SHUTDOWN_TIMEOUT"),
    ]


def test_known_names_and_the_project_s_own_are_not_told(check):
    """However near a setting of an app is to its neighbour."""
    lines, errors = check(
        "PAGE_SIZE: int = 20", "NEWSLETTER_DATABASE: str = ''", "SHOP_ITEM: int = 2", "INSTALLED_APPS = ('shop',)"
    )
    assert (lines, errors) == ([""], "")


def test_a_variable_that_names_no_setting_is_a_warning(tmp_path):
    """A log line alone would let a release go out with it."""
    (tmp_path / "settings.py").write_text(
        "from openviper.conf import BaseSettings\nclass Settings(BaseSettings): pass\n"
    )
    source = CHECK.replace("setting_name", "unknown_variable")
    done = subprocess.run(
        [sys.executable, "-c", source],
        cwd=tmp_path,
        env=os.environ | {"OPENVIPER_SHUTDOWN_TIMOUT": "3", "OPENVIPER_SETTINGS_MODULE": "settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == [
        "WARNING openviper.core.unknown_variable: OPENVIPER_SHUTDOWN_TIMOUT (environment) names no setting; "
        "did you mean 'OPENVIPER_SHUTDOWN_TIMEOUT'?"
    ], done.stderr
