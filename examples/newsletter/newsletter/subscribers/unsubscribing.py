"""Leaving: the link in every mail, its page, and the button that mail programs have for it.

The link is signed, so that nobody is unsubscribed by who guesses, and needs no login. It is good for as long as the
mail is kept: it has no age. After a new SECRET_KEY, name the old one in SECRET_KEY_FALLBACKS.
"""

from __future__ import annotations

import logging

from newsletter.mail import site_url
from newsletter.pages import page
from newsletter.subscribers.storage import remove_subscriber
from openviper.core.signing import BadSignature, Signer
from openviper.http import RedirectResponse, Request, Response
from openviper.middleware.csrf import csrf_exempt
from openviper.routing import Router

__all__ = ["router", "unsubscribe_url"]

logger = logging.getLogger("newsletter.subscribers")

SIGNER = Signer(salt="newsletter.unsubscribe")
#: The address of such a page is as good as the reader's word.
PRIVATE = {"Cache-Control": "no-store"}
LARGEST_FORM = 4096

router = Router()


def unsubscribe_url(subscriber: int) -> str:
    """Return the link by which a subscriber leaves.

    Raises:
        ImproperlyConfigured: SECRET_KEY is not set.
    """
    return site_url(router.url_path_for("unsubscribe", token=SIGNER.sign(str(subscriber))))


@router.get("/unsubscribe/{token}", name="unsubscribe")
async def ask(token: str) -> Response:
    """A page with a button: programs open links too, before a reader sees them, and must not unsubscribe anybody."""
    if _subscriber(token) is None:
        return _broken_link()
    return page("subscribers/unsubscribe.html", headers=PRIVATE)


@router.post("/unsubscribe/{token}", name="leave", max_body_bytes=LARGEST_FORM)
@csrf_exempt
async def leave(request: Request, token: str) -> Response:
    """Unsubscribe; who has left already gets the same answer.

    It comes from the page's button, or from a mail program, which has no cookies and no form of ours: it is the link
    that says who may.
    """
    subscriber = _subscriber(token)
    if subscriber is None:
        return _broken_link()
    async with request.form() as form:
        one_click = form.get("List-Unsubscribe") == "One-Click"
    left = await remove_subscriber(subscriber)
    logger.info("a subscriber has left" if left else "somebody left who was not there")
    if one_click:
        # Mail programs do not follow redirects here (RFC 8058, 3.1).
        return page("subscribers/unsubscribed.html", headers=PRIVATE)
    return RedirectResponse("subscribers:unsubscribed", 303)


@router.get("/unsubscribed", name="unsubscribed")
async def unsubscribed() -> Response:
    """The confirmation."""
    return page("subscribers/unsubscribed.html")


def _subscriber(token: str) -> int | None:
    try:
        return int(SIGNER.unsign(token))
    except BadSignature:
        return None


def _broken_link() -> Response:
    return page("subscribers/broken_link.html", status=404, headers=PRIVATE)
