"""Periods against the standard library's zones, walked minute by minute, and the edges of what is known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import get_args
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.analysis import periods
from seggwat_nb.analysis.periods import Every, Span, Weekday
from seggwat_nb.errors import ArgumentError

DAY = timedelta(days=1)

# Of years ago, for Polars has time zones of its own, which can be older than Python's and know less of what comes.
CHANGES = {
    "Europe/Berlin": (date(2024, 3, 20), date(2024, 11, 5)),  # both changes of a year, at night
    "America/Sao_Paulo": (date(2018, 10, 28), date(2018, 11, 10)),  # midnight of 4 November does not exist
    "Africa/Cairo": (date(2024, 4, 20), date(2024, 5, 3)),  # nor does that of 26 April
    "America/Havana": (date(2024, 10, 25), date(2024, 11, 5)),  # midnight of 3 November comes twice
    "Pacific/Apia": (date(2011, 12, 20), date(2012, 1, 10)),  # 30 December 2011 never was
    "Asia/Kathmandu": (date(2024, 1, 1), date(2024, 1, 10)),  # an offset of 5 h 45 min
}


@cache
def first_moments(zone: str, first: date, last: date) -> dict[date, datetime]:
    """First moment of every local day, found by walking through time in steps of 15 minutes."""
    found: dict[date, datetime] = {}
    moment = datetime(first.year, first.month, first.day, tzinfo=UTC) - 2 * DAY
    while moment < datetime(last.year, last.month, last.day, tzinfo=UTC) + 2 * DAY:
        found.setdefault(moment.astimezone(ZoneInfo(zone)).date(), moment)
        moment += timedelta(minutes=15)
    return {day: start for day, start in found.items() if first <= day <= last}


def first_day_by_hand(day: date, every: Every, week_start: Weekday) -> date:
    match every:
        case "1d":
            return day
        case "1w":
            while day.strftime("%A").lower() != week_start:
                day -= DAY
            return day
        case "1mo":
            return day.replace(day=1)
        case "1q":
            return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)
        case "1y":
            return day.replace(month=1, day=1)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    day=st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    every=st.sampled_from(get_args(Every)),
    week_start=st.sampled_from(get_args(Weekday)),
)
def test_first_days_equal_those_by_hand(day: date, every: Every, week_start: Weekday) -> None:
    found = pl.select(periods.first_day(pl.lit(day), every=every, week_start=week_start)).item()
    assert found == first_day_by_hand(day, every, week_start)


@pytest.mark.parametrize("zone", CHANGES)
def test_days_begin_where_the_standard_library_sees_them_begin(zone: str) -> None:
    first, last = CHANGES[zone]
    starts = first_moments(zone, first, last)
    span = Span(first=first, last=last, covered_first=first, covered_last=last)
    calendar = periods.calendar(span, every="1d", time_zone=zone)
    assert calendar.schema["period"] == pl.Datetime("us", zone)
    assert calendar["period"].dt.convert_time_zone("UTC").to_list() == list(starts.values())
    assert calendar["complete"].all()


@pytest.mark.parametrize("zone", CHANGES)
@pytest.mark.parametrize("every", get_args(Every))
def test_every_moment_lies_in_the_period_of_its_local_date(zone: str, every: Every) -> None:
    first, last = CHANGES[zone]
    moments = pl.datetime_range(
        datetime(first.year, first.month, first.day, 12, tzinfo=UTC),
        datetime(last.year, last.month, last.day, 12, tzinfo=UTC),
        "47m",
        eager=True,
    )
    given_starts = moments.to_frame("at").select(
        periods.period_start(pl.col("at"), every=every, time_zone=zone, week_start="sunday").dt.date()
    )
    by_hand = [first_day_by_hand(at.astimezone(ZoneInfo(zone)).date(), every, "sunday") for at in moments]
    # A period whose first day never was begins with its next day.
    expected = [day + DAY if zone == "Pacific/Apia" and day == date(2011, 12, 30) else day for day in by_hand]
    assert given_starts.to_series().to_list() == expected


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    first=st.dates(date(2009, 1, 1), date(2027, 1, 1)),
    days=st.integers(0, 900),
    every=st.sampled_from(get_args(Every)),
    week_start=st.sampled_from(get_args(Weekday)),
    zone=st.sampled_from(sorted(CHANGES)),
    cut=st.tuples(st.integers(0, 40), st.integers(-3, 40)),
)
def test_a_calendar_has_no_gap_and_adds_up(
    *, first: date, days: int, every: Every, week_start: Weekday, zone: str, cut: tuple[int, int]
) -> None:
    last = first + days * DAY
    span = Span(first=first, last=last, covered_first=first + cut[0] * DAY, covered_last=last - cut[1] * DAY)
    calendar = periods.calendar(span, every=every, time_zone=zone, week_start=week_start)
    shown = [first + n * DAY for n in range(days + 1)]
    gone = {date(2011, 12, 30)} if zone == "Pacific/Apia" else set()
    assert calendar.height == len({first_day_by_hand(day, every, week_start) for day in shown if day not in gone})
    assert calendar["period"].is_sorted()
    covered = sum(span.covered_first <= day <= span.covered_last for day in shown if day not in gone)
    assert calendar["days_covered"].sum() >= covered
    assert (calendar["days_covered"] <= calendar["days_total"]).all()
    assert (calendar["complete"] == (calendar["days_covered"] == calendar["days_total"])).all()


def moment(day: int, hour: int = 0, *, zone: str = "UTC") -> datetime:
    return datetime(2026, 6, day, hour, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("edges", "shown", "covered"),
    [
        pytest.param({}, (5, 20), (5, 19), id="the last row's day is unfinished"),
        pytest.param({"as_of": moment(25, 9)}, (5, 25), (5, 24), id="quiet days up to as_of are known zeros"),
        pytest.param({"as_of": moment(25)}, (5, 24), (5, 24), id="as_of at midnight ends the day before"),
        pytest.param({"since": moment(8)}, (8, 20), (8, 19), id="since at midnight covers its day"),
        pytest.param({"since": moment(8, 1)}, (8, 20), (9, 19), id="since later than midnight does not"),
        pytest.param({"since": moment(1)}, (5, 20), (5, 19), id="nothing is known before the first row"),
        pytest.param({"until": moment(15)}, (5, 14), (5, 14), id="until is excluded"),
        pytest.param({"until": moment(15, 3)}, (5, 15), (5, 14), id="until cuts its day"),
        pytest.param({"until": moment(30)}, (5, 20), (5, 19), id="until promises no data"),
        pytest.param(
            {"as_of": moment(12, 9), "last_selected": date(2026, 6, 20)}, (5, 20), (5, 11), id="clocks can be ahead"
        ),
        pytest.param({"since": moment(25)}, (25, 25), (25, 19), id="a selection after the data"),
        pytest.param(
            {"since": moment(8, zone="Europe/Berlin")}, (7, 20), (8, 19), id="midnight in Berlin, seen in UTC"
        ),
    ],
)
def test_edges_of_the_data_and_of_the_selection(
    edges: dict[str, datetime], shown: tuple[int, int], covered: tuple[int, int]
) -> None:
    span = periods.span_to_show(first_row=date(2026, 6, 5), last_row=date(2026, 6, 20), **edges)  # type: ignore[arg-type]  # a table of keywords
    assert ((span.first.day, span.last.day), (span.covered_first.day, span.covered_last.day)) == (shown, covered)


def test_the_end_of_a_day_whose_next_midnight_is_skipped() -> None:
    change = datetime(2018, 11, 4, 3, tzinfo=UTC)  # 4 November begins at 01:00 in Sao Paulo
    span = periods.span_to_show(
        first_row=date(2018, 11, 1), last_row=date(2018, 11, 3), as_of=change, time_zone="America/Sao_Paulo"
    )
    assert (span.last, span.covered_last) == (date(2018, 11, 3), date(2018, 11, 3))
    span = periods.span_to_show(
        first_row=date(2018, 11, 1), last_row=date(2018, 11, 9), since=change, time_zone="America/Sao_Paulo"
    )
    assert span.covered_first == date(2018, 11, 4)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ({"every": "1m"}, "Did you mean '1mo'"),
        ({"every": "fortnight"}, "every must be 1d"),
        ({"every": None}, "every must be 1d"),
        ({"week_start": "Monday"}, "Did you mean 'monday'"),
        ({"time_zone": "Europe/Berln"}, "Did you mean 'Europe/Berlin'"),
        ({"time_zone": "Europe"}, "is not an IANA time zone"),
        ({"time_zone": "/etc/passwd"}, "is not an IANA time zone"),
        ({"time_zone": ""}, "is not an IANA time zone"),
        ({"time_zone": None}, "is not an IANA time zone"),
        ({"time_zone": "Factory"}, "is not an IANA time zone"),  # zoneinfo knows it, polars does not
        ({"time_zone": "localtime"}, "is not an IANA time zone. Pass a name"),
        ({"as_of": datetime(2026, 1, 1)}, "tzinfo=UTC"),  # noqa: DTZ001  # the missing zone is the test
    ],
)
def test_bad_arguments_end_with_what_to_do(arguments: dict[str, str], hint: str) -> None:
    with pytest.raises(ArgumentError, match=hint):
        periods.check_periods(**arguments)  # type: ignore[arg-type]  # wrong on purpose


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"has no time zone\. Pass since="):
        periods.span_to_show(first_row=date(2026, 1, 1), last_row=date(2026, 1, 2), since=datetime(2026, 1, 1))  # noqa: DTZ001  # the missing zone is the test
