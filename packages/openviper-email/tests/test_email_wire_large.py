"""Messages that are made in pieces, or in a thread."""

from __future__ import annotations

import asyncio
import os
from email.message import EmailMessage

import pytest
from mail_reading import PDF, message

from openviper.core.email.attachments import AttachmentData
from openviper.core.email.message import build_message, wire_message


async def test_a_large_message_is_made_in_pieces_beside_the_loop():
    """25 MiB come as whole lines in pieces of at most 1 MiB, equal to what is built at once; the loop goes on."""
    data = message(text="x", attachments=[AttachmentData("a.bin", os.urandom(26_214_400), "application/octet-stream")])
    turns = []

    async def turn():
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    task = asyncio.create_task(turn())
    wire = await wire_message(data)
    task.cancel()
    assert all(chunk.endswith(b"\r\n") and len(chunk) <= 1_048_576 for chunk in wire.chunks)
    assert wire.size == sum(map(len, wire.chunks)) > 26_214_400
    assert bytes(wire) == build_message(data)
    # Not a bound of time: had the loop waited, there would be hardly a turn.
    assert len(turns) > 10


@pytest.mark.parametrize(
    "arguments",
    [
        {"text": "x" * 300_000},
        {"text": "x", "subject": "ü" * 40_000},
        {"text": "x", "recipients": [f'"Lovelace, Ada" <a{n}@example.org>' for n in range(3_000)]},
        {"text": "x", "headers": {"X-A": "x " * 30_000}},
        {"text": "x", "attachments": [PDF] * 100},
        {"text": "字" * 70_000},
        {"text": "x", "html": "<p>x</p>😀" * 8_000},
        {"text": " \n", "html": "<p>x</p>" * 1_100},
        {"text": "x", "html": "<img src=cid:a>" * 600, "attachments": [AttachmentData("a", b"x", content_id="a")]},
    ],
    ids=lambda arguments: list(arguments)[-1],
)
async def test_what_takes_long_is_made_in_a_thread(arguments, monkeypatch):
    """Whether it is the bodies, the header or the number of attachments; the bytes are the same."""
    made = []
    to_thread = asyncio.to_thread

    async def noted(*given):
        made.append(given)
        return await to_thread(*given)

    monkeypatch.setattr(asyncio, "to_thread", noted)
    data = message(**arguments)
    assert bytes(await wire_message(data)) == build_message(data)
    assert made
    assert bytes(await wire_message(message(text="x", message_id="<a@b>", date=data.date)))
    assert len(made) == 1


async def test_a_small_message_is_one_piece():
    """Most messages are written at once."""
    wire = await wire_message(message(text="x", html="y", attachments=[PDF]))
    assert len(wire.chunks) == 1
    assert wire.size == len(bytes(wire))


def test_the_bytes_are_about_as_many_as_the_standard_library_makes():
    """The same message by the standard library is not shorter by more than its names differ."""
    data = message(text="Grüße\n" * 50, html="<p>Hello</p>\n" * 50, attachments=[PDF])
    theirs = EmailMessage()
    theirs.set_content(data.text)
    theirs.add_alternative(data.html, subtype="html")
    theirs.add_attachment(PDF.content, maintype="application", subtype="pdf", filename="a.pdf")
    assert len(build_message(data)) < len(theirs.as_bytes()) + 600
