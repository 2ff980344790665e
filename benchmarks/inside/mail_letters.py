"""What is to be sent, the same for everybody: letters of which no two have the same address, subject or body."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import make_msgid
from typing import NamedTuple

__all__ = ["SENDER", "Letter", "as_stdlib", "letters"]

SENDER = "The Letter <news@example.org>"
#: Half of them, and so half of the letters, are not ASCII.
NAMES = ("Ada Lovelace", "Zoë Müller", "Grace Hopper", "Łukasz Żak", "Alan Turing", "José Núñez", "Mary Shaw", "李小龍")
TEXT = (
    "queue worker mailbox header server socket release index schema column commit branch template address letter "
    "reader subscription archive summer garden river stone bridge window market evening"
)
WORDS = TEXT.split()


class Letter(NamedTuple):
    """Everything as text, as a program has it."""

    #: Each ``Name <address>``.
    recipients: tuple[str, ...]
    subject: str
    text: str
    html: str
    attachment: bytes | None = None


def letters(count, *, recipients=1, attachment=0, length=12, seed=1):
    """Yield ``count`` letters.

    Args:
        count: How many.
        recipients: Of each.
        attachment: Bytes of it; 0: none.
        length: Of the body, in lines of text.
        seed: Other letters by another one.
    """
    source = random.Random(seed)
    for number in range(count):
        yield letter(source, f"{seed}-{number}", recipients, attachment, length)


def letter(source, number, recipients, attachment, length):
    name = source.choice(NAMES)
    lines = [" ".join(source.choices(WORDS, k=9)) for _ in range(length)]
    people = [f"{name} <reader-{number}-{one}@mail{one % 7}.example.org>" for one in range(recipients)]
    return Letter(
        tuple(people),
        f"{name.split()[0]}, your letter {number}: {lines[0][:30]}",
        f"Dear {name},\n\n" + "\n".join(lines) + f"\n\nhttps://example.org/letters/{number}\n",
        f'<html><body><h1 style="color:#223">Dear {name},</h1>\n'
        + "".join(f'<p class="line">{line}</p>\n' for line in lines)
        + f'<p><a href="https://example.org/letters/{number}">Read it in a browser</a></p></body></html>\n',
        source.randbytes(attachment) or None,
    )


def as_stdlib(letter):
    """What a program makes of it by the standard library alone."""
    message = EmailMessage()
    message["From"] = SENDER
    message["To"] = ", ".join(letter.recipients)
    message["Subject"] = letter.subject
    message["Date"] = datetime.now(UTC)
    # Without a domain it asks the network for this machine's name.
    message["Message-ID"] = make_msgid(domain="example.org")
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    if letter.attachment is not None:
        message.add_attachment(letter.attachment, maintype="application", subtype="pdf", filename="letter.pdf")
    return message
