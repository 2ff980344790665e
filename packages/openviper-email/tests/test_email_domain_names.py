"""Domains of addresses and URLs."""

from __future__ import annotations

import sys
import unicodedata

import idna
import pytest

from openviper.core.email._domain_names import DomainError, ascii_domain, ends_in_number


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("example.com", "example.com"),
        ("EXAMPLE.com", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("例子.广告", "xn--fsqu00a.xn--4rr70v"),
        ("ΑΣ.example", "xn--mxa0b.example"),
    ],
)
def test_a_domain_is_written_as_dns_has_it(text, domain):
    """In lower case, and as A-labels where it has other characters than ASCII."""
    assert ascii_domain(text) == domain


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\u212aelvin.example", r"has U\+212A KELVIN SIGN"),
        ("\u0130stanbul.example", r"has U\+0130"),
        ("example\u3002com", r"has U\+3002"),
        ("127\uff0e0.0.1", r"has U\+FF0E"),
        ("exam\u200bple.com", r"has U\+200B ZERO WIDTH SPACE"),
        ("ü\n.example", r"has U\+000A"),
        ("\u24d4xample.com", "IDNA 2008 does not have"),
        ("\uff11\uff12\uff17.0.0.1", "IDNA 2008 does not have"),
        ("ü..example", "IDNA 2008 does not have"),
        ("xn--\u00fc.example", "IDNA 2008 does not have"),
        ("a_ü.example", "IDNA 2008 does not have"),
    ],
)
def test_what_programs_differ_about_is_refused(text, reason):
    """Nothing is mapped but capitals and accents that are written apart."""
    with pytest.raises(DomainError, match=reason):
        ascii_domain(text)


def test_a_letter_becomes_what_browsers_make_of_it():
    """Each character that is written otherwise in lower case or composed is the one of UTS 46, or refused."""
    taken = 0
    for char in map(chr, range(128, sys.maxunicode + 1)):
        if unicodedata.normalize("NFC", char).lower() != char:
            try:
                domain = ascii_domain(f"a{char}b.example")
            except DomainError:
                continue
            taken += 1
            assert domain == idna.encode(f"a{char}b.example", uts46=True).decode()
    assert taken > 1_000


@pytest.mark.parametrize(
    ("domain", "is_number"),
    [
        ("127.0.0.1", True),
        ("example.0177", True),
        ("0x7f", True),
        ("example.0x", True),
        ("0x7f.example", False),
        ("example.0x7g", False),
        ("1e3", False),
        ("", False),
    ],
)
def test_a_domain_may_be_an_address_to_others(domain, is_number):
    """Where its last label is a number, in decimal, octal or hexadecimal."""
    assert ends_in_number(domain) is is_number
