"""The page of counts: whatever is ticked, its cells add up to what polars counts, and nothing else is in it."""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb import FeedbackFilter
from seggwat_nb.analysis.versions import merge_spellings
from seggwat_nb.charts.theme import GREYS
from seggwat_nb.errors import ArgumentError
from seggwat_nb.panels.explorer import Explorer
from seggwat_nb.schema import FEEDBACK, VOCABULARIES
from seggwat_nb.share.pages import explorer as module
from seggwat_nb.share.pages import page
from seggwat_nb.share.pages.explorer import cube, write
from seggwat_nb.share.privacy import SMALLEST_GROUP
from tests.stub_client import AS_OF, StubClient, answer, item
from tests.unit.test_page import HOSTILE, Elements, store

if TYPE_CHECKING:
    from pathlib import Path

    from seggwat_nb.share.pages.explorer import Cube

COLUMNS = ("type", "status", "source", "version")
VERSIONS = ("1.9.0", "v1.10", "1.10.0", "main", "", None)


@pytest.fixture(autouse=True)
def _without_vega(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the bundle, which takes seconds to put together; the tests in a browser have it."""
    monkeypatch.setattr(page, "bundle_script", lambda _, script: script)


def feedback(**columns: list[Any]) -> pl.DataFrame:
    height = len(next(iter(columns.values())))
    rows = [item(n, **{name: values[n] for name, values in columns.items()}) for n in range(height)]
    return pl.DataFrame(rows, schema=FEEDBACK)


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    chance = random.Random(draw(st.integers(0, 10**6)))
    height = draw(st.integers(0, 60))

    def some(*values: str | None) -> list[Any]:
        return [chance.choice(values) for _ in range(height)]

    rows = {
        "type": some("Bug", "Feature", "Idea", None),
        "status": some("New", "Closed", None),
        "source": some("Widget", "Fax", "Pigeon"),
        "version": some(*VERSIONS, *(f"build-{chance.randrange(9)}" for _ in range(4))),
        "created_at": [AS_OF - timedelta(hours=chance.randrange(3_000)) for _ in range(height)],
    }
    return pl.DataFrame(rows, schema={name: FEEDBACK[name] for name in rows})


def as_shown(counts: Cube, frame: pl.DataFrame, column: str, value: str | None) -> str:
    """Say under which name a row is counted."""
    named = dict(zip(frame[column], merge_spellings(frame)[column], strict=True))
    spelt = named[value]
    name = {None: "(none)", "": "(none)"}.get(spelt, str(spelt))
    if name in counts.values[column]:
        return name
    (rest,) = (one for one in counts.values[column] if one.startswith("Rare ("))
    return rest


@settings(max_examples=12, deadline=None, derandomize=True, database=None)
@given(frames(), st.data())
def test_cells_add_up_to_what_polars_counts_whatever_is_ticked(frame: pl.DataFrame, data: st.DataObject) -> None:
    counts = cube(frame, as_of=AS_OF)
    weeks = pl.from_epoch(counts.periods["start"], time_unit="ms").dt.date().to_list()
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, max(0, len(weeks) - 1))] * 2)))
    cells = counts.cells.filter(pl.col("period").is_between(first, last))
    rows = frame.filter(pl.col("created_at").dt.truncate("1w").dt.date().is_in(weeks[first : last + 1]))
    for column, values in counts.values.items():
        ticked = data.draw(st.sets(st.sampled_from(values)) if values else st.just(set()))
        if ticked:
            cells = cells.filter(pl.col(column).is_in([values.index(value) for value in ticked]))
            meant = [value for value in frame[column].unique() if as_shown(counts, frame, column, value) in ticked]
            rows = rows.filter(pl.col(column).is_in(meant, nulls_equal=True))

    assert cells["count"].sum() == rows.height
    assert counts.cells["count"].sum() == frame.height
    assert counts.cells.select("period", *counts.values).is_duplicated().sum() == 0


@settings(max_examples=10, deadline=None, derandomize=True, database=None)
@given(frames())
def test_a_value_that_few_wrote_and_no_vocabulary_knows_is_not_named(frame: pl.DataFrame) -> None:
    counts = cube(frame)

    for column, values in counts.values.items():
        sizes = dict(merge_spellings(frame)[column].drop_nulls().value_counts().iter_rows())
        named = [value for value in values if value in sizes and value not in VOCABULARIES.get(column, ())]
        assert all(sizes[value] >= SMALLEST_GROUP for value in named)


def many(height: int = 4_000) -> pl.DataFrame:
    chance = random.Random(5)
    rows = {
        **{name: chance.choices(VOCABULARIES[name], k=height) for name in ("type", "status", "source")},
        "version": [f"{chance.randrange(3)}.{chance.randrange(30)}.0" for _ in range(height)],
        "created_at": [AS_OF - timedelta(days=chance.randrange(700)) for _ in range(height)],
    }
    return pl.DataFrame(rows, schema={name: FEEDBACK[name] for name in rows})


@pytest.mark.parametrize(
    ("most_cells", "length", "left_out"),
    [
        (50_000, "week", ()),
        (3_900, "month", ()),
        (3_000, "month", ("version",)),
        (900, "month", ("source", "version")),
        (200, "month", ("status", "source", "version")),
        (10, "year", COLUMNS),
    ],
)
def test_no_more_cells_than_are_allowed_and_what_tells_least_goes_first(
    most_cells: int, length: str, left_out: tuple[str, ...]
) -> None:
    frame = many()

    counts = cube(frame, as_of=AS_OF, most_cells=most_cells)

    assert counts.cells.height <= most_cells
    assert (counts.length, counts.left_out) == (length, left_out)
    assert counts.cells["count"].sum() == frame.height


def test_only_the_most_frequent_versions_are_shown() -> None:
    counts = cube(many())

    rest = [value for value in counts.values["version"] if value.startswith("Rare (")]
    assert len(counts.values["version"]) == 41
    assert rest == ["Rare (50 values)"]
    assert counts.merged == {"version": 50}


def test_releases_come_before_versions_named_after_a_date_as_in_the_panel() -> None:
    counts = cube(feedback(version=["2.4.0", "2026.05", "2.10.0", "main"] * 6))
    assert counts.values["version"] == ["2.10.0", "2.4.0", "2026.05", "main"]


def test_values_stand_in_reading_order_in_the_colours_of_every_chart() -> None:
    versions = ["1.9.0"] * 5 + ["1.10.0"] * 6 + ["main"] * 7 + [None] + ["rare", "odd"] * 3
    kinds = ["Praise", "Bug", "Idea", None, "Idea"] * 5

    counts = cube(feedback(version=versions, type=kinds))

    assert counts.values["version"] == ["1.10.0", "1.9.0", "main", "Rare (2 values)", "(none)"]
    assert counts.values["type"] == ["Bug", "Praise", "Idea", "(none)"]
    assert counts.colours["type"][:2] == ["#D55E00", "#009E73"]
    assert len(set(counts.colours["version"])) == 5
    assert set(counts.colours["version"][-2:]) < set(GREYS)  # what is no version is grey


def test_periods_are_of_the_filters_time_zone_and_say_what_is_known() -> None:
    midnight = datetime(2026, 11, 15, 23, 30, tzinfo=UTC)  # Monday in Berlin, Sunday in UTC
    frame = feedback(created_at=[midnight, AS_OF])

    counts = cube(frame, where=FeedbackFilter(time_zone="Europe/Berlin"), as_of=AS_OF)

    assert counts.periods["name"].to_list() == ["16 Nov 2026", "23 Nov 2026"]
    assert counts.periods["known"].to_list() == ["complete", "<1 of 7 days"]
    assert cube(frame).periods["name"].to_list() == ["9 Nov 2026", "23 Nov 2026"]


def written(tmp_path: Path, frame: pl.DataFrame, **options: Any) -> str:
    return write(frame, tmp_path / "page.html", **options).read_text(encoding="utf-8")


def test_the_page_says_what_it_is_and_names_the_filters_it_cannot_have(tmp_path: Path) -> None:
    client = StubClient(items=[item(n, type="Bug" if n % 2 else "Praise") for n in range(20)])
    frame = client.feedback()

    said = written(tmp_path, frame, where=FeedbackFilter(type="Bug"), about=client.last_load)

    assert "As of 23 Nov 2026, 09:00 UTC. Includes 10 of 20 items: type Bug." in said
    assert (
        "on this page: message search, paths, submitters, projects, archived, dates finer than a week, and the items"
        in said
    )
    assert "demo data" not in said
    few = written(tmp_path, frame.select("created_at", "type"))
    assert "Not available on this page: dates finer than a week, and the items themselves." in few


def test_a_part_of_the_list_and_demo_data_are_told_as_such(tmp_path: Path) -> None:
    client = StubClient(items=[item(n) for n in range(6)])
    frame = client.feedback()
    assert client.last_load is not None
    about = replace(client.last_load, demo=True, selection="status New, selected by the server")

    said = written(tmp_path, frame, about=about)

    assert "Includes 6 of 6 items: all items, loaded: status New, selected by the server." in said
    assert "Synthetic demo data" in said


@pytest.mark.parametrize("moment", ["0001-01-01", "1969-12-31", "9999-12-31"])
def test_a_clock_that_is_far_off_breaks_nothing(tmp_path: Path, moment: str) -> None:
    far = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    held = store(written(tmp_path, feedback(created_at=[far, AS_OF])))

    assert sum(held["cells"]["count"]) == 2
    assert len(held["periods"]["start"]) == 2


def test_no_item_is_in_the_page(tmp_path: Path) -> None:
    said = written(tmp_path, feedback(message=[f"a secret {n}" for n in range(30)]))

    assert not [text for text in ("secret", "item-", "person-", "/checkout", "shop-1") if text in said]


def test_what_is_personal_in_values_and_in_the_filter_is_hidden(tmp_path: Path) -> None:
    frame = feedback(version=["from jo@example.org"] * 9, message=["call jo@example.org"] * 9)
    where = FeedbackFilter(text="jo@example.org", submitted_by=["person-1", "person-2"])

    said = written(tmp_path, frame, where=where)

    assert "of 2 submitters, text &quot;[e-mail]&quot;." in said
    assert store(said)["columns"][-1]["values"] == ["Rare (1 value)"]
    assert "from [e-mail]" in written(tmp_path, frame)
    assert "person-" not in said


def test_a_submitter_in_another_column_is_no_reason_to_write_nothing(tmp_path: Path) -> None:
    said = written(tmp_path, feedback(submitted_by=["person-1184"] * 9, version=["person-1184"] * 9))
    assert "person-1184" not in said
    assert "[submitter]" in said


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    texts = [text for text in HOSTILE for _ in range(6)]

    said = written(tmp_path, feedback(type=texts, status=texts, source=texts, version=texts))
    elements = Elements(said)

    assert [tag for tag, _ in elements.texts] == ["style", "script", "script"]
    assert not {tag for tag, _ in elements.tags} & {"svg", "img", "iframe", "object", "embed", "link", "base", "form"}
    assert not [name for _, attributes in elements.tags for name in attributes if name.startswith("on")]
    held = {value for column in store(said)["columns"] for value in column["values"]}
    assert {HOSTILE[0], HOSTILE[1], HOSTILE[5]} <= held
    raw = said.split('id="seggwat-store">')[1].split("</script>", maxsplit=1)[0]
    assert not set("<>&\u2028\u2029") & set(raw)


@pytest.mark.parametrize("columns", [["created_at"], ["created_at", "version"], list(FEEDBACK)])
def test_an_empty_frame_and_one_of_few_columns_have_a_page(tmp_path: Path, columns: list[str]) -> None:
    frame = pl.DataFrame([item(n) for n in range(3)], schema=FEEDBACK).select(columns)

    assert "Includes all 3 items." in written(tmp_path, frame)
    assert " The only figure stands for one or two items" in written(tmp_path, frame.head(1))
    empty = written(tmp_path, frame.clear())
    assert "No items." in empty
    assert store(empty)["spec"] is None
    assert "version" not in [
        one["name"] for one in store(written(tmp_path, frame.with_columns(version=None)))["columns"]
    ]


def test_it_is_refused_before_anything_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        pytest.fail("it was counted")

    monkeypatch.setattr(module, "cube", fail)
    (tmp_path / "folder.html").mkdir()
    frame = feedback(type=["Bug"])
    for name, why in (
        ("page.pdf", "format of"),
        ("page", "format of"),
        ("nowhere/page.html", "does not exist"),
        ("folder.html", "is a folder"),
    ):
        with pytest.raises(ArgumentError, match=why):
            write(frame, tmp_path / name)
    with pytest.raises(ArgumentError, match="created_at"):
        write(frame.drop("created_at"), tmp_path / "page.html")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ArgumentError, match="not writable"):
        write(frame, tmp_path / "page.html")


def test_the_explorer_writes_what_it_shows(tmp_path: Path) -> None:
    client = StubClient(items=[item(n, type="Bug" if n % 2 else "Praise") for n in range(20)])
    panel = Explorer(client.feedback(), about=client.last_load)
    panel.filter = FeedbackFilter(type="Praise")
    panel.show("Over time", by="status", every="1mo")

    said = panel.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    panel.close()

    held = store(said)
    assert "Includes 10 of 20 items: type Praise." in said
    assert (held["by"], held["length"]) == ("status", "month")
    assert sum(held["cells"]["count"]) == 10
    assert json.dumps(held["columns"][0]["values"]) == '["Praise"]'


@pytest.mark.parametrize("path", [None, "/a"])
def test_pages_of_few_items_are_added_up_where_they_stand(tmp_path: Path, path: str | None) -> None:
    paths = ["/a/x/1", "/a/x/2", "/a/x/3", "/a/x/4"] * 3 + ["/a/y"] * 3 + ["/a/z"] * 3 + ["/b"] * 7 + ["/c", "/d/e"]
    frame = feedback(created_at=[AS_OF] * len(paths), path=paths)
    panel = Explorer(frame, where=FeedbackFilter(path=path))
    panel.show("Pages")
    beside = store(panel.to_html(tmp_path / "page.html").read_text(encoding="utf-8"))["beside"]
    panel.close()
    (bars,) = [one for one in beside["spec"]["datasets"].values() if "count" in one[0]]
    counts = {row["name"]: row["count"] for row in bars}
    wanted = {"/a": 18, "/Rare (3 values)": 9} if path is None else {"/a/x": 12, "/a/Rare (2 values)": 6}
    assert counts == wanted
    assert sum(counts.values()) == FeedbackFilter(path=path).apply(frame).height
    assert "in none" not in beside["said"]


@pytest.mark.parametrize("view", ["What changed", "Versions", "Pages", "Ratings"])
def test_the_view_that_is_open_stands_beside_it_masked(tmp_path: Path, view: str) -> None:
    items = [
        item(
            n,
            type="Bug" if n % 3 else "Praise",
            path=f"/invite/jo{n % 2}@example.org" if n % 2 else "/cart?step=1",
            version="oat_abcdefghijklmnop1234" if n % 4 else "2.4.0",
            submitted_by=f"person-{n}",
        )
        for n in range(60)
    ]
    answers = [answer(n, path="/invite/jo@example.org?token=1") for n in range(40)]
    client = StubClient(items=items, answers=answers)
    panel = Explorer(client.feedback(), ratings=client.ratings(), where=FeedbackFilter(type="Bug"))
    panel.show(view)
    written = panel.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    shown = panel._draw_chart().heading
    panel.close()

    beside = store(written)["beside"]
    assert beside["heading"] == shown
    assert "The checkboxes don't change it" in written
    assert any(beside["spec"]["datasets"].values())
    for secret in ("example.org", "oat_abcdefghijklmnop1234", "person-", "token=1", "step=1"):
        assert secret not in written
    assert "a click" not in written.partition("<script>")[0]
