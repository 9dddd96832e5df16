"""Charts of volume: drawn by the oldest Vega-Lite that JupyterLab stands for, and by altair's own; what they say."""

from __future__ import annotations

import html
import re
import sys
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import altair as alt
import polars as pl
import pytest
import vl_convert
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seggwat_nb import charts, trends
from seggwat_nb.charts import calendar, counts
from seggwat_nb.charts.base import ISO, display_name, name_some
from seggwat_nb.charts.images import drawing
from seggwat_nb.charts.theme import DISTINCT, GREYS, colours
from seggwat_nb.errors import ArgumentError
from seggwat_nb.provenance import Provenance
from seggwat_nb.schema import STATUSES, TYPES
from seggwat_nb.text import isolate

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
AS_OF = datetime(2026, 3, 18, 12, tzinfo=UTC)
ALTAIRS_OWN = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
HOSTILE = "</text><script>alert(1)</script> & \u202e{datum.x} x['y'].z\n\x00" + "long " * 800


def rows(*types: str | None, start: datetime = MONDAY, hours: int = 37) -> pl.DataFrame:
    moments = [start + timedelta(hours=hours * place) for place in range(len(types))]
    return pl.DataFrame(
        {"created_at": moments, "type": list(types)},
        schema={"created_at": pl.Datetime("us", "UTC"), "type": pl.String},
    )


def test_a_name_from_right_to_left_ends_where_it_is_cut() -> None:
    long = f"\u2068{'ש' * 80}\u2069"
    assert name_some([long, "b"], most=2) == f"\u2068{'ש' * 59}\u2069, b"


def test_names_in_any_script_are_isolated_in_charts_as_in_sentences() -> None:
    letters = [letter for letter in map(chr, range(sys.maxunicode)) if unicodedata.category(letter).startswith("L")]
    shown = pl.DataFrame({"path": letters}).select(display_name("path"))["path"].to_list()
    is_isolated = {letter: "\u2068" in name for letter, name in zip(letters, shown, strict=True)}
    from_right = {letter for letter in letters if unicodedata.bidirectional(letter) in {"R", "AL"}}
    assert {letter for letter in letters if is_isolated[letter]} == from_right
    assert {letter for letter in letters if isolate(letter) != letter} == from_right


def weekly(*types: str | None, by: str | None = "type", **options: Any) -> pl.DataFrame:
    return trends.volume(rows(*types), by=by, as_of=options.pop("as_of", AS_OF), **options)


def about(**changes: Any) -> Provenance:
    given = {
        "resource": "feedback",
        "as_of": AS_OF,
        "finished": AS_OF,
        "served_from": "api",
        "requests": 1,
        "rows": 1234,
        "selection": "status New or Active, chosen by the server",
    }
    return Provenance(**{**given, **changes})


def svg(chart: alt.LayerChart) -> str:
    """The chart as the oldest Vega-Lite of JupyterLab draws it. Altair's check takes longer, and one test has it."""
    spec = chart.to_dict(validate=False)
    return vl_convert.vegalite_to_svg(spec, vl_version="5.8")


def texts(chart: alt.LayerChart) -> list[str]:
    return [html.unescape(line) for line in re.findall(r"<(?:text|tspan)[^>]*>([^<]+)</", svg(chart))]


def bars(chart: alt.LayerChart) -> list[str]:
    return re.findall(r'<path aria-label="([^"]+ items?, [^"]+)"', svg(chart))


@pytest.mark.parametrize("key", ['pl"an', "pl\\an", "pl\nan", '"]: 1}), x: ({"', "it's", "a.b[0]", "<b>plan"])
def test_a_column_of_any_name_can_be_drawn(key: str) -> None:
    items = rows("Bug", "Bug", "Praise").rename({"type": key})
    for chart in (
        charts.volume(trends.volume(items, by=key, as_of=AS_OF)),
        charts.breakdown(trends.breakdown(items.with_columns(plan=pl.lit("free")), by=("plan", key))),
    ):
        assert {"Bug", "Praise"} <= {*texts(chart)}


FRAMES = {
    "a week by type": weekly(*TYPES, "Bug", None, "Idea", ""),
    "without a key": weekly("Bug", "Bug", by=None),
    "one moment": weekly("Bug", as_of=MONDAY + timedelta(hours=1)),
    "no rows": weekly(),
    "nothing selected": weekly("Bug").with_columns(count=pl.lit(0, pl.Int64)),
    "days": weekly("Bug", "Praise", every="1d"),
    "months": weekly("Bug", "Praise", every="1mo"),
    "quarters": weekly("Bug", "Praise", every="1q"),
    "years": weekly("Bug", "Praise", every="1y"),
    "over a clock change": weekly(*TYPES * 4, every="1w", time_zone="Europe/Berlin"),
    "hostile": weekly(HOSTILE, HOSTILE[::-1], "x.y", "a[0]", "it's", '"', "\\"),
    "the rest": weekly("a", "b", "c", None, top=1),
    "no share": weekly("Bug").drop("share"),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())
@pytest.mark.parametrize("provenance", [None, about(demo=True)], ids=["bare", "about"])
def test_every_kind_of_frame_is_drawn_with_a_title_and_told_in_words(
    frame: pl.DataFrame, provenance: Provenance | None
) -> None:
    chart = charts.volume(frame, about=provenance)

    written = texts(chart)
    assert len(bars(chart)) == frame.filter(pl.col("count") > 0).height
    assert written
    assert isinstance(chart.title, alt.TitleParams)
    heading = chart.title.to_dict()["text"]
    assert heading in written
    spec = chart.to_dict()
    assert spec["description"].startswith(heading)
    assert heading in html.unescape(vl_convert.vegalite_to_svg(spec, vl_version=ALTAIRS_OWN))


def test_bars_stand_on_zero_and_the_heights_add_up_to_the_count() -> None:
    frame = weekly("Bug", "Bug", "Praise", "Bug", "Feature")

    drawn = next(iter(charts.volume(frame).to_dict(validate=False)["datasets"].values()))

    tops = {bar["start"]: 0 for bar in drawn}
    for bar in drawn:
        assert bar["low"] == tops[bar["start"]]
        assert bar["high"] - bar["low"] == bar["count"] > 0
        tops[bar["start"]] = bar["high"]
    assert sum(tops.values()) == 5


@pytest.mark.parametrize(
    ("as_of", "named"),
    [
        (datetime(2026, 3, 9, tzinfo=UTC), []),
        (datetime(2026, 3, 8, 23, tzinfo=UTC), ["6 of 7 days"]),
        (datetime(2026, 3, 5, tzinfo=UTC), ["3 of 7 days"]),
        (datetime(2026, 3, 2, 3, tzinfo=UTC), ["<1 of 7 days"]),
    ],
)
def test_a_period_that_is_not_whole_is_faded_hatched_and_named(as_of: datetime, named: list[str]) -> None:
    chart = charts.volume(weekly("Bug", as_of=as_of))

    assert [text for text in texts(chart) if "days" in text] == named
    assert (' opacity="0.45"' in svg(chart)) == bool(named)
    assert (re.search(r"<line [^>]*stroke=\"currentColor\" [^>]*opacity=\"0.45\"", svg(chart)) is not None) == bool(
        named
    )


def test_hatching_stays_inside_its_bar_and_slants_by_as_much_as_it_rises() -> None:
    bar = pl.DataFrame({"start": "2026-03-02T00:00:00Z", "end": "2026-03-09T00:00:00Z", "low": 0, "high": 40})
    lines = calendar.hatching(bar.with_columns(wide=pl.lit(70.0), tall=pl.lit(100.0)))

    hours = pl.col("x", "x2").str.to_datetime("%Y-%m-%dT%H:%M:%SZ") - MONDAY.replace(tzinfo=None)
    pixels = lines.select(hours.dt.total_seconds() / 86_400 * 10, pl.col("y", "y2") * 2.5)
    assert lines.height == 28
    assert (
        pixels.select(pl.col("x", "x2").is_between(0, 70).all(), pl.col("y", "y2").is_between(0, 100).all()).row(0)
        == (True,) * 4
    )
    assert (((pixels["x2"] - pixels["x"]) - (pixels["y"] - pixels["y2"])).abs() < 0.01).all()
    assert calendar.hatching(bar.with_columns(wide=pl.lit(2.0), tall=pl.lit(100.0))).is_empty()


def test_what_a_panel_redraws_is_what_the_chart_draws() -> None:
    frame = weekly("Bug", "Praise", "Bug")
    drawn = list(charts.volume(frame).to_dict(validate=False)["datasets"].values())

    assert [rows.to_dicts() for rows in counts.layer_rows(frame)] == drawn


def test_empty_periods_keep_their_place_on_the_axis() -> None:
    frame = trends.volume(rows("Bug"), every="1w", as_of=MONDAY + timedelta(weeks=30))

    domain = charts.volume(frame).to_dict(validate=False)["layer"][0]["encoding"]["x"]["scale"]["domain"]

    assert domain == ["2026-03-02T00:00:00Z", "2026-09-28T00:00:00Z"]


@pytest.mark.parametrize("every", ["1d", "1w"])
@pytest.mark.parametrize("days", [1, 12, 13, 25, 80, 150])
def test_ticks_are_days_that_a_period_starts_on_and_tell_the_year_where_it_is_new(every: Any, days: int) -> None:
    start = datetime(2026, 12, 28, tzinfo=UTC) - timedelta(days=days // 2 // 7 * 7)
    counted = trends.volume(rows(*["Bug"] * (days + 1), start=start, hours=24), every=every)
    starts = counted["period"].dt.replace_time_zone(None).to_list()
    moments = re.compile(r"^\d+ [A-Z][a-z]{2}$")
    seen = texts(charts.volume(counted))
    named = [datetime.strptime(f"{text} {start.year}", "%d %b %Y") for text in seen if moments.match(text)]  # noqa: DTZ007
    assert 0 < len(named) <= 12
    assert {(moment.day, moment.month) for moment in named} <= {(moment.day, moment.month) for moment in starts}
    years = [text for text in seen if re.fullmatch("202[67]", text)]
    assert years == sorted({str(moment.year) for moment in starts})[: len(years)]
    assert years


@pytest.mark.parametrize("days", [85, 168, 169, 200, 500, 1500, 4000])
@pytest.mark.parametrize("most", [6, 12])
def test_no_two_ticks_bear_one_name(days: int, most: int) -> None:
    starts = [f"{datetime(2025, 4, 4) + timedelta(days=day):{ISO}}" for day in range(days)]  # noqa: DTZ001  # wall time
    drawn = alt.Chart(pl.DataFrame({"at": starts})).mark_tick()
    axis = calendar.ticks(starts, "day", most=most)
    shown = alt.layer(drawn.encode(x=alt.X("at:T", scale=alt.Scale(type="utc"), axis=axis))).properties(width=560)
    labels = re.findall(
        r"<text[^>]*>(?:<tspan[^>]*>)?(?:([^<]+)</tspan><tspan[^>]*>)?([^<]+)<",
        vl_convert.vegalite_to_svg(shown.to_dict()),
    )
    assert 3 <= len(labels) <= 14
    year, seen = "", []
    for first, second in labels:
        year = second if first else year
        seen.append((first or second, year))
    assert len(set(seen)) == len(seen)


def test_local_weeks_begin_at_local_midnight_whatever_the_browsers_zone() -> None:
    frame = weekly(*["Bug"] * 20, time_zone="Asia/Kolkata", as_of=datetime(2026, 4, 2, tzinfo=UTC))

    drawn = next(iter(charts.volume(frame).to_dict(validate=False)["datasets"].values()))

    assert {bar["start"][10:] for bar in drawn} == {"T00:00:00Z"}
    assert drawn[0]["when"] == "Mon 2 Mar 2026"


@pytest.mark.parametrize(("column", "known"), [("type", TYPES), ("status", STATUSES)])
def test_a_value_has_the_same_colour_in_every_chart(column: str, known: tuple[str, ...]) -> None:
    every = _colours(trends.volume(rows(*known).rename({"type": column}), by=column, as_of=AS_OF))

    assert len(set(every.values())) == len(known)
    for value in known:
        alone = _colours(trends.volume(rows(value, "Strange").rename({"type": column}), by=column, as_of=AS_OF))
        assert alone[value] == every[value]
        assert alone["Strange"] not in every.values()


def test_values_that_only_a_project_knows_are_told_apart() -> None:
    own = ["不具合", "要望", "شكوى", "Lob", "Tadel"]
    assert set(colours("type", own)).isdisjoint(GREYS)
    assert len(set(colours("type", own))) == len(own)
    mixed = colours("type", ["Bug", *own])
    assert mixed[0] == colours("type", ["Bug"])[0]
    assert len(set(mixed)) == len(mixed)
    assert set(mixed).isdisjoint(GREYS)


def test_no_colour_stands_for_two_values_and_the_chart_says_what_is_grey() -> None:
    versions = [f"1.{minor}.0" for minor in range(DISTINCT + 1)]
    frame = trends.volume(rows(*versions, None).rename({"type": "version"}), by="version", as_of=AS_OF)

    found = _colours(frame)

    told = [colour for value, colour in found.items() if value in versions[:DISTINCT]]
    others = [colour for value, colour in found.items() if value not in versions[:DISTINCT]]
    assert len(set(told)) == DISTINCT
    assert set(told).isdisjoint(others)
    many = [*map(str, range(20)), "(none)"]
    assert colours("version", many, grey=["(none)"])[-1] not in colours("version", many, grey=["(none)"])[:-1]
    assert "Grey: one more version than there are colors." in texts(charts.volume(frame))


@pytest.mark.parametrize("key", ["version", "path", "colour"])
def test_only_the_most_frequent_of_many_values_are_drawn_and_all_items_are_counted(key: str) -> None:
    values = [f"v{n:03}" for n in range(283) for _ in range(3 if n > 270 else 1)]
    frame = trends.volume(rows(*values, None, "").rename({"type": key}), by=key, as_of=AS_OF)
    found = _colours(frame)
    assert [*found] == [*(f"v{n}" for n in range(271, 277)), "Other (278 values)", "(none)"]
    drawn = counts.layer_rows(frame)[0]
    assert drawn["count"].sum() == len(values) + 2 == frame["count"].sum()
    assert drawn["share"].sum() == pytest.approx(frame["share"].sum())
    assert max(map(len, charts.volume(frame).to_dict(validate=False)["description"].split(". "))) < 200
    asked = trends.volume(rows(*values).rename({"type": key}), by=key, as_of=AS_OF, top=20)
    assert len(_colours(asked)) == 21


def test_the_legend_follows_the_frames_order_not_that_of_the_first_bars() -> None:
    assert list(_colours(weekly("Praise", "Idea", "Feature", "Praise", "Bug"))) == ["Bug", "Feature", "Praise", "Idea"]


def test_what_is_not_given_is_told_from_a_value_of_that_name() -> None:
    said = charts.volume(weekly("(none)", None, None, "", "(empty)")).to_dict(validate=False)["description"]
    assert said.endswith('Totals by type: (empty) 1, "(empty)" 1, "(none)" 1, (none) 2.')


def test_what_is_said_counts_right() -> None:
    said = [
        charts.volume(frame).to_dict(validate=False)["description"].split(". ", 1)[1]
        for frame in (
            weekly("Bug", by=None, as_of=datetime(2026, 3, 9, tzinfo=UTC)),
            weekly("Bug", "Bug", by=None, as_of=datetime(2026, 3, 16, tzinfo=UTC)),
            weekly("Bug", "Bug", by=None),
            weekly("Bug", by=None, as_of=datetime(2026, 3, 4, tzinfo=UTC)),
            weekly(by=None),
        )
    ]

    assert said == [
        "1 item over 1 week. One week shows no trend.",
        "2 items over 2 weeks, all complete.",
        "2 items over 3 weeks. The hatched week is incomplete.",
        "1 item over 1 week (incomplete). One week shows no trend.",
        "No items match. Widen the dates or clear a filter.",
    ]


def test_the_line_on_provenance_keeps_the_selections_own_letters_and_names_demo_data() -> None:
    written = texts(charts.volume(weekly("Bug"), about=about(demo=True)))

    line = "Synthetic demo data. As of 2026-03-18 12:00 UTC. 1,234 feedback items loaded (status New or"
    assert [line, "Active, chosen by the server)."] == written[-2:]
    assert "Demo" not in " ".join(texts(charts.volume(weekly("Bug"), about=about())))


def test_a_description_stays_short_enough_to_be_listened_to() -> None:
    frame = trends.volume(rows(*(f"{number} {HOSTILE}" for number in range(60))), by="type", as_of=AS_OF)

    description = charts.volume(frame).to_dict(validate=False)["description"]

    assert len(description) < 2_000
    assert "and 48 more" in description


@pytest.mark.parametrize(
    ("frame", "hint"),
    [
        (pl.DataFrame({"type": ["Bug"]}), "has no columns period, days_covered, days_total, complete, count"),
        (weekly("Bug").with_columns(source=pl.lit("Widget")), "several keys: type, source"),
    ],
)
def test_another_frame_is_refused_with_a_hint(frame: pl.DataFrame, hint: str) -> None:
    with pytest.raises(ArgumentError, match=f"{hint}.*sw.trends.volume"):
        charts.volume(frame)


@settings(max_examples=10, deadline=None, derandomize=True)
@given(st.lists(st.one_of(st.none(), st.text()), min_size=1, max_size=6))
@example(["0000000000000000M\N{LATIN CAPITAL LETTER TURNED M}\N{KHMER LETTER KA}\N{MATHEMATICAL BOLD FRAKTUR SMALL M}"])
def test_any_text_is_drawn_and_its_total_kept(values: list[str | None]) -> None:
    chart = charts.volume(weekly(*values))

    assert drawing(chart.to_dict(validate=False)).count("<path") > 0
    drawn = next(iter(chart.to_dict(validate=False)["datasets"].values()))
    assert sum(bar["count"] for bar in drawn) == len(values)


def _colours(frame: pl.DataFrame) -> dict[str, str]:
    scale = charts.volume(frame).to_dict(validate=False)["layer"][0]["encoding"]["color"]["scale"]
    return dict(zip(scale["domain"], scale["range"], strict=True))
