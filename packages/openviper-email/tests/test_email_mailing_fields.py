"""List-Unsubscribe and Auto-Submitted, as arguments write them."""

from __future__ import annotations

import pytest

from openviper.core.email.errors import HeaderError
from openviper.core.email.headers import (
    auto_submitted_header,
    list_unsubscribe_headers,
)


@pytest.mark.parametrize(
    ("targets", "value"),
    [
        ("https://example.org/u?t=1", "<https://example.org/u?t=1>"),
        (("mailto:u@example.org", "https://example.org/u"), "<mailto:u@example.org>, <https://example.org/u>"),
        (["HTTPS://example.org/"], "<HTTPS://example.org/>"),
    ],
)
def test_list_unsubscribe_is_one_click(targets, value):
    """With an https URL, mail programs unsubscribe by a POST (RFC 8058)."""
    assert list_unsubscribe_headers(targets) == (
        ("List-Unsubscribe", value),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )
    assert list_unsubscribe_headers(targets, one_click=False) == (("List-Unsubscribe", value),)


@pytest.mark.parametrize(
    "targets",
    [
        "",
        [],
        "http://example.org/u",
        "javascript:alert(1)",
        "https://",
        "https:///u",
        "mailto:",
        "mailto:u@example.org",
        "https://example.org/ü",
        "https://example.org/a b",
        "https://example.org/a,b",
        "https://example.org/>,<https://evil.example",
        "https://example.org/\r\nBcc: eve@example.org",
        "https://example.org/?a=?b",
        "https://example.org/" + "x" * 900,
        ["https://example.org/u", 3],
        None,
        3,
        b"https://example.org/u",
    ],
)
def test_what_nobody_can_unsubscribe_with_is_refused(targets):
    """A URL that mail programs would not call, or that breaks the header, is refused; so is one click without https."""
    with pytest.raises(HeaderError, match="list_unsubscribe"):
        list_unsubscribe_headers(targets)


def test_auto_submitted():
    """One of the four words of RFC 3834 and RFC 5436."""
    assert auto_submitted_header() == ("Auto-Submitted", "auto-generated")
    assert auto_submitted_header("auto-replied") == ("Auto-Submitted", "auto-replied")
    with pytest.raises(HeaderError, match="expected 'auto-generated'"):
        auto_submitted_header("yes")
    with pytest.raises(HeaderError, match="expected 'auto-generated'"):
        auto_submitted_header(["no"])
