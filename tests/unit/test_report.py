"""What a report says: true for any rows and for none; and how its notebook is run and its file written."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, get_args

import altair as alt
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seggwat_nb as sw
from seggwat_nb import FeedbackFilter
from seggwat_nb.analysis import significance
from seggwat_nb.charts.display import VEGALITE_MIME
from seggwat_nb.errors import ArgumentError, FileError, LeakError, ReportError
from seggwat_nb.schema import HISTORY
from seggwat_nb.secret import Secret
from seggwat_nb.share.report import charts, data, findings, key_findings, markup, pdf, run, since, themes, tiles
from seggwat_nb.share.report.data import Period, ReportData, collect, of_dataset
from seggwat_nb.share.report.table import parse, static_table
from seggwat_nb.text import format_day, isolate
from tests.stub_client import AS_OF, PROJECT, StubClient, answer, found_in, item

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from seggwat_nb.client import Client


def told(collected: ReportData) -> Any:
    return key_findings.show(collected, found_in(collected))


PARTS = (
    findings.byline,
    told,
    tiles.tiles,
    findings.unusual_days,
    findings.items,
    findings.methods,
    themes.what_rose,
)
PICTURES = (charts.volume, charts.what_changed, charts.bugs_by_version, charts.nps, charts.open_by_age)


def gathered(items: list[dict[str, Any]] = [], answers: list[dict[str, Any]] = [], **options: Any) -> ReportData:  # noqa: B006  # only read
    return collect(StubClient(items=items, answers=answers), **options)  # type: ignore[arg-type]


def text(shown: Any) -> str:
    return str(shown._repr_mimebundle_()["text/plain"])


# -- words --

ODD = st.sampled_from(["", "Bug", "Idea", "</ul>", "\u2028", "a" * 300, None])


@settings(max_examples=8, deadline=None, derandomize=True)
@given(
    rows=st.lists(st.tuples(st.integers(0, 2000), ODD, ODD, ODD), max_size=12),
    scores=st.lists(st.tuples(st.integers(0, 2000), st.sampled_from(["promoter", "detractor", None])), max_size=4),
    period=st.sampled_from(get_args(Period)),
)
def test_any_rows_make_every_part(rows: list[Any], scores: list[Any], period: Period) -> None:
    items = [
        item(n, created_at=AS_OF - timedelta(hours=age), type=kind, status=status, version=version, message=version)
        for n, (age, kind, status, version) in enumerate(rows)
    ]
    answers = [
        answer(n, created_at=AS_OF - timedelta(hours=age), nps_category=category)
        for n, (age, category) in enumerate(scores)
    ]
    made = gathered(items, answers, period=period, time_zone="Asia/Kolkata")

    for part in PARTS:
        assert text(part(made))
    assert f"{len(items):,} item" in text(findings.methods(made))
    listed = findings.items(made).to_dict()
    assert len(listed["rows"]) == len(items)


def steady(days: int, a_day: int, **fields: Any) -> list[dict[str, Any]]:
    """So many items on each of the latest whole days."""
    start = AS_OF.replace(hour=0, minute=0)
    return [
        item(1000 * day + n, created_at=start - timedelta(days=day) + timedelta(hours=n % 24), **fields)
        for day in range(1, days + 1)
        for n in range(a_day)
    ]


def test_a_report_says_how_many_items_are_copies() -> None:
    rows = [one | {"message": f"The export of {n} has no totals"} for n, one in enumerate(steady(90, 1))]
    made = gathered([*rows, *(one | {"id": f"copy of {one['id']}"} for one in rows)])
    copies = "90 of 180 items repeat another one: same text, submitter, page and time. Perhaps an import ran twice."
    assert copies in text(told(made))
    assert "repeat another one" not in text(told(gathered(rows)))
    assert "Loaded completely: no gaps, and each item once" in text(findings.methods(made))


def test_a_report_of_a_project_that_is_a_few_days_old_compares_nothing_and_says_so() -> None:
    made = gathered(steady(5, 4))
    assert "against" not in text(findings.byline(made))
    assert "complete days of data, too few to find unusual days" in text(findings.unusual_days(made))
    assert "compared with" not in text(findings.methods(made)).replace("not compared with", "")
    old = gathered(steady(90, 4))
    assert "compared with the previous 28 days" in text(findings.byline(old))
    assert text(findings.unusual_days(old)).strip(" •-\n") == "No unusual days."
    assert "compared with" in text(findings.methods(old))
    assert re.search(r"Key figures cover \d+ (\w{3} )?to \d+ \w{3} \d{4}", text(findings.methods(old)))
    for said in (findings.byline(old), findings.methods(old)):  # there are two baselines, and each place names both
        assert "Key figures" in text(said)
        assert "with what is usual" in text(said)
        assert "up to 24 weeks before" in text(said)


def test_on_the_first_day_of_a_project_its_items_are_counted() -> None:
    hours = AS_OF.hour + 1
    first = gathered([item(n, created_at=AS_OF - timedelta(minutes=50 * n / hours)) for n in range(9)])
    assert "New items: 9 " in text(tiles.tiles(first))
    assert f"to {format_day(AS_OF)}, with data since {format_day(AS_OF)}" in text(findings.byline(first))
    second = gathered([item(n, created_at=AS_OF - timedelta(hours=hours + n)) for n in range(3)] + [item(0)])
    assert "New items: 3 " in text(tiles.tiles(second)), "the complete day alone"


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.__name__)
@pytest.mark.parametrize(
    "items",
    [
        [],
        [item(1)],
        [item(n, type="Idea", status="Snoozed", source="Fax", version="main", path=None) for n in range(60)],
        [item(n, type=None, status=None, version=None, path="", message=None, submitted_by=None) for n in range(200)],
    ],
    ids=["none", "one", "unknown", "null"],
)
def test_every_picture_is_drawn_whatever_the_rows(picture: Any, items: list[dict[str, Any]]) -> None:
    import vl_convert

    chart = picture(gathered(items))

    assert "<svg" in vl_convert.vegalite_to_svg(chart.to_dict() | {"width": 600}, vl_version="5.8")


def stars(*, lower: bool) -> list[dict[str, Any]]:
    """Two versions, a month of two ratings a day each; the newer one is rated lower, or not."""
    scores = {"1.0.0": (5.0, 4.0, 5.0, 3.0), "1.1.0": (1.0, 2.0, 5.0, 3.0) if lower else (5.0, 4.0, 5.0, 3.0)}
    return [
        answer(
            100 * place + n,
            rating_type="star",
            nps_category=None,
            version=version,
            score=own[n % 4],
            max_score=5.0,
            created_at=AS_OF - timedelta(days=30 * (1 - place), hours=12 * n + 1),
        )
        for place, (version, own) in enumerate(scores.items())
        for n in range(58)
    ]


def test_stars_are_ratings_over_time_and_by_release() -> None:
    rated = gathered([], stars(lower=True))
    assert charts.nps(rated) is None
    assert charts.helpful(rated) is None
    over_time, by_release = charts.stars(rated), charts.stars_by_release(rated)
    assert over_time is not None
    assert by_release is not None
    assert "116 responses" in over_time.to_dict()["description"]
    assert "Rated lower than earlier versions: 1.1.0" in by_release.to_dict()["description"]
    assert "Version 1.1.0 has 2.71 of 5 stars on average (from 58 ratings), earlier versions 4." in text(told(rated))
    assert re.search(r"Stars, of 5: 2\.\d\d.*\(previously 4\.2", text(tiles.tiles(rated)))
    assert "Version 1.1.0 has" not in text(told(gathered([], stars(lower=False))))
    assert charts.stars(gathered([item(1)])) is None
    assert charts.stars_by_release(gathered([item(1)])) is None


def test_ratings_are_drawn_by_the_period_of_the_report_unless_most_have_too_few() -> None:
    for every, period in ((1, "Oct 2026: 3.9"), (3, "Q4 2026: 3.4")):
        drawn = charts.stars(gathered([], stars(lower=True)[::every]))
        assert drawn is not None
        assert period in drawn.to_dict()["description"]


def test_a_tile_says_of_how_few_responses_the_average_before_is() -> None:
    now = [one for one in stars(lower=True) if one["version"] == "1.1.0"]
    before = [one for one in stars(lower=True) if one["version"] != "1.1.0"]
    few = gathered([], [*now, before[0], before[-1]])
    assert re.search(r"\(previously 3\.50 from 2 responses; not comparable\)", text(tiles.tiles(few)))


def test_a_report_on_nps_alone_names_the_release_at_which_it_fell() -> None:
    classes = {5.0: "promoter", 4.0: "passive"}
    asked = [
        row | {"rating_type": "nps", "nps_category": classes.get(row["score"], "detractor"), "max_score": 10.0}
        for row in stars(lower=True)
    ]
    data = gathered([], asked)
    drawn = charts.nps_by_release(data)
    assert drawn is not None
    assert "NPS by version, compared with earlier versions." in drawn.to_dict()["description"]
    assert "Rated lower than earlier versions: 1.1.0. 1.1.0: NPS" in drawn.to_dict()["description"]
    assert "Version 1.1.0 has an NPS of" in text(told(data))
    assert charts.helpful_by_release(data) is None
    assert charts.stars_by_release(data) is None


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (FeedbackFilter(theme=("Checkout",)), ", not filtered by theme"),
        (FeedbackFilter(type=("Bug",), text="pay"), ", not filtered by type and text"),
        (FeedbackFilter(version=("1.1.0",)), ""),
    ],
)
def test_figures_of_ratings_name_the_filters_that_do_not_apply_to_them(where: FeedbackFilter, said: str) -> None:
    rated = gathered([item(1)], stars(lower=True))
    shown = text(tiles.tiles(replace(rated, filter=where)))
    assert "responses, likely between" in shown
    assert said in shown
    assert ("not filtered" in shown) == bool(said)


def test_ratings_alone_have_versions_and_old_unusual_days_are_no_news() -> None:
    alone = gathered([], [answer(n, version="1.0") for n in range(40)])
    made = text(findings.methods(alone))
    assert "No sections on feedback: the project has none." in made
    assert "words" not in made
    assert "cancellation" not in made
    quiet = steady(500, 2)
    burst = [item(9000 + n, created_at=AS_OF - timedelta(days=470, minutes=n)) for n in range(90)]
    assert text(findings.unusual_days(gathered(quiet + burst))) == "No unusual days in the last year."
    newer = [one | {"created_at": one["created_at"] + timedelta(days=200)} for one in burst]
    assert "91 items, usually 2" in text(findings.unusual_days(gathered(quiet + newer))).replace("92", "91")
    assert text(findings.methods(gathered(quiet[:30]))).count("The table lists") == 0


def test_a_message_without_a_page_has_its_type_only() -> None:
    rows = pl.DataFrame({"type": ["Bug", "Bug", None], "path": ["/a", "", None]}, schema_overrides={"type": pl.String})
    assert rows.select(data.type_and_page()).to_series().to_list() == ["Bug, /a", "Bug", "(none)"]


def test_without_rows_nothing_is_claimed() -> None:
    assert text(told(gathered())) == "There are no items."
    none = gathered([item(1)], where=FeedbackFilter(type="Praise"))
    assert text(told(none)) == "No items match. Widen the dates or clear a filter."


def test_a_steady_project_has_nothing_notable() -> None:
    quiet = gathered([item(n, created_at=AS_OF - timedelta(hours=3 * n + 1)) for n in range(900)])
    said = text(told(quiet))
    assert "No findings in what could be checked." in said
    assert "Not checked: Growth of open items" in said
    quiet = replace(quiet, feedback=quiet.feedback.with_columns(status=pl.lit("Closed")))
    changes = [{"id": "none", "project_id": PROJECT, "earliest": AS_OF - timedelta(days=90), "latest": AS_OF}]
    watched = pl.DataFrame([dict.fromkeys(HISTORY) | one for one in changes], schema=HISTORY)
    assert text(told(replace(quiet, history=watched))) == "Nothing notable: no change beyond what chance explains."


def test_without_findings_the_sections_that_mark_a_change_are_named() -> None:
    collected, nothing = rising(), sw.findings(gathered().dataset)
    only_gaps = key_findings.Found(collected, nothing.filter(verdict="not checked"))
    said = text(key_findings.show(collected, only_gaps))
    assert said.startswith("No findings that are certain enough, given the number of checks. Some changes are marked: ")
    assert "see “What changed”." in said
    older = [one | {"version": "1.0", "type": "Praise" if n % 5 else "Bug"} for n, one in enumerate(steady(90, 8))]
    newer = [
        one | {"version": "2.0", "type": "Bug" if n % 5 else "Praise", "id": f"n{n}"}
        for n, one in enumerate(steady(14, 8))
    ]
    worse = gathered(older + newer)
    assert "“Bugs by version”" in text(key_findings.show(worse, key_findings.Found(worse, nothing)))


def rising() -> ReportData:
    """A page whose messages say nothing that others do not."""
    steady = [item(n, created_at=AS_OF - timedelta(hours=8 * n + 1), message="Hm") for n in range(400)]
    moments = [AS_OF - timedelta(hours=12 * n + 12) for n in range(40)]
    rise = [item(1000 + n, path="/ex<port>", message="Hm", created_at=moment) for n, moment in enumerate(moments)]
    return gathered(steady + rise)


def test_a_page_that_rises_is_told_with_its_figures_quotes_and_a_link() -> None:
    shown = told(rising())
    assert "Feedback about /ex<port> starts on 3 Nov 2026: 40 items since then, none in the 113 days before" in text(
        shown
    )
    assert "40 items · 40 submitters · all open, the oldest since 3 Nov 2026" in text(shown)
    assert '<a href="#finding=1">Show these items</a>' in shown.html
    assert "<blockquote>Hm<br>" in shown.html
    assert "&lt;port&gt;" in shown.html
    assert "Nothing notable" not in text(shown)


def test_findings_called_by_hand_say_what_the_report_says() -> None:
    """The report selects rows before they are masked, an analyst with a filter."""
    items, where = list(rising().feedback.drop("selected").iter_rows(named=True)), FeedbackFilter(type="Bug")
    sentences = found_in(gathered(items, where=where)).table["sentence"].to_list()
    assert sentences
    by_hand = sw.findings(StubClient(items=items).load(), where=where)
    assert by_hand.filter(pl.col("verdict") != "not checked")["sentence"].to_list() == sentences


def test_what_a_finding_links_to_is_in_the_charts_and_in_the_table() -> None:
    collected = rising()
    found = found_in(collected)
    (label,) = found.labels
    drawn = charts.volume(collected, found).to_dict()
    (rows,) = (rows for rows in drawn["datasets"].values() if "finding" in rows[0])
    assert sum(row["count"] for row in rows if row["finding"] == label) == 40
    assert sum(row["count"] for row in rows if row["finding"] is None) == 440
    table = findings.items(collected, found).to_dict()
    assert len(table["groups"]["chosen_finding"][label]) == 40
    totals = [dict(zip(table["totals"]["names"], row, strict=True)) for row in table["totals"]["rows"]]
    assert [(one["chosen_finding"], one["count"]) for one in totals] == [(None, 440), (label, 40)]


def test_dismissed_findings_are_left_out_and_counted_and_named_again_when_they_end(tmp_path: Path) -> None:
    items = list(rising().feedback.drop("selected").iter_rows(named=True))
    found = found_in(gathered(items)).table
    assert found.height == 1
    aside = sw.dismissed.dismiss(
        found, reason="we wait for <b>it</b>, see ann@example.com", until=date(2026, 12, 31), as_of=AS_OF
    )

    def written(name: str) -> str:
        client = StubClient(items=items)
        return run.report(client, tmp_path / name).read_text(encoding="utf-8")  # type: ignore[arg-type]

    quiet, page = written("report.md"), written("report.html")
    assert "1 finding is dismissed:" in quiet
    assert "1 finding is dismissed:" in page
    assert "- Feedback about /ex&lt;port&gt; starts" in quiet
    assert "(until 31 Dec 2026: we wait for &lt;b&gt;it&lt;/b&gt;" in quiet
    assert "ann@example" not in quiet + page
    assert "1. **" not in quiet
    aside.write_text(aside.read_text().replace("2026-12-31", AS_OF.date().isoformat()))
    again = written("again.md")
    assert "1. **Feedback about /ex&lt;port&gt; starts" in again
    assert f"and is back: ended {AS_OF.date()}." in again
    assert "dismissed:" not in again


def changed(id: str, old: str, new: str, earliest: datetime, latest: datetime) -> dict[str, Any]:  # noqa: A002  # the column's name
    row = {"id": id, "project_id": PROJECT, "field": "status", "old": old, "new": new}
    return row | {"earliest": earliest, "latest": latest}


def test_a_report_says_what_is_new_closed_reopened_and_back_since_an_earlier_one() -> None:
    before, after, now = (AS_OF - timedelta(days=days) for days in (9, 5, 1))
    said = ["The export fails at night", "Login is slow", "The cart is empty", "Where is the invoice?", "A reply"]
    rows = [
        item(n, message=said[n], status=status, created_at=AS_OF - timedelta(days=30 + n))
        for n, status in enumerate(["Resolved", "Active", "Closed", "New", "Resolved"])
    ]
    rows += [item(5, message="the export fails at night!", created_at=AS_OF - timedelta(hours=6), status="New")]
    rows += [item(6, message="Nice <b>", created_at=AS_OF - timedelta(hours=3), status="Closed", type="Praise")]
    ids = [row["id"] for row in rows]
    changes = [
        changed(ids[0], "New", "Resolved", after, now),  # resolved since
        changed(ids[1], "Closed", "Active", after, now),  # reopened since
        changed(ids[2], "Active", "Closed", before, after),  # closed around the moment of the report
        changed(ids[3], "New", "Resolved", after, after + timedelta(hours=1)),  # resolved and reopened: as it was
        changed(ids[3], "Resolved", "New", after + timedelta(hours=1), now),
        changed(ids[4], "New", "Resolved", before - timedelta(days=9), before),  # before the report
    ]
    made = gathered(rows)
    assert since.show(made) is None
    history = pl.DataFrame(changes, schema=HISTORY)
    moment = AS_OF - timedelta(days=6)
    made = replace(made, about=replace(made.about, org_id="org"))
    shown = since.show(replace(made, history=history, since_report=moment))
    assert shown is not None
    assert "<h2>Since 17 Nov 2026</h2>" in shown.html
    lines = text(shown).splitlines()
    assert "2 new items: 1 Bug and 1 Praise. Already resolved or closed: 1" in lines
    assert "2 earlier items resolved or closed" in lines
    assert "1 earlier item reopened" in lines
    assert "Reported again after it was closed: “The export fails at night” (1 new item, 1 closed before)" in lines
    assert "Uncertain: 1 status change may have happened before that." in text(shown)
    assert "unknown" not in text(shown)
    assert "Nice &lt;b&gt;" in shown.html
    assert f' · <a href="{made.about.item_url(ids[6])}">Open in SeggWat</a>' in shown.html
    short = since.show(replace(made, history=history.tail(1), since_report=AS_OF - timedelta(days=90)))
    assert "Status changes before 5 Nov 2026 are unknown." in text(short)
    alone = since.show(replace(made, since_report=moment))
    assert "No status change is known on this machine." in text(alone)
    assert "0 earlier items resolved or closed" in text(alone)


def test_a_page_says_of_which_moment_it_is_and_a_later_report_reads_it(tmp_path: Path) -> None:
    client: Any = StubClient(items=[item(n, created_at=AS_OF - timedelta(hours=n)) for n in range(9)])
    page = run.report(client, tmp_path / "first.html")
    head = page.read_text(encoding="utf-8").partition("<style>")[0]
    assert f'<meta name="seggwat-nb:as-of" content="{AS_OF.isoformat()}">' in head
    made = gathered([item(1)])
    later = replace(made, about=replace(made.about, as_of=AS_OF + timedelta(days=3)))
    for earlier in (page, str(page), AS_OF, AS_OF.isoformat()):
        assert since.moment_of_report(earlier, later) == AS_OF
    assert since.moment_of_report("2026-11-20", replace(later, time_zone="Asia/Tokyo")).hour == 15
    (other := tmp_path / "other.html").write_text("<title>x</title>")
    for wrong, problem in (
        (page, "must be before the data of this report, as of 23 Nov 2026, 09:00 UTC"),
        (other, "does not contain the date of its data"),
        ("soon", "since_report"),
        (datetime(2026, 1, 1), "no time zone"),  # noqa: DTZ001  # what is refused
    ):
        with pytest.raises(ArgumentError, match=problem):
            run.report(client, tmp_path / "second.html", since_report=wrong)
    with pytest.raises(FileError, match=r"none\.html"):
        run.report(client, tmp_path / "second.html", since_report=tmp_path / "none.html")
    second = run.report(client, tmp_path / "second.md", since_report=AS_OF - timedelta(hours=4, minutes=1))
    assert "## Since 23 Nov 2026" in second.read_text(encoding="utf-8")
    assert "5 new items: 5 Bug" in second.read_text(encoding="utf-8")


def test_a_report_of_the_past_says_so_and_how_much_is_uncertain() -> None:
    client = StubClient(items=[item(n) for n in range(4)])
    past = client.load()
    moment = AS_OF - timedelta(days=2)
    rows = past.feedback.with_columns(is_known=pl.Series([True, False, False, True]))
    said = text(findings.byline(of_dataset(replace(past, feedback=rows, as_of=moment))))
    assert "As known on 21 Nov 2026, 09:00 UTC; 2 statuses are uncertain (all items)." in said
    assert "As of 21 Nov 2026, 09:00 UTC (all items)" in text(findings.byline(of_dataset(replace(past, as_of=moment))))


def test_a_type_that_rises_with_a_page_is_drawn_as_part_of_it() -> None:
    steady = [item(n, created_at=AS_OF - timedelta(hours=8 * n + 1)) for n in range(400)]
    moments = [AS_OF - timedelta(hours=12 * n + 12) for n in range(40)]
    rise = [item(1000 + n, path="/export", type="Feature", created_at=moment) for n, moment in enumerate(moments)]

    drawn = charts.what_changed(gathered(steady + rise)).to_dict()["datasets"].values()

    rows = {row["name"]: row["verdict"] for rows in drawn for row in rows if row.get("for_type", "") is None}
    assert rows["Type: Feature (part of page /export)"] == "part"
    assert rows["Page: /export"] == "up"


def test_days_that_the_data_do_not_reach_are_not_compared() -> None:
    young = gathered([item(n) for n in range(30)])
    assert "no previous days to compare with" in text(tiles.tiles(young))
    assert "Not checked: Changes over time: the data covers 13 complete days" in text(told(young))


def test_a_young_project_says_since_when_its_data_are_and_how_many_days_are_compared() -> None:
    young, old = (gathered(steady(days, 4)) for days in (21, 90))
    assert f", with data since {format_day(young.windows[1].last - timedelta(days=20))}." in text(
        findings.byline(young)
    )
    assert "with data since" not in text(findings.byline(old)) + text(findings.methods(old))
    for collected, days in ((young, 7), (old, 28)):
        said = charts.what_changed(collected).to_dict()["description"]
        assert f"Items in the {days} days to" in said
        assert "only if the share of all items also changed" in said


def test_where_everybody_rates_and_nobody_writes_there_are_no_figures_of_items() -> None:
    rated = tiles.tiles(gathered([], [answer(n) for n in range(3)]))
    assert "New items" not in text(rated)
    assert text(rated)
    assert "New items: 0" in text(tiles.tiles(gathered()))


def test_a_table_has_a_caption_and_columns_that_head_their_cells() -> None:
    shown = findings.items(gathered([item(1)]))
    page = shown._repr_mimebundle_()["text/html"].partition('<div class="seggwat-cell">')[2]
    assert page.startswith('<table><caption>Newest items</caption><thead><tr><th scope="col"')
    table = shown.to_dict()
    assert parse(table) == table
    assert "caption" not in (parse(table | {"caption": ["<b>"]}) or {})
    assert "<caption>&lt;b&gt;" in static_table(table | {"caption": "<b>"})


def test_where_nobody_signs_nobody_is_counted() -> None:
    unsigned = gathered([item(n, submitted_by=None) for n in range(30)])
    assert "Unique submitters" not in text(tiles.tiles(unsigned))
    blank = gathered([item(n, submitted_by="") for n in range(30)])
    assert "Unique submitters" not in text(tiles.tiles(blank))
    some = gathered([item(n, submitted_by="ann" if n < 3 else None) for n in range(30)])
    assert "27 items unsigned" in text(tiles.tiles(some))
    once = [item(n, submitted_by=f"person-{n}" if n > 100 else None) for n in range(200)]  # nobody signs any more
    assert re.search(r"Unique submitters: Unknown \(\d\d items unsigned\)", text(tiles.tiles(gathered(once))))


def test_a_project_with_words_of_its_own_for_bugs_is_not_said_to_have_none() -> None:
    own = gathered([item(n, type=("Hata", "Öneri")[n % 2], version=f"1.{n // 60}.0") for n in range(180)])
    assert "Bugs" not in text(tiles.tiles(own))
    drawn = charts.bugs_by_version(own).to_dict()
    assert named(charts.bugs_by_version(own)) == {"Nothing to compare"}
    assert "has the type Bug. Select another type" in drawn["description"]
    assert None not in {row["note"] for rows in drawn["datasets"].values() for row in rows if "note" in row}
    shouted = gathered([item(n, type="BUG") for n in range(30)])
    assert re.search(r"Bugs: [1-9]", text(tiles.tiles(shouted)))
    were = gathered([item(n, created_at=AS_OF - timedelta(days=60 + n)) for n in range(30)])  # and now there are none
    assert "Bugs: 0" in text(tiles.tiles(were))


def named(chart: alt.LayerChart) -> set[str]:
    """What a chart draws, or says, if nothing is filtered."""
    drawn = chart.to_dict().get("datasets", {}).values()
    return {row["name"] for rows in drawn for row in rows if "for_type" in row and row["for_type"] is None}


def keys_of_changes(types: Sequence[str]) -> set[str]:
    items = [item(n, created_at=AS_OF - timedelta(hours=7 * n), type=types[n % len(types)]) for n in range(300)]
    return {name.partition(":")[0] for name in named(charts.what_changed(gathered(items)))}


def test_values_with_too_few_items_to_compare_take_no_room_from_others() -> None:
    pages = [f"/rare/{n}" if n % 20 == 0 else "/usual" for n in range(400)]
    items = [item(n, created_at=AS_OF - timedelta(hours=7 * n), path=page) for n, page in enumerate(pages)]
    shown = named(charts.what_changed(gathered(items)))
    assert "Page: /usual" in shown
    assert not {name for name in shown if "/rare/" in name}
    few = [item(n, created_at=AS_OF - timedelta(days=40 * n), path=f"/{n}", source=None) for n in range(3)]
    assert any(name.startswith("Page: /") for name in named(charts.what_changed(gathered(few))))


def test_of_many_versions_the_latest_are_drawn() -> None:
    items = [
        item(n, created_at=AS_OF - timedelta(hours=5 * n), version=f"{40 - n // 45}.0", type=("Bug", "Praise")[n % 2])
        for n in range(5, 900)
    ]
    assert named(charts.bugs_by_version(gathered(items))) == {f"{40 - n}.0" for n in range(12)}


def test_names_that_are_written_from_right_to_left_do_not_move_what_follows(tmp_path: Path) -> None:
    shop: Any = StubClient(items=[item(1)], name="متجر النور")
    shown = findings.byline(collect(shop))
    assert '<p class="byline"><bdi>متجر النور</bdi>: 26 Oct' in shown.html
    assert text(shown).startswith("متجر النور: 26 Oct")
    assert "<bdi>متجر النور</bdi>: 26 Oct" in sw.report(shop, tmp_path / "shop.html").read_text("utf-8")
    hebrew = markup.sentence('More people mention “צה"ל” and “טלפון” <b>: 85 items on /שער/2')
    assert hebrew == (
        "More people mention “<bdi>צה&quot;ל</bdi>” and “<bdi>טלפון</bdi>” &lt;b&gt;: 85 items on /<bdi>שער</bdi>/2"
    )
    assert (
        markup.sentence("Type בקשה (חדשה) rose (3 of שער)") == "Type <bdi>בקשה (חדשה)</bdi> rose (3 of <bdi>שער</bdi>)"
    )
    assert markup.sentence(f"In {isolate('חנות <2>')}: 3") == "In <bdi>חנות &lt;2&gt;</bdi>: 3"


def test_the_only_page_and_source_are_not_compared_unless_there_is_nothing_else() -> None:
    assert keys_of_changes(["Bug", "Praise"]) == {"Type"}
    assert keys_of_changes(["Bug"]) == {"Type", "Page", "Source"}


def test_bugs_that_do_not_cluster_have_an_interval_of_their_own() -> None:
    bugs = [item(n, created_at=AS_OF - timedelta(days=1 + n * 1.1), submitted_by=None) for n in range(150)]
    waves = [  # too many to be left out of what is usual
        item(500 + n, type="Praise", created_at=AS_OF - timedelta(days=5 + 12 * (n % 14)), submitted_by=None)
        for n in range(1400)
    ]
    collected = gathered([*bugs, *waves])
    one = collected.movers.filter(pl.col("key") == "type", pl.col("value") == "Bug")["dispersion"].item()
    whole = sw.trends.change(collected.feedback, by=None, as_of=AS_OF)["dispersion"].item()
    assert 10 * one < whole
    shown = re.search(r"Bugs: (\d+) \(.*?likely (\S+) to (\S+) \((\d+) in the previous", text(tiles.tiles(collected)))
    assert shown
    now, then = int(shown[1]), int(shown[4])
    ends = significance.rate_ratio(now, then, dispersion=one)
    told = [float(shown[at].strip("+%").replace("\N{MINUS SIGN}", "-").replace(",", "")) for at in (2, 3)]
    assert told == pytest.approx([100 * (ends.low - 1), 100 * (ends.high - 1)], abs=0.5)


def test_a_change_that_rounds_to_nothing_is_about_the_same() -> None:
    moments = [AS_OF - timedelta(days=1 + 55.9 * n / 801) for n in range(801)]
    shown = text(tiles.tiles(gathered([item(n, created_at=moment) for n, moment in enumerate(moments)])))
    assert "\N{MINUS SIGN}2%, likely \N{MINUS SIGN}" in shown
    assert "+0%" not in shown


def test_tiles_are_the_figures_of_the_windows_for_every_type_and_status() -> None:
    window = [item(n, created_at=datetime(2026, 11, 22, 23, 59, tzinfo=UTC), submitted_by="ann") for n in range(3)]
    before = [item(10 + n, type="Praise", created_at=datetime(2026, 10, 25, 23, 59, tzinfo=UTC)) for n in range(2)]
    long_ago = [item(90, created_at=datetime(2025, 1, 1, tzinfo=UTC), status="Closed")]
    today = [item(91, created_at=AS_OF - timedelta(minutes=1))]
    snoozed = [item(n, status="Snoozed", archived=n > 92, created_at=AS_OF) for n in (92, 93)]
    shown = tiles.tiles(gathered(window + before + long_ago + today + snoozed)).to_dict()["tiles"]
    said = {(tile["label"], *choice[:2]): choice[2:] for tile in shown for choice in tile["choices"]}
    value, note, periods, few = said["New items", None, None]
    assert note == "2 in the previous 28 days"
    assert (value, periods, few) == ("3", [0.0] * 6 + [2.0, 3.0], True)
    assert said["Bugs", None, None][:2] == ["3", "none in the previous 28 days"]
    assert said["Unique submitters", None, None][:2] == ["1", "2 in the previous 28 days"]
    assert said["Open now", None, None][:2] == ["6", "2 for 28 days or longer, 1 more of unknown status"]
    assert said["New items", "Praise", None][0] == "0"
    assert said["Open now", "Praise", "New"][:2] == ["2", "all for 28 days or longer"]
    assert said["Open now", "Bug", "Closed"][:2] == ["0", "no open items"]
    assert ("Bugs", "Praise", None) not in said


def test_days_are_those_of_the_zone() -> None:
    late = [
        item(1, created_at=datetime(2026, 10, 25, 20, tzinfo=UTC)),
        item(2, created_at=datetime(2025, 1, 1, tzinfo=UTC)),
    ]

    in_utc, in_india = (gathered(late, time_zone=zone).windows[1] for zone in ("UTC", "Asia/Kolkata"))

    assert in_utc == in_india
    assert "New items: 0" in text(tiles.tiles(gathered(late)))
    assert "New items: 1" in text(tiles.tiles(gathered(late, time_zone="Asia/Kolkata")))


def test_a_filter_selects_items_and_leaves_ratings_where_they_have_no_such_thing() -> None:
    items = [item(1), item(2, type="Praise"), item(3, created_at=AS_OF - timedelta(days=50))]
    where = FeedbackFilter(type="Bug", text="message", since=date(2026, 11, 1))

    made = gathered(items, [answer(1), answer(900)], where=where)

    assert made.items["id"].to_list() == ["item-1"]
    assert made.responses["id"].to_list() == ["answer-1"]
    assert "type Bug" in text(findings.methods(made))


def test_a_change_that_could_be_any_is_not_written_to_the_last_percent() -> None:
    spam = [item(9000 + n, created_at=AS_OF - timedelta(days=5), message="Buy", submitted_by="bot") for n in range(900)]
    shown = text(tiles.tiles(gathered(steady(200, 3) + spam)))
    assert re.search(r"New items: 984 \(\+1,071%, likely \S+ to more than \+1,000% \(84 in the previous", shown)


def test_a_change_of_which_nothing_is_known_may_be_noise() -> None:
    numbers = [8 + round(300 * 0.94 ** (100 - ago)) for ago in range(100)]
    decaying = [
        item(1000 * ago + n, created_at=AS_OF - timedelta(days=ago + 1, minutes=n % 600))
        for ago, number in enumerate(numbers)
        for n in range(number)
    ]
    shown = text(tiles.tiles(gathered(decaying)))
    assert re.search(r"New items: \d+ \(\N{MINUS SIGN}\d+%, may be noise \([\d,]+ in the previous 28 days\)\)", shown)


def test_a_page_that_is_missing_and_one_that_is_blank_have_names_of_their_own() -> None:
    paths = [None, "", "/a", "/b"]
    items = [row | {"path": paths[n % 4]} for n, row in enumerate(steady(100, 12))]
    rows = charts.change_rows(gathered(items))
    assert rows is not None
    shown = rows.filter(pl.col("for_type").is_null(), pl.col("for_status").is_null())
    assert sorted(shown["name"]) == ["Page: (empty)", "Page: (none)", "Page: /a", "Page: /b"]


def test_days_out_of_the_ordinary_come_with_their_messages() -> None:
    steady = [item(n, created_at=AS_OF - timedelta(hours=8 * n + 1)) for n in range(200)]
    day = datetime(2026, 11, 10, 12, tzinfo=UTC)
    burst = [item(500 + n, created_at=day, message=f"Server <broken> {n}", submitted_by="ann") for n in range(30)]

    shown = findings.unusual_days(gathered(steady + burst))

    assert "Tue 10 Nov 2026: 33 items, usually 3, one person\n" in text(shown)
    assert "Server &lt;broken&gt;" in shown.html
    assert "Message" not in shown.html  # of the three others on that day, one of which came first


def test_long_texts_are_cut_so_that_no_file_grows_with_them() -> None:
    row = findings.items(gathered([item(1, message="x" * 50_000, path="/" * 9_000)])).to_dict()["rows"][0]

    assert max(len(value) for value in row if value) == 1_000


# -- the data --


def test_data_is_handed_over_whole_but_for_records_that_could_not_be_read(tmp_path: Path) -> None:
    made = gathered([item(n) for n in range(5)], [answer(1)], where=FeedbackFilter(type="Bug"), period="1w")
    strange = replace(made, about=replace(made.about, set_aside=('{"message": "no id"}',)))

    strange.save(tmp_path)
    back = ReportData.load(tmp_path)

    assert back.feedback.equals(made.feedback)
    assert back.ratings.equals(made.ratings)
    assert (back.filter, back.period, back.time_zone, back.name) == (made.filter, "1w", "UTC", "Shop")
    assert back.about == replace(made.about, set_aside=("",))
    assert "1 record could not be read" in text(findings.methods(back))


def test_a_dataset_is_reported_under_its_projects_name_and_an_offline_one_asks_for_nothing() -> None:
    data = StubClient(items=[item(1)], name="Corner shop").load()
    assert of_dataset(data).name == "Corner shop"
    about = data.provenance("feedback")
    assert about is not None
    kept = replace(data, sources={**data.sources, "feedback": replace(about, served_from="snapshot")}, client=None)
    assert of_dataset(kept).name == PROJECT


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"period": "1m"}, "Did you mean '1mo'"), ({"time_zone": "Mars"}, "not an IANA time zone")],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_loaded(options: dict[str, Any], reason: str) -> None:
    class Untouched:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"{name} was asked for")

    with pytest.raises(ArgumentError, match=reason):
        collect(Untouched(), **options)  # type: ignore[arg-type]


# -- the file --


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Client:
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name.lower()))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    return StubClient(items=[item(n) for n in range(40)], answers=[answer(n) for n in range(3)])  # type: ignore[return-value]


def test_the_same_rows_are_the_same_bytes_here_and_in_a_kernel(client: Client, tmp_path: Path) -> None:
    copied = shutil.copy(run.check_notebook(None), tmp_path / "copied.ipynb")
    first, second = (
        run.report(client, tmp_path / name, notebook=own) for name, own in (("a.html", None), ("b.html", copied))
    )

    assert first.read_bytes() == second.read_bytes()
    page = first.read_text()
    assert page.count('<noscript><img alt="') == page.count('<figure class="chart">') > 3
    assert alt.renderers.active != "mimetype"


@pytest.mark.parametrize(
    ("items", "answers", "shown", "lacks"),
    [
        ([], [answer(n) for n in range(40)], {"Satisfaction"}, "feedback"),
        (
            [item(n, version=None) for n in range(40)],
            [],
            {"Volume by type", "What changed", "Items"},
            "versions and ratings",
        ),
        ([item(n) for n in range(40)], [], {"Bugs by version", "Open items"}, "ratings"),
    ],
)
def test_sections_on_what_a_project_has_none_of_are_left_out(
    items: list[Any], answers: list[Any], shown: set[str], lacks: str, tmp_path: Path
) -> None:
    client: Any = StubClient(items=items, answers=answers)
    text = run.report(client, tmp_path / "report.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"(?m)^## (.+)$", text))
    assert shown | {"Findings", "Key figures", "How these figures were made"} <= headings
    assert ("Satisfaction" in headings, "Items" in headings) == (bool(answers), bool(items))
    assert ("Bugs by version" in headings) == (bool(items) and "versions" not in lacks)
    assert f"- No sections on {lacks}: the project has none.\n" in text
    assert "No ratings" not in text
    assert "No items" not in text


def test_without_findings_words_and_topics_that_rose_are_pointed_to() -> None:
    made = gathered(steady(60, 4))
    rose = pl.DataFrame({"submitters": [4, 14]})

    def told(rising: pl.DataFrame) -> str:
        vars(made)["rising"] = rising
        return text(key_findings.show(made, found_in(replace(made))))

    assert "Some changes are marked: see “What people write about”." in told(rose)
    for none in (rose.head(1), rose.clear()):
        assert "What people write about" not in told(none)
        assert "No findings in what could be checked." in told(none)


def test_markdown_has_the_findings_the_figures_and_the_first_rows(tmp_path: Path) -> None:
    attack = "*a* <!channel> @all [x](https://evil.example) | `b` #1 \n# c"
    rows = [item(n, message=attack, path="/a|b", submitted_by=None) for n in range(30)]
    text = run.report(StubClient(items=rows), tmp_path / "report.md", masked=False).read_text()  # type: ignore[arg-type]
    assert text.startswith("# Feedback report\n\nShop: 26 Oct to 22 Nov 2026")
    assert "\n## Findings\n\n- No findings in what could be checked.\n\nNot checked: Changes over time" in text
    assert "\n- **New items: 29.** No previous days to compare with.\n" in text
    assert re.search(r"\n- Nov 2026, \d+ of 30 days: \d+ items \(Bug \d+", text)
    assert re.search(r"\n- under a week: \d+ items? \(", text)
    assert "Hover over" not in text
    assert "Right of the line" not in text
    assert "Show these items" not in text
    assert "filters" not in text.partition("\n## Key figures\n")[2]
    lines = [line for line in text.splitlines() if line.startswith("| 2026-")]
    assert len(lines) == 25
    assert "The first 25 of 30 rows." in text
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 7 for line in lines)
    for live in ("<!channel>", "@all", "[x](", "://", "*a*", "`b`", "\n# c"):
        assert live not in text


def own_notebook(folder: Path, *sources: str) -> Path:
    path = folder / "own {1}.ipynb"  # a name that a format string would stumble over
    cell: dict[str, Any] = {"cell_type": "code", "outputs": [], "execution_count": None, "metadata": {}}
    parameters = {**cell, "id": "one", "metadata": {"tags": ["parameters"]}, "source": "period = None"}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [parameters, *({**cell, "id": f"cell-{n}", "source": source} for n, source in enumerate(sources))]
    book = {"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": kernel}
    path.write_text(json.dumps(book))
    return path


LOADING = """
import seggwat_nb as sw
data = sw.load()
who = data.feedback["submitted_by"].drop_nulls()
print(data.describe(), data.provenance().unknown)
print(data, data.time_zone, set(data.feedback["type"]), who.str.contains("^user-[0-9a-f]{10}$").all())
"""

OWN = (
    "import os\nfrom seggwat_nb.share.report import charts, data, findings\ncollected = data.for_notebook()",
    "print(period, collected.feedback.height, collected.items.height, f\"key {os.environ['SEGGWAT_API_KEY']!r}\")",
    "print(*charts.volume(collected)._repr_mimebundle_()[0])",
    "findings.items(collected)",
    "findings.methods(collected)",
    LOADING,
)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Run a notebook of one's own on one person's bugs, into a page and into a notebook: their texts by suffix."""
    folder = tmp_path_factory.mktemp("own")
    items = [item(n, type="Bug" if n % 2 else "Praise", submitted_by=f"person-{n % 8}") for n in range(40)]
    where = FeedbackFilter(type="Bug", submitted_by="person-1", text="a")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "DATA", "RUNTIME"):
            patch.setenv(f"JUPYTER_{name}_DIR", str(folder / name.lower()))
        for name in ("CACHE", "DATA"):
            patch.setenv(f"SEGGWAT_NB_{name}_DIR", str(folder / f"seggwat-{name.lower()}"))
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("SEGGWAT_API_KEY", "oat_never-in-a-kernel")
        patch.chdir(folder)
        paths = [
            run.report(
                StubClient(items=items, answers=[answer(1)]),  # type: ignore[arg-type]
                folder / f"shared{suffix}",
                notebook=own_notebook(folder, *OWN),
                period="1w",
                time_zone="Asia/Tokyo",
                where=where,
            )
            for suffix in (".html", ".ipynb")
        ]
    return {path.suffix: path.read_text() for path in paths} | {"folder": str(folder)}


def test_a_notebook_is_kept_with_its_outputs_and_without_traces(own: dict[str, str]) -> None:
    content = own[".ipynb"]
    book = json.loads(content)
    assert [cell["id"] for cell in book["cells"]] == [f"report-{place:02d}" for place in range(len(book["cells"]))]
    assert own["folder"] not in content
    assert "papermill" not in json.dumps(book["metadata"])
    injected = next("".join(cell["source"]) for cell in book["cells"] if "injected-parameters" in str(cell["metadata"]))
    assert 'period = "1w"' in injected
    assert '"type": ["Bug"]' in injected


def test_a_notebook_of_ones_own_gets_parameters_and_rows_and_no_token(own: dict[str, str]) -> None:
    assert "1w 40 5 key &#x27;&#x27;" in own[".html"]


def test_charts_have_images_in_a_notebook_and_cost_none_in_a_page(own: dict[str, str]) -> None:
    for suffix in (".html", ".ipynb"):
        assert f"{VEGALITE_MIME} text/plain" in own[suffix]
        assert (f"{VEGALITE_MIME} text/plain image/png" in own[suffix]) == (suffix == ".ipynb")


def test_a_notebook_that_loads_is_given_the_rows_that_are_reported_on_masked(own: dict[str, str]) -> None:
    outputs = [output for cell in json.loads(own[".ipynb"])["cells"] for output in cell.get("outputs", [])]
    told = "".join(line for output in outputs for line in output.get("text", []))
    assert "Dataset(5 items" in told
    assert "Asia/Tokyo {'Bug'} True" in told


def test_what_is_personal_is_masked_before_the_notebook_sees_it(own: dict[str, str]) -> None:
    assert re.search(r"user-[0-9a-f]{10}", own[".html"])
    assert "person-" not in own[".html"] + own[".ipynb"]


def test_a_filter_by_a_person_is_told_by_the_alias(own: dict[str, str]) -> None:
    for suffix in (".html", ".ipynb"):
        assert re.search(r"Selected: [^<]*submitter user-[0-9a-f]{10}", own[suffix])


@pytest.mark.usefixtures("shown")
def test_the_kernel_of_a_report_talks_encrypted_and_an_address_of_the_authors_own_is_told(
    client: Client, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run.report(client, tmp_path / "own.html", notebook=own_notebook(tmp_path, "print('Ask team@example.org')"))
    told = capfd.readouterr().err
    assert "WARNING" not in told
    assert "contains 1 e-mail address from the notebook's own text" in told
    assert told.splitlines()[-1].startswith("Masked: ")


def test_what_is_not_to_be_masked_is_not(client: Client, tmp_path: Path) -> None:
    assert "person-" in run.report(client, tmp_path / "report.md", masked=False).read_text()


def test_a_notebook_that_connects_by_itself_is_told_to_load(client: Client, tmp_path: Path) -> None:
    own = own_notebook(tmp_path, "import seggwat_nb as sw\nsw.connect()")
    with pytest.raises(ReportError, match=r"Use seggwat_nb\.load\(\) in place of connect\(\)\.$"):
        run.report(client, tmp_path / "own.html", notebook=own)


def test_a_notebook_that_fails_says_where_and_leaves_the_old_file(client: Client, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("the old one")

    with pytest.raises(ReportError, match=r"stopped in cell 3 with ZeroDivisionError"):
        run.report(client, target, notebook=own_notebook(tmp_path, "1 / 0"))

    assert target.read_text() == "the old one"
    assert sorted(path.name for path in tmp_path.glob(".report*")) == []


def test_a_secret_in_use_stops_the_report_and_the_old_file_stays(client: Client, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("the old one")
    client.settings.token = Secret("oat_" + "s" * 43)  # type: ignore[misc]  # the stub's settings are not frozen
    first, last = client.settings.token.reveal()[:20], client.settings.token.reveal()[20:]
    # Printed in two pieces, which a kernel sends apart.
    own = own_notebook(tmp_path, f"print({first!r}, end='', flush=True)\nprint({last!r})")
    with pytest.raises(LeakError, match=r"report\.html"):
        run.report(client, target, notebook=own)
    assert target.read_text() == "the old one"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("report.docx", r"\.html, \.pdf, \.ipynb or \.md"), ("nowhere/report.html", "does not exist")],
)
def test_a_file_that_cannot_be_is_refused_before_anything_is_loaded(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(ArgumentError, match=reason):
        run.report(object(), tmp_path / name)  # type: ignore[arg-type]


def test_without_a_browser_a_pdf_is_refused_before_anything_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with pytest.raises(ReportError, match="Install one, or use --format html"):
        run.report(object(), tmp_path / "report.pdf")  # type: ignore[arg-type]


def test_a_browser_that_does_not_print_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ReportError, match="exited with status 3 and wrote no PDF"):
        pdf.print_page(b"<!DOCTYPE html>")


def test_by_hand_the_notebook_takes_the_rows_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    import seggwat_nb.connection

    monkeypatch.setattr(seggwat_nb.connection, "connect", lambda: StubClient(items=[item(1), item(2, type="Praise")]))

    made = data.for_notebook(filter=FeedbackFilter(type="Praise").to_dict())

    assert made.items["id"].to_list() == ["item-2"]
