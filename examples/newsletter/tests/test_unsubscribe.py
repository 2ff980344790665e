"""Leaving, by the link in a mail and by a mail program's own button."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from newsletter.database import get_database
from newsletter.sections import NewsletterSettings
from newsletter.subscribers.addresses import read_address
from newsletter.subscribers.storage import add_subscriber, count_subscribers
from newsletter.subscribers.unsubscribing import unsubscribe_url
from openviper.conf import override_settings
from openviper.core.signing import Signer

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
# As mail programs ask: from their own servers, without cookies.
FOREIGN = {"Sec-Fetch-Site": "", "Accept": "*/*"}


async def signed_up(address="ada@example.org"):
    """Add a subscriber, and return the path of the link to leave."""
    subscriber = await add_subscriber(read_address(address))
    return urlsplit(unsubscribe_url(subscriber.id)).path


async def test_the_link_is_one_of_the_site_that_readers_know(site):
    """Not of the machine that happens to send."""
    assert unsubscribe_url(7).startswith("https://newsletter.example/unsubscribe/7.")
    with override_settings(NewsletterSettings, NEWSLETTER_URL="https://example.org/letters/"):
        assert unsubscribe_url(7).startswith("https://example.org/letters/unsubscribe/7.")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_opening_the_link_unsubscribes_nobody(site, method):
    """Programs that look for malware open it too; a reader finds a button."""
    page = await site.request(method, await signed_up())
    assert page.status_code == 200
    assert ("Unsubscribe</button>" in page.text) == (method == "GET")
    assert page.headers["cache-control"] == "no-store"
    assert "set-cookie" not in page.headers
    assert await count_subscribers() == 1


async def test_the_button_unsubscribes(site):
    """And nobody else; the answer is a redirect, so that reloading the confirmation sends nothing again."""
    path = await signed_up()
    await signed_up("bob@example.org")
    response = await site.post(path)
    assert (response.status_code, response.headers["location"]) == (303, "/unsubscribed")
    assert "You are off the list." in (await site.get("/unsubscribed")).text
    rows = await get_database().read("SELECT address FROM subscribers")
    assert [row["address"] for row in rows] == ["bob@example.org"]


@pytest.mark.parametrize("form", [{"data": ONE_CLICK}, {"files": {"List-Unsubscribe": (None, "One-Click")}}])
async def test_one_click_of_a_mail_program_unsubscribes(site, form):
    """In both encodings of RFC 8058, from anywhere, without a redirect."""
    response = await site.post(await signed_up(), headers=FOREIGN, **form)
    assert response.status_code == 200
    assert "You are off the list." in response.text
    assert await count_subscribers() == 0


@pytest.mark.parametrize("form", [{}, {"data": ONE_CLICK}])
async def test_who_has_left_already_gets_the_same_answer(site, form):
    """To the byte, for the link and for one click; the page before it is the same too."""
    path = await signed_up()
    pages = [await site.get(path)]
    answers = [await site.post(path, **form) for _ in range(2)]
    pages.append(await site.get(path))
    for one, other in (answers, pages):
        assert (one.status_code, one.headers.get("location")) == (other.status_code, other.headers.get("location"))
        assert without_count(one.text) == without_count(other.text)


def without_count(text):
    return text.partition("<footer")[0]


async def test_an_old_link_works_for_who_came_back(site):
    """Who is told to be off the list is off it."""
    path = await signed_up()
    await site.post(path)
    await signed_up(" ADA@Example.org ")
    await site.post(path)
    assert await count_subscribers() == 0


async def test_an_old_link_is_about_nobody_else(site):
    """Also when the one who left was the last in the table, whose row number SQLite would give to the next one."""
    path = await signed_up()
    await site.post(path)
    await signed_up("bob@example.org")
    await site.post(path)
    assert await count_subscribers() == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "forge",
    [
        lambda token: token[:-1],
        lambda token: token + "A",
        lambda token: token.swapcase(),
        lambda token: "9" + token,
        lambda token: token.rpartition(".")[0],
        lambda token: token.partition(".")[0],
        lambda token: Signer(salt="newsletter.confirm").sign(token.partition(".")[0]),
        lambda token: Signer("another key" * 5, salt="newsletter.unsubscribe").sign(token.partition(".")[0]),
        lambda token: "%00",
        lambda token: "%F0%9F%98%80",
        lambda token: "1'%20OR%201=1--",
        lambda token: "." * 5000,
    ],
)
async def test_a_link_that_was_cut_or_forged_unsubscribes_nobody(site, method, forge):
    """It is a 404 that says what may have happened, and repeats nothing of it."""
    head, _, token = (await signed_up()).rpartition("/")
    response = await site.request(method, f"{head}/{forge(token)}")
    assert response.status_code == 404
    assert "This link is not complete." in response.text
    assert "OR 1=1" not in response.text
    assert await count_subscribers() == 1


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"data": {"List-Unsubscribe": "a" * 5000}}, 413),
        ({"content": b"no boundary", "headers": {"Content-Type": "multipart/form-data"}}, 400),
    ],
)
async def test_a_form_that_cannot_be_read_changes_nothing(site, form, status):
    """The next one does."""
    path = await signed_up()
    assert (await site.post(path, **form)).status_code == status
    assert await count_subscribers() == 1
    assert (await site.post(path, data=ONE_CLICK)).status_code == 200
    assert await count_subscribers() == 0


async def test_while_the_database_cannot_be_written_nobody_is_told_to_have_left(impatient, site, database_path):
    """503, and when to try again."""
    path = await signed_up()
    with closing(sqlite3.connect(database_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        response = await site.post(path, data=ONE_CLICK)
        other.execute("ROLLBACK")
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert "You are off the list." not in response.text
    assert await count_subscribers() == 1
