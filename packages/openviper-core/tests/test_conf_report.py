"""explain_settings(): every setting of a project, in real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from openviper.conf import BaseSettings, explain_settings, override_settings

REPORT = """
import json, traceback
from openviper.conf import explain_settings
try:
    report = explain_settings()
    found = {each.name: [each.masked_text, each.source, each.type_name, each.problem] for each in report.settings}
    print(json.dumps([found, report.problems]))
except Exception as error:
    print(json.dumps(str(error)))
"""


@pytest.fixture
def report(tmp_path):
    """``report(text, NAME=...)``: what is told of a project with this settings.py and environment."""
    (tmp_path / "pyproject.toml").touch()

    def report(text, **variables):
        head = "from dataclasses import field\nfrom openviper.conf import BaseSettings, Secret\n"
        (tmp_path / "settings.py").write_text(head + text)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENVIPER_", "PYTEST"))}
        done = subprocess.run(
            [sys.executable, "-c", REPORT],
            cwd=tmp_path,
            env={**kept, **variables},
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        return json.loads(done.stdout)

    return report


def test_each_setting_has_its_source(report, tmp_path):
    """The class, the environment, .env with its line, the default; sections of installed distributions too."""
    (tmp_path / ".env").write_text("# ours\nOPENVIPER_DEBUG=yes\nOPENVIPER_SHUTDOWN_TIMEOUT=2s\n")
    found, problems = report(
        "class Settings(BaseSettings):\n    PAGE_SIZE: int = 20\n", OPENVIPER_TIME_ZONE="Asia/Tokyo"
    )
    assert problems == []
    assert list(found) == sorted(found)
    assert found["PAGE_SIZE"] == ["20", "settings", "int", ""]
    assert found["TIME_ZONE"] == ["'Asia/Tokyo'", "OPENVIPER_TIME_ZONE, environment", "str", ""]
    assert found["DEBUG"] == ["True", "OPENVIPER_DEBUG, .env, line 2", "bool", ""]
    assert found["STATIC_URL"] == ["'/static/'", "default", "str", ""]
    assert found["SHUTDOWN_TIMEOUT"][0] == "datetime.timedelta(seconds=2)"
    assert found["SHUTDOWN_TIMEOUT"][1] == "OPENVIPER_SHUTDOWN_TIMEOUT, .env, line 3"


def test_one_that_is_wrong_does_not_hide_the_others(report):
    """It is there with its problem, be it the project's or a section's."""
    found, problems = report(
        "class Settings(BaseSettings):\n    PORT: int\n    PAGE_SIZE: int = 20\n    STARTUP_TIMEOUT = 'soon'\n",
        OPENVIPER_DEBUG="perhaps",
    )
    assert problems == []
    assert found["PAGE_SIZE"][0] == "20"
    assert found["PORT"][:3] == ["None", "", "int"]
    assert found["PORT"][3].startswith("OPENVIPER_PORT is not set")
    assert found["DEBUG"][3].startswith("OPENVIPER_DEBUG='perhaps' (environment) is not a bool")
    assert found["STARTUP_TIMEOUT"][3].startswith("Settings.STARTUP_TIMEOUT='soon'")


@pytest.mark.parametrize(
    ("raised", "line"),
    [
        ("ValueError('too late')", "too late (Settings in settings)"),
        ("RuntimeError('too late')", "Settings in settings raised RuntimeError: too late"),
    ],
)
def test_what_the_class_refuses_as_a_whole_is_a_problem_of_no_setting(report, raised, line):
    """The values are there all the same."""
    found, problems = report(f"class Settings(BaseSettings):\n    def __post_init__(self):\n        raise {raised}\n")
    assert len(problems) == 1
    assert line in problems[0]
    assert found["DEBUG"][0] == "False"


COMPUTING = """
class Settings(BaseSettings):
    PORT: int = 80
    WORKERS: int = field(init=False)
    LICENCE: str = field(default="hunter2", repr=False)
    FILLED: str = field(default="", repr=False)
    MADE: str = field(init=False, repr=False)
    EMPTY: str | None = field(default=None, repr=False)

    def __post_init__(self):
        object.__setattr__(self, "WORKERS", 4)
        object.__setattr__(self, "PORT", 8080)
        object.__setattr__(self, "FILLED", "hunter2")
        object.__setattr__(self, "MADE", "hunter2")

    @property
    def ADDRESS(self) -> str:
        return f"localhost:{self.PORT}"

    @property
    def BROKEN(self) -> str:
        raise OSError("no disk")
"""


def test_what_the_class_computes_is_told_too(report):
    """With who computes it; a property that fails is one that is wrong."""
    found, problems = report(COMPUTING)
    assert problems == []
    assert found["PORT"][0] == "8080"
    assert found["WORKERS"] == ["4", "computed by Settings in settings", "int", ""]
    assert found["ADDRESS"] == ["'localhost:8080'", "computed by Settings in settings", "str", ""]
    assert found["BROKEN"][3] == "BROKEN, computed by Settings in settings, raised OSError: no disk"


def test_a_field_that_is_kept_out_of_the_repr_is_masked(report):
    """Whoever wrote ``repr=False`` did not want shown what stands there."""
    found, _ = report(COMPUTING)
    for name in ("LICENCE", "FILLED", "MADE"):
        assert found[name][0] == "Secret('***')"
    assert found["EMPTY"][0] == "None"


def test_a_section_keeps_out_of_the_repr_what_the_project_declares_anew(report, tmp_path):
    """Its word counts for a field that the project's class has too."""
    (tmp_path / "cards.py").write_text(
        "from dataclasses import dataclass, field\n@dataclass(frozen=True, kw_only=True)\n"
        "class Cards:\n    LICENCE: str = field(default='', repr=False)\n"
    )
    (tmp_path / "cards-1.0.dist-info").mkdir()
    (tmp_path / "cards-1.0.dist-info" / "entry_points.txt").write_text("[openviper.settings]\ncards = cards:Cards\n")
    found, problems = report("class Settings(BaseSettings):\n    LICENCE: str = 'hunter2'\n")
    assert problems == []
    assert found["LICENCE"][:2] == ["Secret('***')", "settings"]


def test_without_a_class_there_is_nothing_to_explain(report):
    """That is an error, as everywhere else."""
    assert "raised ZeroDivisionError" in report("1 / 0\n")


def test_values_that_a_test_has_put_in_force_are_told():
    """As settings.explain() tells them."""
    with override_settings(TIME_ZONE="Asia/Tokyo"):
        found = {each.name: each for each in explain_settings().settings}
    assert (found["TIME_ZONE"].value, found["TIME_ZONE"].source) == ("Asia/Tokyo", "override_settings")
    assert found.keys() >= set(BaseSettings.__dataclass_fields__)
