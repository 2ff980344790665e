"""The core's check of values that would not work."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from openviper.conf import override_settings
from openviper.core._value_checks import check_values
from openviper.core.checks import Severity, run_checks

#: A machine without a time zone database: no folder of the system has one, and the package is not there.
WITHOUT_DATABASE = """
import sys
sys.modules["tzdata"] = None
from openviper.core._value_checks import check_values
print(*check_values(), sep="\\n")
"""


def found(**values):
    with override_settings(**values):
        return list(check_values())


@pytest.mark.parametrize("name", ["UTC", "Europe/Zurich", "America/Argentina/Buenos_Aires", "Etc/GMT+2"])
def test_a_time_zone_of_the_database_passes(name):
    """The names of the IANA database."""
    assert found(TIME_ZONE=name) == []


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("Europe/Zürich", "; did you mean 'Europe/Zurich'?"),
        ("Europe/Zurch", "; did you mean 'Europe/Zurich'?"),
        ("utc+2", ""),
        ("Europe", None),
        ("", ""),
        ("/etc/localtime", None),
        ("../zoneinfo/UTC", None),
        ("Europe/Zurich ", "; did you mean 'Europe/Zurich'?"),
        ("a\0b", ""),
        ("\udcff", ""),
        ("x" * 5000, ""),
    ],
)
def test_any_other_time_zone_is_a_warning(name, nearest):
    """With the nearest name, where one is near."""
    (message,) = found(TIME_ZONE=name)
    assert (message.id, message.severity) == ("openviper.core.time_zone", Severity.WARNING)
    assert message.message.startswith(f"TIME_ZONE={name!r} is no IANA time zone")
    assert nearest is None or message.message.endswith(f"is no IANA time zone{nearest}")
    assert "'Europe/Zurich'" in message.hint


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("UTC", ""),
        (
            "Europe/Zurich",
            "WARNING openviper.core.time_zone: TIME_ZONE='Europe/Zurich' cannot be looked up: this machine has no time "
            "zone database\n    pip install tzdata, or install the system's package of that name",
        ),
    ],
)
def test_a_machine_without_a_database_is_told_so(tmp_path, name, printed):
    """The name may be right there; UTC needs no database."""
    environment = {**os.environ, "PYTHONTZPATH": str(tmp_path), "OPENVIPER_TIME_ZONE": name}
    command = [sys.executable, "-c", WITHOUT_DATABASE]
    run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, cwd=tmp_path, env=environment)
    assert run.stdout.strip() == printed


@pytest.mark.parametrize("url", ["/static/", "/", "https://cdn.example/assets/"])
def test_a_static_url_that_ends_with_a_slash_passes(url):
    """A path or another server."""
    assert found(STATIC_URL=url) == []


@pytest.mark.parametrize(
    ("url", "link", "right"),
    [
        ("/static", "/staticsite.css", "/static/"),
        ("static", "staticsite.css", "/static/"),
        ("", "site.css", "/"),
        ("https://cdn.example/a", "https://cdn.example/asite.css", "https://cdn.example/a/"),
        ("//cdn.example/a", "//cdn.example/asite.css", "//cdn.example/a/"),
    ],
)
def test_a_static_url_without_its_slash_is_a_warning(url, link, right):
    """It shows what would become of a link, and what is right."""
    (message,) = found(STATIC_URL=url)
    assert (message.id, message.severity) == ("openviper.core.static_url", Severity.WARNING)
    assert message.message == f"STATIC_URL={url!r} does not end with a slash: pages would link to {link!r}"
    assert message.hint == f"set it to {right!r}"
    assert found(STATIC_URL=right) == []


def test_a_static_url_that_is_relative_is_a_warning():
    """Each page would look for it below itself."""
    (message,) = found(STATIC_URL="static/")
    link = "'/shop/static/site.css'"
    assert message.message == f"STATIC_URL='static/' is relative: a page under /shop/ would link to {link}"
    assert message.hint == "set it to '/static/'"


def test_they_are_of_the_checks_that_always_run():
    """``openviper viperctl check`` needs nothing else."""
    with override_settings(STATIC_URL="/static", TIME_ZONE="xqzj"):
        ids = {message.id for message in run_checks()}
    assert {"openviper.core.static_url", "openviper.core.time_zone"} <= ids
