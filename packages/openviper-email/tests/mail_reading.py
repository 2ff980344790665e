"""Messages for tests, and what the standard library reads in their bytes."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import default

from hypothesis import strategies as st

from openviper.core.email.attachments import AttachmentData
from openviper.core.email.message import EmailMessageData

__all__ = ["BODIES", "LOGO", "PDF", "PNG", "heads", "message", "normal", "read", "received"]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
LOGO = AttachmentData("logo.png", PNG, content_id="logo")
PDF = AttachmentData("a.pdf", b"%PDF-1.7")
BODIES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=400) | st.lists(
    st.sampled_from(["\r", "\n", "\r\n", ".", "From ", " ", "\t", "=", "ü", "--", "a" * 80, "\x85", "\u2028", "\x0c"])
).map("".join)


def message(**arguments):
    return EmailMessageData(
        **{"recipients": "to@example.org", "subject": "s", "sender": "from@example.org", **arguments}
    )


def heads(store):
    """Return what a list shows of all that a store has, newest first."""
    return tuple(store.head(id) for _, id in store.kept())


def read(raw):
    """Return what the standard library reads, of bytes that any mail server takes."""
    assert raw.endswith(b"\r\n")
    assert raw.isascii()
    assert b"\0" not in raw
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    found = message_from_bytes(raw, policy=default)
    assert not [part.defects for part in found.walk() if part.defects]
    return found


def received(part):
    """Return the text of a part, decoded; get_content() splits it at more than line ends."""
    return part.get_payload(decode=True).decode().replace("\r\n", "\n")


def normal(text):
    """Return a text as it arrives: one kind of line end, and one at the end."""
    text = re.sub("\r\n|\r", "\n", text)
    return text if text.endswith("\n") else text + "\n"
