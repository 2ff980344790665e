"""For the tests of the site and of its plugin: both are importable, and the project's settings are in force."""

from __future__ import annotations

import secrets
import sys
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from openviper.conf import override_settings
from openviper.testing import test_client

HERE = Path(__file__).parent

# The project is not installed. Last, so that nothing here hides a module of somebody else's tests.
if str(HERE) not in sys.path:
    sys.path.append(str(HERE))

from newsletter.app import app  # noqa: E402 - found by the line above
from newsletter.sections import NewsletterSettings  # noqa: E402
from newsletter.settings import Settings  # noqa: E402
from pulse.sections import PulseSettings  # noqa: E402


@pytest.fixture
def database_path(tmp_path):
    """Where the site of this test keeps its data."""
    return tmp_path / "data" / "newsletter.sqlite3"


@pytest.fixture
def settings_in_force(database_path):
    """The project's settings, with a database of the test's own."""
    mine = Settings(
        DEBUG=True,
        SECRET_KEY=secrets.token_urlsafe(48),
        NEWSLETTER_DATABASE=database_path,
        NEWSLETTER_URL="https://newsletter.example",
    )
    values = {each.name: getattr(mine, each.name) for each in fields(mine)}
    with override_settings(NewsletterSettings, PulseSettings, **values):
        yield mine


@pytest.fixture
def project(settings_in_force, mailbox):
    """These settings; mail stays in memory."""
    return settings_in_force


@pytest.fixture
def impatient(project):
    """Nobody waits for long in the tests with it."""
    with override_settings(NewsletterSettings, NEWSLETTER_PATIENCE=timedelta(seconds=0.2)):
        yield


@pytest.fixture
async def site(project):
    """A client of the started site, which asks as a browser does."""
    async with test_client(app, headers={"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}) as client:
        yield client
