"""A page that a distribution offers to a running application."""

from __future__ import annotations

from openviper.core.pages import Page


def test_a_page_is_for_debug_unless_it_says_so():
    """What shows captured mail must not appear in production by omission."""
    assert Page("/__mail__", "openviper.core.email.inbox:app", "Captured mail").debug_only is True
