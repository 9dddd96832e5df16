"""Charts of what the analysis gave: they compile, say what they show, and no text in the data harms them."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import altair as alt
import polars as pl
import pytest
import vl_convert as vlc

import seggwat_nb as sw
from seggwat_nb import charts, lifecycle, ratings, releases, themes, trends
from seggwat_nb.analysis import intervals
from seggwat_nb.charts import changes
from seggwat_nb.charts import releases as regressed
from seggwat_nb.charts.base import FADED
from seggwat_nb.charts.theme import GREYS, INK, PLAIN, colours
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import PLANTED, shop_feedback, shop_ratings
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.provenance import Provenance
from seggwat_nb.schema import TYPES
from seggwat_nb.source.frames import feedback_frame, ratings_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from seggwat_nb.charts.interval_rows import Verdict

    Chart = Callable[..., alt.LayerChart]
    Made = tuple[Chart, Callable[[pl.DataFrame], pl.DataFrame]]

END = datetime(2026, 11, 18, 15, tzinfo=UTC)
ALTAIRS_OWN = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
NEW, OLD = FeedbackFilter(since=END - timedelta(days=90)), FeedbackFilter(until=END - timedelta(days=90))
AT = END - timedelta(weeks=30)
THEMES = themes.Taxonomy.parse(
    '[[theme]]\nname = "Pay"\nany = ["pay*"]\n[[theme]]\nname = "<b>Pages"\nany = ["page*", "pay*"]\n'
)
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "a\x00\x08\nb",
    "\u202egnp.exe",
    "datum.count', alert(1)",
    "x" * 5_000,
    "",
    None,
)


def looked_at(frame: pl.DataFrame) -> pl.DataFrame:
    """Every item looked at when it came, and what is closed two days later."""
    return frame.filter(pl.col("status").is_in(["Resolved", "Closed"])).select(
        "id",
        "project_id",
        field=pl.lit("status"),
        old=pl.lit("New"),
        new="status",
        earliest="created_at",
        latest=pl.col("created_at") + timedelta(days=2),
    )


OF_FEEDBACK: dict[str, Made] = {
    "movers": (charts.movers, lambda frame: trends.movers(frame, as_of=END)),
    "movers of one key": (charts.movers, lambda frame: trends.change(frame, by="version", as_of=END)),
    "change": (charts.change, lambda frame: trends.change(frame, by="version", as_of=END)),
    "change of everything": (charts.change, lambda frame: trends.change(frame, by=None, as_of=END)),
    "regressions": (charts.regressions, releases.regressions),
    "volume": (charts.volume, lambda frame: trends.volume(frame, by="type", as_of=END)),
    "breakdown": (charts.breakdown, lambda frame: trends.breakdown(frame, by=("version", "type"))),
    "differences": (charts.compare, lambda frame: trends.compare(frame, NEW, OLD, by="path")),
    "versions": (charts.overview, releases.overview),
    "paths": (charts.by_path, trends.by_path),
    "spikes": (charts.spikes, lambda frame: trends.spikes(frame, as_of=END)),
    "spikes by type": (charts.spikes, lambda frame: trends.spikes(frame, by="type", as_of=END)),
    "ages": (charts.ages, lambda frame: lifecycle.ages(frame, as_of=END)),
    "backlog": (charts.backlog, lambda frame: lifecycle.backlog(frame, looked_at(frame), as_of=END)),
    "waiting": (charts.waiting, lambda frame: lifecycle.waiting(frame, looked_at(frame), as_of=END)),
    "times": (charts.times, lambda frame: lifecycle.times(frame, looked_at(frame), as_of=END)),
    "times by version": (charts.times, lambda frame: lifecycle.times(frame, looked_at(frame), by="version", as_of=END)),
    "effects": (charts.effects, lambda frame: lifecycle.effects(frame, as_of=END)),
    "effect": (
        charts.effects,
        lambda frame: lifecycle.effect(frame, where=FeedbackFilter(type="Bug"), at=AT, as_of=END),
    ),
    "heat": (charts.by_hour, lambda frame: trends.by_hour(frame, as_of=END)),
    "terms": (charts.terms, lambda frame: themes.terms(frame, as_of=END)),
    "terms of a period": (charts.terms, lambda frame: themes.terms(frame, where=NEW, against=OLD)),
    "themes": (charts.check, lambda frame: themes.check(frame, THEMES)),
    "volume by theme": (
        charts.volume,
        lambda frame: trends.volume(themes.tag(frame, THEMES), by="theme", every="1mo", as_of=END),
    ),
    "theme and version": (
        charts.breakdown,
        lambda frame: trends.breakdown(themes.tag(frame, THEMES), by=("version", "theme"), top=5),
    ),
}
OF_RATINGS: dict[str, Made] = {
    "nps": (charts.nps, ratings.nps),
    "nps over time": (charts.nps, lambda frame: ratings.nps(frame, every="1mo", as_of=END)),
    "nps by path": (charts.nps, lambda frame: ratings.nps(frame, by="path")),
    "share over time": (charts.helpful, lambda frame: ratings.helpful(frame, every="1w", as_of=END)),
    "share by path": (charts.helpful, lambda frame: ratings.helpful(frame, by="path")),
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
    """Compile with the release nearest to JupyterLab's and with altair's own: the same marks and the same texts.

    Altair's own check takes longer than both: `test_the_demo_is_drawn` has it.
    """
    spec = json.loads(json.dumps(chart.to_dict(validate=False), allow_nan=False))
    svg, altairs = (vlc.vegalite_to_svg(spec, vl_version=version) for version in ("5.8", ALTAIRS_OWN))
    assert "NaN" not in svg
    assert structure(svg) == structure(altairs)
    return svg


def structure(svg: str) -> tuple[Counter[str], list[str]]:
    """How many shapes and texts each kind of group has, and what is written, in order."""
    root = ET.fromstring(svg)  # noqa: S314  # our own
    groups = [group for group in root.iter() if "class" in group.attrib]
    shapes = Counter({group.attrib["class"]: len(group) for group in groups})
    shapes.update(f"{group.attrib['class']}, in all" for group in groups)
    return shapes, [text.text for text in root.iter() if text.text and text.text.strip()]


def about(rows: pl.DataFrame) -> Provenance:
    return Provenance(
        resource="feedback",
        as_of=END,
        finished=END,
        served_from="api",
        requests=1,
        rows=rows.height,
        demo=True,
    )


def described(chart: alt.LayerChart) -> str:
    description: str = chart.to_dict(validate=False)["description"]
    return description


@every
def test_the_demo_is_drawn(
    chart: Chart, make: Callable[..., pl.DataFrame], rated: bool, feedback: pl.DataFrame, rated_rows: pl.DataFrame
) -> None:
    rows = rated_rows if rated else feedback
    made = chart(make(rows), title="What I asked", about=about(rows))
    spec = made.to_dict(validate=True)
    svg = drawn(made)
    marks = [node.attrib["aria-label"] for node in ET.fromstring(svg).iter() if node.get("role") == "graphics-symbol"]  # noqa: S314  # our own
    written = ("Title text", "Subtitle text", "X-axis", "Y-axis", "Symbol legend")
    spoken = [label for label in marks if not label.startswith(written)]
    assert spoken
    assert not [label for label in spoken if re.search(r"\b(row|low|high|start|place|band|left): ", label)], spoken[:3]
    assert "What I asked" in svg
    assert (
        f">Synthetic demo data. As of 2026-11-18 15:00 UTC. {rows.height:,} feedback items loaded (all items).<" in svg
    )
    assert svg.count("<path") > 5
    subtitle = " ".join(spec["title"]["subtitle"])
    assert subtitle in spec["description"]
    assert subtitle.endswith(".")


@every
def test_no_channel_is_bare_text_that_altair_takes_long_to_look_up(
    chart: Chart, make: Callable[..., pl.DataFrame], rated: bool, feedback: pl.DataFrame, rated_rows: pl.DataFrame
) -> None:
    rows = make(rated_rows if rated else feedback)
    looked_up: list[object] = []
    with pytest.MonkeyPatch.context() as patched:
        for channel in vars(alt.channels).values():
            if isinstance(channel, type) and issubclass(channel, alt.SchemaBase):
                patched.setattr(channel, "from_dict", classmethod(lambda _, text, **__: looked_up.append(text)))
        chart(rows)
        assert not looked_up
        alt.Chart(rows).encode(x2="end")
        assert looked_up == [{"shorthand": "end"}]


@every
def test_figures_that_are_no_numbers_are_refused(
    chart: Chart, make: Callable[..., pl.DataFrame], rated: bool, feedback: pl.DataFrame, rated_rows: pl.DataFrame
) -> None:
    frame = make(rated_rows if rated else feedback).with_columns(pl.selectors.numeric().cast(pl.String))
    with pytest.raises(sw.errors.ArgumentError, match=r"of String.*Pass what sw\."):
        chart(frame)


@every
def test_no_rows_are_said_to_be_none(
    chart: Chart, make: Callable[..., pl.DataFrame], rated: bool, feedback: pl.DataFrame, rated_rows: pl.DataFrame
) -> None:
    made = chart(make((rated_rows if rated else feedback).clear()))
    assert ">No " in drawn(made)
    assert "widen the dates" in described(made).lower()


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
    with pytest.raises(sw.errors.ArgumentError, match=r"has no columns? .*\. Pass what sw\."):
        chart(pl.DataFrame({"n": [1]}))
    with pytest.raises(sw.errors.ArgumentError, match=r"got list\. Pass what"):
        chart([1])


def test_what_moved_stands_first_and_the_rest_is_counted(feedback: pl.DataFrame) -> None:
    moved = trends.movers(feedback, as_of=END)
    made = charts.movers(moved)
    spec = made.to_dict()
    shown = _rows(spec, "said")
    assert len(shown) == 20
    assert [(row["name"], row["verdict"]) for row in shown if row["verdict"] == "up"] == [
        (f"Page {PLANTED.growing_path}", "up")
    ]
    assert shown[0]["verdict"] == "up"
    said = spec["title"]["subtitle"]
    when = "in the 28 days from 21 Oct 2026, compared with 161 of the 168 before"  # without a week of a burst
    assert said[0] == f"1 of {moved.height} values changed {when}."
    assert said[-1] == f"{moved.height - 20} more values not shown (weaker evidence)."


def test_ratios_without_end_stand_at_the_end_of_the_axis() -> None:
    days = [END - timedelta(days=day) for day in range(1, 57)]
    rows = pl.DataFrame({"created_at": days, "type": ["Bug"] * 28 + ["Praise"] * 28})
    spec = charts.movers(trends.change(rows, as_of=END)).to_dict()
    ends = {row["name"]: (row["middle"], row["times"], row["verdict"]) for row in _rows(spec, "said")}
    assert ends["Type Bug"][1:] == ("usually none", "up")
    assert ends["Type Praise"][1:] == ("0.0×", "down")  # noqa: RUF001  # as written
    assert ends["Type Bug"][0] == 1 / ends["Type Praise"][0]


def test_a_change_is_drawn_from_zero_with_its_ratio() -> None:
    days = [END - timedelta(days=day) for day in range(1, 57)]
    rows = pl.DataFrame({"created_at": [*days, *days[:28]], "type": ["Bug"] * 28 + ["Praise"] * 28 + ["Bug"] * 28})
    changed = trends.change(rows.vstack(rows), as_of=END)
    spec = charts.change(changed).to_dict()
    bug, praise = sorted(_rows(spec, "said"), key=itemgetter("name"))
    assert (bug["expected"], bug["after"], bug["verdict"]) == (0, 112, "up")
    assert bug["said"] == "usually none"
    assert (praise["low"], praise["high"], praise["said"][:4]) == (0, 56, "0.0×")  # noqa: RUF001  # as written
    assert all(layer["encoding"]["x"].get("scale", {"zero": True})["zero"] for layer in spec["layer"][:3])
    with pytest.raises(sw.errors.ArgumentError, match=r"from sw\.trends\.movers\. .* sw\.charts\.movers"):
        charts.change(trends.movers(rows, by=["type"], as_of=END))


def test_the_broken_release_is_marked_and_no_other(feedback: pl.DataFrame) -> None:
    made = charts.regressions(releases.regressions(feedback))
    none = charts.regressions(releases.regressions(feedback, type="Fehler"))
    assert "is a bug, or of the type asked for. Pass type= if bugs have another name." in described(none)
    spec = made.to_dict()
    rows = _rows(spec, "said")
    assert [row["name"] for row in rows if row["said"]] == [PLANTED.broken_release]
    assert len(rows) == 30
    assert f"Worse than earlier versions: {PLANTED.broken_release}." in spec["title"]["subtitle"][0]
    assert ">worse<" in drawn(made)


def test_intervals_of_shares_are_wilsons_of_the_counts_over_their_dispersion(feedback: pl.DataFrame) -> None:
    judged = releases.regressions(feedback)
    ours = {
        row["name"]: (row["low"], row["high"])
        for row in _rows(charts.regressions(judged).to_dict(validate=False), "said")
    }
    low, high = intervals.wilson(judged["count"] / judged["dispersion"], judged["n"] / judged["dispersion"])
    theirs = judged.with_columns(intervals.columns(low=low, high=high)).filter(pl.col("version").is_in(list(ours)))
    assert theirs.height == len(ours)
    for version, low, high in theirs.select("version", "low", "high").rows():
        assert ours[version] == pytest.approx((low, high))


def test_few_answers_are_faded_and_counted(rated_rows: pl.DataFrame) -> None:
    monthly = ratings.helpful(rated_rows, every="1mo", as_of=END)
    few = monthly.filter(pl.col("verdict") == "too few").height
    assert 0 < few < monthly.height
    assert f"Faded: {few} of {monthly.height} estimates" in described(charts.helpful(monthly))
    svg = drawn(charts.helpful(monthly))
    of_points, of_intervals = (
        re.findall(rf'class="mark-{mark} role-mark layer_\d+_marks".*?</g>', svg) for mark in ("symbol", "rule")
    )
    faded = [group.count('opacity="0.45"') for group in (*of_points, *of_intervals)]
    assert sorted(faded)[-2:] == [few, few]  # a point and an interval each


def test_a_title_is_text_and_where_it_comes_from_is_known(feedback: pl.DataFrame) -> None:
    weekly = trends.volume(feedback, as_of=END)
    with pytest.raises(sw.errors.ArgumentError, match="title must be a string, got int"):
        charts.volume(weekly, title=5)  # type: ignore[arg-type]
    with pytest.raises(sw.errors.ArgumentError, match=r"about must be a Provenance, got str\. Pass client\.last_load"):
        charts.volume(weekly, about="today")  # type: ignore[arg-type]


def test_a_chart_of_ratings_takes_periods_or_a_key(rated_rows: pl.DataFrame) -> None:
    both = ratings.nps(rated_rows, every="1q", by="path", as_of=END)
    with pytest.raises(sw.errors.ArgumentError, match="the frame has both"):
        charts.nps(both)
    with pytest.raises(sw.errors.ArgumentError, match="the frame has both"):
        charts.stars(ratings.stars(rated_rows, every="1q", by="path", as_of=END))


def test_stars_over_time_are_of_the_scale_with_most_responses(rated_rows: pl.DataFrame) -> None:
    quarters = ratings.stars(rated_rows, every="1q", as_of=END)
    scales = quarters.group_by("max_score").agg(pl.col("n").sum()).sort("n", descending=True)
    spec = charts.stars(quarters).to_dict()
    assert spec["title"]["text"] == f"Stars, of {scales['max_score'][0]:g}"
    others = int(scales["n"][1:].sum())
    assert any(f"{others:,} responses on other scales" in line for line in spec["title"]["subtitle"]) == (others > 0)


def test_stars_without_a_readable_score_or_scale_are_no_responses(rated_rows: pl.DataFrame) -> None:
    stars = rated_rows.filter(rating_type="star").with_columns(score=None, max_score=None).cast(rated_rows.schema)
    spec = charts.stars(ratings.stars(stars, every="1q", as_of=END)).to_dict()
    assert spec["title"]["subtitle"][0].startswith("No responses match.")


def test_stars_over_time_are_drawn_from_the_lowest_to_the_highest_rating(rated_rows: pl.DataFrame) -> None:
    quarters = ratings.stars(rated_rows, every="1q", as_of=END)
    assert not quarters["complete"].all()  # so that something is hatched
    scales = vlc.vegalite_to_vega(charts.stars(quarters).to_dict())["scales"]
    (y,) = [scale for scale in scales if scale["name"] == "y"]
    assert y["domain"] == [1, 5]
    assert not y["zero"]


def test_a_release_that_is_rated_lower_is_drawn_beside_the_others() -> None:
    scores = [5.0, 4.0, 5.0, 3.0] * 30 + [1.0, 5.0, 2.0, 3.0] * 15
    versions = ["1.8"] * 60 + ["1.9"] * 60 + ["1.10"] * 60
    moment = pl.lit(END - timedelta(days=70)) + pl.duration(hours=9 * pl.int_range(pl.len()))
    rows = pl.DataFrame({"version": versions, "score": scores}).with_columns(
        created_at=moment, rating_type=pl.lit("star"), max_score=5.0
    )
    made = charts.by_release(ratings.by_release(rows))
    assert {row["name"]: row["verdict"] for row in _rows(made.to_dict(validate=False), "said")} == {
        "1.9": "unclear",
        "1.10": "lower",
    }
    assert "Rated lower than earlier versions: 1.10" in described(made)
    assert made.to_dict()["title"]["text"] != charts.stars(ratings.stars(rows, by="version")).to_dict()["title"]["text"]
    nothing = charts.by_release(ratings.by_release(rows.head(72)))
    assert "a version needs 30 star ratings, and all earlier versions together as many." in described(nothing)
    assert "Closest is 1.9 with 12, and 60 before it, on a scale of 5 stars." in described(nothing)
    assert "Closest" not in described(charts.by_release(ratings.by_release(rows.clear())))


def test_releases_compared_by_several_measures_share_a_scale_and_say_each_figure_in_its_unit() -> None:
    scores = [5, 5, 5, 3] * 30 + [1, 5, 2, 3] * 15
    versions = ["1.8"] * 60 + ["1.9"] * 60 + ["1.10"] * 60
    moment = pl.lit(END - timedelta(days=70)) + pl.duration(hours=9 * pl.int_range(pl.len()))
    rows = pl.DataFrame({"version": versions, "score": scores}).with_columns(
        created_at=moment, max_score=5.0, helpful=pl.col("score") > 2,
        nps_category=pl.when(pl.col("score") == 5).then(pl.lit("promoter")).otherwise(pl.lit("detractor")),
    )  # fmt: skip
    table = ratings.by_release(
        pl.concat([rows.with_columns(rating_type=pl.lit(kind)) for kind in ("nps", "helpful", "star")])
    )
    made = charts.by_release(table)
    said = {row["name"]: row["said"] for row in _rows(made.to_dict(validate=False), "said")}
    assert said == {
        "1.9 (NPS)": "NPS +50 (0 points), n 60",
        "1.10 (NPS)": "NPS \N{MINUS SIGN}50 (\N{MINUS SIGN}100 points), n 60",
        "1.9 (helpful)": "100% said “helpful” (0 percentage points), n 60",
        "1.10 (helpful)": "50% said “helpful” (\N{MINUS SIGN}50 percentage points), n 60",
        "1.9 (stars)": "4.50 of 5 stars (0.00 stars), n 60",
        "1.10 (stars)": "2.75 of 5 stars (\N{MINUS SIGN}1.75 stars), n 60",
    }
    middle = {row["name"]: row["middle"] for row in _rows(made.to_dict(validate=False), "said")}
    assert [middle[f"1.10 ({name})"] for name in ("NPS", "helpful", "stars")] == pytest.approx([-50, -50, -43.75])
    assert "2 versions compared. Rated lower than earlier versions: 1.10 (NPS), 1.10 (helpful)" in described(made)
    assert "1.10: 50% said “helpful”, previously 100% (lower)." in described(made)
    for measure, unit, own in (
        ("nps", "points", -100),
        ("helpful", "percentage points", -50),
        ("stars", "stars", -1.75),
    ):
        drawn = charts.by_release(table.filter(measure=measure)).to_dict(validate=False)
        assert f"'Difference from earlier versions,', 'in {unit}'" in str(drawn)
        row = next(row for row in _rows(drawn, "said") if row["name"] == "1.10")
        assert row["middle"] == pytest.approx(own)
        assert "points" not in row["said"], "the axis says it"
    few = pl.concat(
        [table.filter(measure="nps"), table.filter(measure="stars").with_columns(verdict=pl.lit("too few"))]
    )
    assert "Too few star ratings to compare versions." in described(charts.by_release(few))


@pytest.mark.parametrize("verdict", dict.fromkeys([*changes._VERDICTS, *regressed._VERDICTS]), ids=lambda one: one.name)
@pytest.mark.parametrize("ground", ["#ffffff", "#111111"])
def test_every_mark_is_seen_on_a_light_and_on_a_dark_page(verdict: Verdict, ground: str) -> None:
    colour, opacity = verdict.drawn_in, FADED if verdict.faded else 1
    text = "#e0e0e0" if ground == "#111111" else "#212121"
    mark = [
        opacity * m + (1 - opacity) * g
        for m, g in zip(_rgb(text if colour == INK else colour), _rgb(ground), strict=True)
    ]
    lighter, darker = sorted([_luminance(mark), _luminance(_rgb(ground))], reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) > (2.5 if opacity < 1 else 3)


def test_a_ratio_over_time_hatches_and_names_what_is_not_whole(rated_rows: pl.DataFrame) -> None:
    monthly = ratings.helpful(rated_rows, every="1mo", as_of=END)
    svg = drawn(charts.helpful(monthly))
    assert monthly.filter(~pl.col("complete")).height == 2
    assert {">13 of 31 days<", ">17 of 30 days<"} <= set(re.findall(r">[\d]+ of \d+ days<", svg))
    whole = drawn(charts.helpful(monthly.filter("complete")))
    assert svg.count("<line") > whole.count("<line") + 50
    assert " days<" not in whole


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"submitted_by": [None] * 30}, "unsigned"),
        ({"submitted_by": ["ann"] * 30}, "one person"),
        ({"submitted_by": [f"user {number}" for number in range(30)]}, "several people"),
    ],
)
def test_a_spike_says_who_is_behind_it(rows: dict[str, list[str | None]], said: str) -> None:
    spike = pl.DataFrame(rows, schema={"submitted_by": pl.String}).with_columns(created_at=END - timedelta(days=30))
    calm = pl.DataFrame({"created_at": [END - timedelta(days=day) for day in range(60)]})
    frame = pl.concat([spike, calm], how="diagonal").with_row_index("id")
    made = charts.spikes(trends.spikes(frame, as_of=END))
    assert f"{said}." in described(made)
    assert "31, usually 1" in drawn(made)


def test_the_planted_spike_is_drawn_from_the_usual_to_the_count(feedback: pl.DataFrame) -> None:
    found = trends.spikes(feedback, as_of=END)
    made = charts.spikes(found)
    (row,) = _rows(made.to_dict(validate=False), "said")
    assert (row["low"], row["middle"]) == (found["expected"][0], found["count"][0])
    assert row["said"].endswith(", one wrote 91%)")
    assert made.to_dict(validate=False)["layer"][0]["encoding"]["x"]["scale"]["zero"]


def test_more_spikes_than_are_shown_are_counted() -> None:
    days = range(1, 32)
    found = pl.DataFrame(
        {
            "period": [END - timedelta(days=day) for day in days],
            "q": [day / 1000 for day in days],
            "log10_p": [day - 100.0 for day in days],
            "verdict": ["one person"] * 31,
        }
    ).with_columns(
        pl.lit(9).alias("count"),
        first=pl.col("period").dt.date(),
        last=pl.col("period").dt.date(),
        days=pl.lit(1),
        expected=pl.lit(1.5),
        p=pl.lit(0.0),
        submitters=pl.lit(1),
        unsigned=pl.lit(0),
        loudest_share=pl.lit(1.0),
        ids=pl.lit([], pl.List(pl.String)),
    )
    made = charts.spikes(found).to_dict()
    assert len(_rows(made, "said")) == 30
    assert made["title"]["subtitle"] == [
        "31 events have more items than the weekday and the trend explain: 31 by one person.",
        "1 more event not shown (weaker evidence).",
    ]


def test_bars_of_two_keys_stack_to_the_count_and_keep_their_colours(feedback: pl.DataFrame) -> None:
    frame = trends.breakdown(feedback, by=("source", "type"))
    spec = charts.breakdown(frame).to_dict()
    rows = pl.DataFrame(_rows(spec, "key"))
    assert (rows["high"] - rows["low"]).sum() == feedback.height
    tops = rows.group_by("name").agg(pl.col("high").max(), pl.col("count").sum())
    assert (tops["high"] == tops["count"]).all()
    scale = spec["layer"][0]["encoding"]["color"]["scale"]
    assert scale["range"][: len(TYPES)] == colours("type", TYPES)
    assert scale["domain"] == [*TYPES, "Idea"]


def test_the_rest_beyond_a_thousand_values_is_grey_and_never_called_the_most() -> None:
    rows = pl.DataFrame({"version": ["1.0.0", "1.0.0", *(f"2.{minor}" for minor in range(1_234))]})
    frame = trends.breakdown(rows.with_columns(created_at=END, type=pl.lit("Bug")), by=("type", "version"), top=1)
    spec = charts.breakdown(frame).to_dict()
    scale = spec["layer"][0]["encoding"]["color"]["scale"]
    assert scale == {"domain": ["1.0.0", "Other (1,234 values)"], "range": [PLAIN, GREYS[0]]}
    turned = trends.breakdown(rows.with_columns(created_at=END, type=pl.lit("Bug")), by=("version", "type"), top=1)
    assert "1,236 items, most with version 1.0.0 (<1%)." in described(charts.breakdown(turned))


def test_items_too_young_to_be_compared_and_items_without_a_version_are_told_as_such() -> None:
    moments = [END - timedelta(days=day) for day in range(6) for _ in range(3)]
    rows = pl.DataFrame(
        {"created_at": moments, "type": "Bug", "version": None}, schema_overrides={"version": pl.String}
    )
    young = charts.change(trends.change(rows, as_of=END)).to_dict(validate=False)["description"]
    assert "less than two weeks" in young
    assert "no items in" not in young.lower()
    assert (
        "18 items, none with a version."
        in charts.overview(releases.overview(rows)).to_dict(validate=False)["description"]
    )


def test_one_value_has_nothing_to_be_compared_with(feedback: pl.DataFrame) -> None:
    one = feedback.filter(pl.col("version") == "2.7.0").head(9)
    two_keys = trends.breakdown(one, by=("version", "type"))
    assert "9 items, all with version 2.7.0." in described(charts.breakdown(two_keys))
    assert "9 items, all about 2.7.0." in described(charts.overview(releases.overview(one)))
    assert "none with a path" in described(charts.by_path(trends.by_path(one.with_columns(path=pl.lit("")))))


def test_versions_stand_in_version_order_with_the_days_they_were_seen(feedback: pl.DataFrame) -> None:
    rows = _rows(charts.overview(releases.overview(feedback)).to_dict(validate=False), "dates")
    names = [row["name"] for row in rows]
    assert len(names) == 30
    assert names.index("1.9.0") < names.index("1.10.0") < names.index("2.0.0-beta.2") < names.index("2.0.0")
    assert names[-3:] == ["main", "(empty)", "(none)"]
    (last,) = (row for row in rows if row["name"] == "2.7.0")
    assert (last["dates"], last["said"]) == ("4 Oct 2026 to 18 Nov 2026", "127, 4 Oct 2026 to 18 Nov 2026")


def test_the_tree_of_paths_has_every_folder_above_what_it_shows(feedback: pl.DataFrame) -> None:
    made = charts.by_path(trends.by_path(feedback))
    rows = _rows(made.to_dict(validate=False), "whole")
    shown = {row["whole"] for row in rows}
    assert len(rows) == len(shown) == 30
    assert all(row["whole"].rpartition("/")[0] in shown for row in rows if row["depth"])
    assert all(row["count"] <= row["total"] for row in rows)
    svg = drawn(made)
    left = {
        name: float(re.findall(rf"translate\((-[\d.]+),[^>]*>{name}<", svg)[0]) for name in ("/admin", "/discounts")
    }
    assert left["/discounts"] == left["/admin"] + 12


def test_a_week_that_starts_on_sunday_is_drawn_so(feedback: pl.DataFrame) -> None:
    svg = drawn(charts.by_hour(trends.by_hour(feedback, week_start="sunday", as_of=END)))
    assert svg.index(">Sun<") < svg.index(">Mon<") < svg.index(">Sat<")


def _rows(spec: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """The rows of the one data set that has this field, in their order."""
    found: list[list[dict[str, Any]]] = [rows for rows in spec["datasets"].values() if rows and field in rows[0]]
    return max(found, key=len)


def _rgb(colour: str) -> list[float]:
    return [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]


def _luminance(rgb: list[float]) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_nothing_found_is_said_of_one_value_and_of_several() -> None:
    moments = [END - timedelta(hours=5 * number) for number in range(480)]
    rows = pl.DataFrame(
        {"created_at": moments, "type": ["Bug", "Praise"] * 240, "version": ["2.0", "2.0", "1.0"] * 160}
    )
    one, several = (described(charts.movers(trends.change(rows, by=by, as_of=END))) for by in (None, "type"))
    assert "No clear change in the 28 days from" in one
    assert "No clear change in any of 2 values in the 28 days from" in several
    sides = sw.FeedbackFilter(version="2.0"), sw.FeedbackFilter(version="1.0")
    stopped = trends.movers(
        rows.filter(pl.col("created_at") < END - timedelta(days=30)), by=("type", "version"), as_of=END
    )
    for frame, said in ((stopped, True), (trends.movers(rows, by=("type", "version"), as_of=END), False)):
        assert (
            "A value whose share of all items did not change is unclear, too." in described(charts.movers(frame))
        ) is said
    assert "No share clearly differs." in described(charts.compare(trends.compare(rows, *sides)))
    assert "1 of 2 versions compared; the other has none before it. None is clearly worse" in described(
        charts.regressions(releases.regressions(rows))
    )
