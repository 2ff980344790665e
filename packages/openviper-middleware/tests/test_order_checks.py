"""What is said of a class that is listed twice; of the order, see test_checks."""

from __future__ import annotations

import pytest

from openviper.conf import override_settings
from openviper.core.checks import Severity
from openviper.middleware.checks import check_stack

SECURITY = "openviper.middleware.security.SecurityMiddleware"
CORS = "openviper.middleware.cors.CORSMiddleware"


@pytest.mark.parametrize(
    "again", [SECURITY, "openviper.middleware.security:SecurityMiddleware", "openviper.middleware.SecurityMiddleware"]
)
def test_a_class_that_is_listed_twice_is_told_once(again):
    """By each of its paths; neither its order nor what it refuses is told a second time."""
    with override_settings(MIDDLEWARE=(SECURITY, CORS, again), ALLOWED_HOSTS=("example.org",)):
        (message,) = list(check_stack())
    assert (message.id, message.severity) == ("openviper.middleware.repeated", Severity.WARNING)
    assert message.message == (
        f"settings.MIDDLEWARE[2] = {again!r} is the class of settings.MIDDLEWARE[0] again: "
        "every request passes it twice"
    )
