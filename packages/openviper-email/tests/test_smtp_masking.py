"""Secrets in what servers say."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode

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


LAYOUTS = ["{}", "\0ada\0{}", ":ada:{}", "x:ada:{}", "ada\0ada\0{}", "user=ada\x01auth=Bearer {}\x01\x01", "[{}, '{}']"]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode], ids=["base64", "base64url"])
@pytest.mark.parametrize("padding", [b"=", b""], ids=["padded", "not padded"])
@pytest.mark.parametrize("secret", ["correct horse", "s3cret-Passw0rd-XYZ", "p\xe4sswort?>>", "short"])
def test_a_secret_in_base64_is_hidden_whatever_stands_around_it(layout, encode, padding, secret):
    """A server may have decoded what it was sent, and put it together in another way."""
    said = encode(layout.replace("{}", secret).encode()).rstrip(b"=") + padding
    assert Mask([secret]).line(b"535 bad: " + said + b" no") == b"535 bad: *** no"
    assert Mask([secret]).lines((b"bad: " + said[:-4], said[-4:])) == (b"***",)


def test_words_that_have_nothing_of_a_secret_stay():
    """Of a short one too little is left in base64 to be told from chance."""
    assert Mask(["pw"]).line(b"535 cHc= is no word") == b"535 cHc= is no word"


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
