"""The search language: what people type is read as they mean it on every engine, and mistakes name their place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from seggwat_nb.errors import ArgumentError
from seggwat_nb.filter_queries import Term, parse, write_search
from seggwat_nb.filters import FeedbackFilter, doubts
from seggwat_nb.panels.crossfilter import Crossfilter
from seggwat_nb.share.privacy import describe_filter, mask_filter
from tests.unit.test_filters import ENGINES, START, frames, ids, numbered, rows, searches, terms

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.filterwarnings("ignore:No row has", "ignore:.* of another scheme")
seeded = settings(derandomize=True, max_examples=12, deadline=None)

CASES = json.loads((Path(__file__).parents[1] / "web" / "search.json").read_text(encoding="utf-8"))
"""Searches and what they mean, which `tests/web/search.test.js` reads as well."""


@pytest.mark.parametrize("case", CASES["parsed"], ids=lambda case: case["text"])
def test_a_search_is_read_as_the_table_says(case: dict[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(ArgumentError) as told:
            parse(case["text"])
        assert str(told.value) == case["error"]
        return
    expected = [
        [{"key": "", "isRegex": False, "excluded": False, **term} for term in clause] for clause in case["clauses"]
    ]
    found = parse(case["text"])
    assert [
        [
            {"key": term.key, "values": list(term.values), "isRegex": term.is_regex, "excluded": term.excluded}
            for term in clause
        ]
        for clause in found
    ] == expected
    assert parse(write_search(found)) == found


@pytest.mark.parametrize("case", CASES["matched"], ids=lambda case: case["search"])
def test_a_search_matches_what_the_table_says(case: dict[str, Any]) -> None:
    frame = numbered(rows(message=CASES["messages"]).with_columns(created_at=pl.lit(START)))
    where = FeedbackFilter.parse(case["search"])
    expected = [f"{at:03}" for at in case["rows"]]
    assert ids(where.apply(frame)) == ids(frame.filter(where.expr())) == expected
    assert ids(Crossfilter(frame).choose(where).apply(frame)) == expected
    if not any(term.is_regex for clause in parse(case["search"]) for term in clause):
        for name in ("lazy", "pandas", "arrow"):
            assert ids(where.apply(ENGINES[name](frame))) == expected, name


@pytest.mark.parametrize("case", CASES["patterns"], ids=lambda case: case["pattern"])
def test_a_pattern_matches_what_the_table_says(case: dict[str, Any]) -> None:
    frame = numbered(rows(message=CASES["pattern_texts"]).with_columns(created_at=pl.lit(START)))
    found = FeedbackFilter(text=case["pattern"], regex=True).apply(frame)
    assert ids(found) == [f"{at:03}" for at in case["rows"]]


@pytest.mark.parametrize("pattern", CASES["invalid_patterns"])
def test_a_pattern_that_is_invalid_in_a_page_is_so_in_python(pattern: str) -> None:
    with pytest.raises(ArgumentError, match="is an invalid regular expression"):
        FeedbackFilter.parse(f"/{pattern}/")


@pytest.mark.parametrize("case", CASES["matched_fields"], ids=lambda case: case["search"])
def test_values_of_fields_match_what_the_table_says(case: dict[str, Any]) -> None:
    fields = CASES["fields"]
    themes = [None if name is None else [name] for name in fields["theme"]]
    frame = numbered(rows(**{name: values for name, values in fields.items() if name != "theme"}))
    frame = frame.with_columns(created_at=pl.lit(START), theme=pl.Series(themes, dtype=pl.List(pl.String)))
    expected = {f"{at:03}" for at in case["rows"]}
    for where in (FeedbackFilter.parse(case["search"]), FeedbackFilter(search=case["search"])):
        ways = engines(frame if "theme" in where.columns else frame.drop("theme"))
        if "theme" in where.columns:
            del ways["pandas"]  # which has no type of its own for lists
        for name, select in ways.items():
            assert select(where) == expected, name
        assert set(ids(frame.filter(where.expr()))) == expected


def test_items_without_a_theme_are_those_with_none_or_an_empty_list() -> None:
    frame = numbered(rows(type=["Idea", None, " ", "Bug"], created_at=[START] * 4))
    frame = frame.with_columns(theme=pl.Series([["A"], [], None, ["A", "B"]], dtype=pl.List(pl.String)))
    for name, select in engines(frame).items():
        assert select(FeedbackFilter.parse("no:theme")) == {"001", "002"}, name
        assert select(FeedbackFilter.parse("-no:theme")) == {"000", "003"}, name
        assert select(FeedbackFilter.parse("no:type")) == {"001", "002"}, name
        assert select(FeedbackFilter.parse("no:type").complement()) == {"000", "003"}, name
    assert describe_filter(FeedbackFilter.parse("-no:from,type")) == "not without submitter or type"


def test_values_that_are_allowed_match_as_they_are() -> None:
    frame = numbered(rows(type=["Idea", "idea", "bug"], created_at=[START] * 3))
    for name, select in engines(frame).items():
        assert select(FeedbackFilter(type="idea", allow="idea")) == {"001"}, name
        assert select(FeedbackFilter(not_type="idea", allow="idea")) == {"000", "002"}, name
    with pytest.raises(ArgumentError, match="excludes it"):
        FeedbackFilter(type="Idea", not_type="idea")
    FeedbackFilter(type="Idea", not_type="idea", allow=("Idea", "idea"))
    assert doubts(FeedbackFilter(type="IDEA"), frame) is None
    assert (
        doubts(FeedbackFilter(type="IDEA", allow="IDEA"), frame) == "No row has type IDEA. Did you mean Idea or idea?"
    )


def engines(frame: pl.DataFrame) -> dict[str, Callable[[FeedbackFilter], set[str]]]:
    """Ways to select rows, which all give the same."""
    panel = Crossfilter(frame)

    def way(held: Any) -> Callable[[FeedbackFilter], set[str]]:  # any engine's frame
        return lambda where: set(ids(where.apply(held)))

    ways = {name: way(ENGINES[name](frame)) for name in ("polars", "lazy", "pandas", "arrow")}
    return ways | {"panel": lambda where: set(ids(panel.choose(where).apply(frame)))}


@seeded
@given(frames, terms, searches)
def test_and_is_the_intersection_or_the_union_and_minus_the_complement(
    frame: pl.DataFrame, term: str, others: str
) -> None:
    frame = numbered(frame)
    everything = set(frame["id"])
    first, *rest = parse(others)
    alternatives = write_search([first])
    opposite = term.removeprefix("-") if term.startswith("-") else f"-{term}"
    for name, select in engines(frame).items():
        one, other = select(FeedbackFilter(search=term)), select(FeedbackFilter(search=others))
        assert select(FeedbackFilter(search=f"{term} {others}")) == one & other, name
        assert select(FeedbackFilter(search=f"{term} OR {alternatives}")) == one | select(
            FeedbackFilter(search=alternatives)
        ), name
        assert select(FeedbackFilter(search=opposite)) == everything - one, name
        assert not rest or other == select(FeedbackFilter(search=alternatives)) & select(
            FeedbackFilter(search=write_search(rest))
        ), name


@seeded
@given(frames, searches)
def test_parse_selects_what_its_search_selects_and_comes_back_from_text(frame: pl.DataFrame, text: str) -> None:
    frame = numbered(frame)
    try:
        where = FeedbackFilter.parse(text)
    except ArgumentError as error:
        assume(not any(words in str(error) for words in ("excludes it", "an item has one", "is not before")))
        raise
    assert ids(where.apply(frame)) == ids(FeedbackFilter(search=text).apply(frame))
    again = FeedbackFilter.parse(where.to_search())
    assert again == where
    assert again.describe() == where.describe()


odd_values = st.sampled_from(["--force", "-", "-x", "OR", "NOT", "type:bug", "/a/", "(a OR b)"]) | st.text(
    st.sampled_from("ab-\u2212\"\\'“”„«» /:,.()\n\u3000") | st.characters(exclude_categories=["Cs"]),
    min_size=1,
    max_size=8,
)


@seeded
@given(odd_values, odd_values, st.sampled_from(["", "page", "theme"]), st.booleans())
def test_every_term_is_written_so_that_it_is_read_back(value: str, other: str, key: str, excluded: bool) -> None:
    values = tuple(dict.fromkeys((value, other))) if key else (value,)
    clauses = ((Term(key, values, excluded=excluded), Term("", (other,), excluded=not excluded)),) * 2
    assert parse(write_search(clauses)) == clauses


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.text(st.sampled_from("ab\"\\'“”„«» -/:,.\n\u3000\u200b\ud800") | st.characters(), max_size=40) | searches)
def test_any_text_is_read_or_refused_with_what_to_do(text: str) -> None:
    for read in (FeedbackFilter.parse, lambda text: FeedbackFilter(search=text)):
        try:
            where = read(text)
        except ArgumentError:
            continue
        assert read(where.to_search()) == where
        where.apply(pl.DataFrame({"message": ["a", "b a", None]})) if where.columns <= {"message"} else where.describe()


@seeded
@given(st.text(min_size=1).filter(lambda text: "\ud800" not in text))
def test_any_text_can_be_searched_for(text: str) -> None:
    for where in (FeedbackFilter(text=text), FeedbackFilter(submitted_by=text, not_path=text)):
        again = FeedbackFilter.parse(where.to_search())
        assert again.to_search() == where.to_search()
    frame = pl.DataFrame({"message": [text, None, f"a{text.upper()}b", "other"]})
    found = FeedbackFilter.parse(FeedbackFilter(text=text).to_search())
    assert found.apply(frame).equals(FeedbackFilter(text=text).apply(frame))


@pytest.mark.parametrize("regex", [False, True])
@pytest.mark.parametrize("text", ["a/b", "/", r"a\/b", r"\/", r"a\\/b", "a[/]b", "/a/"])
def test_texts_and_patterns_with_slashes_come_back_from_a_search(text: str, regex: bool) -> None:
    frame = pl.DataFrame({"message": ["a/b", r"a\/b", r"a\b", "ab", "/", "\\", "/a/", r"a\\/b", "a[/]b"]})
    where = FeedbackFilter(text=text, regex=regex)
    selected = where.apply(frame)
    assert not selected.is_empty()
    assert FeedbackFilter.parse(where.to_search()).apply(frame).equals(selected)
    assert selected.height + where.complement().apply(frame).height == frame.height


def test_keys_become_fields_as_far_as_they_can() -> None:
    assert FeedbackFilter.parse(
        "type:bug -status:closed,Resolved version:2.4 path:/a -theme:'Check out' since:28d"
    ) == (
        FeedbackFilter(
            type="Bug",
            not_status=("Closed", "Resolved"),
            version="2.4",
            path="/a",
            not_theme="Check out",
            since="28d",
        )
    )
    assert FeedbackFilter.parse("type:bug OR type:question") == FeedbackFilter(type=("Bug", "Question"))
    assert FeedbackFilter.parse("type:bug,question type:question,praise") == FeedbackFilter(type="Question")
    assert FeedbackFilter.parse("-type:bug -type:question") == FeedbackFilter(not_type=("Bug", "Question"))
    assert FeedbackFilter.parse("version:2.4..2.5") == FeedbackFilter(version_since="2.4", version_until="2.5")
    assert FeedbackFilter.parse("version:<=2.5 archived:no") == FeedbackFilter(version_until="2.5", archived=False)
    assert FeedbackFilter.parse("theme:a theme:b") == FeedbackFilter(theme="a", search="theme:b")
    assert (
        FeedbackFilter.parse("since:2026-01-01", time_zone="Asia/Tokyo").moments[0]
        == (FeedbackFilter(since="2026-01-01", time_zone="Asia/Tokyo").moments[0])
    )
    assert FeedbackFilter.parse("type:bgu", allow="bgu") == FeedbackFilter(type="bgu", allow="bgu")
    assert FeedbackFilter.parse(" \n ") == FeedbackFilter(search="") == FeedbackFilter()
    assert len(parse(" ".join("a" * 200))) == 200
    assert FeedbackFilter(search="  TYPE:bug   “a  b” ").search == 'type:Bug "a  b"'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pay type:bgu", 'type:bgu at character 5: type="bgu" is not a known type; did you mean "Bug"'),
        ("since:soon", "since:soon at character 1: since='soon' is not a date. Use"),
        ("a /b(c/", r"/b\(c/ at character 3 is an invalid regular expression: unclosed group"),
        ("archived:maybe", "archived: takes yes or no"),
        ("since:1d,2d", "takes one value"),
        ("version:>2", "version:>=2.4, version:<=2.5 or version:2.4..2.5"),
        ("version:>=main", "can be ordered"),
        ("type:bug -type:bug", 'type="Bug" is selected, and not_type="Bug" excludes it. Remove one of them'),
        ("type:bug type:question", "an item has one type, so nothing .* write type:Bug,Question"),
        ("since:1d until:2d", "Swap them"),
        (" ".join("a" * 201), "at most 200 terms"),
    ],
)
def test_mistakes_are_told_with_their_place_and_what_to_do(text: str, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        FeedbackFilter.parse(text)


@pytest.mark.parametrize(
    "wrong", ["OR", "AND", "NOT", "(a OR b)", '"open', '""', '-page:""', "-type:", "since:soon", "/b(c/", "is:open"]
)
def test_the_place_of_a_mistake_is_where_it_stands(wrong: str) -> None:
    with pytest.raises(ArgumentError, match=rf"at character {6 if wrong == '-type:' else 5}\b"):
        FeedbackFilter.parse(f"pay {wrong}")


@pytest.mark.parametrize(
    "text",
    [
        "archived:yes OR archived:no",
        "since:2026-03-29 OR since:2026-03-30",
        "until:2026-03-29 OR until:2026-03-30",
        "version:1.9 OR version:>=1.10",
        "version:<=1.9 OR version:1.10",
        "type:bug OR -type:question",
        "type:bug OR status:new",
    ],
)
def test_alternatives_that_no_field_can_hold_stay_a_search(text: str) -> None:
    assert FeedbackFilter.parse(text) == FeedbackFilter(search=text)


def test_everyday_searches_find_what_they_should() -> None:
    frame = numbered(
        rows(
            message=["The payment by card fails", "Card payments are slow", "No problem", "Payment refused"],
            path=["/shop/checkout", "/Checkout/pay", None, "/help"],
            submitted_by=["Customer207@example.com", "customer208", None, "bob"],
            created_at=[START] * 4,
        )
    )
    for text, expected in {
        "payment card": [0, 1],
        " payment card  ": [0, 1],
        '"payment by card"': [0],
        "“payment by card”": [0],
        "-payment": [2],
        "payment -card": [3],
        "slow OR refused": [1, 3],
        "page:checkout": [0, 1],
        "from:customer207": [0],
        "from:CUSTOMER": [0, 1],
        "-from:customer": [2, 3],
        "pay -page:checkout": [3],
    }.items():
        for name, select in engines(frame).items():
            assert select(FeedbackFilter.parse(text)) == {f"{at:03}" for at in expected}, (name, text)
    with duckdb.connect() as connection:
        connection.register("held", frame.to_arrow())
        found = FeedbackFilter.parse("pay -page:checkout").apply(connection.sql("select * from held"))
        assert ids(found) == ["003"]


def test_what_is_excluded_keeps_items_without_a_value_and_what_lies_beside() -> None:
    frame = numbered(rows(path=["/a", "/a/b", "/ab", None], created_at=[START] * 4))
    for name, select in engines(frame).items():
        assert select(FeedbackFilter(not_path="/a")) == {"002", "003"}, name
        assert select(FeedbackFilter(path="/a", not_path="/a/b")) == {"000"}, name
    tagged = frame.with_columns(theme=pl.Series([["Checkout / Payment"], ["Checkout"], ["Checkouts"], None]))
    for where in (FeedbackFilter(not_theme="Checkout"), FeedbackFilter.parse("-theme:Checkout")):
        assert ids(where.apply(tagged)) == ids(Crossfilter(tagged).choose(where).apply(tagged)) == ["002", "003"]
    both = FeedbackFilter(theme="Checkout", not_theme="Checkout / Payment")
    assert ids(both.apply(tagged)) == ids(Crossfilter(tagged).choose(both).apply(tagged)) == ["001"]


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "Bug", "not_type": "bug"},
        {"path": "/a/b", "not_path": "/a"},
        {"theme": "Checkout / Payment", "not_theme": "Checkout"},
        {"version": "1.10.0", "not_version": "v1.10"},
        {"submitted_by": ("ann", "bo"), "not_submitted_by": "bo"},
    ],
)
def test_a_value_that_is_both_selected_and_excluded_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=r"is selected, and not_\w+=.* excludes it\. Remove one of them\."):
        FeedbackFilter(**fields)


def test_an_excluded_value_that_no_row_has_is_told() -> None:
    frame = pl.DataFrame({"version": ["v1.10", "1.9"], "path": ["/a", "/b"]})
    assert doubts(FeedbackFilter(not_version="1.10.0", not_path="/a"), frame) is None
    told = "No row has version 1.8. Values in the data: 1.9, v1.10."
    assert doubts(FeedbackFilter(not_version="1.8"), frame) == doubts(FeedbackFilter(search="x OR -version:1.8"), frame)
    assert doubts(FeedbackFilter(not_version="1.8"), frame) == told
    assert FeedbackFilter(not_version="1.10.0").resolve(frame).not_version == ("v1.10",)


def test_a_search_is_told_to_others_without_names() -> None:
    where = FeedbackFilter.parse("jo@example.org from:ann207 -submitter:bob84 page:ann207 -/ann207.x/ type:bug")
    people = ["ann207", "bob84", "jo@example.org"]
    told = describe_filter(where, people=people)
    assert told.startswith('type Bug, not of 1 submitter, text "')
    for name in ("ann", "bob", "jo@"):
        assert name not in told
    masked = mask_filter(where, salt=b"1", people=people)
    assert "ann" not in masked.to_search()
    assert FeedbackFilter.from_dict(masked.to_dict()) == masked
    alike = FeedbackFilter(path="/a?x=1", not_path="/a?x=2")
    assert mask_filter(alike, salt=None).describe() == "path /a?[query]"


def test_ratings_are_filtered_by_the_parts_of_a_search_that_they_have() -> None:
    where = FeedbackFilter.parse("type:bug payment page:checkout OR from:ann -archived:yes version:2")
    assert where.columns == {"type", "message", "path", "submitted_by", "archived", "version"}
    assert where.without_columns("type", "message").to_search() == ("version:2 page:checkout OR from:ann -archived:yes")


@pytest.mark.parametrize("search", ["from:ann", "-from:ann,Annette OR type:bug", "submitter:ann", '-submitter:"ann b"'])
def test_a_search_by_people_can_be_described_without_naming_them(search: str) -> None:
    where = FeedbackFilter(search=search)
    assert "ann" in where.describe()
    assert "ann" not in where.describe(people=False).casefold()
