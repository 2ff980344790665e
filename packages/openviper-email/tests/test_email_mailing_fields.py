"""List-Unsubscribe and Auto-Submitted, as arguments write them."""

from __future__ import annotations

import pytest

from openviper.core.email.errors import HeaderError
from openviper.core.email.headers import (
    auto_submitted_header,
    check_headers,
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


@pytest.mark.parametrize("one_click", [True, False])
def test_no_target_at_all_is_said_so(one_click):
    """Whether one click is wanted or not; that it would need https: is said where it is."""
    with pytest.raises(HeaderError, match=r"^list_unsubscribe=\[\] is empty; expected an https: or a mailto: URL$"):
        list_unsubscribe_headers([], one_click=one_click)


@pytest.mark.parametrize(
    "target", ["ftp://x", "https://example.org/ü", "https://example.org/?a=?b", "https://x.example/" + "x" * 900]
)
def test_a_header_is_named_where_it_was_given(target):
    """The error is about ``headers=``, not about an argument that nobody gave."""
    with pytest.raises(HeaderError, match=r"^headers\['List-Unsubscribe'\]="):
        check_headers({"List-Unsubscribe": f"<{target}>"})


def test_auto_submitted():
    """One of the four words of RFC 3834 and RFC 5436."""
    assert auto_submitted_header() == ("Auto-Submitted", "auto-generated")
    assert auto_submitted_header("auto-replied") == ("Auto-Submitted", "auto-replied")
    with pytest.raises(HeaderError, match="expected 'auto-generated'"):
        auto_submitted_header("yes")
    with pytest.raises(HeaderError, match="expected 'auto-generated'"):
        auto_submitted_header(["no"])
