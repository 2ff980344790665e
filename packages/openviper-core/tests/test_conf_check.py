"""check_settings(): every problem of a project, in real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

CHECK = "import json; from openviper.conf import check_settings; print(json.dumps(check_settings()))"


@pytest.fixture
def check(tmp_path):
    """``check(text, NAME=...)``: the lines that checking a project with this settings.py and environment gives."""
    (tmp_path / "pyproject.toml").touch()

    def check(text=None, **variables):
        if text is not None:
            (tmp_path / "settings.py").write_text(f"from openviper.conf import BaseSettings, Secret\n{text}")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENVIPER_")}
        done = subprocess.run(
            [sys.executable, "-c", CHECK],
            cwd=tmp_path,
            env={**kept, **variables},
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        return json.loads(done.stdout), done.stderr

    return check


def test_a_project_without_problems_gives_none(check):
    """Nothing to say, with settings and without."""
    assert check() == ([], "")
    assert check("class Settings(BaseSettings): pass\n") == ([], "")


def test_all_problems_are_told_together(check):
    """Those of the project's class and those of every installed section."""
    lines, _ = check(
        "class Settings(BaseSettings):\n    SECRET_KEY: Secret[str]\n    DEBUG = 'yes'\n    STARTUP_TIMEOUT = 'soon'\n",
        OPENVIPER_SHUTDOWN_TIMEOUT="later",
        OPENVIPER_TIME_ZONE="UTC",
    )
    assert [line.partition(" ")[0] for line in lines] == [
        "Settings.DEBUG='yes'",
        "OPENVIPER_SECRET_KEY",
        "Settings.STARTUP_TIMEOUT='soon'",
        "OPENVIPER_SHUTDOWN_TIMEOUT='later'",
    ]


@pytest.mark.parametrize(
    ("reason", "text", "words"),
    [
        ("raises", "1 / 0\n", "raised ZeroDivisionError"),
        ("no class", "x = 1\n", "has no class Settings"),
        ("unknown names", "class Settings(BaseSettings):\n    DEBGU = True\n    X = 1\n", "Settings.DEBGU=True"),
        (
            "its own check",
            "class Settings(BaseSettings):\n    def __post_init__(self):\n        raise ValueError('too late')\n",
            "too late (Settings in settings)",
        ),
    ],
)
def test_settings_that_cannot_be_loaded_are_lines_not_a_traceback(check, reason, text, words):
    """The check ends with what is wrong."""
    lines, _ = check(text)
    assert words in lines[0], reason


def test_a_missing_module_is_a_line(check):
    """As the variable names it."""
    lines, _ = check(OPENVIPER_SETTINGS_MODULE="mysite.setings")
    assert len(lines) == 1
    assert lines[0].startswith("there is no module 'mysite.setings', which OPENVIPER_SETTINGS_MODULE names")


def test_unknown_variables_are_warnings(check):
    """They are printed where no logging is set up, and are no problem."""
    lines, printed = check(OPENVIPER_DEBGU="1")
    assert lines == []
    assert printed == "OPENVIPER_DEBGU (environment) names no setting; did you mean 'OPENVIPER_DEBUG'?\n"


def test_a_variable_of_an_apps_own_section_is_no_unknown_one(check, tmp_path):
    """The app needs no distribution, and is not imported to learn it."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("1 / 0\n")
    (tmp_path / "shop" / "sections.py").write_text(
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Shop:\n    SHOP_NAME: str = ''\n"
    )
    settings = "class Settings(BaseSettings):\n    INSTALLED_APPS = ('shop',)\n"
    assert check(settings, OPENVIPER_SHOP_NAME="Ada's") == ([], "")
    assert "'OPENVIPER_SHOP_NAME'?" in check(settings, OPENVIPER_SHOP_NAM="Ada's")[1]


@pytest.mark.parametrize("text", ["raise Bad", "class Settings(BaseSettings):\n    def __post_init__(self): raise Bad"])
def test_an_error_that_has_no_text_is_a_line_too(check, text):
    """A settings module may raise an error whose own __str__ fails."""
    (line,), _ = check(f"class Bad(ValueError):\n    def __str__(self): raise KeyError\n{text}\n")
    assert "its text cannot be shown: __str__ raised KeyError" in line
