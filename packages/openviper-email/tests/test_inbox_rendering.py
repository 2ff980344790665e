"""What is written on our pages: sizes, times and links."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from openviper.core.email._inbox.rendering import Links, local_time, readable_size

pytestmark = pytest.mark.usefixtures("memory")


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (12_345, "12 kB"),
        (999_499, "999 kB"),
        (25_000_000, "25.0 MB"),
    ],
)
def test_a_size_can_be_read(size, text):
    """In units of 1,000, as disks have them."""
    assert readable_size(size) == text


def test_a_time_is_as_long_as_it_has_to_be():
    """Today's has seconds, others the day, and last year's the year."""
    now = datetime(2026, 3, 5, 12, 0, tzinfo=UTC).astimezone()
    assert local_time(now, now) == f"{now:%H:%M:%S}"
    assert local_time(now - timedelta(days=2), now) == f"3 Mar, {now:%H:%M}"
    assert "2025" in local_time(now - timedelta(days=200), now)


def test_a_link_has_one_slash_and_no_empty_query():
    """Each segment is quoted."""
    links = Links("/__mail__/")
    assert links() == "/__mail__/"
    assert links("messages", "a/b?", q="", page=None, x="1 2") == "/__mail__/messages/a%2Fb%3F?x=1+2"
