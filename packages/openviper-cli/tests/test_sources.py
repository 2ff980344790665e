"""What the sources may import, and what importing them may do."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
SOURCES = sorted((HERE / "src").rglob("*.py"))


def imported(tree):
    """Return the first parts of what is imported anywhere in a module, functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(HERE / "src")))
def test_what_is_imported_is_declared(path):
    """By this distribution itself, or an extra of it: what another one brings today it may leave out tomorrow."""
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    requirements = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    declared = {re.split(r"\W", each)[0] for each in requirements}
    found = set(imported(ast.parse(path.read_text()))) - sys.stdlib_module_names
    assert {each.lower() for each in found} - {"openviper"} <= declared


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(HERE / "src")))
def test_an_import_only_defines(path):
    """Nothing is called for its effect at the top level of a module."""
    calls = [each for each in ast.parse(path.read_text()).body if isinstance(each, ast.Expr)]
    assert not [ast.unparse(each) for each in calls if isinstance(each.value, ast.Call)]
