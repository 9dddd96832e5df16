"""Rows and moments at the ends of the calendar: every analysis answers, or says what is wrong, and stays small."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl
import pytest

import seggwat_nb as sw
from seggwat_nb import charts, lifecycle, ratings, releases, themes, trends
from seggwat_nb.analysis.periods import MOST_CELLS, MOST_DAYS, span_to_show
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import FEEDBACK, HISTORY, RATINGS
from seggwat_nb.share.report.data import collect
from tests.stub_client import StubClient

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST: Final = datetime.min.replace(tzinfo=UTC)
LAST: Final = datetime.max.replace(tzinfo=UTC)
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
NOW: Final = datetime(2026, 3, 20, 12, tzinfo=UTC)
USUAL: Final = [START + timedelta(hours=4 * place) for place in range(468)]
MOMENTS: Final = {
    "no row": [],
    "one row": [START],
    "the year 1 alone": [FIRST],
    "the year 9999 alone": [LAST],
    "both": [FIRST, *USUAL, LAST],
}


def rows(moments: list[datetime], schema: pl.Schema) -> pl.DataFrame:
    place = pl.int_range(pl.len())
    frame = pl.DataFrame({"created_at": moments}, schema={"created_at": pl.Datetime("us", "UTC")}).with_columns(
        id=place.cast(pl.String),
        project_id=pl.lit("p"),
        type=pl.lit(pl.Series(["Bug", "Praise"])).gather(place % 2),
        status=pl.lit("New"),
        source=pl.lit("Widget"),
        archived=pl.lit(value=False),
        path=pl.format("/{}", place % 3),
        version=pl.format("1.{}.0", place // 150),
        rating_type=pl.lit("star"),
        score=pl.lit(4.0),
        max_score=pl.lit(5.0),
    )
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in schema.items()
    )


ANALYSES: Final[dict[str, Callable[[pl.DataFrame, datetime | None, str], object]]] = {
    "volume": lambda frame, now, zone: trends.volume(frame, by="type", as_of=now, time_zone=zone),
    "by_hour": lambda frame, now, zone: trends.by_hour(frame, as_of=now, time_zone=zone),
    "change": lambda frame, now, zone: trends.change(frame, by=None, as_of=now, time_zone=zone),
    "movers": lambda frame, now, zone: trends.movers(frame, as_of=now, time_zone=zone),
    "spikes": lambda frame, now, zone: trends.spikes(frame, by="path", as_of=now, time_zone=zone),
    "silences": lambda frame, now, zone: trends.silences(frame, as_of=now, time_zone=zone),
    "flow": lambda frame, now, zone: lifecycle.throughput(frame, HISTORY.to_frame(), as_of=now, time_zone=zone),
    "backlog": lambda frame, now, zone: lifecycle.backlog(frame, HISTORY.to_frame(), as_of=now, time_zone=zone),
    "ages": lambda frame, now, _: lifecycle.ages(frame, as_of=now),
    "effect": lambda frame, now, zone: lifecycle.effect(
        frame, at=now or NOW, where=sw.FeedbackFilter(type="Bug"), as_of=now, time_zone=zone
    ),
    "times": lambda frame, now, _: lifecycle.times(frame, HISTORY.to_frame(), as_of=now),
    "regressions": lambda frame, _, __: releases.regressions(frame),
    "overview": lambda frame, _, __: releases.overview(frame),
    "terms": lambda frame, now, zone: themes.terms(frame, as_of=now, time_zone=zone),
    "themes": lambda frame, _, __: themes.check(frame, themes.Taxonomy.parse("")),
}


@pytest.mark.parametrize("analysis", ANALYSES)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Auckland"])  # both ends, and beyond either
def test_every_analysis_answers_or_says_what_is_wrong_with_the_dates(analysis: str, zone: str) -> None:
    ends = {"UTC": (None, FIRST), "America/New_York": (FIRST,), "Pacific/Auckland": (LAST,)}
    names = MOMENTS if zone == "UTC" else ("one row", "the year 1 alone" if FIRST in ends[zone] else "no row")
    for name, moments in ((name, MOMENTS[name]) for name in names):
        for now in (None, NOW) if name == "both" else ends[zone]:
            try:
                ANALYSES[analysis](rows(moments, FEEDBACK), now, zone)
            except ArgumentError as error:
                refused = str(error)
            else:
                continue
            # The zone's clock is then before the year 1 or after 9999.
            assert zone != "UTC", (name, now)
            assert "leave such rows out" in refused, (name, now)


def test_ratings_over_time_of_more_than_can_be_read_are_refused() -> None:
    stars = rows(MOMENTS["both"], RATINGS)
    assert ratings.stars(stars, every="1mo", as_of=NOW).height <= MOST_CELLS
    with pytest.raises(ArgumentError, match=r"too many rows\. Pass longer periods"):
        ratings.stars(stars, every="1d", by="path", as_of=NOW)
    with pytest.raises(ArgumentError, match=r"weeks, from 1 to 9999, are too many to draw\. Choose longer periods"):
        charts.stars(ratings.stars(stars, every="1w", as_of=NOW))


def test_one_row_of_the_year_1_costs_ten_years_and_hides_nothing() -> None:
    crowd = [datetime(2026, 2, 10, 9, minute, tzinfo=UTC) for minute in range(60)]
    frame = rows([FIRST, *USUAL, *crowd], FEEDBACK)
    spikes = trends.spikes(frame, as_of=NOW)
    assert spikes["first"].to_list() == [date(2026, 2, 10)]
    # As many tests as days times lengths.
    assert round(10 ** (spikes["q"].log10() - spikes["log10_p"]).item()) == MOST_DAYS * 14
    gone = frame.filter((pl.col("path") != "/1") | (pl.col("created_at") < datetime(2026, 3, 1, tzinfo=UTC)))
    silent = trends.silences(gone, by=["path"], as_of=NOW).filter(verdict="silent")
    assert silent.select("value", "silent_since").rows() == [("/1", date(2026, 3, 1))]


def test_hours_of_two_thousand_years_are_counted_day_by_day() -> None:
    frame = rows([datetime(2, 1, 1, tzinfo=UTC), *USUAL], FEEDBACK)
    for zone in ("UTC", "Europe/Berlin"):
        hours = trends.by_hour(frame, time_zone=zone, as_of=datetime(2026, 3, 20, tzinfo=UTC))
        noons = hours.filter(hour=12)["days"].sum()  # no clock change is at noon
        assert noons == (date(2026, 3, 20) - date(2, 1, 1)).days
        assert hours["count"].sum() == frame.height


def test_moments_at_the_ends_of_the_calendar_are_edges_like_any_other() -> None:
    day = date(2026, 3, 1)
    for zone in ("UTC", "America/New_York", "Pacific/Auckland"):
        span = span_to_show(first_row=day, last_row=day, since=FIRST, until=LAST, as_of=LAST, time_zone=zone)
        assert (span.first, span.covered_first) == (day, day)
        early = span_to_show(first_row=day, last_row=day, as_of=FIRST, time_zone=zone)
        assert early.covered_last < early.covered_first
    alone = span_to_show(first_row=date.min, last_row=date.min)
    assert (alone.first, alone.last) == (date.min, date.min)


def test_a_panel_over_two_thousand_years_says_why_it_draws_no_weeks_and_still_filters() -> None:
    panel = sw.Explorer(rows([datetime(3, 1, 1, tzinfo=UTC), *USUAL], FEEDBACK))
    assert "too many to draw" in panel._draw_chart().said
    panel.filter = sw.FeedbackFilter(since=date(2026, 1, 1))
    assert "too many" not in panel._draw_chart().said
    assert panel.selected.height == len(USUAL)
    panel.close()


@pytest.mark.parametrize(("moment", "zone"), [(FIRST, "America/New_York"), (LAST, "Asia/Tokyo")])
def test_a_report_says_what_to_do_about_a_row_that_a_time_zone_moves_off_the_calendar(
    moment: datetime, zone: str
) -> None:
    items = [{"id": str(n), "created_at": at} for n, at in enumerate([moment, *USUAL])]
    report = collect(StubClient(items=items), time_zone=zone)  # type: ignore[arg-type]
    assert report.starts_late is None
    with pytest.raises(ArgumentError, match=r"past the end of the calendar.* leave such rows out"):
        sw.findings(report.dataset)
