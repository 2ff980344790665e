"""section(): a package's own settings."""

from __future__ import annotations

from datetime import timedelta

from openviper._settings.core import LifespanSettings
from openviper.conf import override_settings, section


def test_without_a_project_a_section_gives_its_defaults():
    """A program with no settings module at all reads each section's defaults."""
    assert timedelta(seconds=10) == section(LifespanSettings).SHUTDOWN_TIMEOUT


def test_a_section_is_one_object():
    """Whoever reads a section gets the same object."""
    assert section(LifespanSettings) is section(LifespanSettings)


def test_an_override_is_seen_and_taken_back():
    """Inside override_settings a section is read again, and the first object is back behind it."""
    before = section(LifespanSettings)
    with override_settings(SHUTDOWN_TIMEOUT=timedelta(seconds=1)):
        assert timedelta(seconds=1) == section(LifespanSettings).SHUTDOWN_TIMEOUT
    assert section(LifespanSettings) is before
