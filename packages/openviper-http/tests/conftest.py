"""Settings that no machine's environment can change."""

from __future__ import annotations

import pytest

from openviper.conf import override_settings


@pytest.fixture(autouse=True)
def _settings():
    """Every test starts from production's defaults, whatever the environment says."""
    with override_settings(DEBUG=False, INSTALLED_APPS=(), MIDDLEWARE=(), STATICFILES_DIRS=(), HEALTH_PAGES=False):
        yield
