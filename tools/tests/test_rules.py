"""The repository's own rules hold, and notice when they do not."""

from __future__ import annotations

import pytest

from tools import rules


@pytest.mark.parametrize("rule", [rules.check_namespaces, rules.check_members, rules.check_constraints])
def test_the_repository_keeps_the_rule(rule):
    """Nothing is reported as things stand."""
    assert rule() == []


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
    kept = [line for line in rules.CONSTRAINTS.read_text().splitlines() if not line.startswith("ruff==")]
    path = tmp_path / "constraints.txt"
    path.write_text("\n".join([*kept, text]))
    assert any(problem in line for line in rules.check_constraints(path)), reason
