"""Values that leave the server and come back, such as cookies and links in mails: readable by all, altered by nobody.

::

    token = Signer(salt="newsletter.confirm").sign("ada@example.org")
    Signer(salt="newsletter.confirm").unsign(token, max_age=timedelta(days=2))

A signed value is ``value.seconds.signature``: the value itself, when it was signed (seconds since the epoch), and
HMAC-SHA256 over both, in URL-safe base64 without padding. Each salt has a key of its own, derived from the secret one,
so that what was signed for one purpose is worth nothing for another. (HMAC: RFC 2104; the base64 alphabet: RFC 4648,
section 5.)
"""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from openviper.conf import ImproperlyConfigured, Secret, settings
from openviper.core.errors import BadSignature, SignatureExpired

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NEW_KEY_COMMAND", "BadSignature", "SignatureExpired", "Signer", "dumps", "key_text", "loads"]

_DIGEST = "sha256"
# No Signer of the same salt takes what dumps() made, nor the other way round.
_JSON_SALT = "openviper.signing.json\0"
# Whoever gets the signature of bytes that they chose must not have one of a text and a time.
_BARE_SALT = "openviper.signing.bare\0"

Key: TypeAlias = "str | Secret[str]"

#: A command that prints a key long and random enough.
NEW_KEY_COMMAND = 'python -c "import secrets; print(secrets.token_urlsafe(48))"'


class Signer:
    """Sign strings, and tell genuine ones from forged.

    Args:
        key: The secret, plain or as a :class:`~openviper.conf.Secret`; ``None``: ``settings.SECRET_KEY`` as it is when
            something is signed.
        salt: What the value is for. Values signed for one salt are not valid for another.
        fallbacks: Earlier keys, whose signatures are still good. ``None``: ``settings.SECRET_KEY_FALLBACKS`` where
            ``key`` is ``None`` too, else none.

    Raises:
        TypeError: ``key``, or a fallback, is neither text nor a Secret of text; or ``fallbacks`` is one key.
        ValueError: ``key``, or a fallback, is empty.
    """

    def __init__(
        self, key: Key | None = None, *, salt: str = "openviper", fallbacks: Sequence[Key] | None = None
    ) -> None:
        if isinstance(fallbacks, (str, Secret)):
            raise TypeError("fallbacks is one key; expected a sequence of them: (key,)")
        self.salt = salt
        self._key = None if key is None else _usable(key, "key")
        self._fallbacks = None if fallbacks is None else tuple(_usable(each, "a fallback") for each in fallbacks)

    def __repr__(self) -> str:
        return f"Signer(salt={self.salt!r})"

    def sign(self, value: str) -> str:
        """Return ``value`` with the time and a signature.

        Raises:
            ImproperlyConfigured: There is no key: ``settings.SECRET_KEY`` is not set.
            TypeError: ``value`` is no ``str``.
            ValueError: ``value`` cannot be encoded (a lone surrogate).
        """
        _refuse_other(value)
        stamped = f"{value}.{int(time.time())}"
        return f"{stamped}.{_encoded(_digest(self._signing_key(), self.salt, stamped.encode()))}"

    def unsign(self, value: str, *, max_age: float | timedelta | None = None) -> str:
        """Return what was signed.

        Args:
            value: What :meth:`sign` returned.
            max_age: How old it may be, in seconds or as a timedelta. ``None``: any age.

        Raises:
            BadSignature: It was altered, cut short, or signed for another salt or with another key; or it is no
                ``str``, as a cookie that is not there.
            SignatureExpired: It is genuine, and older than ``max_age``.
            ImproperlyConfigured: There is no key: ``settings.SECRET_KEY`` is not set.
            TypeError: ``max_age`` is neither a number nor a timedelta.
        """
        limit = _seconds(max_age)
        if not _is_text(value):
            raise BadSignature(f"the value is of type {type(value).__name__}; what was signed is a str")
        stamped, _, given = value.rpartition(".")
        self._verify(stamped, given)
        original, _, seconds = stamped.rpartition(".")
        if limit is not None:
            _refuse_older(int(seconds), limit)
        return original

    def signature(self, value: bytes) -> bytes:
        """Return the signature of ``value`` alone, 32 bytes, for a value that is not sent along, or not as text.

        It is worth nothing to :meth:`unsign`.

        Raises:
            ImproperlyConfigured: There is no key: ``settings.SECRET_KEY`` is not set.
        """
        return _digest(self._signing_key(), _BARE_SALT + self.salt, value)

    def verify_signature(self, value: bytes, signature: bytes) -> bool:
        """Tell whether ``signature`` is :meth:`signature`'s for ``value``, with this key or an earlier one.

        Raises:
            ImproperlyConfigured: There is no key: ``settings.SECRET_KEY`` is not set.
        """
        keys = (self._signing_key(), *self._earlier_keys())
        salt = _BARE_SALT + self.salt
        return any(hmac.compare_digest(_digest(key, salt, value), signature) for key in keys)

    def _verify(self, stamped: str, given: str) -> None:
        try:
            message, signature = stamped.encode(), given.encode("ascii")
        except UnicodeEncodeError:
            raise BadSignature("the value is not one that was signed: it has characters that cannot be") from None
        # The text is compared, not what it decodes to: the last character of base64 has two bits to spare.
        for key in (self._signing_key(), *self._earlier_keys()):
            if hmac.compare_digest(_encoded(_digest(key, self.salt, message)).encode("ascii"), signature):
                return
        raise BadSignature("the signature does not fit: the value was altered, or signed with another key or salt")

    def _signing_key(self) -> str:
        if self._key is not None:
            return self._key
        key = key_text(settings.SECRET_KEY)
        if not key:
            raise ImproperlyConfigured(
                "settings.SECRET_KEY is not set, and a value has to be signed; set OPENVIPER_SECRET_KEY in the "
                f"environment or in .env to what this prints: {NEW_KEY_COMMAND}"
            )
        return key

    def _earlier_keys(self) -> Sequence[str]:
        if self._fallbacks is not None:
            return self._fallbacks
        if self._key is not None:
            return ()
        return [text for key in settings.SECRET_KEY_FALLBACKS if (text := key_text(key))]


def dumps(obj: Any, *, salt: str, key: Key | None = None) -> str:
    """Return ``obj`` as signed JSON that can stand in a URL, a cookie or a header.

    Anybody can read it: it is signed, not encrypted.

    Args:
        obj: JSON-safe: dicts with text keys, lists, text, finite numbers, bools, ``None``; a tuple becomes a list.
        salt: What it is for; :func:`loads` wants the same.
        key: Plain or a Secret; ``None``: ``settings.SECRET_KEY``.

    Raises:
        TypeError, ValueError: ``obj`` is not JSON-safe, or ``key`` is none that :class:`Signer` takes.
        ImproperlyConfigured: There is no key.
    """
    text = json.dumps(obj, separators=(",", ":"), allow_nan=False)
    return Signer(key, salt=_JSON_SALT + salt).sign(_encoded(text.encode()))


def loads(
    value: str,
    *,
    salt: str,
    key: Key | None = None,
    fallbacks: Sequence[Key] | None = None,
    max_age: float | timedelta | None = None,
) -> Any:
    """Return the object that :func:`dumps` was given.

    Args:
        value: What :func:`dumps` returned.
        salt: That of :func:`dumps`.
        key: Plain or a Secret; ``None``: ``settings.SECRET_KEY``.
        fallbacks: Earlier keys; ``None``: ``settings.SECRET_KEY_FALLBACKS`` where ``key`` is ``None`` too, else none.
        max_age: How old it may be, in seconds or as a timedelta. ``None``: any age.

    Raises:
        TypeError, ValueError: ``key``, ``fallbacks`` or ``max_age`` are none that :class:`Signer` takes.
        BadSignature, SignatureExpired, ImproperlyConfigured: As :meth:`Signer.unsign`.
    """
    encoded = Signer(key, salt=_JSON_SALT + salt, fallbacks=fallbacks).unsign(value, max_age=max_age)
    return json.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))


def _refuse_other(value: object) -> None:
    # By its type alone: it may be a secret.
    if not _is_text(value):
        raise TypeError(f"the value to be signed is of type {type(value).__name__}; expected a str")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _seconds(max_age: object) -> float | None:
    if isinstance(max_age, timedelta):
        return max_age.total_seconds()
    if max_age is None or (isinstance(max_age, int | float) and not isinstance(max_age, bool)):
        return max_age
    raise TypeError(f"max_age={max_age!r} is of type {type(max_age).__name__}; expected seconds or a timedelta")


def _refuse_older(seconds: int, limit: float) -> None:
    age = time.time() - seconds
    # Not "older than": nothing is younger than NaN.
    if not age <= limit:
        raise SignatureExpired(f"the signature is {age:.0f} s old; at most {limit:g} s are accepted")


def _digest(key: str, salt: str, message: bytes) -> bytes:
    return hmac.digest(_derived(key, salt), message, _DIGEST)


@lru_cache(maxsize=256)
def _derived(key: str, salt: str) -> bytes:
    return hmac.digest(key.encode(), b"openviper.signing\0" + salt.encode(), _DIGEST)


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _usable(key: object, what: str) -> str:
    text = cast("Secret[object]", key).reveal() if isinstance(key, Secret) else key
    if not isinstance(text, str):
        # By its type alone: it may be a secret all the same.
        raise TypeError(f"{what} is of type {type(text).__name__}; expected a str or a Secret[str]")
    if not text:
        raise ValueError("an empty key signs nothing; expected a secret string, or None for settings.SECRET_KEY")
    return text


def key_text(key: Secret[str] | str | None) -> str:
    """Return a setting's key itself, ``""`` for none; a project may have declared it as a plain string."""
    return key.reveal() if isinstance(key, Secret) else key or ""
