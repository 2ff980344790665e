"""What the name beside an address may be: something that is seen, and that is not another address."""

from __future__ import annotations

import re
import unicodedata

from openviper.core.email._building.address_grammar import BLANK_LETTERS, Refusal
from openviper.core.email._building.characters import named

__all__ = ["check_name", "quoted_name"]

#: Of a name, in characters.
_LONGEST = 320

# Default_Ignorable_Code_Point (DerivedCoreProperties.txt), whatever their category. They show nothing where they stand.
_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# And the other controls, separators of lines, format characters and halves of characters.
_HIDDEN = re.compile(
    f"[{_IGNORABLE}\0-\x1f\x7f-\x9f\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u2028\u2029\ud800-\udfff\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f]"
)
_JOINERS = "\u200c\u200d"
# The first that joins its letters; before it only pictures are joined.
_FIRST_JOINING = "\u0600"
_EMOJI_SELECTORS = "\ufe0e\ufe0f"
# Those that are no symbols to Unicode, and, before a keycap, digits.
_OTHER_EMOJI = "\u203c\u2049\u2139\u3030"
_KEYCAP = "\u20e3"

_SPECIALS = re.compile(r'(["\\])')


def quoted_name(name: str) -> str:
    """Return a name as a quoted string (RFC 5322, 3.2.4)."""
    return '"' + _SPECIALS.sub(r"\\\1", name) + '"'


def check_name(name: str) -> None:
    """Refuse a name by which a reader would take the sender or the recipient for somebody else.

    Taken are joiners between the letters and pictures that they join (Persian, Hindi, emoji), and variation selectors
    behind what they select of (emoji, ideographs, Mongolian letters).

    Raises:
        Refusal: It has ``@`` in any form, a character that shows nothing, or nothing else; or more than 320 characters.
    """
    if len(name) > _LONGEST:
        raise Refusal(f"has a name of {len(name)} characters, and may have {_LONGEST}")
    if "@" in name or (not name.isascii() and "@" in unicodedata.normalize("NFKC", name)):
        # Programs that show the name alone show somebody else's address.
        raise Refusal("has '@' in the name")
    for found in _HIDDEN.finditer(name):
        if not _belongs(name, found.start()):
            raise Refusal(f"has {named(found[0])} in the name")
    if name and not any(map(_is_seen, name)):
        raise Refusal("has a name that shows nothing")


def _is_seen(char: str) -> bool:
    # Letters, numbers, punctuation, symbols; and what Unicode had no or only private use for when Python was made.
    return (unicodedata.category(char)[0] in "LNPS" or unicodedata.category(char) in {"Cn", "Co"}) and char != "\u2800"


def _belongs(name: str, at: int) -> bool:
    before, after = name[at - 1 : at], name[at + 1 : at + 2]
    if name[at] in _JOINERS:
        return _is_joined(before) and (_is_joined(after) or unicodedata.category(before) == "Mn")
    if name[at] in _EMOJI_SELECTORS:
        return after == _KEYCAP or (before >= "\x80" and _is_picture(before))
    if "\ufe00" <= name[at] <= "\ufe02" or "\U000e0100" <= name[at] <= "\U000e01ef":
        return _is_ideograph(before)
    return "\u180b" <= name[at] <= "\u180d" and "\u1820" <= before <= "\u18aa"


def _is_joined(char: str) -> bool:
    if not char or BLANK_LETTERS.match(char):
        return False
    return (char >= _FIRST_JOINING and unicodedata.category(char)[0] in "LM") or _is_picture(char)


def _is_picture(char: str) -> bool:
    return bool(char) and (unicodedata.category(char) in {"So", "Sk", "Sm"} or char in _OTHER_EMOJI + _EMOJI_SELECTORS)


def _is_ideograph(char: str) -> bool:
    return char != "" and unicodedata.name(char, "").startswith("CJK ")
