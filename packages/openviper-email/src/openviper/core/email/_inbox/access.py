"""Who gets an answer: this machine's own browser, and nothing that another site's page makes it ask.

- Host has to be a name of this machine. A page of ``evil.example`` whose name was made to resolve to 127.0.0.1 is of
  the same origin as what it asks for there, but its requests still say ``Host: evil.example`` (DNS rebinding).
- A request that a page of another origin makes is refused, by Sec-Fetch-Site (Fetch Metadata, W3C), else by Origin;
  all that it may do is to open a page with a link. A client that sends neither is no browser.
"""

from __future__ import annotations

import re

from openviper.core.local_hosts import is_local_host

__all__ = ["problem_of"]

_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::[0-9]{1,5})?")
_ORIGIN = re.compile(r"https?://(?P<netloc>[^/?#@]{1,300})")
_OWN_SITES = (b"same-origin", b"none")


def problem_of(method: str, headers: dict[bytes, bytes]) -> str | None:
    """Return why a request is refused, as a sentence; ``None``: it is not.

    Args:
        method: ``GET``.
        headers: By name; of one that came twice both values, with a comma between them.
    """
    host = headers.get(b"host", b"").decode("latin-1")
    found = _HOST.fullmatch(host)
    if found is None or not is_local_host(found["name"]):
        shown = f"{host[:100]!r}" if host else "missing"
        return (
            f"Captured mail is shown to this machine alone. The Host of this request is {shown}; "
            "open the page as http://localhost or http://127.0.0.1, with the server's port."
        )
    if _is_foreign(method, headers, host):
        return (
            "Captured mail is not shown to pages of other sites, and not cleared by them. Open it in a tab of its own."
        )
    return None


def _is_foreign(method: str, headers: dict[bytes, bytes], host: str) -> bool:
    site = headers.get(b"sec-fetch-site")
    if site is None:
        origin = headers.get(b"origin")
        return origin is not None and not _is_own(origin.decode("latin-1"), host)
    return site not in _OWN_SITES and not (method in ("GET", "HEAD") and _is_visit(headers))


def _is_own(origin: str, host: str) -> bool:
    # The scheme is not compared: behind a proxy ours is http where the browser's is https.
    found = _ORIGIN.fullmatch(origin)
    return found is not None and found["netloc"].lower() == host.lower()


def _is_visit(headers: dict[bytes, bytes]) -> bool:
    """Whether a whole tab goes there, and no frame, image or script of another page."""
    return headers.get(b"sec-fetch-mode") == b"navigate" and headers.get(b"sec-fetch-dest") == b"document"
