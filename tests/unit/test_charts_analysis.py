"""Charts of what the analysis gave: they compile, say what they show, and no text in the data harms them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import polars as pl
import pytest
import vl_convert as vlc

import seggwat_nb as sw
from seggwat_nb import charts
from seggwat_nb.analysis import ratings, releases, trends
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import PLANTED, shop_feedback, shop_ratings
from seggwat_nb.source.decode import feedback_frame, ratings_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    import altair as alt

    Chart = Callable[..., alt.LayerChart]
    Made = tuple[Chart, Callable[[pl.DataFrame], pl.DataFrame]]

END = datetime(2026, 11, 18, 15, tzinfo=UTC)
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "a\x00\x08\nb",
    "\u202egnp.exe",
    "datum.count', alert(1)",
    "x" * 5_000,
    "",
    None,
)

OF_FEEDBACK: dict[str, Made] = {
    "movers": (charts.movers, lambda frame: trends.movers(frame, as_of=END)),
    "change": (charts.movers, lambda frame: trends.change(frame, by="version", as_of=END)),
    "change of everything": (charts.movers, lambda frame: trends.change(frame, by=None, as_of=END)),
    "regressions": (charts.regressions, releases.regressions),
    "volume": (charts.volume, lambda frame: trends.volume(frame, by="type", as_of=END)),
    "breakdown": (charts.breakdown, lambda frame: trends.breakdown(frame, by=("version", "type"))),
    "versions": (charts.versions, releases.overview),
    "paths": (charts.paths, trends.by_path),
    "spikes": (charts.spikes, lambda frame: trends.spikes(frame, as_of=END)),
    "spikes by path": (charts.spikes, lambda frame: trends.spikes(frame, by="path", as_of=END)),
    "heat": (charts.heat, lambda frame: trends.by_hour(frame, as_of=END)),
}
OF_RATINGS: dict[str, Made] = {
    "nps": (charts.nps, ratings.nps),
    "nps over time": (charts.nps, lambda frame: ratings.nps(frame, every="1mo", as_of=END)),
    "nps by path": (charts.nps, lambda frame: ratings.nps(frame, by="path")),
    "share over time": (charts.share, lambda frame: ratings.helpful(frame, every="1w", as_of=END)),
    "share by path": (charts.share, lambda frame: ratings.helpful(frame, by="path")),
    "stars": (charts.stars, ratings.stars),
    "stars by path": (charts.stars, lambda frame: ratings.stars(frame, by="path")),
}
EVERY = [pytest.param(*made, name in OF_RATINGS, id=name) for name, made in (OF_FEEDBACK | OF_RATINGS).items()]
every = pytest.mark.parametrize(("chart", "make", "rated"), EVERY)


@pytest.fixture(scope="module")
def feedback() -> pl.DataFrame:
    return feedback_frame([shop_feedback(seed=SEED, end=END, project_id="p")], project_id="p").frame


@pytest.fixture(scope="module")
def rated_rows() -> pl.DataFrame:
    return ratings_frame([shop_ratings(seed=SEED, end=END, project_id="p")], project_id="p").frame


def drawn(chart: alt.LayerChart) -> str:
    """Compile with the release that JupyterLab has and with altair's own; both must be well-formed."""
    spec = json.loads(json.dumps(chart.to_dict(), allow_nan=False))
    svgs = [vlc.vegalite_to_svg(spec, vl_version=version) for version in ("5.8", vlc.get_vegalite_versions()[-1])]
    for svg in svgs:
        assert "NaN" not in svg
        ET.fromstring(svg)  # noqa: S314  # our own
    return svgs[0]


def described(chart: alt.LayerChart) -> str:
    description: str = chart.to_dict()["description"]
    return description


@every
def test_the_demo_is_drawn(
    chart: Chart, make: Callable[..., pl.DataFrame], rated: bool, feedback: pl.DataFrame, rated_rows: pl.DataFrame
) -> None:
    made = chart(make(rated_rows if rated else feedback), title="What I asked")
    svg = drawn(made)
    assert "What I asked" in svg
    assert svg.count("<path") > 5
    subtitle = " ".join(made.to_dict()["title"]["subtitle"])
    assert subtitle in described(made)
    assert subtitle.endswith(".")


@every
def test_no_rows_are_said_to_be_none(
    chart: Chart, make: Callable[..., pl.DataFrame], rated: bool, feedback: pl.DataFrame, rated_rows: pl.DataFrame
) -> None:
    made = chart(make((rated_rows if rated else feedback).clear()))
    assert ">No " in drawn(made)
    assert "widen the dates" in described(made)


@every
def test_one_row_is_drawn(
    chart: Chart, make: Callable[..., pl.DataFrame], rated: bool, feedback: pl.DataFrame, rated_rows: pl.DataFrame
) -> None:
    rows = rated_rows if rated else feedback.filter(pl.col("version") == "2.7.0")
    assert drawn(chart(make(rows.head(1))))


@every
def test_hostile_text_stays_text(
    chart: Chart, make: Callable[..., pl.DataFrame], rated: bool, feedback: pl.DataFrame, rated_rows: pl.DataFrame
) -> None:
    rows = (rated_rows if rated else feedback).head(350)
    texts = pl.Series((HOSTILE * 50)[: rows.height], dtype=pl.String)
    rows = rows.with_columns(path=texts, created_at=pl.lit(END - timedelta(days=3)))
    rows = rows if rated else rows.with_columns(version=texts, type=texts, source=texts)
    svg = drawn(chart(make(rows)))
    assert "<img" not in svg
    assert "\u202e" not in svg
    assert all("x" * 100 not in text for text in re.findall(r">([^<]+)</", svg))


@every
def test_what_is_no_such_frame_is_refused(chart: Chart, make: Callable[..., pl.DataFrame], rated: bool) -> None:
    del make, rated
    with pytest.raises(sw.errors.ArgumentError, match=r"lacks .*; pass what sw\."):
        chart(pl.DataFrame({"n": [1]}))
    with pytest.raises(sw.errors.ArgumentError, match="is a list; pass what"):
        chart([1])


def test_what_moved_stands_first_and_the_rest_is_counted(feedback: pl.DataFrame) -> None:
    moved = trends.movers(feedback, as_of=END)
    made = charts.movers(moved)
    spec = made.to_dict()
    shown = _rows(spec, "said")
    assert len(shown) == 20
    assert [(row["name"], row["verdict"]) for row in shown[:2]] == [
        (f"Path {PLANTED.growing_path}", "up"),
        (f"Type {PLANTED.growing_type}", "up"),
    ]
    assert spec["title"]["subtitle"] == [
        f"2 of {moved.height} values moved in the 28 days from 21 Oct 2026, against the 28 before.",
        f"{moved.height - 20} more values not shown, less sure to have moved.",
    ]


def test_ratios_without_end_stand_at_the_end_of_the_axis() -> None:
    days = [END - timedelta(days=day) for day in range(1, 57)]
    rows = pl.DataFrame({"created_at": days, "type": ["Bug"] * 28 + ["Praise"] * 28})
    spec = charts.movers(trends.change(rows, as_of=END)).to_dict()
    ends = {row["name"]: (row["middle"], row["times"], row["verdict"]) for row in _rows(spec, "said")}
    assert ends["Type Bug"][1:] == ("none before", "up")
    assert ends["Type Praise"][1:] == ("0.0×", "down")  # noqa: RUF001  # as written
    assert ends["Type Bug"][0] == 1 / ends["Type Praise"][0]


def test_the_broken_release_is_marked_and_no_other(feedback: pl.DataFrame) -> None:
    made = charts.regressions(releases.regressions(feedback))
    spec = made.to_dict()
    rows = _rows(spec, "said")
    assert [row["name"] for row in rows if row["said"]] == [PLANTED.broken_release]
    assert len(rows) == 30
    assert f"worse than those before: {PLANTED.broken_release}." in spec["title"]["subtitle"][0]
    assert ">worse<" in drawn(made)


def test_intervals_of_shares_are_those_of_the_overview(feedback: pl.DataFrame) -> None:
    drawn_rows = _rows(charts.regressions(releases.regressions(feedback)).to_dict(), "said")
    ours = {row["name"]: (row["low"], row["high"]) for row in drawn_rows}
    theirs = releases.overview(feedback).filter(pl.col("version").is_in(list(ours)))
    assert theirs.height == len(ours)
    for version, low, high in theirs.select("version", "low", "high").rows():
        assert ours[version] == pytest.approx((low, high))


def test_few_answers_are_faded_and_counted(rated_rows: pl.DataFrame) -> None:
    monthly = ratings.helpful(rated_rows, every="1mo", as_of=END)
    few = monthly.filter(pl.col("verdict") == "few").height
    assert 0 < few < monthly.height
    assert f"{few} of {monthly.height} estimates rest on too few" in described(charts.share(monthly))
    svg = drawn(charts.share(monthly))
    faded = re.findall(r'role="graphics-symbol"[^>]* opacity="0.45"', svg)  # in the plot, not in the legend
    assert len(faded) == 2 * few  # a point and an interval each


def test_a_chart_of_ratings_takes_periods_or_a_key(rated_rows: pl.DataFrame) -> None:
    both = ratings.nps(rated_rows, every="1q", by="path", as_of=END)
    with pytest.raises(sw.errors.ArgumentError, match="the frame has both"):
        charts.nps(both)
    with pytest.raises(sw.errors.ArgumentError, match="leave out every="):
        charts.stars(ratings.stars(rated_rows, every="1q", as_of=END))


def test_a_week_that_starts_on_sunday_is_drawn_so(feedback: pl.DataFrame) -> None:
    svg = drawn(charts.heat(trends.by_hour(feedback, week_start="sunday", as_of=END)))
    assert svg.index(">Sun<") < svg.index(">Mon<") < svg.index(">Sat<")


def _rows(spec: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """The rows of the one data set that has this field, in their order."""
    found: list[list[dict[str, Any]]] = [rows for rows in spec["datasets"].values() if rows and field in rows[0]]
    return max(found, key=len)
