"""Signing up: the form, what becomes of it, and the page after it."""

from __future__ import annotations

import logging

from starlette.background import BackgroundTask

from newsletter.errors import AddressError, StorageError
from newsletter.pages import page
from newsletter.subscribers.addresses import read_address
from newsletter.subscribers.forms import SignUp
from newsletter.subscribers.storage import add_subscriber, count_subscribers
from newsletter.subscribers.unsubscribing import router as unsubscribing_router
from newsletter.subscribers.welcoming import welcome_soon
from openviper.http import RedirectResponse, Request, Response
from openviper.middleware.ratelimit import rate_limit
from openviper.routing import Router

__all__ = ["router"]

logger = logging.getLogger("newsletter.subscribers")

#: An address and what browsers add to it.
LARGEST_FORM = 4096

router = Router()
router.include_router(unsubscribing_router)


@router.get("/subscribe", name="form")
async def show_form() -> Response:
    """The form, alone."""
    return _form_page(SignUp())


@router.post("/subscribe", name="subscribe", max_body_bytes=LARGEST_FORM)
@rate_limit("20/minute")
async def subscribe(request: Request) -> Response:
    """Keep the address, then send the browser on, so that reloading the next page does not sign up again.

    The answer for an address that is there already is the same: the form must not tell who reads this newsletter. Only
    a new subscriber gets the welcome mail.
    """
    typed = await _typed_address(request)
    try:
        address = read_address(typed)
    except AddressError as error:
        return _form_page(SignUp(typed, error=str(error)), 422)
    try:
        added = await add_subscriber(address)
    except StorageError as error:
        logger.error("a sign-up could not be kept: %s", error)
        apology = "We could not write this down just now. Nothing was lost: please send it again in a moment."
        return _form_page(SignUp(typed, apology=apology), 503, {"Retry-After": "10"})
    logger.info("a new subscriber" if added else "a subscriber signed up again")
    # Sent when the answer is, so that its time does not tell who is new either.
    background = BackgroundTask(welcome_soon, added) if added else None
    return RedirectResponse("subscribers:welcome", 303, background=background)


@router.get("/welcome", name="welcome")
async def welcome() -> Response:
    """The confirmation."""
    return page("subscribers/welcome.html")


@router.get("/api/subscribers/count", name="api_count")
async def count() -> dict[str, int]:
    """How many there are, and never who."""
    return {"subscribers": await count_subscribers()}


async def _typed_address(request: Request) -> str:
    async with request.form() as form:
        value = form.get("address")
        # A file under this name is no address.
        return value if isinstance(value, str) else ""


def _form_page(form: SignUp, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return page("subscribers/form.html", {"form": form}, status, headers)
