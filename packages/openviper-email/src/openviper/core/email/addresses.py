"""One mailbox from one text: ``ada@example.org`` or ``Ada Lovelace <ada@example.org>``.

The grammar is the part of RFC 5322, section 3.4, that people write and that every server reads alike. All else of it
(comments, groups, lists, source routes, quoted local parts, address literals) is refused: where two programs read it
differently, a message goes to somebody who was not meant. A local part may have characters beyond ASCII (RFC 6531); a
domain that has some becomes A-labels (RFC 5891).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import cast

from openviper.core.email._building.address_grammar import PLAIN, SHORT, Refusal, domain_of, local_part_of, plain_named
from openviper.core.email._building.characters import first_unprintable, named, quoted
from openviper.core.email._building.display_names import check_name, quoted_name
from openviper.core.email.errors import AddressError

__all__ = ["MOST_ADDRESSES", "Mailbox", "normalize_addresses", "parse_mailbox", "parse_mailboxes", "several"]

_EXPECTED = "expected one address: ada@example.org or Ada Lovelace <ada@example.org>"

# A name in double quotes, with backslashes before some of its characters; or one without, which has none of the
# characters that RFC 5322 gives a meaning to (but for the dot of "J. Doe", which nobody misreads).
_QUOTED_NAME = re.compile(r'"((?:[^"\\]|\\.)*)" *')
_BARE_NAME = re.compile(r'[^()<>\[\]:;@\\,"]+')
_NEEDS_QUOTES = re.compile(r'[()<>\[\]:;@\\,"]|^ | $')

_ESCAPED = re.compile(r"\\(.)")
# RFC 5321, 4.5.3.1.3: a path has 256 octets, two of them its angle brackets.
_OCTETS = 254
# Of a mailbox with its name, in characters; far more than both can have.
_LONGEST = 1_000

#: In one argument of a message.
MOST_ADDRESSES = 10_000

_LIST = "give each address as an item of its own"
# In the order in which they are said where there are several.
_NAME_REASONS = {
    "(": "has a comment in parentheses",
    ")": "has a comment in parentheses",
    ",": f"has a comma: {_LIST}, and put a name with a comma in double quotes",
    ";": f"has a semicolon: {_LIST}",
    ":": "has a colon: groups are not taken, and a name with a colon goes in double quotes",
    "@": "has '@' in the name",
    '"': "has a double quote within the name",
    "\\": "has a backslash in a name without double quotes",
    ">": "has '>' before '<'",
    "[": "has '[' in a name without double quotes",
    "]": "has ']' in a name without double quotes",
}
_ADDRESS_REASONS = {
    "(": "has a comment in parentheses",
    ")": "has a comment in parentheses",
    '"': "has a quoted local part, or a name without '<' after it",
    ",": f"has a comma: {_LIST}",
    ";": f"has a semicolon: {_LIST}",
    "<": "has a second '<', or no '>' at its end",
    ">": "has '>' that no '<' belongs to",
    "[": "has an address literal for a domain",
    "]": "has ']' that no '[' belongs to",
    ":": "has a colon: groups and source routes are not taken",
    "\\": "has a backslash",
    " ": "has a space",
}


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Somebody who gets or sends mail."""

    #: As it is shown; empty: none.
    name: str
    #: Before the ``@``; case is kept.
    local: str
    #: After the ``@``: A-labels in lower case.
    domain: str

    @property
    def address(self) -> str:
        """``local@domain``, as in the envelope."""
        return f"{self.local}@{self.domain}"

    @property
    def needs_utf8(self) -> bool:
        """Whether only a server with SMTPUTF8 takes it (RFC 6531)."""
        return not self.local.isascii()

    def __str__(self) -> str:
        if not self.name:
            return f"{self.local}@{self.domain}"
        name = quoted_name(self.name) if _NEEDS_QUOTES.search(self.name) else self.name
        return f"{name} <{self.local}@{self.domain}>"


def parse_mailbox(text: str, place: str = "address") -> Mailbox:
    """Return the one mailbox that ``text`` is.

    Args:
        text: ``ada@example.org``, ``Ada Lovelace <ada@example.org>`` or ``"Lovelace, Ada" <ada@example.org>``. Spaces
            around it do not count.
        place: What it was given as, for the error: ``recipients[0]``.

    Raises:
        AddressError: It is anything else; the message says what is wrong with it.
    """
    # The types are what the arguments promise, not what comes.
    if isinstance(text, str) and len(text) <= SHORT:  # pyright: ignore[reportUnnecessaryIsInstance]
        plain = PLAIN.fullmatch(text)
        if plain:
            return Mailbox("", plain[1], plain[2])
        plain = plain_named(text)
        if plain:
            return Mailbox(plain[1], plain[3], plain[4])
    try:
        return _parsed(text)
    except Refusal as refusal:
        raise AddressError(f"{place}={quoted(text)} {refusal}; {_EXPECTED}") from None


def normalize_addresses(value: str | Iterable[str] | None, place: str = "recipients") -> list[str]:
    """Return each address as a message has it: ``ada@example.org``, ``Ada Lovelace <ada@example.org>``.

    Args:
        value: One address as a plain string, or several of them, up to 10,000; ``None``: none.
        place: What it was given as, for the error.

    Raises:
        AddressError: One of them is not exactly one mailbox: a list with commas in one string, a control character.
    """
    return [] if value is None else list(parse_mailboxes(several(value, place), place)[0])


def several(given: object, place: str) -> Sequence[str]:
    """Return what was given for some addresses as several; what they are is not looked at.

    Raises:
        AddressError: It is neither one nor several, or more than 10,000.
    """
    if isinstance(given, str):
        return (given,)
    # Each message asks five times, mostly of a tuple.
    if isinstance(given, tuple):
        found = cast("tuple[str, ...]", given)
    elif _are_several(given):
        found = tuple(islice(cast("Iterable[str]", given), MOST_ADDRESSES + 1))
    else:
        raise AddressError(
            f"{place}={quoted(given)} is of type {type(given).__name__}; expected one address or a list of them"
        )
    if len(found) > MOST_ADDRESSES:
        raise AddressError(f"{place} has more than {MOST_ADDRESSES} addresses; send several messages")
    return found


def _are_several(given: object) -> bool:
    # Those refused can be iterated over too, but not by what their giver meant.
    return isinstance(given, Iterable) and not isinstance(given, bytes | bytearray | Mapping)


def parse_mailboxes(texts: Sequence[str], place: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return mailboxes as a user would write them, and their addresses alone.

    Raises:
        AddressError: As :func:`parse_mailbox`; ``place`` gets the index: ``recipients[0]``.
    """
    if not texts:
        return (), ()
    if _are_plain(texts):
        every = tuple(texts)
        return every, every
    written: list[str] = []
    bare: list[str] = []
    for index, text in enumerate(texts):
        plain = plain_named(text) if type(text) is str and len(text) <= SHORT else None
        if plain:
            written.append(text)
            bare.append(plain[2])
        else:
            mailbox = parse_mailbox(text, f"{place}[{index}]")
            written.append(str(mailbox))
            bare.append(mailbox.address)
    return tuple(written), tuple(bare)


def _are_plain(texts: Sequence[str]) -> bool:
    # Thousands of them, a few calls into C.
    return set(map(type, texts)) == {str} and max(map(len, texts)) <= SHORT and all(map(PLAIN.fullmatch, texts))


def _parsed(text: object) -> Mailbox:
    if not isinstance(text, str):
        raise Refusal(f"is of type {type(text).__name__}")
    stripped = text.strip(" ")
    if not stripped:
        raise Refusal("is empty")
    if len(stripped) > _LONGEST:
        raise Refusal(f"has {len(stripped)} characters, and may have {_LONGEST}")
    char = first_unprintable(stripped)
    if char:
        raise Refusal(f"has {named(char)}")
    name, address = _name_and_address(stripped) if stripped.endswith(">") else ("", stripped)
    plain = PLAIN.fullmatch(address) if len(address) <= SHORT else None
    return Mailbox(name, plain[1], plain[2]) if plain else _checked(name, address)


def _checked(name: str, address: str) -> Mailbox:
    local, domain = _halves(address)
    mailbox = Mailbox(name, local_part_of(local), domain_of(domain))
    if len(mailbox.address.encode()) > _OCTETS:
        raise Refusal(f"has {len(mailbox.address.encode())} octets, and may have {_OCTETS}")
    return mailbox


def _name_and_address(text: str) -> tuple[str, str]:
    begin = _QUOTED_NAME.match(text)
    if begin:
        name, rest = _ESCAPED.sub(r"\1", begin[1]), text[begin.end() :]
    else:
        name, angle, rest = text.partition("<")
        name, rest = name.strip(" "), angle + rest
        if name and not _BARE_NAME.fullmatch(name):
            raise Refusal(_name_reason(name))
    if not rest.startswith("<"):
        raise Refusal("has something other than '<' after a name in double quotes")
    check_name(name)
    return name, rest[1:-1]


def _name_reason(name: str) -> str:
    return next(reason for char, reason in _NAME_REASONS.items() if char in name)


def _halves(address: str) -> tuple[str, str]:
    if address.startswith("@"):
        raise Refusal("begins with '@': a source route, or nothing before it")
    for char, reason in _ADDRESS_REASONS.items():
        if char in address:
            raise Refusal(reason)
    local, at, domain = address.rpartition("@")
    if not at:
        raise Refusal("has no '@'")
    if "@" in local:
        raise Refusal("has more than one '@'")
    return local, domain
