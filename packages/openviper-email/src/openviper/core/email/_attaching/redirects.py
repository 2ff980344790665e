"""Redirects, which are not followed: where they lead, nobody has looked."""

from __future__ import annotations

from email.message import Message
from typing import IO, NoReturn
from urllib.request import HTTPRedirectHandler

from openviper.core.email._attaching.urls import shown
from openviper.core.email.errors import AttachmentError

__all__ = ["NoRedirectHandler"]


class NoRedirectHandler(HTTPRedirectHandler):
    """Raises for any redirect; for our own requests, and for ``urllib.request.build_opener(NoRedirectHandler())``."""

    def redirect_request(self, req: object, fp: object, code: int, msg: str, headers: object, newurl: str) -> NoReturn:
        """Refuse to go to ``newurl``.

        Raises:
            AttachmentError: Always.
        """
        raise AttachmentError(
            f"the answer is a redirect ({code}) to {shown(newurl)!r:.300}; redirects are not followed, "
            "so give the URL where the file is"
        )

    def http_error_302(self, req: object, fp: IO[bytes], code: int, msg: str, headers: Message) -> NoReturn:
        fp.close()
        self.redirect_request(req, fp, code, msg, headers, headers.get("location", ""))

    http_error_300 = http_error_301 = http_error_303 = http_error_305 = http_error_307 = http_error_308 = http_error_302
