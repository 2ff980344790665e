"""The two halves of an address: ``local@domain``."""

from __future__ import annotations

import re
import unicodedata

from openviper.core.email._building.characters import named, quoted
from openviper.core.email._domain_names import DomainError, ascii_domain, ends_in_number

__all__ = ["BLANK_LETTERS", "PLAIN", "SHORT", "Refusal", "domain_of", "local_part_of", "plain_named"]

# No group is repeated possessively (``)*+``): before Python 3.11.5 what such a one has begun to read, and could not
# read to its end, is taken for read (https://github.com/python/cpython/issues/106052).

# RFC 5322, 3.2.3, without the two by which servers were told a route: user%host and host!user. For domains the
# letters, digits and hyphens of RFC 1123, 2.1.
_ATOM = r"[A-Za-z0-9#$&'*+/=?^_`{|}~-]++"
# Never with what an encoded word begins with (RFC 2047): some mail programs decode it in an address too.
_DOT_ATOM = rf"(?![^@]*=\?){_ATOM}(?:\.{_ATOM})*"
_LABEL = r"[a-z0-9]++(?:-++[a-z0-9]++)*"
# Most addresses, but not all: the last label may begin with a digit, though no top-level domain does.
_DOMAIN = rf"(?:{_LABEL}\.)*(?![0-9]){_LABEL}"

#: An address of ASCII characters that stays as it is. Whether it is too long is for the caller to ask; one of up to
#: ``SHORT`` characters is not.
PLAIN = re.compile(rf"({_DOT_ATOM})@({_DOMAIN})")
SHORT = 64
# Letters of any script, but no marks that go with letters.
_WORD = r"[\w.!#$%&'*+/=?^`{|}~-]++"
_PLAIN_NAMED = re.compile(rf"({_WORD}(?: {_WORD})*) <(({_DOT_ATOM})@({_DOMAIN}))>")

_LOCAL = re.compile(_DOT_ATOM)
_LDH = re.compile(_LABEL)
# RFC 5321, 4.5.3.1: 64 octets before the @. RFC 1035: 63 for a label, 253 for a domain as it is written.
_LOCAL_OCTETS = 64
_DOMAIN_CHARACTERS = 253
_LABEL_CHARACTERS = 63

# Letters and marks that show nothing (Default_Ignorable_Code_Point) though their category does not say so.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")

#: Those of them that are letters to Unicode.
BLANK_LETTERS = re.compile("[\u115f\u1160\u3164\uffa0]")


class Refusal(Exception):
    """What is wrong with an address, to be said after its value."""


def plain_named(text: str) -> re.Match[str] | None:
    """Match ``Ada Lovelace <ada@example.org>`` with a name that needs no quotes and has nothing that spoofs.

    The groups are the name, the address, and its halves; for the length see ``PLAIN``.
    """
    found = _PLAIN_NAMED.fullmatch(text)
    return found if found and (text.isascii() or not BLANK_LETTERS.search(text)) else None


def local_part_of(text: str) -> str:
    """Return ``text``, which stands before an ``@`` and has none of the characters by which other texts are refused.

    Raises:
        Refusal: It is no dot-atom (RFC 5322, 3.2.3; RFC 6531, 3.3), or more than 64 octets.
    """
    if len(text.encode()) > _LOCAL_OCTETS:
        raise Refusal(f"has {len(text.encode())} octets before '@', and may have {_LOCAL_OCTETS}")
    if not text.isascii():
        _check_beyond_ascii(text)
    ascii_text = text if text.isascii() else "".join(char if char.isascii() else "x" for char in text)
    if not _LOCAL.fullmatch(ascii_text):
        raise Refusal(_local_reason(ascii_text))
    return text


def _local_reason(text: str) -> str:
    if "=?" in text:
        return "has '=?' before '@', which some mail programs decode, and then read another address"
    for char in text:
        if char in "%!":
            return f"has {char!r} before '@', which some servers read as a route to another host"
    return "has a dot at the beginning or end of what stands before '@', or two in a row"


def _check_beyond_ascii(text: str) -> None:
    for char in text:
        if unicodedata.category(char)[0] in "CZ" or _BLANK.match(char):
            raise Refusal(f"has {named(char)} before '@'")
    # What two programs would take for two people, or for an ASCII character: full-width letters, ligatures.
    if unicodedata.normalize("NFKC", text) != text:
        raise Refusal(f"has characters before '@' that are also written otherwise: {_normal_form(text)}")


def _normal_form(text: str) -> str:
    return quoted(unicodedata.normalize("NFKC", text))


def domain_of(text: str) -> str:
    """Return a domain in lower case, as A-labels where it has others than ASCII characters (RFC 5891).

    Raises:
        Refusal: It is no domain name: nothing, a number, a label that DNS or IDNA 2008 does not have.
    """
    if not text:
        raise Refusal("has nothing after '@'")
    name = _a_labels(text)
    if name.endswith("."):
        raise Refusal("ends in a dot")
    if len(name) > _DOMAIN_CHARACTERS:
        raise Refusal(f"has a domain of {len(name)} characters, and may have {_DOMAIN_CHARACTERS}")
    for label in name.split("."):
        if not _LDH.fullmatch(label) or len(label) > _LABEL_CHARACTERS:
            raise Refusal(_label_reason(label))
    if ends_in_number(name):
        raise Refusal("has an IP address for a domain")
    return name


def _label_reason(label: str) -> str:
    if not label:
        return "has two dots in a row, or one right after '@'"
    if len(label) > _LABEL_CHARACTERS:
        return f"has a domain label of {len(label)} characters, and may have {_LABEL_CHARACTERS}"
    for char in label:
        if not (char.isalnum() or char == "-"):
            return f"has {char!r} in the domain"
    return f"has a domain label that begins or ends with a hyphen: {label!r}"


def _a_labels(text: str) -> str:
    # What is not ASCII takes longer the longer it is.
    if not text.isascii() and len(text) > _DOMAIN_CHARACTERS:
        raise Refusal(f"has a domain of {len(text)} characters, and may have {_DOMAIN_CHARACTERS}")
    try:
        return ascii_domain(text)
    except DomainError as error:
        raise Refusal(str(error)) from None
