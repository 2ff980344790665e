"""Message-IDs and dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openviper.core.email.errors import HeaderError
from openviper.core.email.headers import (
    check_message_id,
    format_date,
    make_message_id,
)


@given(st.integers(1, 20))
def test_message_ids_differ(count):
    """Each has its domain and passes the check, and none comes twice."""
    made = {make_message_id("example.org") for _ in range(count)}
    assert len(made) == count
    for each in made:
        check_message_id(each)
        assert each.endswith("@example.org>")


@pytest.mark.parametrize("left", ["", "a b", "a\n", "ü", "a<b", "a>b", "=?x?q?y?=", "a" * 251])
def test_what_cannot_stand_in_a_message_id(left):
    """The left side is printable ASCII without spaces and angle brackets."""
    with pytest.raises(HeaderError, match="expected <left@right>"):
        check_message_id(f"<{left}@example.org>")


@pytest.mark.parametrize(
    "message_id", ["", "a@b", "<a@b", "<a>", "<a@b>x", "x<a@b>", "<a@b>\r\nBcc: x", "<a@b>\n", 3, None]
)
def test_what_is_no_message_id_is_refused(message_id):
    """One pair of angle brackets with left@right in ASCII, and nothing around it."""
    with pytest.raises(HeaderError, match="expected <left@right>"):
        check_message_id(message_id)


@pytest.mark.parametrize(
    ("date", "written"),
    [
        (datetime(2025, 11, 21, 14, 8, 5, 999, UTC), "Fri, 21 Nov 2025 14:08:05 +0000"),
        (
            datetime(2024, 2, 29, 0, 0, 0, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
            "Thu, 29 Feb 2024 00:00:00 -0330",
        ),
        (datetime(1900, 1, 1, tzinfo=UTC), "Mon, 01 Jan 1900 00:00:00 +0000"),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "Fri, 31 Dec 9999 23:59:59 +0000"),
        (datetime(1900, 1, 2, tzinfo=timezone(timedelta(minutes=19, seconds=32))), "Mon, 01 Jan 1900 23:40:28 +0000"),
    ],
)
def test_a_date_is_written_as_mail_has_it(date, written):
    """In English, with its offset; one that has seconds becomes UTC."""
    assert format_date(date) == written


def test_a_date_that_utc_does_not_have_is_refused():
    """By an error of ours."""
    date = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(seconds=-30)))
    with pytest.raises(HeaderError, match="expected one from 1900 to 9998"):
        format_date(date)


@given(st.datetimes(datetime(1900, 1, 2), datetime(9999, 12, 30), timezones=st.timezones()))
@example(datetime(1901, 5, 5, tzinfo=ZoneInfo("Europe/Amsterdam")))
def test_any_date_is_read_back(date):
    """The standard library reads the same time, to the second."""
    # Not compared as they are: no two zones agree about a time that a clock skips.
    assert parsedate_to_datetime(format_date(date)).timestamp() == date.replace(microsecond=0).timestamp()
