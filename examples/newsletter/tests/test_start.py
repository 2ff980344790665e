"""What happens when the site starts and stops."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter.app import app
from newsletter.database import get_database
from newsletter.sections import NewsletterSettings
from newsletter.settings import Settings
from openviper.conf import override_settings
from openviper.core.errors import LifespanError
from openviper.testing import test_client
from pulse.apps import get_pulse

HERE = Path(__file__).resolve().parents[1]


async def test_the_apps_become_ready_in_the_order_that_they_need(project):
    """Two of them require others, which stand behind them."""
    async with test_client(app):
        names = [each.name for each in app.lifespan.apps]
    assert names == ["pulse", "newsletter", "openviper.core.email", "newsletter.subscribers", "newsletter.issues"]


async def test_stopping_undoes_the_start_in_reverse(project, caplog):
    """The plugin, ready first, is shut down last."""
    caplog.set_level(logging.INFO)
    async with test_client(app):
        pass
    stopped = [record.name for record in caplog.records if "has stopped" in record.getMessage()]
    assert stopped == ["newsletter.subscribers", "newsletter", "pulse"]
    for get in (get_database, get_pulse):
        with pytest.raises(RuntimeError):
            get()


@pytest.mark.parametrize(
    ("debug", "url", "warnings"),
    [
        (False, "http://localhost:8000", 1),
        (False, "https://newsletter.example", 0),
        (True, "http://localhost:8000", 0),
    ],
)
async def test_links_that_no_reader_can_open_are_warned_of(project, caplog, debug, url, warnings):
    """In production, where nobody would see them before the readers do."""
    with override_settings(NewsletterSettings, DEBUG=debug, NEWSLETTER_URL=url):
        async with test_client(app):
            pass
    assert len([each for each in caplog.records if "NEWSLETTER_URL" in each.getMessage()]) == warnings


async def test_the_site_does_not_start_without_the_app_that_it_requires(project):
    """The error names who needs whom."""
    with (
        override_settings(INSTALLED_APPS=("pulse", "newsletter.issues")),
        pytest.raises(LifespanError, match=r"'newsletter\.issues' requires 'newsletter'"),
    ):
        async with test_client(app):
            raise AssertionError("it must not start")


def test_the_settings_are_safe_in_production():
    """Debug mode comes from the environment alone, and paths do not depend on the current directory."""
    settings = Settings()
    assert settings.DEBUG is False
    assert Path(settings.TEMPLATES_DIR).is_absolute()
    assert settings.NEWSLETTER_DATABASE.is_absolute()


def test_the_management_script_finds_no_problem():
    """``viperctl.py check``, from any directory, with what production sets."""
    answer = subprocess.run(
        [sys.executable, HERE / "viperctl.py", "check"],
        cwd="/",
        env={
            **os.environ,
            "OPENVIPER_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
            "OPENVIPER_ALLOWED_HOSTS": "newsletter.example",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert answer.stdout == ""


def test_without_a_key_the_management_script_says_that_forms_would_fail():
    """Before a visitor notices."""
    answer = subprocess.run(
        [sys.executable, HERE / "viperctl.py", "check"],
        cwd="/",
        env={name: value for name, value in os.environ.items() if not name.startswith("OPENVIPER_")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert "SECRET_KEY" in answer.stdout
