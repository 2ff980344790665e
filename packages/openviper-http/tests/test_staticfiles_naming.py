"""The names under which files are published."""

from __future__ import annotations

import pytest

from openviper.conf import override_settings
from openviper.http import HttpSettings
from openviper.staticfiles import StaticFilesError
from openviper.staticfiles._finding import find_files
from openviper.staticfiles._naming import name_outputs


@pytest.mark.parametrize("taken", ["js/a.ca978112.js", "js/a.ca978112.js/x", "staticfiles.json/x"])
def test_two_files_of_one_name_are_refused(files, taken):
    """Called as another is with its hash, or below a folder of that name; both are named."""
    root = files({"assets/js/a.js": "a", f"assets/{taken}": "theirs"})
    found = find_files([root / "assets"], root / "collected")
    assert len(name_outputs(found, [])) == 2
    with (
        override_settings(HttpSettings, STATIC_HASHED=True),
        pytest.raises(StaticFilesError, match=r"(js|json) and /.*would both be collected as .*; rename one"),
    ):
        name_outputs(found, [])
