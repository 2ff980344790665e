"""Captured mail in the browser: what would have been sent, and how templates look.

::

    app.mount("/__mail__", inbox)               # OpenViper does it by itself in debug mode

    uvicorn openviper.core.email.inbox:inbox    # alone, over the file backend of another process

It shows what the default mailer keeps, so ``EMAIL_BACKEND`` is ``memory`` or ``file``, and the previews that the
installed apps have in ``mail_previews`` (:mod:`openviper.core.email.previews`). It answers this machine's browser
alone: requests with another ``Host``, and those that pages of other sites make, get 403. Who can reach the server
without a browser can say any Host: do not mount it where others can.

As JSON: ``GET`` and ``DELETE /api/messages``, ``GET /api/messages/{id}``.
"""

from __future__ import annotations

from openviper.core.email._inbox.application import Inbox

__all__ = ["Inbox", "inbox"]

#: The ASGI application.
inbox = Inbox()
