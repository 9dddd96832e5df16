"""A selection as a value: the same rows on every engine, back from JSON and Python, and slips refused."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import seggwat_nb as sw
from seggwat_nb.clock import Clock
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filters import FeedbackFilter, doubts
from seggwat_nb.panels.crossfilter import Crossfilter
from seggwat_nb.schema import FEEDBACK, SOURCES, STATUSES, TYPES, VOCABULARIES

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.filterwarnings("ignore:No row has", "ignore:.* of another scheme")
seeded = settings(derandomize=True, max_examples=20, deadline=None)

VERSIONS = ["1.9.0", "v1.10.0", "1.10.0-rc.1", "1.10.0-3-gabc1234", "2026.06", "main", ""]
PATHS = ["/", "/checkout", "/checkout/pay", "/checkout?step=2", "/checkouts", "/checkout#top", "checkout", ""]
ORDERS = ["/orders/48213/pay", "/orders/:id/pay?x=1", "/orders/new/pay", "/orders/jo@example.org", "/orders/7\n"]
MESSAGES = ["Login fails", "LOGIN (slow)", "Größe ÄNDERN", "50% off_", "a.b", "", "née"]
PEOPLE = ["ann", "bo", "ann@example.org"]
START = datetime(2026, 3, 28, tzinfo=UTC)

moments = st.datetimes(datetime(2026, 3, 28), datetime(2026, 4, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis wants them naive


def sets(values: list[str]) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(values) | st.lists(st.sampled_from(values), min_size=1, max_size=3).map(tuple)


def rows(**columns: list[Any]) -> pl.DataFrame:
    """A feedback frame; the columns that are not given are null."""
    height = len(next(iter(columns.values()), []))
    blank = {name: [None] * height for name in FEEDBACK}
    return pl.DataFrame(blank | columns, schema=FEEDBACK)


frames = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from([None, *TYPES, "Idea"]),
            "status": st.sampled_from([None, *STATUSES]),
            "source": st.sampled_from([None, *SOURCES]),
            "version": st.sampled_from([None, *VERSIONS]),
            "path": st.sampled_from([None, *PATHS, *ORDERS]),
            "submitted_by": st.sampled_from([None, *PEOPLE]),
            "project_id": st.sampled_from(["p1", "p2"]),
            "message": st.sampled_from([None, *MESSAGES]),
            "created_at": moments,
            "archived": st.sampled_from([None, True, False]),
        }
    ),
    max_size=25,
).map(lambda records: pl.DataFrame(records, schema=FEEDBACK))


terms = st.sampled_from(
    [
        *("login", "größe", '"50% off"', "-fails", "-née", "e", "page:CHECKOUT", "-page:pay", "from:Ann", "-from:o"),
        *("type:bug", "-type:bug,idea", "status:new", "-source:Widget", "version:1.10", "-version:>=1.10"),
        *("path:/checkout", "-path:/", "submitter:ann", "-project:p1", "since:2026-03-29", "-until:2026-03-30"),
        *("archived:yes", "-archived:no", "version:1.9..1.10", "-version:main", "no:type", "-no:page,from"),
    ]
)
"""Terms of a search that a frame of any engine can match."""
searches = st.lists(st.tuples(terms, st.sampled_from([" ", " OR "])), min_size=1, max_size=4).map(
    lambda parts: "".join(f"{term}{join}" for term, join in parts).removesuffix(" OR ")
)


@st.composite
def filters(draw: st.DrawFn, *, regex: bool = False) -> FeedbackFilter:
    """Any filter; few fields restrict, so that rows remain."""
    fields: dict[str, st.SearchStrategy[Any]] = {
        "type": sets([*TYPES, "Idea"]),
        "status": sets([*STATUSES]),
        "source": sets([*SOURCES]),
        "path": sets([*(path for path in PATHS if path), "/orders/:id", "/orders/:id/pay", ORDERS[0]]),
        "submitted_by": sets(PEOPLE),
        "project_id": sets(["p1", "p2"]),
        "text": st.sampled_from(["login", "größe", "änd", "%", "(", ".", "É", "x'\"\\"]),
        "archived": st.booleans(),
    }
    fields |= {f"not_{name}": fields[name] for name in ("type", "status", "source", "path", "submitted_by")}
    fields |= {"not_version": sets(VERSIONS), "search": searches}
    chosen = draw(st.sets(st.sampled_from(sorted(fields)), max_size=2))
    values = {name: draw(fields[name]) for name in sorted(chosen)}
    if draw(st.booleans()):
        values["version"] = draw(sets(VERSIONS))
    else:
        ends = sorted(draw(st.lists(st.integers(0, 2), min_size=2, max_size=2)))
        spelt = ["v1.9", "1.10", "2026.6"]
        values |= {"version_since": draw(st.sampled_from([None, spelt[ends[0]]])), "version_until": spelt[ends[1]]}
    values["since"] = draw(st.none() | moments | st.just(date(2026, 3, 29)))
    if values["since"] is None or values["since"] == date(2026, 3, 29):
        values["until"] = draw(st.none() | st.just(datetime(2026, 3, 31, 12, tzinfo=UTC)))
    values["time_zone"] = draw(st.sampled_from(["UTC", "Europe/Berlin"]))
    if regex and values.get("text"):
        values |= {"regex": True, "text": draw(st.sampled_from(["^log", r"\d+", "a.b|c"]))}
    try:
        return FeedbackFilter(**values)
    except ArgumentError as error:
        assume("excludes it" not in str(error))
        raise


ENGINES: dict[str, Callable[[pl.DataFrame], Any]] = {
    "polars": lambda frame: frame,
    "lazy": lambda frame: frame.lazy(),
    "pandas": lambda frame: frame.to_pandas(),
    "arrow": lambda frame: frame.to_arrow(),
    "naive": lambda frame: frame.with_columns(pl.col("created_at").dt.replace_time_zone(None)),
    "offset": lambda frame: (arrow := frame.to_arrow()).set_column(
        arrow.column_names.index("created_at"), "created_at", arrow["created_at"].cast(pa.timestamp("us", "+09:00"))
    ),
    "zoned": lambda frame: frame.with_columns(pl.col("created_at").dt.convert_time_zone("Asia/Tokyo")),
}


def ids(native: Any) -> list[str]:
    if isinstance(native, pl.LazyFrame):
        native = native.collect()
    if isinstance(native, duckdb.DuckDBPyRelation):
        native = native.pl()
    return sorted(native["id"].to_pylist() if hasattr(native["id"], "to_pylist") else list(native["id"]))


def numbered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(id=pl.int_range(pl.len()).cast(pl.String).str.zfill(3))


@seeded
@given(frames, filters())
def test_every_engine_selects_the_same_rows(frame: pl.DataFrame, where: FeedbackFilter) -> None:
    frame = numbered(frame)
    expected = ids(where.apply(frame))
    assert ids(frame.filter(where.expr())) == expected
    assert ids(frame.filter(where.resolve(frame).expr())) == expected
    for name, convert in ENGINES.items():
        assert ids(where.apply(convert(frame))) == expected, name
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'Asia/Tokyo'")
        for held in (frame, ENGINES["naive"](frame)):
            connection.register("held", held.to_arrow())
            assert ids(where.apply(connection.sql("select * from held"))) == expected


@seeded
@given(frames, filters(regex=True))
def test_what_is_selected_is_a_part_in_the_same_order(frame: pl.DataFrame, where: FeedbackFilter) -> None:
    frame = numbered(frame)
    selected = where.apply(frame)
    assert selected.schema == frame.schema
    assert selected.equals(frame.filter(pl.col("id").is_in(selected["id"].to_list())))
    assert where.apply(selected).equals(selected)


@seeded
@given(frames, filters(regex=True))
def test_every_row_is_in_a_selection_or_in_its_complement(frame: pl.DataFrame, where: FeedbackFilter) -> None:
    frame = numbered(frame).with_columns(pl.when(pl.int_range(pl.len()) % 5 != 0).then("created_at"))
    rest = where.complement()
    selected, others = ids(where.apply(frame)), ids(rest.apply(frame))
    assert sorted([*selected, *others]) == frame["id"].to_list()
    masks = [Crossfilter(frame).choose(one).mask for one in (where, rest)]
    assert (masks[0] != masks[1]).all()
    again = rest.complement()
    assert ids(again.apply(frame)) == selected


def test_what_no_search_can_say_has_no_complement() -> None:
    assert FeedbackFilter().complement().apply(rows(archived=[True, False, None])).is_empty()
    assert FeedbackFilter().complement().complement().apply(rows(archived=[True, None])).height == 2
    assert FeedbackFilter(type="Bug").complement() == FeedbackFilter(not_type="Bug")
    assert FeedbackFilter(type="Bgu", allow="Bgu").complement() == FeedbackFilter(not_type="Bgu", allow="Bgu")
    kept = FeedbackFilter(type="Bgu", allow="Bgu", time_zone="Asia/Tokyo", until=date(2026, 3, 1)).complement()
    assert (kept.allow, kept.time_zone) == (("Bgu",), "Asia/Tokyo")
    with pytest.raises(ArgumentError, match="reads as a range"):
        FeedbackFilter(version="1..2").complement()
    with pytest.raises(ArgumentError, match="too long"):
        FeedbackFilter(search=" ".join(f"a{n} OR b{n} OR c{n} OR d{n}" for n in range(9))).complement()


@seeded
@given(filters(regex=True))
def test_a_filter_comes_back_from_json_and_from_python(where: FeedbackFilter) -> None:
    assert FeedbackFilter.from_dict(json.loads(json.dumps(where.to_dict()))) == where
    names = {"sw": SimpleNamespace(FeedbackFilter=FeedbackFilter), "UTC": UTC, "date": date, "datetime": datetime}
    assert eval(where.to_python(), names) == where  # noqa: S307  # the promise is that this code runs
    assert hash(FeedbackFilter.from_dict(where.to_dict())) == hash(where)


@given(st.text(min_size=1))
@seeded
def test_any_text_comes_back(text: str) -> None:
    where = FeedbackFilter(text=text, submitted_by=text)
    assert FeedbackFilter.from_dict(json.loads(json.dumps(where.to_dict()))) == where
    assert eval(where.to_python(), {"sw": SimpleNamespace(FeedbackFilter=FeedbackFilter)}) == where  # noqa: S307  # as above


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_no_restriction_selects_everything(engine: str) -> None:
    everything = FeedbackFilter()
    for frame in (rows(type=["Bug", None], created_at=[START, START]), rows()):
        assert (
            len(ids(everything.apply(ENGINES[engine](frame.with_columns(pl.col("id").fill_null("")))))) == frame.height
        )
        assert frame.filter(everything.expr()).equals(frame)
    assert everything.describe() == "all items"
    assert everything.to_python() == "sw.FeedbackFilter()"
    assert everything.to_dict() == {"format": 1}


@pytest.mark.parametrize("engine", sorted(ENGINES))
@pytest.mark.parametrize(
    "where",
    [
        FeedbackFilter(type="Bug"),
        FeedbackFilter(version_since="1.0"),
        FeedbackFilter(path="/"),
        FeedbackFilter(text="a"),
        FeedbackFilter(archived=False),
        FeedbackFilter(since=date(2026, 1, 1)),
    ],
)
def test_nulls_are_never_selected_by_a_restricted_column(engine: str, where: FeedbackFilter) -> None:
    blank = rows(id=["x", "y"])
    assert ids(where.apply(ENGINES[engine](blank))) == []
    assert ids(where.apply(ENGINES[engine](blank.clear()))) == []


def test_columns_without_any_value_or_with_a_fixed_order_are_read_as_text() -> None:
    untyped = pl.DataFrame({"type": [None, None], "message": [None, None], "version": [None, None]})
    assert FeedbackFilter(type="Bug", text="a", version_until="2").apply(untyped).is_empty()
    fixed = pl.DataFrame({"type": ["Bug", "Praise"]}, schema={"type": pl.Enum(["Bug", "Praise"])})
    assert FeedbackFilter(type=("Bug", "Idea")).apply(fixed).rows() == [("Bug",)]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/checkout", ["/checkout", "/checkout/pay", "/checkout?step=2", "/checkout#top"]),
        ("/checkout/", ["/checkout", "/checkout/pay", "/checkout?step=2", "/checkout#top"]),
        ("/", [path for path in PATHS if path.startswith("/")]),
        (("/checkouts", "checkout"), ["/checkouts", "checkout"]),
        ("/check", []),
    ],
)
def test_a_path_ends_where_a_segment_ends(path: str | tuple[str, ...], expected: list[str]) -> None:
    selected = FeedbackFilter(path=path).apply(pl.DataFrame({"path": PATHS}))
    assert selected["path"].to_list() == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (FeedbackFilter(version_since="1.10"), ["v1.10.0", "1.10.0-3-gabc1234", "2026.06"]),
        (FeedbackFilter(version_until="1.10"), ["1.9.0", "v1.10.0", "1.10.0-rc.1"]),
        (FeedbackFilter(version_since="v1.10.0", version_until="1.10"), ["v1.10.0"]),
        (FeedbackFilter(version_since="3.0", version_until="4"), []),
        (FeedbackFilter(version=("main", "")), ["main", ""]),
        (FeedbackFilter(version="1.10.0"), ["v1.10.0"]),
        (FeedbackFilter(version="1.10.0 (3)"), []),
    ],
)
def test_versions_are_selected_in_their_own_order(where: FeedbackFilter, expected: list[str]) -> None:
    frame = pl.DataFrame({"version": [*VERSIONS, None]})
    assert where.apply(frame)["version"].to_list() == expected
    assert frame.filter(where.resolve(frame).expr())["version"].to_list() == expected


SPELT = [
    None,
    "1.9.0 (800)",
    "1.9.0+800",
    "1.10.0 (1)",
    "24.08.12.3",
    "2026-06",
    "2026.6",
    "app@1.2.3+4",
    "1.2.3",
    "456",
]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("v1.9.0 build 800", ["1.9.0 (800)", "1.9.0+800"]),
        ("24.8.12.3", ["24.08.12.3"]),
        ("2026.06", ["2026-06", "2026.6"]),
        ("1.2.3", ["1.2.3"]),
        ("app@1.2.3+4", ["app@1.2.3+4"]),
        ("456", ["456"]),
        ("456.0.0", ["456"]),
    ],
)
def test_any_spelling_of_a_version_selects_it_on_every_engine(asked: str, expected: list[str]) -> None:
    frame = rows(version=SPELT).with_columns(created_at=pl.lit(START), id=pl.col("version"))
    where = FeedbackFilter(version=asked)
    assert sorted(where.resolve(frame).version or ()) == sorted(expected)
    assert ids(frame.filter(where.expr())) == sorted(expected)
    for convert in ENGINES.values():
        assert ids(where.apply(convert(frame))) == sorted(expected)
    with duckdb.connect() as connection:
        connection.register("held", frame.to_arrow())
        assert ids(where.apply(connection.sql("select * from held"))) == sorted(expected)


def test_the_texts_to_highlight_are_those_that_messages_must_have() -> None:
    where = FeedbackFilter(text="a.b", regex=True, search='/x.y/ "y z" -no page:pay from:ann')
    assert where.texts == [("a.b", True), ("x.y", True), ("y z", False)]
    assert FeedbackFilter(text="a.b").texts == [("a.b", False)]


@pytest.mark.parametrize("regex", [False, True])
def test_what_is_left_of_a_filter_reads_its_text_as_before(*, regex: bool) -> None:
    text = FeedbackFilter(text="a.b", regex=regex)
    assert replace(text, type="Bug").without_columns("type") == text
    assert replace(text, type="Bug").without_columns("message") == FeedbackFilter(type="Bug")


@pytest.mark.parametrize("where", [FeedbackFilter(version="1.9.0+800"), FeedbackFilter(version_until="1.9.0+800")])
def test_a_filter_by_version_keeps_a_lazy_frame_lazy(where: FeedbackFilter) -> None:
    frame = pl.LazyFrame({"version": ["1.9.0 (800)", "1.10.0", None]})
    selected = where.apply(frame)
    assert isinstance(selected, pl.LazyFrame)
    assert selected.collect().rows() == frame.filter(where.expr()).collect().rows() == [("1.9.0 (800)",)]


def test_dates_are_days_of_the_zone_across_the_change_of_clocks() -> None:
    hours = pl.DataFrame({"created_at": [START + timedelta(hours=hour) for hour in range(72)]})
    where = FeedbackFilter(since=date(2026, 3, 29), until=date(2026, 3, 30), time_zone="Europe/Berlin")
    zone = ZoneInfo("Europe/Berlin")
    expected = [moment for (moment,) in hours.iter_rows() if moment.astimezone(zone).date() == date(2026, 3, 29)]
    assert where.apply(hours)["created_at"].to_list() == expected
    assert len(expected) == 23
    assert where.moments == (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC))


def test_the_first_moment_is_selected_and_the_last_is_not() -> None:
    edge = START + timedelta(hours=5)
    frame = pl.DataFrame({"created_at": [START, edge, edge + timedelta(hours=1)]})
    assert FeedbackFilter(since=edge).apply(frame).height == 2
    assert FeedbackFilter(until=edge).apply(frame).height == 1
    same = edge.astimezone(timezone(timedelta(hours=9)))
    for written in (same, same.isoformat()):
        assert FeedbackFilter(since=written) == FeedbackFilter(since=edge)
        assert FeedbackFilter(since=written).to_dict() == FeedbackFilter(since=edge).to_dict()


SAME = [
    ("Das Café lädt nicht", "Das Cafe\u0301 la\u0308dt nicht"),
    ("straße", "STRASSE"),
    ("İstanbul", "istanbul"),
    ("full width", "\uff46\uff55\uff4c\uff4c \uff37\uff29\uff24\uff34\uff28"),
    ("soft hyphen", "soft hy\u00adphen"),
    ("zero\u200bwidth", "zerowidth"),
    ("ΟΔΟΣ", "οδος"),
    ("ﬁle", "FILE"),
    ("한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"),
    ("\uff21\uff22\uff23", "abc"),
    ("很好用", "很好用"),
]


def test_what_reads_alike_is_found_alike_on_every_engine() -> None:
    texts = [text for pair in SAME for text in pair] + ["cafe", "plain", None]
    frame = numbered(rows(message=texts).with_columns(created_at=pl.lit(START)))
    panel = Crossfilter(frame)
    for place, pair in enumerate(SAME):
        expected = ids(frame[2 * place : 2 * place + 2])
        for asked in (*pair, pair[0].upper(), pair[1].lower()):
            where = FeedbackFilter(text=asked)
            assert ids(frame.filter(where.expr())) == expected, asked
            assert ids(panel.choose(where).apply(frame)) == expected, asked
            for name, convert in ENGINES.items():
                assert ids(where.apply(convert(frame))) == expected, (name, asked)
            with duckdb.connect() as connection:
                connection.register("held", frame.to_arrow())
                assert ids(where.apply(connection.sql("select * from held"))) == expected, asked


def test_text_is_literal_in_any_case_and_a_pattern_is_read_as_one() -> None:
    frame = pl.DataFrame({"message": MESSAGES})
    assert FeedbackFilter(text="LOGIN").apply(frame)["message"].to_list() == ["Login fails", "LOGIN (slow)"]
    assert FeedbackFilter(text="a.b").apply(frame)["message"].to_list() == ["a.b"]
    assert FeedbackFilter(text="größe änd").apply(frame)["message"].to_list() == ["Größe ÄNDERN"]
    assert FeedbackFilter(text="^login", regex=True).apply(frame).height == 2
    assert FeedbackFilter(text="(?-i)^login", regex=True).apply(frame).height == 0
    with pytest.raises(ArgumentError, match="Pass a polars frame, or search for the text itself"):
        FeedbackFilter(text="^login", regex=True).apply(frame.to_pandas())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"type": "Bugg"}, r'type="Bugg" is not a known type; did you mean "Bug"\?'),
        ({"type": ("Praise", "bugs")}, 'did you mean "Bug"'),
        ({"status": "Resloved"}, 'did you mean "Resolved"'),
        ({"source": "social_share"}, 'did you mean "SocialShare"'),
        ({"type": ()}, "selects nothing. Pass None to select every type"),
        ({"submitted_by": []}, "selects nothing. Pass None to select every submitter"),
        ({"path": ""}, "path must be a non-empty string"),
        ({"project_id": 7}, "project_id must be a string or a tuple of strings, got 7"),
        ({"type": ("Bug", None)}, "type must be a string or a tuple of strings, got None"),
        ({"text": ""}, "non-empty string or None"),
        ({"text": "a(b", "regex": True}, "at character 2: unclosed group"),
        ({"text": "ab\n[c", "regex": True}, "at character 1: unclosed character class"),
        ({"text": "(?=x)", "regex": True}, "at character 1: look-around"),
        ({"text": "x{9999999}", "regex": True}, "size limit"),
        ({"regex": True}, "Pass text as well"),
        ({"regex": "yes", "text": "a"}, "regex must be True or False"),
        ({"archived": 1}, "must be True, False or None"),
        ({"since": datetime(2026, 1, 1)}, "Add tzinfo=UTC"),  # noqa: DTZ001  # what is refused
        ({"since": 20260101}, "must be a date or a timezone-aware datetime"),
        ({"since": date(2026, 1, 1), "until": date(2026, 1, 1)}, "Swap them"),
        ({"since": date(2026, 1, 2), "until": datetime(2026, 1, 1, tzinfo=UTC)}, "Swap them"),
        ({"since": "soon"}, "since='soon' is not a date. Use 2026-01-31"),
        ({"until": "2026-02-30"}, "is not a date"),
        ({"until": "9999-12-31T23:00-05:00"}, "until=9999-12-31 23:00:00-05:00 is outside the calendar in UTC"),
        ({"since": "0001-01-01T05:00", "time_zone": "Asia/Tokyo"}, "outside the calendar"),
        ({"since": ""}, "is not a date"),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "Swap them"),
        ({"time_zone": "Mars/Olympus"}, "is not an IANA time zone"),
        ({"time_zone": None}, "is not an IANA time zone"),
        ({"version_since": "main"}, "can be ordered"),
        ({"version_until": ""}, "can be ordered"),
        ({"version_since": 2.4}, "version_since=2.4 is not a version"),
        ({"version_since": "1.10", "version_until": "1.9"}, "1.10 comes after 1.9"),
        ({"version": "1.9", "version_until": "1.9"}, "two ways to select versions"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_do(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        FeedbackFilter(**arguments)


def test_unknown_values_are_allowed_and_near_ones_by_name() -> None:
    assert FeedbackFilter(type="Idea", status="Snoozed", source="Zendesk").type == ("Idea",)
    near = FeedbackFilter(type=("Bugs", "Bug"), allow=("Bugs", "Statuss"))
    assert near.apply(pl.DataFrame({"type": ["Bugs", "Bug", "Praise"]})).height == 2
    assert near.allow == ("Bugs",)
    assert FeedbackFilter.from_dict(near.to_dict()) == near
    assert FeedbackFilter(type="Bug", allow=("Bugs",)) == FeedbackFilter(type="Bug")
    assert FeedbackFilter(search="type:Bugs Hodl", allow=("Bugs", "Hodl")).allow == ("Bugs",)


@pytest.mark.parametrize(
    ("name", "typo", "meant"),
    [
        ("type", "Bgu", "Bug"),
        ("type", "bgu ", "Bug"),
        ("type", "Bog", "Bug"),
        ("type", "Prise", "Praise"),
        ("type", "Improve", "Improvement"),
        ("status", "Nwe", "New"),
        ("status", "Hodl", "Hold"),
    ],
)
def test_a_typo_is_caught_in_short_words_as_in_long_ones(name: str, typo: str, meant: str) -> None:
    with pytest.raises(ArgumentError, match=f'did you mean "{meant}"'):
        FeedbackFilter(**{name: typo})  # type: ignore[arg-type]  # names of these fields alone
    assert getattr(FeedbackFilter(**{name: typo, "allow": typo}), name) == (typo,)  # type: ignore[arg-type]  # likewise


@pytest.mark.parametrize(
    ("text", "time_zone", "meant"),
    [
        ("2026-01-31", "Europe/Berlin", date(2026, 1, 31)),
        ("2026-01-31T09:30", "UTC", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        ("2026-01-31 09:30", "Europe/Berlin", datetime(2026, 1, 31, 8, 30, tzinfo=UTC)),
        ("2026-01-31T09:30:00+02:00", "Asia/Tokyo", datetime(2026, 1, 31, 7, 30, tzinfo=UTC)),
        ("2026-01-31T09:30Z", "Asia/Tokyo", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
    ],
)
def test_moments_are_read_from_text_as_iso_8601_writes_them(text: str, time_zone: str, meant: date) -> None:
    where = FeedbackFilter(since=text, time_zone=time_zone)
    assert where == FeedbackFilter(since=meant, time_zone=time_zone)
    assert type(where.since) is type(meant)
    assert FeedbackFilter.from_dict(where.to_dict()) == where


@pytest.mark.parametrize(
    ("preset", "message"),
    [
        ({}, "format None cannot be read"),
        ({"format": 2}, "format 2 cannot be read"),
        ({"format": 1, "typ": ["Bug"]}, "no key 'typ', did you mean \"type\""),
        ({"format": 1, "since": "tomorrow"}, r"is not a date\. Use 2026-01-31"),
        ({"format": 1, "until": 5}, "must be a date"),
        ({"format": 1, "type": ["Bugg"]}, 'did you mean "Bug"'),
    ],
)
def test_a_preset_that_cannot_be_read_is_refused(preset: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        FeedbackFilter.from_dict(preset)


def test_frames_without_the_column_or_the_type_are_refused() -> None:
    with pytest.raises(ArgumentError, match="text requires the column message"):
        FeedbackFilter(text="a").apply(pl.DataFrame({"score": [1]}))
    with pytest.raises(ArgumentError, match="requires the column version"):
        FeedbackFilter(version_since="1").apply(pl.DataFrame({"score": [1]}))
    with pytest.raises(ArgumentError, match="not Datetime"):
        FeedbackFilter(since=date(2026, 1, 1)).apply(pl.DataFrame({"created_at": ["2026-01-01"]}))
    with pytest.raises(ArgumentError, match="A dict cannot be filtered"):
        FeedbackFilter().apply({"type": ["Bug"]})


@pytest.mark.parametrize(
    ("where", "phrase"),
    [
        (FeedbackFilter(type="Bug", text="login"), 'type Bug, text "login"'),
        (FeedbackFilter(version_since="1.9", version_until="2"), "version from 1.9 to 2"),
        (FeedbackFilter(submitted_by="ann", project_id="p1", path="/a"), "path /a, submitter ann, project p1"),
        (FeedbackFilter(since=date(2026, 1, 1), until=date(2026, 2, 1)), "since 2026-01-01 up to 2026-01-31"),
        (FeedbackFilter(until=date(2026, 2, 1), time_zone="Asia/Tokyo"), "up to 2026-01-31 (Asia/Tokyo)"),
        (FeedbackFilter(since=datetime(2026, 1, 1, 9, tzinfo=UTC)), "since 2026-01-01 09:00 UTC"),
        (FeedbackFilter(text="a|b", regex=True, archived=True), 'text matching "a|b", archived'),
        (FeedbackFilter(version=("", "main")), "version (empty) or main"),
        (FeedbackFilter(not_type="Bug", not_submitted_by="ann"), "not type Bug, not submitter ann"),
        (
            FeedbackFilter(search="pay OR -/x/ -type:bug page:a from:b"),
            'either text "pay" or not text matching "x", not type Bug, path containing "a", submitter containing "b"',
        ),
    ],
)
def test_a_filter_says_what_it_selects(where: FeedbackFilter, phrase: str) -> None:
    assert where.describe() == phrase


@pytest.mark.parametrize("name", ["type", "status", "source"])
def test_known_values_are_taken_in_any_case_and_unknown_ones_as_they_are(name: Any) -> None:
    def chosen(values: Any, **more: Any) -> FeedbackFilter:
        return FeedbackFilter(**{name: values, **more})

    for value in VOCABULARIES[name]:
        for written in (value.lower(), value.upper(), value.swapcase()):
            assert chosen(written) == chosen((written, value)) == chosen(value)
            assert getattr(chosen(written, allow=written), name) == (written,)
    assert getattr(chosen("snoozed"), name) == ("snoozed",)


def test_a_version_in_another_spelling_is_not_absent() -> None:
    frame = pl.DataFrame({"version": ["v1.10", "1.9", None]})
    assert doubts(FeedbackFilter(version=("1.10.0", "1.9")), frame) is None
    assert doubts(FeedbackFilter(version=("1.10.0", "1.8")), frame) == (
        "No row has version 1.8. Values in the data: 1.9, v1.10."
    )


def test_of_more_than_ten_values_only_those_that_are_written_almost_alike_are_named() -> None:
    ten = [f"/shop/{letter}{letter}{letter}" for letter in "abcdefghij"]
    where = FeedbackFilter(path="/shop/aab")
    assert doubts(where, pl.DataFrame({"path": ten})) == (
        f"No row has path /shop/aab. Values in the data: {', '.join(ten)}."
    )
    said = doubts(where, pl.DataFrame({"path": [*ten, "/help"]})) or ""
    assert "/shop/aaa" in said
    assert "/help" not in said


def test_doubts_name_frequent_values_first_and_cut_long_ones() -> None:
    frame = pl.DataFrame({"type": ["Idea", "Crash", "Crash", "x" * 61, "y" * 60]})
    said = doubts(FeedbackFilter(type="Chore"), frame)
    assert said == f"No row has type Chore. Values in the data: Crash, Idea, {'x' * 59}…, {'y' * 60}."


def test_doubts_of_many_values_ignore_case_and_name_at_most_three() -> None:
    themes = [f"CHECKOUT {letter}" for letter in "ABCDE"] + [f"{letter * 9}" for letter in "FGHIJK"]
    said = doubts(FeedbackFilter(source="checkout"), pl.DataFrame({"source": themes})) or ""
    assert said.startswith("No row has source checkout. Did you mean CHECKOUT ")
    assert said.count("CHECKOUT") == 3


OTHERS = ["bug", "idea", "question", "praise", "refund", "invoice", "login", "export", "search", "dark mode"]


@pytest.mark.parametrize(
    ("where", "columns", "said"),
    [
        (FeedbackFilter(type="Chore"), {"source": ["Widget"]}, None),
        (FeedbackFilter(type="Chore"), {"type": []}, None),
        (FeedbackFilter(type="Chore"), {"type": [None]}, "No row has type Chore."),
        (
            FeedbackFilter(type="Chore"),
            {"type": ["", "a\nb", "c"]},
            r"No row has type Chore. Values in the data: (empty), 'a\nb', c.",
        ),
        (
            FeedbackFilter(type="Chore", source="Fax"),
            {"type": ["Bug"], "source": ["Widget"]},
            "No row has type Chore. Values in the data: Bug. No row has source Fax. Values in the data: Widget.",
        ),
        (FeedbackFilter(submitted_by=("ann", "bob")), {"submitted_by": ["ann"]}, "No row has submitter bob."),
        # Of many values, those at least 60% alike are named, which parts of longer ones are not.
        (
            FeedbackFilter(source="abcde"),
            {"source": [*OTHERS, "abcxy"]},
            "No row has source abcde. Did you mean abcxy?",
        ),
        (FeedbackFilter(source="abcde"), {"source": [*OTHERS, "abxyz"]}, "No row has source abcde."),
        (FeedbackFilter(source="pay"), {"source": [*OTHERS, "pay for a year of support"]}, "No row has source pay."),
        (
            FeedbackFilter(source="abcde"),
            {"source": [*OTHERS, "abcdx", "abcxy"]},
            "No row has source abcde. Did you mean abcdx or abcxy?",
        ),
        (
            FeedbackFilter(version="2.x"),
            {"version": ["2.4.0", "2.10", "12.0", "3.0"]},
            "No row has version 2.x. Did you mean 2.10, 2.4.0?",
        ),
        (
            FeedbackFilter(path=("/shop/*", "pay/")),
            {"path": ["/shop/cart", "/pay"]},
            "No row has path /shop/*. Did you mean /shop? No row has path pay/. Did you mean /pay?",
        ),
        (FeedbackFilter(version_since="2.0"), {"version": [None]}, None),
        (FeedbackFilter(version_since="2.0"), {"version": ["main"]}, "No row has a version from 2.0."),
        (
            FeedbackFilter(version_since="2.0"),
            {"version": ["1.0", None]},
            "No row has a version from 2.0. Versions in the data: 1.0.",
        ),
    ],
)
def test_doubts_say_what_the_data_has(where: FeedbackFilter, columns: dict[str, list[str]], said: str | None) -> None:
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    assert doubts(where, frame) == said


@pytest.mark.parametrize(("number", "end"), [(10, "2025.10"), (11, "2025.10, …")])
def test_at_most_ten_versions_of_another_scheme_are_listed_and_the_last_own_one_ends_the_range(
    number: int, end: str
) -> None:
    frame = pl.DataFrame({"version": ["2.5.0", "2.6.0", "2.7.0", *(f"2025.{n:02}" for n in range(1, number + 1))]})
    said = doubts(FeedbackFilter(version_since="2.5"), frame) or ""
    assert f" {end}. To leave them out" in said
    assert said.endswith('add version_until="2.7.0".')


SCHEMES = ["2.5.0", "2.6.0", "2.7.0", "8123", "9120", "2025.06", "2026.11", "20260301", "r500"]


@pytest.mark.parametrize(
    ("since", "until"),
    [
        *((since, None) for since in ("2.6", "2.8", "2026.01", "8123")),
        *((None, until) for until in ("2.6", "3000", "9999", "2026.12")),
        *(("2.6", until) for until in ("2.7", "3000", "9999", "2026.12")),
        *[("2.8", "2026.12"), ("2026.01", "2026.12"), ("8123", "9999")],
    ],
)
@pytest.mark.parametrize("first", range(len(SCHEMES) - 2))
def test_what_is_advised_leaves_out_the_versions_of_another_scheme(
    since: str | None, until: str | None, first: int
) -> None:
    texts = SCHEMES[first:]
    where = FeedbackFilter(version_since=since, version_until=until)
    said = doubts(where, pl.DataFrame({"version": texts})) or ""
    others = re.search(r"of another scheme: (.+?)\.(?: To leave|$)", said)
    advised = re.search(r'To leave (?:it|them) out, (add|pass) (\w+)="(.+)"\.$', said)
    assert others or not advised
    if others and advised:
        narrowed: dict[str, Any] = {advised[2]: advised[3]}
        narrower = replace(where, **narrowed).versions_among(texts)
        assert narrower
        assert {*others[1].split(", ")}.isdisjoint(narrower)
        assert (advised[1] == "add") is (getattr(where, advised[2]) is None)


def test_no_end_is_advised_if_none_leaves_out_the_versions_of_another_scheme() -> None:
    frame = pl.DataFrame({"version": ["2.7.0", "2025.06", "8123"]})
    assert doubts(FeedbackFilter(version_since="2.8", version_until="2026.01"), frame) is None
    assert doubts(FeedbackFilter(version_since="2.6", version_until="9999"), frame) == (
        'version_since="2.6" and version_until="9999" also selects 1 version of another scheme: 2025.06.'
    )
    assert doubts(FeedbackFilter(version_since="2.8"), frame.head(2)) == (
        'version_since="2.8" also selects 1 version of another scheme: 2025.06.'
    )


def test_doubts_about_a_search_say_what_a_row_is_called() -> None:
    frame = pl.DataFrame({"message": ["a"], "type": ["Bug"]})
    assert doubts(FeedbackFilter(search="type:chore OR a"), frame, of="item") == (
        "No item has type chore. Values in the data: Bug."
    )


def test_a_page_with_items_below_it_and_a_range_without_versions_raise_no_doubts() -> None:
    assert doubts(FeedbackFilter(path="/checkout"), pl.DataFrame({"path": ["/checkout/pay"]})) is None
    assert doubts(FeedbackFilter(version_since="2.6"), pl.DataFrame({"type": ["Bug"]})) is None


def test_a_value_that_no_row_has_is_told_by_every_field_and_way_to_select() -> None:
    height = 12
    frame = rows(
        type=["Bug", "Praise"] * 6,
        status=["New"] * height,
        source=["Widget"] * height,
        version=["2.4.0"] * height,
        path=[f"/checkout/{n}" for n in range(height)],
        submitted_by=["ann"] * height,
        project_id=["p1"] * height,
        message=["a"] * height,
        created_at=[START] * height,
    )
    said = {
        "type": ("Idea", "Values in the data: Bug, Praise."),
        "status": ("Snoozed", "Values in the data: New."),
        "source": ("Fax", "Values in the data: Widget."),
        "version": ("9.9.9", "Values in the data: 2.4.0."),
        "path": ("checkout/7", "Did you mean /checkout/7"),
        "submitted_by": ("anne", ""),
        "project_id": ("p2", "Values in the data: p1."),
    }
    for name, (value, hint) in said.items():
        where = FeedbackFilter.from_dict({"format": 1, name: value})
        word = {"submitted_by": "submitter", "project_id": "project"}.get(name, name)
        with pytest.warns(UserWarning, match=re.escape(f"No row has {word} {value}. {hint}".strip())) as warned:
            assert where.apply(frame).is_empty()
        assert [warning.filename for warning in warned] == [__file__]  # not a line of the package
        with pytest.warns(UserWarning, match=f"No row has {word} {value}") as warned:
            sw.trends.volume(frame, where=where)
        assert [warning.filename for warning in warned] == [__file__]
        assert Crossfilter(frame).doubts(where).startswith(f"No item has {word} {value}. {hint}".strip())
    with pytest.warns(UserWarning, match="submitter") as warned:
        FeedbackFilter(submitted_by="anne").apply(frame)
    assert not re.search("ann\\b", str(warned[0].message))  # who else wrote is told to nobody
    known = FeedbackFilter(type="Feature", status="Closed", text="nowhere", since="2027-01-01")
    assert known.apply(frame).is_empty()  # without a word


def test_a_range_of_versions_tells_of_those_of_another_scheme() -> None:
    frame = pl.DataFrame({"version": ["2.5.0", "2.6.0", "2.7.0", "2025.06", "2026.11", "main", None]})
    with pytest.warns(
        UserWarning, match=r"2 versions of another scheme: 2025\.06, 2026\.11\. .*version_until=\"2\.7\.0\""
    ):
        assert FeedbackFilter(version_since="2.6").apply(frame).height == 4
    for where in (
        FeedbackFilter(version_since="2.6", version_until="2.7.0"),
        FeedbackFilter(version_since="2026.01"),
        FeedbackFilter(version_since="2.6", version_until="2026.12"),
        FeedbackFilter(version_until="2.6"),
    ):
        assert doubts(where, frame) is None
    assert doubts(FeedbackFilter(version_until="2026.01"), frame) == (
        'version_until="2026.01" also selects 3 versions of another scheme: 2.5.0, 2.6.0, 2.7.0. To leave them out, '
        'add version_since="2025.06".'
    )
    assert doubts(FeedbackFilter(version_since="2027.01"), frame) == (
        "No row has a version from 2027.01. Versions in the data: 2.5.0 to 2026.11."
    )


def test_a_time_ago_stays_relative_in_presets_and_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def at(moment: datetime) -> None:
        monkeypatch.setattr(Clock, "now", lambda _: moment.timestamp())

    at(datetime(2026, 3, 31, 12, tzinfo=UTC))
    where = FeedbackFilter(since=" 4W", until="today", time_zone="Europe/Berlin")
    assert where == FeedbackFilter(since="4w", until="today", time_zone="Europe/Berlin")
    assert FeedbackFilter.from_dict(json.loads(json.dumps(where.to_dict()))) == where
    assert where.to_python() == 'sw.FeedbackFilter(since="4w", until="today", time_zone="Europe/Berlin")'
    assert where.moments == (datetime(2026, 3, 2, 23, tzinfo=UTC), datetime(2026, 3, 30, 22, tzinfo=UTC))
    assert where.describe() == ("since 2026-03-03 (4w, Europe/Berlin) until before 2026-03-31 (today, Europe/Berlin)")
    frame = numbered(rows(created_at=[datetime(2026, 3, 3, 1, tzinfo=UTC), START]))
    held = Crossfilter(frame)
    assert ids(where.apply(frame)) == ids(held.choose(where).apply(frame)) == ["000", "001"]
    at(datetime(2026, 4, 1, 12, tzinfo=UTC))
    assert ids(where.apply(frame)) == ids(held.choose(where).apply(frame)) == ["001"]
    assert FeedbackFilter(since="12h").moments[0] == datetime(2026, 4, 1, tzinfo=UTC)
    with pytest.raises(ArgumentError, match="Swap them"):
        FeedbackFilter(since="7d", until="4w")
