"""How ``./dev test`` ends."""

from __future__ import annotations

import pytest

from tools.everything import run_tests


@pytest.mark.parametrize(
    ("arguments", "failed", "code"),
    [
        (["--version"], [], 0),
        (["--version"], ["lint"], 1),
        (["--no-such-option"], [], 4),
        (["--no-such-option"], ["lint"], 4),
    ],
)
def test_a_failed_check_and_failed_tests_are_both_told_by_the_exit_code(arguments, failed, code):
    """pytest's own code comes first, and no check is forgotten where the tests pass."""
    assert run_tests(arguments, failed) == code


def test_what_failed_is_said_before_the_tests_so_that_a_log_ends_with_theirs(capfd):
    """The last line is pytest's, whatever failed before it."""
    run_tests(["--version"], ["lint", "typing"])
    output, errors = capfd.readouterr()
    assert output.index("FAILED lint\nFAILED typing") < output.index("== tests")
    assert (output + errors).splitlines()[-1] == f"pytest {pytest.__version__}"
