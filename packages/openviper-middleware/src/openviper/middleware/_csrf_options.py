"""The arguments of ``CSRFMiddleware``, or the settings in their place, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openviper._settings.middleware import CSRFSettings
from openviper.conf import ImproperlyConfigured, settings
from openviper.core.signing import NEW_KEY_COMMAND, Signer, key_text
from openviper.middleware._csrf_cookie import TokenCookie
from openviper.middleware._csrf_origin import OriginCheck
from openviper.middleware._csrf_token import TokenIssuer
from openviper.middleware._exempt_paths import ExemptPaths
from openviper.middleware._options import Option, Options
from openviper.middleware._origins import InvalidOrigin, Origin, parse_origin

__all__ = ["CSRFOptions"]

_SALT = "openviper.middleware.csrf"
_PREFIXES = ("__host-", "__secure-")


class CSRFOptions:
    """What a middleware was given.

    Args:
        given: Its arguments by name; for those that are ``None`` the settings are read.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self._options = Options(given, CSRFSettings, "CSRF_")

    def needs_token(self) -> bool:
        """Whether a request that does not say where it comes from needs a token."""
        return self._options["mode"].one_of(("headers", "token")) == "token"

    def origins(self) -> OriginCheck:
        """Return the check of the headers."""
        return OriginCheck(frozenset(self._options["trusted_origins"].each(_origin)))

    def exempt_paths(self) -> ExemptPaths:
        """Return the paths that are not checked."""
        return ExemptPaths(self._options["exempt_paths"])

    def header_name(self) -> str:
        """Return the name of the header that takes a token."""
        option = self._options["header_name"]
        name = option.token("the name of a header")
        if name.startswith("HTTP_"):
            # As in Django's settings, where it is a key of a WSGI environ.
            raise option.refused(f"the header itself: {name.removeprefix('HTTP_').replace('_', '-')!r}")
        return name

    def field_name(self) -> str:
        """Return the name of the form field that takes a token."""
        option = self._options["field_name"]
        # Browsers do not agree on how the others are written in a multipart form.
        if not isinstance(option.value, str) or not option.value or not option.value.isprintable():
            raise option.refused("the name of a form field, of characters that can be seen")
        if '"' in option.value or "\\" in option.value:
            raise option.refused("a name without quotes and backslashes")
        return option.value

    def signer(self) -> Signer:
        """Return what signs tokens; where they are needed there has to be a key."""
        given = self._given["secret_key"]
        if given is None and self.needs_token() and not key_text(settings.SECRET_KEY):
            mode = self._options["mode"]
            raise ImproperlyConfigured(
                f"{mode} needs a key to sign tokens with; expected secret_key=, or settings.SECRET_KEY "
                f"(OPENVIPER_SECRET_KEY in the environment or in .env); this prints one: {NEW_KEY_COMMAND}"
            )
        try:
            return Signer(given, salt=_SALT)
        except (TypeError, ValueError) as error:
            raise ImproperlyConfigured(f"secret_key cannot be used: {error}") from None

    def issuer(self, signer: Signer, *, secure: bool) -> TokenIssuer:
        """Return what makes and checks the tokens of requests over TLS, or of others."""
        name = self._cookie_name()
        option = self._options["cookie_samesite"]
        same_site = option.one_of(("Strict", "Lax", "None"))
        prefix = "__Host-" if secure else ""
        cookie = TokenCookie(f"{prefix}{name}", self._cookie_age(), same_site, secure, option.place)
        return TokenIssuer(signer, cookie, self._session_cookie(name), self.field_name())

    def _cookie_name(self) -> str:
        option = self._options["cookie_name"]
        name = option.token("the name of a cookie")
        if name.lower().startswith(_PREFIXES):
            raise option.refused("a name without prefix; over https '__Host-' is put before it")
        return name

    def _cookie_age(self) -> int:
        expected = "seconds, as an int; 0 for a cookie that lasts until the browser is closed"
        return self._options["cookie_age"].whole(expected)

    def _session_cookie(self, cookie_name: str) -> str:
        if self._given["session_cookie_name"] == "":
            return ""
        option = self._options.project("session_cookie_name")
        name = option.token("the name of a cookie")
        if name in (cookie_name, f"__Host-{cookie_name}"):
            raise option.refused("another cookie than the one that holds the CSRF token")
        return name


def _origin(item: Option) -> Origin:
    if "*" in item.text():
        raise item.refused("one origin, without wildcards: 'https://forms.example.org'")
    try:
        return parse_origin(item.text())
    except InvalidOrigin as error:
        raise ImproperlyConfigured(f"{item} {error}") from None
