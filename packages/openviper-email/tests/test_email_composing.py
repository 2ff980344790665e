"""Messages made of arguments: where their addresses and their html are read."""

from __future__ import annotations

import asyncio
import threading

import pytest

from openviper.core.email import AttachmentData, compose_email
from openviper.core.email.errors import AddressError


class Noted(list):
    """Addresses that know in which thread they were read."""

    threads: tuple[threading.Thread, ...] = ()

    def __iter__(self):
        self.threads += (threading.current_thread(),)
        return super().__iter__()


@pytest.mark.parametrize("argument", ["recipients", "cc", "bcc", "reply_to"])
@pytest.mark.parametrize(("count", "in_a_thread"), [(500, False), (501, True)])
async def test_many_addresses_are_read_in_a_thread(argument, count, in_a_thread):
    """Up to 500 are read at once; more could hold up the event loop."""
    given = Noted(f'"Lovelace, Ada" <a{number}@example.org>' for number in range(count))
    arguments = {"recipients": "to@example.org", "subject": "s", "html": "<p>x</p>", argument: given}
    data = await compose_email(**arguments)
    assert getattr(data, argument) == tuple(given)
    assert data.text == "x\n"
    assert (given.threads[0] is not threading.current_thread()) is in_a_thread


async def test_what_is_wrong_with_one_of_many_is_said():
    """The error is the one that a few addresses raise."""
    with pytest.raises(AddressError, match=r"recipients\[600\]='ada' has no '@'"):
        await compose_email([f"a{number}@example.org" for number in range(600)] + ["ada"], "s", "t")


@pytest.mark.parametrize(
    ("arguments", "called"),
    [
        ({"html": "<p>x</p>" * 1_100}, ["text_from_html"]),
        ({"html": "<p>x</p>" * 1_000}, []),
        ({"text": "x", "html": "<img src=cid:a>" * 600}, ["missing_ids"]),
        ({"text": "x", "html": "<img src=cid:a>" * 500}, []),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_long_html_is_read_in_a_thread(arguments, called, monkeypatch):
    """For its text, and for the images that it shows; 8 KiB of it are read at once."""
    noted = []
    to_thread = asyncio.to_thread

    async def noting(function, *args):
        noted.append(function.__name__)
        return await to_thread(function, *args)

    monkeypatch.setattr(asyncio, "to_thread", noting)
    logo = AttachmentData("a.png", b"x", "image/png", "a")
    message = await compose_email("ada@example.org", "s", **arguments, attachments=[logo])
    assert [each for each in noted if each in ("text_from_html", "missing_ids")] == called
    assert message.text
