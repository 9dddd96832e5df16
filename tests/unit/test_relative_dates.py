"""Dates on a command line: a number and a unit ago, today, yesterday, or ISO 8601."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.errors import ArgumentError
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.relative_dates import parse_date

ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo")
moments = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis adds the zone


@settings(deadline=None, max_examples=60, derandomize=True, database=None)
@given(moments, st.sampled_from(ZONES), st.integers(0, 800))
def test_days_and_weeks_begin_at_a_midnight_of_the_zone_and_none_is_cut(now: datetime, zone: str, count: int) -> None:
    today = now.astimezone(ZoneInfo(zone)).date()
    for text, days in ((f"{count}d", count), (f" {count}W ", 7 * count), ("today", 0), ("Yesterday", 1)):
        day = parse_date("since", text, now=now, time_zone=zone)
        assert type(day) is date
        assert day == today - timedelta(days=days)
        since, _ = FeedbackFilter(since=day, time_zone=zone).moments
        assert since == datetime.combine(day, time(), ZoneInfo(zone))
        assert since is not None
        assert since <= now
    assert parse_date("since", f"{count}h", now=now, time_zone=zone) == now - timedelta(hours=count)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1mo", date(2024, 2, 29)),
        ("13mo", date(2023, 2, 28)),
        ("1y", date(2023, 3, 31)),
        ("2026-01-31", date(2026, 1, 31)),
        ("2026-01-31T09:30", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        ("2026-01-31T09:30Z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
    ],
)
def test_a_month_ends_with_its_last_day_and_text_without_an_offset_is_of_the_zone(text: str, expected: date) -> None:
    now = datetime(2024, 3, 31, 12, tzinfo=UTC)
    assert parse_date("since", text, now=now, time_zone="Europe/Berlin") == expected


@pytest.mark.parametrize("text", ["", "d", "7x", "1.5d", "soon", "2026-02-30", "99999y", "99999mo"])
def test_what_is_no_date_is_refused_with_the_formats(text: str) -> None:
    with pytest.raises(ArgumentError, match=r"^until='.*' is not a date\. Use 2026-01-31, .* today or yesterday\.$"):
        parse_date("until", text, now=datetime(2026, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("7", "7d"),
        ("-7d", "7d"),
        ("7 d", "7d"),
        ("30 days ago", "30d"),
        ("3months", "3mo"),
        ("2Wochen", "2w"),
        ("31.01.2026", "2026-01-31"),
        ("1.2.2026", "2026-02-01"),
        ("31/01/2026", "2026-01-31"),
        ("01-31-2026", "2026-01-31"),
        ("1/2/2026", "2026-02-01 or 2026-01-02"),
        ("2026/1/5", "2026-01-05"),
        ("31. 1. 2026", "2026-01-31"),
        ("2026年1月5日", "2026-01-05"),
        ("2026년 1월 5일", "2026-01-05"),
    ],
)
def test_a_date_in_another_format_is_answered_with_the_same_date(text: str, meant: str) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    with pytest.raises(ArgumentError, match=rf"is not a date\. Did you mean {meant}\?$"):
        parse_date("since", text, now=now)
    for one in meant.split(" or "):
        parse_date("since", one, now=now)
