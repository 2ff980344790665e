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


@pytest.mark.parametrize("between", [b" ", b"\t", b"\0", b"\x01\x7f", b"  ", b"\xa0", b"\xc2\xa0", b"\xe2\x80\xa8"])
@pytest.mark.parametrize("secret", ["correct horse", "correct\thorse", "correct \xa0 horse"])
def test_a_secret_with_white_space_is_hidden_whatever_stands_in_its_place(secret, between):
    """All that is not visible is a space to whoever reads the error."""
    said = b"correct" + between + b"horse"
    assert Mask([secret]).line(b"535 5.7.8 bad: ada " + said + b", no") == b"535 5.7.8 bad: ada ***, no"
    assert Mask([secret]).lines((b"bad: correct" + between, between + b"horse")) == (b"***",)


@pytest.mark.parametrize("said", [b"b\xe4ttery", "b\xe4ttery".encode(), b"b\\u00e4ttery"])
def test_a_secret_beyond_ascii_is_hidden_in_other_character_sets(said):
    """In Latin-1 and JSON too."""
    assert Mask(["b\xe4ttery"]).line(b"535 no " + said) == b"535 no ***"


@pytest.mark.parametrize(
    "secret", ["\xe41", "\u043f\u0430\u0440\u043e\u043b\u044c", "\u043f\u0430\u0440\u043e\u043b\u044c 12"]
)
def test_a_secret_with_little_of_ascii_hides_nothing_else(secret):
    """What is left of it without the rest stands in many words by chance."""
    assert Mask([secret]).line(b"535 5.7.12 gr\xc3\xbc\xc3\x9fe") == b"535 5.7.12 gr\xc3\xbc\xc3\x9fe"
    assert Mask([secret]).lines((b"1", b"12")) == (b"1", b"12")


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
