"""Whose code raised an error."""

from __future__ import annotations

import sys

import pytest

from openviper.cli._failure_origins import is_of_import_string
from openviper.core.imports import import_string


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("no_such_module_here:x", "", True),
        ("cli_importing:absent", "", True),
        ("undotted", "", True),
        ("cli_importing:x", "import no_such_module_here", False),
        ("cli_importing:x", "raise ImportError('no licence')", False),
        ("cli_importing:x", "from sys import nothing_of_it", False),
    ],
)
def test_a_wrong_path_is_told_from_a_module_that_cannot_be_imported(files, monkeypatch, path, source, expected):
    """Both are ImportErrors; only the second one has a place that its author needs."""
    monkeypatch.syspath_prepend(str(files({"cli_importing.py": source})))
    monkeypatch.delitem(sys.modules, "cli_importing", raising=False)
    with pytest.raises(ImportError) as caught:
        import_string(path)
    assert is_of_import_string(caught.value) is expected
