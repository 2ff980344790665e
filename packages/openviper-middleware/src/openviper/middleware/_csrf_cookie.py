"""The cookie that carries a browser's CSRF token, and how cookies are read."""

from __future__ import annotations

from dataclasses import dataclass

from openviper.conf import ImproperlyConfigured

__all__ = ["TokenCookie", "cookie_values"]


@dataclass(frozen=True, slots=True)
class TokenCookie:
    """How the cookie is set (RFC 6265bis, 4.1)."""

    #: With ``__Host-`` over TLS, so that no other host of the domain can set it.
    name: str
    #: In seconds; 0: until the browser is closed.
    max_age: int
    same_site: str
    secure: bool
    #: Where ``same_site`` was given, for the error sentence.
    same_site_place: str = "cookie_samesite"

    def header(self, value: str) -> bytes:
        """Return what ``Set-Cookie`` says.

        Scripts may read the cookie: it is there for them to send its value in a header.

        Raises:
            ImproperlyConfigured: Browsers would drop it.
        """
        if self.same_site == "None" and not self.secure:
            raise ImproperlyConfigured(
                f"{self.same_site_place}='None' needs https, and this request came over http; browsers drop such a "
                "cookie: serve this site over https, or set it to 'Lax'; behind a proxy that ends TLS, list "
                "ProxyHeadersMiddleware before this one"
            )
        age = f"; Max-Age={self.max_age}" if self.max_age else ""
        secure = "; Secure" if self.secure else ""
        return f"{self.name}={value}; Path=/{age}; SameSite={self.same_site}{secure}".encode("ascii")


def cookie_values(header: bytes, name: str) -> list[str]:
    """Return the values of every cookie ``name`` in a Cookie header, in the order in which they stand there.

    They are taken apart as Starlette and Django do it, a character for each byte; quotes around a value stay. Spaces
    and tabs are all that does not count around names and values (RFC 6265bis, 5.6): to ``str.strip`` a byte such as
    0xA0 is a space too, and a browser takes ``\\xa0__Host-csrftoken`` for a name without prefix.
    """
    pairs = (pair.partition("=") for pair in header.decode("latin-1").split(";"))
    # What has no "=" is the value of a cookie without a name (RFC 6265bis, 5.6).
    return [value.strip(" \t") for found, equals, value in pairs if equals and found.strip(" \t") == name]
