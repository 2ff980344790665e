"""Email addresses as visitors type them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from newsletter.errors import AddressError
from openviper.core.email import AddressError as MailAddressError
from openviper.core.email.addresses import parse_mailbox

__all__ = ["Address", "read_address"]

# RFC 5321, 4.5.3.1, with what RFC 3696's erratum 1690 leaves for an address.
LONGEST_ADDRESS = 254
LONGEST_LOCAL = 64

# The dot-atom of RFC 5322, 3.2.3, with the letters of RFC 6531; quoted local parts are nobody's address any more.
LOCAL = re.compile(r"[^\s@()<>\[\]:;,\\\".]+(\.[^\s@()<>\[\]:;,\\\".]+)*")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Address:
    """An address that mail can be sent to."""

    #: As it was typed, without the space around it.
    text: str
    #: Equal for two spellings of one mailbox: case does not count, nor whether the domain is in Unicode or in ASCII.
    key: str


def read_address(typed: str) -> Address:
    """Read what a visitor typed.

    Raises:
        AddressError: It is not an address; the message says to the visitor what is missing.
    """
    text = unicodedata.normalize("NFC", typed.strip())
    if not text:
        raise AddressError("Please enter your email address.")
    if len(text.encode("utf-8", "replace")) > LONGEST_ADDRESS:
        raise AddressError(f"This is longer than any email address: {LONGEST_ADDRESS} characters are the limit.")
    if any(unicodedata.category(character)[0] in "CZ" for character in text):
        raise AddressError("An email address has no spaces in it.")
    local, at, domain = text.rpartition("@")
    if not at:
        raise AddressError("The @ is missing: an email address looks like ada@example.org.")
    if len(local.encode()) > LONGEST_LOCAL or not LOCAL.fullmatch(local):
        raise AddressError("The part before the @ is not that of an email address.")
    key = f"{local.casefold()}@{_domain_key(domain)}"
    try:
        parse_mailbox(text)
    except MailAddressError as error:
        raise AddressError("The part before the @ is not that of an email address.") from error
    return Address(text, key)


def _domain_key(domain: str) -> str:
    problem = AddressError("The part after the @ should be a domain, like example.org.")
    try:
        # As mail will be sent to it.
        ascii_domain = parse_mailbox(f"postmaster@{domain}").domain
    except MailAddressError as error:
        raise problem from error
    labels = ascii_domain.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or not all(LABEL.fullmatch(label) for label in labels):
        raise problem
    return ascii_domain
