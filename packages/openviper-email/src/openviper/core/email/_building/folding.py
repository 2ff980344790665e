"""Header fields as lines: up to 78 characters where that can be, never more than 998 (RFC 5322, 2.1.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from openviper.core.email._building.bodies import LONGEST_LINE
from openviper.core.email._building.display_names import quoted_name
from openviper.core.email._building.encoded_words import LONGEST, encode_words
from openviper.core.email.addresses import Mailbox, parse_mailbox

__all__ = ["address_field", "text_field"]

#: RFC 2047, section 2: a line with an encoded word has 76 at most.
_WIDTH = 76
# A first encoded word has to have room beside a long name.
_LEAST_ROOM = 24

# Mailboxes that go into a header as they are: no name has a dot, a quote or more than ASCII. Then lines of them, cut
# after commas, each beginning with its space.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++"
_BARE = rf"{_ATOM}(?:[.@]{_ATOM})*"
_READY = re.compile(rf"(?:(?:{_BARE}|{_ATOM}(?: {_ATOM})* <{_BARE}>)(?:, |\Z))+")
_SHORT = 64
_LINE = re.compile(rf"[^\n]{{1,{_WIDTH - 1}}}(?:,(?= )|\Z)|[^,]++,?+")
# RFC 5322, 3.2.3: a phrase of atoms.
_PHRASE = re.compile(rf"{_ATOM}(?: {_ATOM})*")
# A word, with the spaces before it: a fold goes before spaces, which stay on the new line.
_WORD = re.compile(r" *[^ ]+")
# Names longer than this are encoded, so that they can be folded.
_LONGEST_NAME = 60


def text_field(name: str, value: str, *, longest: int = _WIDTH) -> str:
    """Return ``Name: value`` with its folds, without the line end after it.

    What is not plain ASCII is encoded: other characters, ``=?``, which would read as encoded, spaces at an end,
    which would be lost.

    Args:
        name: The field's name.
        value: Unstructured text (RFC 5322, 3.6.5).
        longest: A word of more characters is encoded, which cuts it. For values that programs read, such as URLs:
            as long as a line can be.
    """
    line = f"{name}: {value}"
    plain = value.isascii() and "=?" not in value and value.isprintable() and value.strip(" ") == value
    if plain and (len(line) <= _WIDTH or not value):
        return line
    if plain and _longest_word(value) <= min(longest, LONGEST_LINE - len(name) - 2):
        return _joined(name, _WORD.findall(value))
    first = max(_WIDTH - len(name) - 2, _LEAST_ROOM)
    return f"{name}: " + "\r\n ".join(encode_words(value, min(first, LONGEST)))


def _longest_word(value: str) -> int:
    return max(map(len, _WORD.findall(value)))


def _joined(name: str, words: Sequence[str]) -> str:
    """Return ``Name: words`` with folds between words; each but the first begins with its space."""
    lines = [f"{name}: {words[0]}"]
    for word in words[1:]:
        if len(lines[-1]) + len(word) > _WIDTH:
            lines.append(word)
        else:
            lines[-1] += word
    return "\r\n".join(lines)


def address_field(name: str, mailboxes: Sequence[str]) -> str:
    """Return ``Name: mailbox, mailbox`` with its folds.

    Local parts beyond ASCII stay as they are (RFC 6532).

    Args:
        name: The field's name.
        mailboxes: At least one, as :class:`Mailbox` writes it.
    """
    line = ", ".join(mailboxes)
    if max(map(len, mailboxes)) <= _SHORT and _READY.fullmatch(line) and "=?" not in line:
        return "\r\n".join(_LINE.findall(f"{name}: {line}"))
    words: list[str] = []
    for mailbox in mailboxes:
        if words:
            words[-1] += ","
        words.extend(f" {word}" for word in _mailbox_words(parse_mailbox(mailbox)))
    words[0] = words[0][1:]
    return _joined(name, words)


def _mailbox_words(mailbox: Mailbox) -> list[str]:
    name, address = mailbox.name, mailbox.address
    if not name:
        return [address]
    if name.isascii() and "=?" not in name and len(name) <= _LONGEST_NAME:
        if not _PHRASE.fullmatch(name):
            name = quoted_name(name)
        return [name, f"<{address}>"]
    return [*encode_words(name, _LONGEST_NAME, _LONGEST_NAME), f"<{address}>"]
