"""Charts of open items: they compile, and say what they show."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import pytest
import vl_convert as vlc

from seggwat_nb import charts, lifecycle
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import shop_feedback
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.provenance import Provenance
from seggwat_nb.schema import HISTORY
from seggwat_nb.source.frames import feedback_frame
from seggwat_nb.text import format_day

if TYPE_CHECKING:
    import altair as alt

    from seggwat_nb.analysis.times import To

END = datetime(2026, 11, 18, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def story() -> pl.DataFrame:
    return feedback_frame([shop_feedback(seed=SEED, end=END, project_id="p")], project_id="p").frame


@pytest.fixture(scope="module")
def history(story: pl.DataFrame) -> pl.DataFrame:
    """Closures of the newest closed items, each seen between two loads a day apart."""
    closed = story.filter(pl.col("status") == "Resolved").sort("created_at").tail(60)
    return closed.select(
        "id",
        "project_id",
        field=pl.lit("status"),
        old=pl.lit("New"),
        new=pl.lit("Resolved"),
        earliest=pl.col("created_at") + timedelta(days=2),
        latest=pl.col("created_at") + timedelta(days=3),
    ).cast(HISTORY)


def drawn(chart: alt.LayerChart) -> str:
    spec = json.loads(json.dumps(chart.to_dict(), allow_nan=False))
    svgs = [vlc.vegalite_to_svg(spec, vl_version=version) for version in ("5.8", vlc.get_vegalite_versions()[-1])]
    assert all("NaN" not in svg for svg in svgs)
    return svgs[0]


def test_ages_add_up_and_are_told(story: pl.DataFrame) -> None:
    for by in (None, "type"):
        table = lifecycle.ages(story, by=by, as_of=END)
        chart = charts.ages(table)
        total = table["count"].sum()
        assert f"{total} open items, {table['unanswered'].sum()} never answered" in chart.to_dict()["description"]
        assert ">over a year<" in drawn(chart)


def test_the_backlog_begins_with_the_first_load(story: pl.DataFrame, history: pl.DataFrame) -> None:
    weeks = lifecycle.backlog(story, history, as_of=END)
    chart = charts.backlog(weeks, title="What waits")
    watched = weeks.filter("is_watched")
    (points,) = {len(rows) for rows in chart.to_dict()["datasets"].values()}
    assert points == watched.height < weeks.height
    assert (
        f"Known since {watched['at'][0]:%-d %b %Y}, the first load on this machine." in chart.to_dict()["description"]
    )
    assert "What waits" in drawn(chart)


@pytest.mark.parametrize("later", [0, 3])
def test_before_there_is_a_history_no_band_is_drawn(story: pl.DataFrame, later: int) -> None:
    weeks = lifecycle.backlog(story, HISTORY.to_frame(), as_of=END + timedelta(days=later))
    chart = charts.backlog(weeks)
    assert "before the first load on this machine are unknown" in chart.to_dict()["description"]
    assert not {"area", "line"} & {layer["mark"]["type"] for layer in chart.to_dict()["layer"]}
    assert ">No history yet<" in drawn(chart)


def test_nothing_is_said_to_be_nothing(story: pl.DataFrame, history: pl.DataFrame) -> None:
    assert ">No open items<" in drawn(charts.ages(lifecycle.ages(story.clear(), as_of=END)))
    assert ">No items<" in drawn(charts.backlog(lifecycle.backlog(story.clear(), history, as_of=END)))
    for chart in (charts.ages, charts.backlog):
        with pytest.raises(ArgumentError, match=r"has no columns? .*\. Pass what sw\.lifecycle"):
            chart(pl.DataFrame({"n": [1]}))


@pytest.mark.parametrize(
    ("least", "most", "said"),
    [
        ([1.0, 0.5, 0.2], [1.0, 0.5, 0.2], "Median time until closed: 2 days."),
        ([1.0, 0.5, 0.2], [1.0, 0.9, 0.4], "Median time until closed: 2 to 10.3 days."),
        ([1.0, 0.5, 0.2], [1.0, 0.9, 0.6], "closed: at least 2 days (more than half may still be waiting)."),
        ([1.0, 0.9, 0.6], [1.0, 1.0, 0.6], "Median time until closed unknown: more than half are still waiting."),
    ],
)
def test_the_curve_says_where_it_falls_through_one_half(least: list[float], most: list[float], said: str) -> None:
    curve = pl.DataFrame(
        {"days": [0.0, 2.0, 10.27], "least": least, "most": most, "low": least, "high": most, "to": ["resolution"] * 3}
    )
    chart = charts.waiting(curve)
    assert said in chart.to_dict()["description"]
    assert ">100%<" in drawn(chart)


def test_charts_say_what_is_waited_for_and_two_kinds_of_waits_share_none(
    story: pl.DataFrame, history: pl.DataFrame
) -> None:
    told = {}
    waits: tuple[tuple[To, str], ...] = (("response", "answered"), ("resolution", "closed"))
    for to, until in waits:
        curve = lifecycle.waiting(story, history, to=to, as_of=END)
        medians = lifecycle.times(story, history, to=to, by="type", as_of=END)
        for chart, heading in (
            (charts.waiting(curve), f"Share of items not {until} yet"),
            (charts.times(medians), f"Median days until {until} by type"),
        ):
            assert f">{heading}<" in drawn(chart)
            told[to, heading] = chart.to_dict()["description"]
    assert len(set(told.values())) == 4
    both = pl.concat([lifecycle.times(story, history, to=to, as_of=END) for to, _ in waits])
    with pytest.raises(ArgumentError, match="for one `to`"):
        charts.times(both)


def test_both_charts_give_the_same_median(story: pl.DataFrame) -> None:
    moment = pl.col("created_at") + pl.duration(minutes=pl.int_range(pl.len()) * 97 % 30_000)
    history = story.tail(900).select(
        *("id", "project_id"), field=pl.lit("status"), old=pl.lit("New"), new=pl.lit("Closed"),
        earliest=moment, latest=moment + pl.duration(hours=pl.int_range(pl.len()) % 50),
    ).cast(HISTORY)  # fmt: skip
    closed = story.tail(900).with_columns(status=pl.lit("Closed"))
    row = lifecycle.times(closed, history, as_of=END).row(0, named=True)
    curve = lifecycle.waiting(closed, history, as_of=END)
    assert curve.height <= 300 < 2 * row["reached"]
    for end in ("least", "most"):
        assert curve.filter(pl.col(end) <= 0.5 + 1e-12)["days"][0] == row[f"median_{end}"]
    days = " to ".join(f"{row[f'median_{end}']:.1f}".removesuffix(".0") for end in ("least", "most"))
    assert f"Median time until closed: {days} days" in charts.waiting(curve).to_dict()["description"]
    assert f"All: {days} days" in charts.times(lifecycle.times(closed, history, as_of=END)).to_dict()["description"]


def test_days_are_named_as_in_every_chart(story: pl.DataFrame, history: pl.DataFrame) -> None:
    weeks = lifecycle.backlog(story, history, as_of=END, time_zone="Pacific/Auckland")
    svg = drawn(charts.backlog(weeks.tail(10)))
    assert re.search(r">\d{1,2} (Sep|Oct|Nov)<", svg)
    assert not re.search(r">(Aug|Sep|Oct|Nov) \d\d<", svg)


def test_medians_without_an_end_are_drawn_to_the_edge_and_told() -> None:
    medians = pl.DataFrame(
        {
            "version": ["1.0", "1.1", "", None, "2.0"],
            "n": [40, 30, 4, 3, 0],
            "reached": [30, 16, 1, 0, 0],
            "earlier": [0, 0, 0, 0, 5],
            "median_least": [2.0, 4.26, None, None, None],
            "median_most": [2.0, None, None, None, None],
            "low": [1.0, 2.0, 1.0, None, None],
            "high": [6.0, None, None, None, None],
            "verdict": ["enough", "enough", "too few", "too few", "none"],
            "to": ["response"] * 5,
        }
    )
    chart = charts.times(medians)
    svg = drawn(chart)
    for text in ("30 of 40", "16 of 30, no upper limit", "1 of 4, no upper limit", "0 of 3", "(empty)", "(none)"):
        assert f">{text}<" in svg
    assert ">2.0<" not in svg  # nothing came since the first load
    told = chart.to_dict()["description"]
    assert "1.0: 2 days (30 of 40). 1.1: at least 4.3 days (16 of 30). (empty): more than half still waiting" in told
    assert ">No figures yet<" in drawn(charts.times(medians.tail(1)))
    with pytest.raises(ArgumentError, match=r"has several keys: version, type\. Pass what sw\.lifecycle\.times"):
        charts.times(medians.with_columns(type=pl.lit("Bug")))


def test_a_median_with_no_upper_bound_is_seen_even_where_nothing_is_farther() -> None:
    medians = pl.DataFrame(
        {"type": ["Question", "Bug"], "n": [30, 40], "reached": [11, 30], "earlier": [0, 0], "to": ["response"] * 2,
         "median_least": [57.0, 2.0], "median_most": [None, 3.0], "low": [20.0, 1.0], "high": [None, 6.0],
         "verdict": ["enough", "enough"]}
    )  # fmt: skip
    (band,) = (
        rows
        for rows in charts.times(medians).to_dict()["datasets"].values()
        if len(rows) == 2 and "band_end" in rows[0]
    )
    assert band[0]["band_end"] > 57.0 == band[0]["median_least"]


def test_only_the_values_with_most_items_are_drawn_and_the_rest_is_said() -> None:
    many = pl.DataFrame({"version": [f"1.{minor}" for minor in range(40)], "n": range(1, 41)}).with_columns(
        reached=pl.lit(1),
        earlier=pl.lit(0),
        verdict=pl.lit("too few"),
        to=pl.lit("response"),
        **{name: pl.lit(1.0) for name in ("median_least", "median_most", "low", "high")},
    )
    svg = drawn(charts.times(many))
    assert ">10 values with fewer items not shown.<" in svg
    assert ">1.39<" in svg
    assert ">1.3<" not in svg


def test_charts_of_open_items_say_how_many_are_neither_open_nor_closed(
    story: pl.DataFrame, history: pl.DataFrame
) -> None:
    about = Provenance(
        resource="feedback", as_of=END, finished=END, served_from="api", requests=1, rows=story.height,
        unknown={"status": {"Snoozed": 3, "Later": 1}},
    )  # fmt: skip
    said = "4 items loaded with an unknown status, counted as neither open nor closed."
    shown = {
        charts.ages: lifecycle.ages(story, as_of=END),
        charts.backlog: lifecycle.backlog(story, history, as_of=END),
    }
    for chart, table in shown.items():
        assert said in chart(table, about=about).to_dict()["description"]
        assert "unknown status" not in chart(table, about=replace(about, unknown={})).to_dict()["description"]


def test_a_fix_is_drawn_with_its_rates_and_one_that_came_back_with_a_ring(story: pl.DataFrame) -> None:
    unreleased = pl.col("resolution_note").str.replace("2.7.0", "9.9", literal=True)
    found = lifecycle.effects(story.with_columns(resolution_note=unreleased), as_of=END)
    made = charts.effects(found).to_dict()
    helped, back = (found.row(by_predicate=pl.col("fix") == fix, named=True) for fix in ("2.5.0", "2.3.0"))
    weekly = {name: round(7 * back[name] / back[f"days_{name}"], 1) for name in ("before", "after")}
    latest = round(7 * back["before"] / back["days_before"] * back["back_ratio"], 1)
    assert made["description"] == (
        "Whether fixes helped. Reports fell after 2 of 3 fixes (1 came back). "
        f"2.5.0 /checkout/payment: {math.floor(helped['before'] / 8 + 0.5)} a week before, none after (down). "
        f"2.3.0 /settings/taxes: {weekly['before']} a week before, {weekly['after']} after, back to {latest} since "
        f"{format_day(back['back_at'])} (down). 9.9 /reports/export: not in the data yet."
    )
    marks = {row["name"]: row for rows in made["datasets"].values() for row in rows if "back_ratio" in row}
    assert marks["2.3.0 /settings/taxes"]["back_ratio"] == pytest.approx(back["back_ratio"])
    assert marks["2.3.0 /settings/taxes"]["middle"] == pytest.approx(back["ratio"])
    assert {row["verdict"] for row in marks.values()} == {"down", "came back", "unclear"}
    assert "NaN" not in drawn(charts.effects(found))


def test_one_effect_and_none_are_drawn_too(story: pl.DataFrame) -> None:
    taxes = lifecycle.effect(story, where=FeedbackFilter(path="/settings/taxes"), at="2.3.0", as_of=END)
    row = taxes.row(0, named=True)
    latest = round(7 * row["before"] / row["days_before"] * row["back_ratio"], 1)  # 3.75, more or less
    told = f"4 Apr 2026: 4.6 a week before, 0.5 after, back to {latest} since"
    assert told in charts.effects(taxes).to_dict()["description"]
    none = charts.effects(lifecycle.effects(story.clear(), as_of=END)).to_dict()["description"]
    assert none.startswith("Whether fixes helped. Nothing to compare: no fix is known")
