"""The engine behind a panel: it selects what the filter does, and counts what choosing a value would leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, get_args
from unittest.mock import patch

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb import FeedbackFilter
from seggwat_nb.analysis.periods import Every
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filters import doubts
from seggwat_nb.panels import bitmaps, moves
from seggwat_nb.panels.bitmaps import Codes, TimeOrder, count
from seggwat_nb.panels.crossfilter import CHOICES, Crossfilter, only, without
from seggwat_nb.panels.engine import Engine
from seggwat_nb.panels.facets import FACETS, facet_of
from seggwat_nb.panels.timeline import bands_by, calendar_of

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.filterwarnings("ignore:No row has", "ignore:.* of another scheme")  # of random filters

FIRST, LAST = datetime(2, 1, 2), datetime(9998, 12, 30)  # noqa: DTZ001  # a zone is added
USUAL = datetime(2026, 3, 1)  # noqa: DTZ001  # likewise
VALUES: Mapping[str, list[str]] = {
    "type": ["Bug", "Praise", "Idea", "(none)", ""],
    "status": ["New", "Closed", "On hold"],
    "source": ["Widget", "Manual"],
    "version": ["1.0", "v1.0.0", "1.10", "2026.06", "main", "1.10-3-gabc1234", ""],
    "path": ["/", "/a", "/a/b", "/a?q=1", "/a/b#x", "/ab", "a/b", "", "/a/"],
    "submitted_by": ["ann", "Bob", ""],
    "project_id": ["p", "q"],
    "language": ["de", "en", "unsure"],
}
MESSAGES = ["Pay now", "paying by card", "CAFE\u0301 closed", "Caf\u00e9", "", "(", "</script>", None]
THEMES = [None, [], ["A"], ["A / B"], ["A / B", "C"], ["C", None]]


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    """Frames as nobody wants them: without columns, values or rows, in any order, of any years."""
    rows = draw(st.integers(0, 70))
    zone = draw(st.sampled_from(["UTC", "Asia/Kathmandu", None]))
    unit = draw(st.sampled_from(["us", "ms", "ns"]))
    usual = st.integers(0, 3_000).map(lambda hours: USUAL + timedelta(hours=hours))
    odd = st.nothing() if unit == "ns" else st.datetimes(FIRST, LAST)
    moments = draw(st.lists(st.none() | usual | usual | odd, min_size=rows, max_size=rows))
    created = pl.Series("created_at", moments, pl.Datetime("us")).cast(pl.Datetime(unit))  # type: ignore[arg-type]
    if zone:
        created = created.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    if draw(st.booleans()):
        created = created.sort(descending=True)
    frame = pl.DataFrame([created])
    for name, values in VALUES.items():
        if draw(st.booleans()):
            held = draw(st.lists(st.sampled_from([*values, None]), min_size=rows, max_size=rows))
            frame = frame.with_columns(pl.Series(name, held, pl.String))
    if draw(st.booleans()):
        held = draw(st.lists(st.sampled_from(MESSAGES), min_size=rows, max_size=rows))
        frame = frame.with_columns(pl.Series("message", held, pl.String))
    if draw(st.booleans()):
        themes = draw(st.lists(st.sampled_from(THEMES), min_size=rows, max_size=rows))
        frame = frame.with_columns(pl.Series("theme", themes, pl.List(pl.String)))
    return frame


@st.composite
def filters(draw: st.DrawFn, frame: pl.DataFrame) -> FeedbackFilter:
    """Filters of the columns that a frame has, made as somebody makes them in a panel."""
    where = FeedbackFilter(time_zone=draw(st.sampled_from(["UTC", "America/Los_Angeles"])))
    for name in FACETS:
        values = ["A", "A / B", "C"] if name == "theme" else [one for one in VALUES[name] if one or name != "path"]
        if name not in frame.columns or not draw(st.booleans()):
            continue
        for value in draw(st.lists(st.sampled_from(values), max_size=3)):
            how = draw(st.sampled_from(["in", "in", "not", "only", "out"]))
            if how != "not" or moves.excluding_field(name):
                where = moves.choose(where, name, (value,), how)
    if "version" in frame.columns and where.version is None and draw(st.booleans()):
        where = replace(where, version_since=draw(st.sampled_from(["1.0", "1.5"])))
    if draw(st.booleans()):
        where = moves.span(where, draw(st.sampled_from([(20_513, 20_540), (0, 20_530), (-700_000, 30_000)])))
    edges = draw(
        st.sampled_from([None, None, (datetime(2026, 3, 9, 5, 30, tzinfo=UTC), None), (None, date(2026, 6, 1))])
    )
    if edges is not None:
        where = replace(where, since=edges[0], until=edges[1])
    if "message" in frame.columns:
        where = moves.apply_search(
            where, draw(st.sampled_from(["", "pay", "café", "-pay", "pay OR cafe", "/p.y/"])), known=()
        )
    return where


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_what_is_selected_and_counted_is_what_the_filter_selects(data: st.DataObject) -> None:
    selects_as_the_filter(data)


@pytest.mark.campaign
@settings(max_examples=2_000, deadline=None)
@given(st.data())
def test_many_selections(data: st.DataObject) -> None:
    selects_as_the_filter(data)


def selects_as_the_filter(data: st.DataObject) -> None:
    frame = data.draw(frames())
    where = data.draw(filters(frame))
    engine = Engine(Crossfilter(frame))
    parts = engine.parts(where)
    whole = engine.together(parts)
    selected = where.apply(frame)
    assert frame.filter(engine.time.mask(whole)).equals(selected)
    assert count(whole) == selected.height
    told = " ".join(filter(None, (doubts(only(where, part), frame) for part in (*CHOICES, "path", "theme"))))
    assert engine.rows.doubts(where) == told.replace("No row has", "No item has")
    for part, number in engine.without(parts).items():
        assert number == without(where, part).apply(frame).height

    numbered = frame.with_row_index("row")
    wanted = where.apply(numbered).sort("created_at", descending=True, nulls_last=True, maintain_order=True)["row"]
    assert engine.time.newest(whole, 0, 100).tolist() == wanted.to_list()
    places = {row: place for place, row in enumerate(wanted.to_list())}
    assert [engine.time.position(whole, row) for row in range(frame.height)] == [*map(places.get, range(frame.height))]
    start, number = data.draw(st.integers(0, 80)), data.draw(st.integers(0, 9))
    assert engine.time.newest(whole, start, number).tolist() == wanted.slice(start, number).to_list()

    name = data.draw(st.sampled_from([*FACETS]))
    with patch.object(bitmaps, "_MOST_MAPS", data.draw(st.sampled_from([32, 0]))):  # 0: all are counted by cells
        facet = facet_of(name, engine)
        if facet is None:
            return
        counts = facet.counts(engine.together(parts, leaving_out=name), engine.cells(parts, where, leaving_out=name))
    assert counts.size == len(facet.options) + facet.has_none
    for option, counted in zip(facet.options, counts.tolist(), strict=False):
        chosen = moves.choose(where, name, option.meant, "only")
        assert chosen.apply(frame).height == counted, option


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_periods_and_bands_count_every_row_once(data: st.DataObject) -> None:
    frame = data.draw(frames()).filter(pl.col("created_at").dt.year().is_between(2026, 2026))
    engine = Engine(Crossfilter(frame))
    where = data.draw(filters(frame))
    zone = where.time_zone
    whole = engine.together(engine.parts(where))
    by = data.draw(
        st.sampled_from([name for name in ("type", "version", "path", "") if not name or name in frame.columns])
    )
    every: Every = data.draw(st.sampled_from(get_args(Every)[:3]))
    calendar = calendar_of(engine, every=every, as_of=None, time_zone=zone)
    bands = bands_by(engine, by)
    counts = bands.counts(whole, calendar, engine)
    selected = where.apply(frame)
    assert counts.sum() == selected.height
    moments = selected["created_at"]
    if moments.dtype.time_zone is None:  # type: ignore[attr-defined]
        moments = moments.dt.replace_time_zone("UTC")
    days = moments.dt.convert_time_zone(zone).dt.date().to_list()
    for at, (start, length) in enumerate(zip(calendar.starts, calendar.days, strict=True)):
        first = date(1970, 1, 1) + timedelta(days=start)
        inside = sum(first <= day < first + timedelta(days=length) for day in days)
        assert counts[:, at].sum() == inside
    for meant, row in zip(bands.meant, counts.tolist(), strict=True):
        if meant:
            assert moves.choose(where, by, meant, "only").apply(frame).height >= sum(row) > -1
            assert (
                moves.choose(without(where, by), by, meant, "only").apply(frame).height
                == bands.counts(engine.together(engine.parts(without(where, by))), calendar, engine)[
                    bands.meant.index(meant)
                ].sum()
            )


@pytest.mark.parametrize("values", [40, 5_000, 600_000])
def test_many_values_are_counted_by_the_cells_of_columns_with_few(values: int) -> None:
    """Where there are too many values or combinations, rows are counted one by one."""
    chance = np.random.default_rng(values)
    rows = 2_000
    frame = pl.DataFrame(
        {
            "created_at": [USUAL + timedelta(seconds=int(second)) for second in chance.integers(0, 10**6, rows)],
            "type": chance.choice(["Bug", "Praise", "Odd"], rows),
            "status": pl.Series(chance.choice(["New", "Closed", ""], rows)).replace("", None),
            "source": pl.Series(chance.integers(0, 400, rows)).cast(pl.String),
            "version": pl.Series(chance.integers(0, values, rows)).cast(pl.String),
        }
    )
    engine = Engine(Crossfilter(frame))
    codes = Codes(chance.integers(0, values + 1, rows), values, engine.time)
    for where, has_cells in (
        (FeedbackFilter(type=("Bug", "Odd"), status="New"), True),
        (FeedbackFilter(not_type="Odd"), True),
        (FeedbackFilter(status="no such status"), True),
        (FeedbackFilter(type="Bug", source="7"), False),  # of which there are many
        (FeedbackFilter(type="Bug", since=date(2026, 1, 1)), False),
        (FeedbackFilter(), False),
    ):
        parts = engine.parts(where)
        cells = engine.cells(parts, where, leaving_out=None)
        assert (cells is not None) == has_cells
        words = engine.together(parts)
        assert codes.counts(words, cells).tolist() == codes.counts(words).tolist()


@pytest.mark.parametrize("rows", [0, 1, 300])
def test_without_columns_of_few_values_all_rows_are_one_cell(rows: int) -> None:
    frame = pl.DataFrame({"created_at": [USUAL] * rows}, schema={"created_at": pl.Datetime("us")})
    engine = Engine(Crossfilter(frame))
    codes = Codes(np.arange(rows) % 40, 40, engine.time)
    assert codes.counts(engine.time.all, engine.every_cell).tolist() == codes.counts(engine.time.all).tolist()


@pytest.mark.parametrize("values", [1, 31, 32, 300, 70_000])
def test_columns_of_few_and_of_many_values_are_counted_and_selected_alike(values: int) -> None:
    chance = np.random.default_rng(values)
    rows = 5_000
    moments = pl.Series([USUAL]).gather(np.zeros(rows, int)) + pl.Series(chance.integers(0, 10**9, rows)).cast(
        pl.Duration("us")
    )
    order = TimeOrder(moments)
    numbers = chance.integers(0, values + 1, rows)
    codes = Codes(numbers, values, order)
    mask = chance.random(rows) < 0.4
    words = order.pack(mask)
    assert codes.counts(words).tolist() == np.bincount(numbers[mask], minlength=values + 1).tolist()
    assert codes.counts(order.all).tolist() == np.bincount(numbers, minlength=values + 1).tolist()
    newest = order.order[::-1][mask[order.order[::-1]]]
    for start in (0, 1, 63, 64, 65, 700, newest.size - 1, newest.size):
        assert order.newest(words, start, 70).tolist() == newest[start : start + 70].tolist()
    chosen = chance.random(values + 1) < 0.5
    assert order.mask(codes.rows(chosen)).to_numpy().tolist() == chosen[numbers].tolist()


def test_a_frame_without_moments_is_refused() -> None:
    frame = pl.DataFrame({"created_at": [date(2026, 3, 1)]})
    with pytest.raises(ArgumentError, match=r"created_at is Date, but a panel requires datetimes"):
        Engine(Crossfilter(frame))


def test_a_frame_in_chunks_is_not_copied_to_select_from_it() -> None:
    rows = pl.DataFrame({"created_at": [USUAL.replace(tzinfo=UTC)] * 3, "version": ["1.0", "v1.0.0", "2.0"]})
    crossfilter = Crossfilter(pl.concat([rows, rows.head(1), rows.clear(), rows], rechunk=False))
    assert crossfilter.columns["version"].chunk_lengths() == crossfilter.frame["created_at"].chunk_lengths()
    assert crossfilter.columns["version"].to_list() == [*["1.0"] * 2, "2.0", "1.0", *["1.0"] * 2, "2.0"]


@pytest.mark.parametrize("others", [1, 200])
def test_values_that_only_later_rows_have_are_found_too(others: int) -> None:
    rows = 10_000 + others
    frame = pl.DataFrame(
        {
            "created_at": [USUAL.replace(tzinfo=UTC)] * rows,
            "type": ["Bug", None] * (rows // 2) + ["Bug"] * (rows % 2),
            "version": ["1.10"] * (rows - 1) + ["1.9"],
            "path": [None] * (rows - 1) + ["/a"],
            "status": [str(max(0, at - 9_999)) for at in range(rows)],
        }
    )
    held = Crossfilter(frame)
    assert held.values("version") == ["1.9", "1.10"]
    for name in ("type", "version", "path", "status"):
        coded = held.codes_of(name)
        assert coded is not None
        assert coded.cast(pl.String).equals(frame[name])
