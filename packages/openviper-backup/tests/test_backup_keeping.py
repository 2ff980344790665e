"""Which backups are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from openviper.backup._stored.keeping import Rules, kept
from openviper.backup.errors import InvalidInput

# A Monday.
NOW = datetime(2026, 6, 1, 3, 0, tzinfo=UTC)
HOURLY = [NOW - timedelta(hours=hour) for hour in range(100)]
DAILY = [NOW - timedelta(days=day) for day in range(100)]


@pytest.mark.parametrize(
    ("moments", "rules", "positions"),
    [
        ([], Rules(last=3), set()),
        (DAILY, Rules(last=3), {0, 1, 2}),
        (DAILY[:2], Rules(last=3), {0, 1}),
        # At 3 o'clock today's four are from 3, 2, 1 and 0.
        (HOURLY, Rules(daily=3), {0, 4, 28}),
        (DAILY, Rules(daily=3), {0, 1, 2}),
        # The newest of this week is today's, that of the last is Sunday's.
        (DAILY, Rules(weekly=3), {0, 1, 8}),
        (DAILY, Rules(monthly=3), {0, 1, 32}),
        (DAILY, Rules(last=1, daily=2, weekly=2, monthly=2), {0, 1}),
        (DAILY, Rules(last=1, monthly=12), {0, 1, 32, 62, 93}),
        # Days without any do not count.
        ([NOW, NOW - timedelta(days=50), NOW - timedelta(days=90)], Rules(daily=2), {0, 1}),
        # 2025-12-29 and 2026-01-02 are in one week of ISO 8601, though not in one year.
        ([datetime(2026, 1, 2, tzinfo=UTC), datetime(2025, 12, 29, tzinfo=UTC)], Rules(weekly=2), {0}),
        ([datetime(2026, 6, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)], Rules(monthly=2), {0, 1}),
        # Days are those of UTC: both are of May 31st.
        (
            [
                datetime(2026, 6, 1, 1, tzinfo=timezone(timedelta(hours=2))),
                datetime(2026, 5, 31, 12, tzinfo=UTC),
            ],
            Rules(daily=2),
            {0},
        ),
    ],
)
def test_kept(moments, rules, positions):
    """What one of the rules wants is kept."""
    assert kept(moments, rules) == positions


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {},
            "expected at least one of --keep-last, --keep-daily, --keep-weekly, --keep-monthly",
        ),
        ({"last": 0, "daily": 0}, "Nothing says what to keep"),
        ({"last": -1}, r"keep_last=-1 \(--keep-last\) is not a number of 0 or more"),
        ({"last": 1, "weekly": "3"}, "keep_weekly='3'"),
        ({"monthly": True}, "keep_monthly=True"),
        ({"daily": 1.5}, "keep_daily=1.5"),
    ],
)
def test_refused(values, words):
    """Rules that keep nothing are no rules."""
    with pytest.raises(InvalidInput, match=words):
        Rules(**values)
