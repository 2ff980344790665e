"""Previews of templates: what one may be, and from which apps they are loaded."""

from __future__ import annotations

import pytest

from openviper.core.email.attachments import AttachmentData
from openviper.core.email.errors import InvalidMessage
from openviper.core.email.previews import Preview


def test_a_preview_is_named_by_its_template():
    """Unless it has a name of its own."""
    assert Preview("a.md").name == "a.md"
    assert Preview("a.md", name="other").name == "other"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"subject": 3}, "Preview subject=3 is int; expected text"),
        ({"context": [1]}, r"Preview\('x.md'\) has context=\[1\]; expected a mapping"),
        ({"attachments": ("a.png",)}, r"has attachments=\('a.png',\); expected a tuple of AttachmentData"),
        ({"attachments": 3}, "has attachments=3"),
        ({"template": "x" * 100_000, "context": 3}, r"\(100000 characters\)\) has context=3"),
    ],
)
def test_what_is_no_preview_is_refused(arguments, says):
    """With the argument, when the module is loaded; the sentence is short."""
    with pytest.raises(InvalidMessage, match=says) as refusal:
        Preview(**{"template": "x.md", **arguments})
    assert len(str(refusal.value)) < 500


def test_attachments_of_a_preview_may_be_a_list():
    """They are kept as a tuple."""
    logo = AttachmentData("a.png", b"x", "image/png", "logo")
    assert Preview("x.md", attachments=[logo]).attachments == (logo,)
