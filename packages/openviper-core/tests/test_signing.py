"""Signed values, as those who made them and those who forge them see them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openviper.conf import ImproperlyConfigured, Secret, override_settings
from openviper.core.signing import BadSignature, SignatureExpired, Signer, dumps, loads

KEY = "k" * 40
OLD = "o" * 40

TEXT = st.text(st.characters(exclude_categories=("Cs",)))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)


@given(TEXT, TEXT, TEXT.filter(bool))
def test_what_was_signed_comes_back(value, salt, key):
    """Any text, under any salt and key, is read back as it was."""
    assert Signer(key, salt=salt).unsign(Signer(key, salt=salt).sign(value)) == value


@given(JSON)
def test_what_was_dumped_comes_back(obj):
    """Any JSON value is read back as it was, from a text that fits a URL."""
    token = dumps(obj, salt="test", key=KEY)
    assert loads(token, salt="test", key=KEY) == obj
    assert all(char.isascii() and (char.isalnum() or char in "-_.") for char in token)


@given(TEXT, st.data())
def test_no_single_character_can_be_changed(value, data):
    """A value with one character altered, anywhere in it, is refused."""
    token = Signer(KEY).sign(value)
    index = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda char: char != token[index]))
    with pytest.raises(BadSignature):
        Signer(KEY).unsign(token[:index] + other + token[index + 1 :])


def test_the_spare_bits_of_base64_are_not_spare():
    """The last character of a signature cannot be exchanged for one that decodes to the same bytes."""
    signer, alphabet = Signer(KEY), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = signer.sign("value")
    for char in alphabet.replace(token[-1], ""):
        with pytest.raises(BadSignature):
            signer.unsign(token[:-1] + char)


@given(TEXT, st.data())
def test_nothing_can_be_cut_off(value, data):
    """A value that lost its end or its beginning is refused."""
    token = Signer(KEY).sign(value)
    cut = data.draw(st.integers(1, len(token)))
    for part in (token[:-cut], token[cut:]):
        with pytest.raises(BadSignature):
            Signer(KEY).unsign(part)


@pytest.mark.parametrize(
    "forged",
    [
        "",
        ".",
        "..",
        "...",
        "value",
        "value.1",
        "value.1.",
        ".1.x",
        "value.1.\udcff",
        "\ud800.1.x",
        "v.1.ü",
        "\0" * 9,
        "=" * 43,
    ],
)
def test_what_was_never_signed_is_refused(forged):
    """Garbage is a bad signature, never another error."""
    with pytest.raises(BadSignature):
        Signer(KEY).unsign(forged)
    with pytest.raises(BadSignature):
        loads(forged, salt="test", key=KEY)


@pytest.mark.parametrize(("key", "salt"), [(OLD, "a"), (KEY, "b"), (KEY + "a", ""), (KEY[:-1], "ka"), (KEY, "")])
def test_another_key_or_salt_is_another_context(key, salt):
    """What was signed for one purpose is worth nothing for another, however key and salt are split."""
    with pytest.raises(BadSignature):
        Signer(key, salt=salt).unsign(Signer(KEY, salt="a").sign("value"))


def test_signed_text_is_no_signed_json_and_json_no_text():
    """Signer and dumps never take each other's values, under the same salt and key."""
    with pytest.raises(BadSignature):
        loads(Signer(KEY, salt="x").sign("MQ"), salt="x", key=KEY)
    with pytest.raises(BadSignature):
        Signer(KEY, salt="x").unsign(dumps(1, salt="x", key=KEY))


def signed_at(seconds, monkeypatch):
    """Return a token that was signed ``seconds`` ago."""
    now = time.time()
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now - seconds)
        return Signer(KEY).sign("value")


@pytest.mark.parametrize("max_age", [60, 60.5, timedelta(minutes=1), timedelta(days=40_000), float("inf")])
def test_a_value_within_its_age_is_accepted(max_age, monkeypatch):
    """The age is given in seconds or as a timedelta."""
    assert Signer(KEY).unsign(signed_at(50, monkeypatch), max_age=max_age) == "value"


@pytest.mark.parametrize("max_age", [60, timedelta(minutes=1), 0, -1, float("nan")])
def test_a_value_past_its_age_has_expired(max_age, monkeypatch):
    """It is genuine, and refused; the error is a BadSignature too, so that one except clause serves."""
    with pytest.raises(SignatureExpired, match=r"7\d s old"):
        Signer(KEY).unsign(signed_at(70, monkeypatch), max_age=max_age)
    assert issubclass(SignatureExpired, BadSignature)
    assert issubclass(BadSignature, ValueError)


def test_a_value_without_a_limit_never_expires(monkeypatch):
    """The time is signed always, and looked at only when asked for."""
    assert Signer(KEY).unsign(signed_at(10**9, monkeypatch)) == "value"


def test_a_forged_value_is_not_called_expired(monkeypatch):
    """The signature is looked at before the time."""
    token = signed_at(70, monkeypatch)
    with pytest.raises(BadSignature) as caught:
        Signer(KEY).unsign("x" + token, max_age=1)
    assert not isinstance(caught.value, SignatureExpired)


def test_values_of_an_earlier_key_are_accepted_and_new_ones_never_signed_with_it():
    """A key is rotated: its values stay good for as long as it is a fallback."""
    signer = Signer(KEY, fallbacks=["other" * 8, OLD])
    assert signer.unsign(Signer(OLD).sign("value")) == "value"
    assert Signer(KEY).unsign(signer.sign("value")) == "value"
    assert loads(dumps([1], salt="x", key=OLD), salt="x", key=KEY, fallbacks=[OLD]) == [1]
    with pytest.raises(BadSignature):
        Signer(KEY).unsign(Signer(OLD).sign("value"))


def test_the_projects_keys_are_used_where_none_is_given():
    """SECRET_KEY signs; SECRET_KEY_FALLBACKS are accepted, unless a key was given."""
    token = Signer(OLD).sign("value")
    with override_settings(SECRET_KEY=Secret(KEY), SECRET_KEY_FALLBACKS=(Secret(OLD),)):
        assert Signer(KEY).unsign(Signer().sign("value")) == "value"
        assert Signer().unsign(token) == "value"
        assert loads(dumps({"a": 1}, salt="x"), salt="x") == {"a": 1}
        for signer in (Signer(KEY), Signer(fallbacks=())):
            with pytest.raises(BadSignature):
                signer.unsign(token)


def test_a_signer_follows_the_settings_it_finds_when_it_signs():
    """A signer made at import, before any settings are there, uses the ones of the moment."""
    signer = Signer()
    with override_settings(SECRET_KEY=Secret(KEY)):
        first = signer.sign("value")
    with override_settings(SECRET_KEY=Secret(OLD)), pytest.raises(BadSignature):
        signer.unsign(first)


def test_without_a_key_the_error_says_how_to_get_one(tmp_path):
    """The sentence names the variable and a command, and the command prints a key that passes the check."""
    with override_settings(SECRET_KEY=None), pytest.raises(ImproperlyConfigured) as caught:
        Signer().sign("value")
    message = str(caught.value)
    assert "OPENVIPER_SECRET_KEY" in message
    command = message.rpartition("prints: ")[2].replace("python", sys.executable, 1)
    run = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=30, check=True, cwd=tmp_path)
    assert len(run.stdout.strip()) >= 32


@pytest.mark.parametrize(
    "options", [{"key": ""}, {"key": Secret("")}, {"key": KEY, "fallbacks": [""]}, {"fallbacks": [Secret("")]}]
)
def test_an_empty_key_is_refused(options):
    """An empty key would let everybody sign."""
    with pytest.raises(ValueError, match="empty key"):
        Signer(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"key": b"hunter2"},
        {"key": Secret(b"hunter2")},
        {"key": 12345},
        {"fallbacks": [b"hunter2"]},
        {"fallbacks": [None]},
        {"fallbacks": "hunter2"},
        {"fallbacks": Secret("hunter2")},
    ],
)
def test_what_is_no_key_is_refused_when_the_signer_is_made(options):
    """Not by the first value that is signed; its text is not shown."""
    with pytest.raises(TypeError, match=r"expected a (str or a Secret\[str\]|sequence)") as caught:
        Signer(**options)
    assert "hunter2" not in str(caught.value)


def test_a_key_may_be_a_secret():
    """As settings hold them: the same signatures as by its plain text."""
    assert Signer(KEY).unsign(Signer(Secret(KEY)).sign("value")) == "value"
    assert Signer("new", fallbacks=[Secret(KEY)]).unsign(Signer(KEY).sign("value")) == "value"
    token = dumps({"a": 1}, salt="test", key=Secret(KEY))
    assert loads(token, salt="test", key=Secret("new"), fallbacks=[Secret(KEY)]) == {"a": 1}


@pytest.mark.parametrize("obj", [object(), {1, 2}, float("nan"), float("inf")])
def test_what_json_cannot_carry_is_refused(obj):
    """An object without a JSON form is refused when it is signed, not when it is read."""
    with pytest.raises((TypeError, ValueError)):
        dumps(obj, salt="x", key=KEY)


def test_neither_repr_nor_errors_show_a_key():
    """Keys stay out of tracebacks' last lines and logs."""
    signer = Signer("hunter2" * 6, fallbacks=["hunter3" * 6])
    with pytest.raises(BadSignature) as caught:
        signer.unsign("value.1.x")
    assert "hunter" not in f"{signer!r} {signer} {caught.value}"


def test_values_are_genuine_in_another_process():
    """What one worker signs, another one reads."""
    code = "import sys; from openviper.core.signing import Signer; print(Signer(sys.argv[1]).unsign(sys.argv[2]))"
    run = subprocess.run(
        [sys.executable, "-c", code, KEY, Signer(KEY).sign("väl.ue")],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        encoding="utf-8",
    )
    assert run.stdout.strip() == "väl.ue"


@pytest.mark.parametrize("value", [None, b"value.1.x", 5, ["a"], object()])
def test_what_is_no_text_was_never_signed(value):
    """A cookie that is not there is as bad as a forged one; and nothing but text can be signed."""
    with pytest.raises(BadSignature, match=f"of type {type(value).__name__}; what was signed is a str"):
        Signer(KEY).unsign(value)
    with pytest.raises(BadSignature):
        loads(value, salt="x", key=KEY)
    with pytest.raises(TypeError, match=f"of type {type(value).__name__}; expected a str"):
        Signer(KEY).sign(value)


@pytest.mark.parametrize("max_age", ["3600", b"1", True, [60], object()])
def test_a_max_age_that_is_no_time_is_refused_whatever_the_value(max_age):
    """The mistake is the program's, so it shows with a forged value too."""
    for value in (Signer(KEY).sign("value"), "forged"):
        with pytest.raises(TypeError, match="expected seconds or a timedelta"):
            Signer(KEY).unsign(value, max_age=max_age)


@given(st.binary(), TEXT, TEXT.filter(bool))
def test_a_signature_alone_is_known_again(value, salt, key):
    """Any bytes, under any salt and key; it is 32 bytes, and the same every time."""
    signature = Signer(key, salt=salt).signature(value)
    assert signature == Signer(key, salt=salt).signature(value)
    assert len(signature) == 32
    assert Signer(key, salt=salt).verify_signature(value, signature)


@pytest.mark.parametrize(("key", "salt"), [(OLD, "a"), (KEY, "b"), (KEY + "a", ""), (KEY[:-1], "ka"), (KEY, "")])
def test_a_signature_alone_is_good_in_its_own_context_only(key, salt):
    """As a signed value is."""
    assert not Signer(key, salt=salt).verify_signature(b"value", Signer(KEY, salt="a").signature(b"value"))


@pytest.mark.parametrize("change", [lambda s: b"", lambda s: s[:-1], lambda s: s + b"\0", lambda s: s[::-1], bytes.hex])
def test_another_signature_is_none(change):
    """Altered, cut short, longer, or in hexadecimal digits."""
    wrong = change(Signer(KEY).signature(b"value"))
    assert not Signer(KEY).verify_signature(b"value", wrong.encode() if isinstance(wrong, str) else wrong)


def test_a_signature_alone_is_none_of_another_value():
    """Nor is that of a signed value one of its text."""
    assert not Signer(KEY).verify_signature(b"other", Signer(KEY).signature(b"value"))
    assert not Signer(KEY).verify_signature(b"value", Signer(KEY).sign("value").rpartition(".")[2].encode())


def test_signatures_of_earlier_keys_are_known_and_none_is_made_with_them():
    """SECRET_KEY_FALLBACKS, where no key was given."""
    old = Signer(OLD).signature(b"value")
    assert Signer(KEY, fallbacks=[OLD]).verify_signature(b"value", old)
    assert Signer(KEY, fallbacks=[OLD]).signature(b"value") == Signer(KEY).signature(b"value")
    with override_settings(SECRET_KEY=Secret(KEY), SECRET_KEY_FALLBACKS=(Secret(OLD),)):
        assert Signer().verify_signature(b"value", old)
        assert Signer().signature(b"value") == Signer(KEY).signature(b"value")
        assert not Signer(KEY).verify_signature(b"value", old)


def test_a_signature_alone_needs_a_key_too():
    """The sentence is that of a signed value."""
    with override_settings(SECRET_KEY=None):
        for call in (lambda: Signer().signature(b""), lambda: Signer().verify_signature(b"", b"x" * 32)):
            with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
                call()


def test_a_bare_signature_is_none_of_a_signed_value():
    """Whoever lets others choose the bytes that are signed does not sign texts for them."""
    signer = Signer(KEY, salt="x")
    bare = urlsafe_b64encode(signer.signature(b"admin.1700000000")).rstrip(b"=").decode()
    with pytest.raises(BadSignature):
        signer.unsign(f"admin.1700000000.{bare}")
