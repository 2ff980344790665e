"""A kept message as a reader sees it: from its bytes, which are all that a recipient would get."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from openviper.core.email._inbox.decoding import content_of, content_size, decoded_header, text_of, visible
from openviper.core.email._inbox.downloads import safe_name
from openviper.core.email._inbox.html_body import Image
from openviper.core.email._inbox.mime import MAX_PARTS, Part, parse_message, read_headers
from openviper.core.email._sending.captured import Captured, CapturedHead

__all__ = ["Attachment", "Message", "Row", "Summary", "read_message", "row_of", "summary_of"]

# What is quoted or in parentheses names nobody; what is not closed goes to the end.
_ASIDE = re.compile(r'"(?:[^"\\]++|\\.)*(?:"|\Z)|\([^()]*+(?:\)|\Z)', re.DOTALL)
_BETWEEN = re.compile("[,;:]")


@dataclass(frozen=True, slots=True)
class Summary:
    """A line of the list. All texts can be seen as they are; ``""`` where there is none."""

    id: str
    received: datetime
    sender: str
    to: str
    subject: str
    #: Of the whole message, in bytes.
    size: int

    @property
    def sender_name(self) -> str:
        """The display name of the sender, else the address."""
        return self.sender.partition("<")[0].strip(' "') or self.sender

    @property
    def address(self) -> str:
        """What stands behind the name; ``""``: there is no name."""
        name, opened, address = self.sender.partition("<")
        return address.rstrip("> ") if opened and name.strip(' "') else ""

    def matches(self, words: list[str]) -> bool:
        """Tell whether all of ``words``, casefolded, stand in the addresses or the subject."""
        searched = f"{self.sender}\n{self.to}\n{self.subject}".casefold()
        return all(word in searched for word in words)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is neither the text nor the html."""

    #: Its place in the message, from 1.
    number: int
    #: As a file may be called.
    name: str
    #: As it says; what it is, nobody looked at.
    content_type: str
    content_id: str
    part: Part

    @property
    def size(self) -> int:
        """In bytes, decoded."""
        return content_size(self.part)

    def content(self) -> bytes:
        """Return it decoded."""
        return content_of(self.part)

    @property
    def shown_id(self) -> str:
        """The Content-ID, to be read."""
        return visible(self.content_id)

    @property
    def inline(self) -> bool:
        """Whether the html may show it."""
        return bool(self.content_id) and self.part.disposition != "attachment"


@dataclass(frozen=True, slots=True)
class Message:
    """All of a message."""

    summary: Summary
    captured: Captured
    root: Part
    text: Part | None
    html: Part | None
    attachments: tuple[Attachment, ...]
    #: Sentences about what is broken in it.
    problems: tuple[str, ...]

    @property
    def files(self) -> int:
        """How many attachments there are beside what the html shows."""
        return sum(not each.inline for each in self.attachments)

    @property
    def hidden_recipients(self) -> tuple[str, ...]:
        """Those of the envelope that no header names: Bcc."""
        named = {each for name, value in self.root.headers if name.lower() in ("to", "cc") for each in _named(value)}
        return tuple(visible(each) for each in self.captured.envelope_recipients if each.lower() not in named)

    def header(self, name: str) -> str:
        """Return a header as it is read, or ``""``."""
        return visible(decoded_header(self.root.header(name)))

    def body(self, part: Part) -> tuple[str, str]:
        """Return the text of a part, and what is wrong with it: ``""``, or a sentence."""
        return text_of(content_of(part), part.parameter("charset"))

    def images(self) -> dict[str, Image]:
        """Return the parts that the html may show, by their Content-ID; of several of one name the first."""
        found: dict[str, Image] = {}
        for each in self.attachments:
            if each.content_id and each.content_id not in found:
                found[each.content_id] = Image(each.content_type, partial(content_size, each.part), each.content)
        return found

    def parts(self) -> Iterator[Part]:
        """Go through all parts in order, the message itself first."""
        return _every(self.root)


@dataclass(frozen=True, slots=True)
class Row:
    """What the list shows of a message."""

    summary: Summary
    html: bool
    text: bool
    #: How many; and of them those beside what the html shows.
    attachments: int
    files: int


def row_of(message: Message) -> Row:
    """Return what the list shows, which holds nothing of the message itself."""
    html, text = message.html is not None, message.text is not None
    return Row(message.summary, html, text, len(message.attachments), message.files)


def summary_of(kept: Captured | CapturedHead) -> Summary:
    """Return a line of the list; only headers are read."""
    raw, size = (kept.raw, len(kept.raw)) if isinstance(kept, Captured) else (kept.header, kept.size)
    headers = {name.lower(): value for name, value in reversed(read_headers(raw))}
    sender, to, subject = (visible(decoded_header(headers.get(name, ""))) for name in ("from", "to", "subject"))
    return Summary(
        kept.id,
        kept.received,
        sender or visible(kept.envelope_sender),
        to or ", ".join(map(visible, kept.envelope_recipients[:20])),
        subject,
        size,
    )


def _named(value: str) -> Iterator[str]:
    """Go through the addresses of a header, in lower case (RFC 5322, 3.4)."""
    for each in _BETWEEN.split(_ASIDE.sub("", value.lower())):
        _, angle, address = each.rpartition("<")
        yield (address.partition(">")[0] if angle else each).strip()


def read_message(captured: Captured) -> Message:
    """Take a message apart."""
    root = parse_message(captured.raw)
    leaves = [part for part in _every(root) if not part.children]
    text = _first(leaves, "text/plain")
    html = _first(leaves, "text/html")
    others = (part for part in leaves if part is not text and part is not html)
    attachments = tuple(_attachment(part, number) for number, part in enumerate(others, 1))
    return Message(summary_of(captured), captured, root, text, html, attachments, _problems(root, leaves, attachments))


def _every(part: Part) -> Iterator[Part]:
    yield part
    for child in part.children:
        yield from _every(child)


def _first(leaves: list[Part], content_type: str) -> Part | None:
    for part in leaves:
        if part.content_type == content_type and part.disposition != "attachment" and not part.filename:
            return part
    return None


def _attachment(part: Part, number: int) -> Attachment:
    suffix = ".txt" if part.content_type.startswith("text/") else ""
    name = safe_name(decoded_header(part.filename), f"attachment-{number}{suffix}")
    content_id = part.header("content-id").strip().removeprefix("<").removesuffix(">")[:500]
    return Attachment(number, name, visible(part.content_type)[:100], content_id, part)


def _problems(root: Part, leaves: list[Part], attachments: tuple[Attachment, ...]) -> tuple[str, ...]:
    problems: list[str] = []
    if not root.headers:
        problems.append("It begins with no header.")
    problems += [
        f"A part says it is {part.content_type} and has no parts."
        for part in leaves[:10]
        if part.content_type.startswith("multipart/")
    ]
    unreadable = dict.fromkeys((part.content_type, name) for part in _every(root) for name in part.unreadable)
    problems += [
        f"Some parameters of the {name.title()} of a part that is {visible(kind)[:100]} cannot be read."
        for kind, name in list(unreadable)[:10]
    ]
    if sum(1 for _ in _every(root)) > MAX_PARTS:
        problems.append(f"It has more than {MAX_PARTS} parts; the others are left out.")
    ids = [each.content_id for each in attachments if each.content_id]
    problems += [
        f"{ids.count(each)} parts have the Content-ID {visible(each)!r}; the html shows the first."
        for each in list(dict.fromkeys(each for each in ids if ids.count(each) > 1))[:10]
    ]
    return tuple(problems)
