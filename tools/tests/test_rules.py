"""The repository's own rules notice what is wrong."""

from __future__ import annotations

import pytest

from tools import rules
from tools.workspace import CONSTRAINTS, NAMESPACES, Package, meta

NEW = {"name": "openviper-new", "version": "0.1.0"}


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_an_init_in_a_namespace_is_found(tmp_path, namespace):
    """Where it is easily made: in the sources of one package."""
    source = tmp_path / "openviper-new" / "src" / namespace
    source.mkdir(parents=True)
    package = Package(tmp_path / "openviper-new", NEW, {}, {})
    assert rules.check_namespaces([package]) == []
    (source / "__init__.py").touch()
    assert f"src/{namespace}/__init__.py must not be" in rules.check_namespaces([package])[0]


@pytest.mark.parametrize("pattern", ["(?:ab?c)*+", "(a|b)++", "(?:a)?+", "(a){2,3}+", "(a){2}+"])
def test_a_possessively_repeated_group_is_found(tmp_path, pattern):
    """Where it stands; characters may be repeated so, and a text is no pattern."""
    source = tmp_path / "openviper-new" / "src" / "module.py"
    source.parent.mkdir(parents=True)
    package = Package(tmp_path / "openviper-new", NEW, {}, {})
    source.write_text("A = r'a*+[)]++x{2}+(?:a++)*\\)*+'\n# )*+\nSAFE = \"!$&'()*+,;=\"\n")
    assert rules.check_patterns([package]) == []
    source.write_text(f"A = 1\nB = r'{pattern}'\n")
    assert rules.check_patterns([package])[0].startswith(f"{source}:2: a possessively repeated group")


def test_a_new_package_is_told_where_it_is_missing(tmp_path):
    """Each list of the root that has to name it, and each file that it has to have."""
    problems = "\n".join(rules.check_members([Package(tmp_path / "openviper-new", NEW, {}, {})]))
    for words in (
        "README.md is missing",
        "mypy_path lacks packages/openviper-new/src",
        "namespace-packages lacks packages/openviper-new/src/openviper",
        "sources] lacks openviper-new",
        "extra new lacks openviper-new",
        "extra all lacks new",
    ):
        assert words in problems


def test_an_extra_that_is_written_now_is_no_longer_left_out(tmp_path, monkeypatch):
    """The list of what is not there yet would hide the package from uv."""
    package = Package(tmp_path / "openviper-late", {"name": "openviper-late"}, {}, {})
    monkeypatch.setitem(meta().tool["uv"], "exclude-dependencies", ["openviper-late"])
    assert any("exclude-dependencies still has openviper-late" in line for line in rules.check_members([package]))


@pytest.mark.parametrize(
    ("reason", "text", "problem"),
    [
        ("an address", "ruff @ https://example.org/ruff.whl", "is not NAME==VERSION"),
        ("an index", "--index-url https://example.org/simple", "is not NAME==VERSION"),
        ("a range", "ruff>=1", "is not NAME==VERSION"),
        ("too old", "ruff==0.1", "has no version for ruff>="),
        ("not there", "", "has no version for ruff>="),
    ],
)
def test_bad_constraints_are_named(tmp_path, reason, text, problem):
    """Addresses never get in, and a pin that a declared range refuses is stale."""
    kept = [line for line in CONSTRAINTS.read_text().splitlines() if not line.startswith("ruff==")]
    path = tmp_path / "constraints.txt"
    path.write_text("\n".join([*kept, text]))
    assert any(problem in line for line in rules.check_constraints(path)), reason
