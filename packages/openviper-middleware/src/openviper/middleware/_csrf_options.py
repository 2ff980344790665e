"""The arguments of ``CSRFMiddleware``, or the settings in their place, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from openviper._settings.middleware import CSRFSettings
from openviper.conf import ImproperlyConfigured, section, settings
from openviper.core.signing import Signer
from openviper.middleware._cors_lists import checked_strings, is_token
from openviper.middleware._csrf_cookie import TokenCookie
from openviper.middleware._csrf_origin import OriginCheck
from openviper.middleware._csrf_token import TokenIssuer
from openviper.middleware._exempt_paths import ExemptPaths
from openviper.middleware._origins import InvalidOrigin, Origin, parse_origin

__all__ = ["CSRFOptions"]

_SALT = "openviper.middleware.csrf"
_PREFIXES = ("__host-", "__secure-")


class Option(NamedTuple):
    """A value, and where it stands, for error sentences."""

    value: Any
    place: str

    def refused(self, expected: str) -> ImproperlyConfigured:
        return ImproperlyConfigured(f"{self.place}={self.value!r} is not {expected}")

    def one_of(self, *choices: str) -> str:
        """Return the value.

        Raises:
            ImproperlyConfigured: It is none of ``choices``.
        """
        if self.value not in choices:
            raise self.refused(f"one of {', '.join(map(repr, choices))}")
        return str(self.value)

    def token(self, what: str) -> str:
        """Return a value that may be the name of a header or a cookie (RFC 9110, 5.6.2)."""
        if not isinstance(self.value, str) or not self.value.isascii() or not is_token(self.value.encode("ascii")):
            raise self.refused(f"the name of a {what}: ASCII letters, digits and !#$%&'*+-.^_`|~")
        return self.value


class CSRFOptions:
    """What a middleware was given.

    Args:
        given: Its arguments by name; for those that are ``None`` the settings are read.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given

    def needs_token(self) -> bool:
        """Whether a request that does not say where it comes from needs a token."""
        return self._option("mode").one_of("headers", "token") == "token"

    def origins(self) -> OriginCheck:
        """Return the check of the headers."""
        values, place = self._option("trusted_origins")
        trusted = [_origin(value, f"{place}[{index}]") for index, value in enumerate(checked_strings(values, place))]
        return OriginCheck(frozenset(trusted))

    def exempt_paths(self) -> ExemptPaths:
        """Return the paths that are not checked."""
        values, place = self._option("exempt_paths")
        return ExemptPaths(checked_strings(values, place), place)

    def header_name(self) -> str:
        """Return the name of the header that takes a token."""
        return self._option("header_name").token("header")

    def field_name(self) -> str:
        """Return the name of the form field that takes a token."""
        option = self._option("field_name")
        # Browsers do not agree on how the others are written in a multipart form.
        if not isinstance(option.value, str) or not option.value or not option.value.isprintable():
            raise option.refused("the name of a form field, of characters that can be seen")
        if '"' in option.value or "\\" in option.value:
            raise option.refused("a name without quotes and backslashes")
        return option.value

    def signer(self) -> Signer:
        """Return what signs tokens."""
        try:
            return Signer(self._given["secret_key"], salt=_SALT)
        except (TypeError, ValueError) as error:
            raise ImproperlyConfigured(f"secret_key cannot be used: {error}") from None

    def issuer(self, signer: Signer, *, secure: bool) -> TokenIssuer:
        """Return what makes and checks the tokens of requests over TLS, or of others."""
        name = self._cookie_name()
        same_site = self._option("cookie_samesite").one_of("Strict", "Lax", "None")
        cookie = TokenCookie(f"__Host-{name}" if secure else name, self._cookie_age(), same_site, secure)
        return TokenIssuer(signer, cookie, self._session_cookie(name), self.field_name())

    def _cookie_name(self) -> str:
        option = self._option("cookie_name")
        name = option.token("cookie")
        if name.lower().startswith(_PREFIXES):
            raise option.refused("a name without prefix; over https '__Host-' is put before it")
        return name

    def _cookie_age(self) -> int:
        option = self._option("cookie_age")
        if not isinstance(option.value, int) or isinstance(option.value, bool) or option.value < 0:
            raise option.refused("a number of seconds, or 0 for a cookie that lasts until the browser is closed")
        return option.value

    def _session_cookie(self, cookie_name: str) -> str:
        option = Option(self._given["session_cookie_name"], "session_cookie_name")
        if option.value == "":
            return ""
        if option.value is None:
            option = Option(settings.SESSION_COOKIE_NAME, "SESSION_COOKIE_NAME")
        name = option.token("cookie")
        if name in (cookie_name, f"__Host-{cookie_name}"):
            raise option.refused("another cookie than the one that holds the CSRF token")
        return name

    def _option(self, name: str) -> Option:
        if self._given[name] is not None:
            return Option(self._given[name], name)
        setting = f"CSRF_{name.upper()}"
        return Option(getattr(section(CSRFSettings), setting), setting)


def _origin(value: str, place: str) -> Origin:
    try:
        return parse_origin(value)
    except InvalidOrigin as error:
        raise ImproperlyConfigured(f"{place}={value!r} {error}") from None
