"""The files of a new project."""

from __future__ import annotations

import tomllib

import pytest

from openviper.cli._new_project import project_files


@pytest.fixture
def file():
    """Return the file of a variant at a path."""

    def find(variant, path):
        return next(each for each in project_files("shop", variant) if each.path == path)

    return find


@pytest.mark.parametrize("variant", ["minimal", "default", "full"])
def test_the_secret_is_private_and_new_each_time(file, variant):
    """Its mode too."""
    one, other = file(variant, ".env"), file(variant, ".env")
    assert one.mode == other.mode == 0o600
    assert one.content != other.content


@pytest.mark.parametrize(
    ("variant", "http", "has_readme"),
    [
        ("minimal", "openviper-http>=0.1", False),
        ("default", "openviper-http>=0.1", True),
        ("full", "openviper-http[templates]>=0.1", True),
    ],
)
def test_what_it_needs_is_declared(file, variant, http, has_readme):
    """The extra for templates where there are some; no README that is not there."""
    project = tomllib.loads(file(variant, "pyproject.toml").content)["project"]
    assert http in project["dependencies"]
    assert ("readme" in project) == has_readme


@pytest.mark.parametrize("variant", ["minimal", "default", "full"])
def test_no_path_stands_there_twice(variant):
    """The second would replace the first."""
    paths = [each.path for each in project_files("main", variant)]
    assert len(paths) == len(set(paths))
