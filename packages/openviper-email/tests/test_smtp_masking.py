"""Secrets in what servers say."""

from __future__ import annotations

import pytest

from openviper.core.email._smtp.masking import Mask


@pytest.mark.parametrize(
    ("secrets", "line", "shown"),
    [
        (["pw"], b"535 5.7.8 pw is wrong, pw", b"535 5.7.8 *** is wrong, ***"),
        (["pw", "pwpw"], b"535 pwpw", b"535 ***"),
        (["535"], b"535 535", b"535 ***"),
        (["pw"], b"pw", b"***"),
        (["p\xe4ss"], "535 p\xe4ss".encode(), b"535 ***"),
        ([""], b"535 no", b"535 no"),
        ([], b"535 no", b"535 no"),
    ],
)
def test_a_line_has_no_secret(secrets, line, shown):
    """The code stays: it is what the line means."""
    assert Mask(secrets).line(line) == shown


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ((b"correct", b"horse"), (b"***",)),
        ((b"I know correct ", b" horse"), (b"***",)),
        ((b"cor", b"rect horse"), (b"***",)),
        ((b"correct", b"and horse"), (b"correct", b"and horse")),
    ],
)
def test_a_secret_over_several_lines_hides_them_all(lines, shown):
    """Nobody knows where it ends."""
    assert Mask(["correct horse"]).lines(lines) == shown
