"""Rates as people write them."""

from __future__ import annotations

import pytest

from openviper.conf import ImproperlyConfigured
from openviper.middleware._rate import Rate, parse_rate


@pytest.mark.parametrize(
    ("text", "count", "period"),
    [
        ("5/minute", 5, 60),
        ("5/minutes", 5, 60),
        ("5/min", 5, 60),
        ("5/m", 5, 60),
        ("10/s", 10, 1),
        ("10/sec", 10, 1),
        ("10/second", 10, 1),
        ("100/hour", 100, 3_600),
        ("100/h", 100, 3_600),
        ("1/day", 1, 86_400),
        ("1000/2h", 1000, 7_200),
        ("1000/2hours", 1000, 7_200),
        ("1/365d", 1, 31_536_000),
        ("1000000/s", 1_000_000, 1),
    ],
)
def test_a_rate_is_read(text, count, period):
    """A count, a slash, perhaps a number, and a unit in one of its forms."""
    assert parse_rate(text, "limits[0]") == Rate(count, period)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not a rate"),
        ("5", "is not a rate"),
        ("5/", "is not a rate"),
        ("/minute", "is not a rate"),
        ("0/minute", "='0/minute' is not a rate: 0 is not allowed; expected a count and a time: '5/minute'"),
        ("05/minute", "is not a rate"),
        ("-5/minute", "is not a rate"),
        ("5.5/minute", "is not a rate"),
        ("5 / minute", "is not a rate"),
        ("5/minute ", "is not a rate"),
        ("5/minute\n", "is not a rate"),
        ("5/Minute", "there is no unit 'Minute'; expected one of second, seconds, s, minute, minutes, m, hour"),
        ("5 per minute", "is not a rate"),
        ("\N{ARABIC-INDIC DIGIT FIVE}/minute", "is not a rate"),
        ("5/0h", "is not a rate: 0 is not allowed"),
        ("5/minute;10/hour", "is not a rate"),
        ("9" * 5000 + "/s", "is not a rate"),
        (5, "is not a rate"),
        (None, "is not a rate"),
        (b"5/minute", "is not a rate"),
        (
            "5/fortnight",
            "there is no unit 'fortnight'; expected one of second, seconds, s, minute, minutes, m, "
            "hour, hours, h, day, days, d, sec, min",
        ),
        ("5/2ms", "there is no unit 'ms'"),
        ("1/366d", "is longer than 365 days"),
        ("1/999999999999d", "is longer than 365 days"),
        ("1000001/s", "is more than 1000000/second"),
    ],
)
def test_what_is_no_rate_is_refused(text, sentence):
    """The sentence names the value and where it came from."""
    with pytest.raises(ImproperlyConfigured) as refused:
        parse_rate(text, "RATE_LIMITS[1]")
    assert sentence in str(refused.value)
    assert str(refused.value).startswith("RATE_LIMITS[1]=")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "shown", "per"),
    [
        ("5/m", "5/minute", "minute"),
        ("10/60s", "10/minute", "minute"),
        ("10/90s", "10/90seconds", "90 seconds"),
        ("1000/2h", "1000/2hours", "2 hours"),
        ("7/48h", "7/2days", "2 days"),
    ],
)
def test_a_rate_is_shown_in_its_largest_unit(text, shown, per):
    """The shown form is a rate again, the same one."""
    rate = parse_rate(text, "x")
    assert (str(rate), rate.per) == (shown, per)
    assert parse_rate(str(rate), "x") == rate


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("300/minute", 200_000_000),
        ("1/s", 10**9),
        ("7/minute", 8_571_429_000),
        ("1000000/s", 1_000),
        ("3/s", 333_334_000),
    ],
)
def test_the_interval_is_never_too_short(text, interval):
    """It is in nanoseconds, whole microseconds, and rounded up."""
    rate = parse_rate(text, "x")
    assert rate.interval == interval
    assert rate.capacity == interval * rate.count >= rate.period * 10**9
