"""From the API's records to typed frames, whatever the records hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.errors import UnexpectedResponseError
from seggwat_nb.schema import FEEDBACK, PROJECT, RATINGS
from seggwat_nb.source import responses
from seggwat_nb.source.frames import feedback_frame, projects_frame, ratings_frame

if TYPE_CHECKING:
    import polars as pl

ITEM: dict[str, Any] = {
    "id": "65f0c0ffee",
    "project_id": "p1",
    "message": "It broke",
    "status": "New",
    "type": "Bug",
    "source": "Widget",
    "created_at": "2026-03-01T10:00:00Z",
    "archived": False,
}

OLDER = ITEM | {"id": "65f0c0ffed", "created_at": "2026-02-01T10:00:00Z"}


def one(**changes: object) -> pl.DataFrame:
    return feedback_frame([[ITEM | changes]], project_id="p1").frame


@pytest.mark.parametrize("pages", [[], [[]], [[ITEM]], [[{"id": "a", "created_at": "2026-01-01T00:00:00Z"}]]])
def test_columns_and_dtypes_are_the_same_whatever_comes(pages: list[list[object]]) -> None:
    assert feedback_frame(pages, project_id="p").frame.schema == FEEDBACK
    assert ratings_frame(pages, project_id="p").frame.schema == RATINGS


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("2026-03-01T10:00:00Z", 0),
        ("2026-03-01T11:30:00+01:30", 0),
        ("2026-03-01T10:00:00.5Z", 500_000),
        ("2026-03-01T10:00:00.123456789+00:00", 123_456),
        ("2026-03-01T05:00:00.25-05:00", 250_000),
    ],
)
def test_every_spelling_of_a_moment_is_utc(text: str, micros: int) -> None:
    assert one(created_at=text)["created_at"].to_list() == [datetime(2026, 3, 1, 10, 0, 0, micros, tzinfo=UTC)]


def test_absent_and_null_are_null_and_empty_stays_empty() -> None:
    frame = feedback_frame(
        [[ITEM | {"id": "a", "version": None}, ITEM | {"id": "b", "version": ""}]], project_id="p1"
    ).frame
    assert frame.sort("id")["version"].to_list() == [None, ""]
    assert frame["path"].null_count() == 2


def test_unknown_keys_and_misfits_stand_in_extra_and_lose_no_row() -> None:
    frame = one(version=True, archived="yes", screenshots=[{"url": "x"}], type="Idea")
    assert frame["type"].to_list() == ["Idea"]
    assert frame.select("version", "archived").row(0) == (None, None)
    assert json.loads(frame["extra"][0]) == {"version": True, "archived": "yes", "screenshots": [{"url": "x"}]}


@pytest.mark.parametrize(("sent", "text"), [(12, "12"), (1.1, "1.1"), (2**70, str(2**70)), ("1.10", "1.10")])
def test_a_version_or_submitter_sent_as_a_number_is_its_text(sent: object, text: str) -> None:
    assert one(version=sent, submitted_by=sent).select("version", "submitted_by", "extra").row(0) == (text, text, None)


@pytest.mark.parametrize(
    "strange",
    [
        None,
        7,
        "text",
        [],
        {"id": 5},
        ITEM | {"id": ""},
        *(ITEM | {"created_at": moment} for moment in (None, 1772359200, "yesterday", "2026-13-01T10:00:00Z")),
        ITEM | {"created_at": "2026-03-01T10:00:00"},
    ],
)
def test_a_record_that_can_be_no_row_is_set_aside(strange: object) -> None:
    decoded = feedback_frame([[ITEM | {"id": "good"}, strange]], project_id="p1")
    assert decoded.frame["id"].to_list() == ["good"]
    assert [json.loads(text) for text in decoded.set_aside] == [strange]


def test_what_comes_again_replaces_what_came_before() -> None:
    decoded = feedback_frame([[ITEM], [ITEM | {"status": "Closed"}]], project_id="p1")
    assert decoded.frame["status"].to_list() == ["Closed"]


def test_the_newest_come_first_and_ties_are_in_the_order_of_their_ids() -> None:
    records = [OLDER | {"id": "c"}, ITEM | {"id": "b"}, ITEM | {"id": "a"}, OLDER | {"id": "d"}]
    assert feedback_frame([records], project_id="p1").frame["id"].to_list() == ["a", "b", "c", "d"]


def test_an_id_may_be_a_number() -> None:
    assert feedback_frame([[ITEM | {"id": 17}, OLDER | {"id": 18.0}]], project_id="p1").frame["id"].to_list() == [
        "17",
        "18",
    ]


def test_equal_records_are_set_aside_one_by_one_only_if_they_have_no_id() -> None:
    undated = ITEM | {"created_at": "yesterday"}
    without = {key: value for key, value in ITEM.items() if key != "id"}
    set_aside = feedback_frame([[undated, undated, without, without]], project_id="p1").set_aside
    assert sorted(json.loads(text).get("id", "") for text in set_aside) == ["", "", ITEM["id"]]


def test_records_without_an_id_are_equal_whatever_the_order_of_their_keys() -> None:
    forwards = {"message": "It broke", "type": "Bug"}
    backwards = dict(reversed(forwards.items()))
    assert len(feedback_frame([[forwards], [backwards]], project_id="p1").set_aside) == 1
    assert len(feedback_frame([[forwards, backwards]], project_id="p1").set_aside) == 2


def test_the_project_is_filled_in_where_the_record_does_not_say() -> None:
    record = {key: value for key, value in ITEM.items() if key != "project_id"}
    assert feedback_frame([[record]], project_id="asked").frame["project_id"].to_list() == ["asked"]


RATING = {"id": "r", "project_id": "p", "created_at": "2026-03-01T10:00:00Z", "archived": False}


def typed(kind: str, answer: object, **more: object) -> dict[str, Any]:
    return {"type": kind, "value": answer, **more}


STRANGE = [typed("nps", 11), typed("smile", ":)"), typed("helpful", "yes")]


@pytest.mark.parametrize(
    ("record", "expected", "extra"),
    [
        ({"value": True}, ("helpful", None, None, True, None), None),
        ({"rating_type": "helpful", "value": typed("helpful", False)}, ("helpful", None, None, False, None), None),
        ({"rating_type": "star", "value": typed("star", 3.5, max_stars=5)}, ("star", 3.5, 5.0, None, None), None),
        ({"value": typed("star", 2, max_stars=3)}, ("star", 2.0, 3.0, None, None), None),
        ({"rating_type": "star", "value": typed("star", 2)}, ("star", 2.0, None, None, None), None),
        ({"rating_type": "nps", "value": typed("nps", 6)}, ("nps", 6.0, 10.0, None, "detractor"), None),
        ({"rating_type": "nps", "value": typed("nps", 7)}, ("nps", 7.0, 10.0, None, "passive"), None),
        ({"rating_type": "nps", "value": 8}, ("nps", 8.0, 10.0, None, "passive"), None),
        ({"rating_type": "nps", "value": 9}, ("nps", 9.0, 10.0, None, "promoter"), None),
        ({"rating_type": "nps", "value": 0}, ("nps", 0.0, 10.0, None, "detractor"), None),
        ({"rating_type": "nps", "value": 10}, ("nps", 10.0, 10.0, None, "promoter"), None),
        *(({"value": value}, (value["type"], *[None] * 4), {"value": value}) for value in STRANGE),
        (
            {"rating_type": "star", "value": typed("nps", 4)},
            ("star", 4.0, None, None, None),
            {"value": typed("nps", 4)},
        ),
        ({"value": "yes"}, (None, None, None, None, None), {"value": {"value": "yes"}}),
        ({"value": None}, (None, None, None, None, None), None),
        ({"value": True, "metadata": {"page": 1}}, ("helpful", None, None, True, None), {"metadata": {"page": 1}}),
    ],
)
def test_both_shapes_of_a_rating_make_one_frame(
    record: dict[str, Any], expected: tuple[object, ...], extra: object
) -> None:
    frame = ratings_frame([[RATING | record]], project_id="p").frame
    assert frame.select("rating_type", "score", "max_score", "helpful", "nps_category").row(0) == expected
    assert (frame["extra"][0] and json.loads(frame["extra"][0])) == extra


def test_projects_have_fixed_columns_too() -> None:
    record = {
        "id": "p",
        "name": "Shop",
        "allowed_origins": ["https://shop.example"],
        "feedback_count": 3,
        "plan": "pro",
    }
    frame, set_aside = projects_frame([record, {"name": "no id"}])
    assert frame.schema == PROJECT
    assert frame["allowed_origins"].to_list() == [["https://shop.example"]]
    assert json.loads(frame["extra"][0]) == {"plan": "pro"}
    assert [json.loads(text) for text in set_aside] == [{"name": "no id"}]


def test_a_count_too_large_for_its_column_is_kept_and_leaves_others_as_they_are() -> None:
    counts = {"a": 2**63, "b": -(2**63), "c": 2**63 - 1, "d": 2.5, "e": True, "f": None}
    frame = projects_frame([{"id": one, "name": one, "feedback_count": count} for one, count in counts.items()]).frame
    assert frame["feedback_count"].to_list() == [None, -(2**63), 2**63 - 1, None, None, None]
    assert [one and json.loads(one)["feedback_count"] for one in frame["extra"]] == [2**63, None, None, 2.5, True, None]


def test_a_list_that_is_not_of_texts_is_kept_and_leaves_others_as_they_are() -> None:
    lists: list[object] = [["https://a.example"], "https://b.example", ["https://c.example", 3], None]
    frame = projects_frame(
        [{"id": f"{n}", "name": f"{n}", "allowed_origins": one} for n, one in enumerate(lists)]
    ).frame
    assert frame["allowed_origins"].to_list() == [lists[0], None, None, None]
    assert [one and json.loads(one)["allowed_origins"] for one in frame["extra"]] == [None, *lists[1:3], None]


def test_projects_are_sorted_by_name_and_those_without_one_come_last() -> None:
    frame = projects_frame([{"id": "a"}, {"id": "b", "name": "Shop"}, {"id": "c", "name": "App"}]).frame
    assert frame["id"].to_list() == ["c", "b", "a"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=6,
)
strange_records = st.dictionaries(st.sampled_from([*FEEDBACK, *RATINGS, "value", "metadata", "odd"]), json_values)


@settings(max_examples=75, deadline=None, derandomize=True, database=None)
@given(records=st.lists(strange_records | json_values, max_size=5), dated=st.booleans())
def test_no_record_is_lost(records: list[Any], dated: bool) -> None:
    if dated:
        records = [
            {**record, "id": f"id-{n}", "created_at": ITEM["created_at"]} if isinstance(record, dict) else record
            for n, record in enumerate(records)
        ]
    body = json.dumps({"records": records}).encode()
    decoded_records = responses.record(body)["records"]
    for decode in (feedback_frame, ratings_frame):
        frame, set_aside = decode([decoded_records], project_id="p")
        kept = set(frame["id"])
        aside = {json.dumps(json.loads(text), sort_keys=True) for text in set_aside}
        for record in decoded_records:
            in_frame = isinstance(record, dict) and str(record.get("id")) in kept
            assert in_frame or json.dumps(record, sort_keys=True) in aside


def page(rows: list[object], total: int | None = None, number: int = 1, limit: int = 100) -> bytes:
    pagination = {"page": number, "limit": limit, "total": len(rows) if total is None else total, "total_pages": 1}
    return json.dumps({"feedback": rows, "pagination": pagination}).encode()


def test_a_page_is_read_with_its_place_in_the_list() -> None:
    read = responses.read_page(page([ITEM], total=201, number=3), key="feedback", page=3)
    assert (read.start, read.total, read.is_last, read.rows[0].id) == (200, 201, True, ITEM["id"])


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "it is empty"),
        (b"<html><body>502</body></html>", "it begins '<html>"),
        (page([ITEM])[:-20], "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"error": "x"}', "contains an error: 'x'"),
        (b'{"error": "x", "feedbacks": []}', "no list under 'feedback', and it says 'x'"),
        (b'{"ok": false, "error": {"code": 7, "message": "Token expired"}}', "'feedback', and it says 'Token expired'"),
        (b'{"code": 429, "msg": "too many requests", "data": null}', "and it says 'too many requests'"),
        (b'{"data": {"feedback": []}}', "no list under 'feedback'\\. If"),
        (b'{"feedback": []}', "'pagination' is not a JSON object"),
        (b'{"feedback": [], "pagination": {"page": 1, "limit": 20, "total": true}}', "'total' is True"),
        (b'{"feedback": [], "pagination": {"page": 1, "limit": 0, "total": 0}}', "'limit' is 0"),
        (page([ITEM], number=2, total=101), "page 2 returned"),
        (page([ITEM], total=2), "has 1 rows, but its total of 2 implies 2"),
        (page([], total=2), "has 0 rows"),
        (page([ITEM, OLDER, ITEM]), "'65f0c0ffee' twice, in two places"),
        (b'{"feedback": NaN}', "no list under 'feedback'"),
        (page([ITEM]).replace(b'"total": 1', b'"total": Infinity'), "'total' is 'Infinity'"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_page_that_is_not_as_the_contract_draws_it_is_refused(body: bytes, problem: str) -> None:
    with pytest.raises(UnexpectedResponseError, match=problem) as caught:
        responses.read_page(body, key="feedback", page=1)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_what_a_service_says_in_place_of_its_projects_is_quoted() -> None:
    with pytest.raises(UnexpectedResponseError, match="no list under 'projects', and it says 'Token expired'"):
        responses.read_projects(b'{"success": false, "message": "Token expired"}')


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    body = rb'{"feedback": [{"id": "a", "message": "x\ud83dy", "created_at": "2026-03-01T10:00:00Z"}]}'
    assert feedback_frame([responses.record(body)["feedback"]], project_id="p").frame["message"].to_list() == [
        "x\ufffdy"
    ]


def test_an_id_twice_on_a_page_is_read_and_said_where_its_values_differ() -> None:
    other = ITEM | {"status": "Closed"}
    equal, unlike = (responses.read_page(page([OLDER, ITEM, copy]), key="feedback", page=1) for copy in (ITEM, other))
    assert (len(equal.rows), equal.conflicting) == (3, frozenset())
    assert unlike.conflicting == {"65f0c0ffee"}
    frame = feedback_frame([unlike.records], project_id="p").frame
    assert dict(frame.select("id", "status").iter_rows()) == {"65f0c0ffee": "Closed", "65f0c0ffed": "New"}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20t10:00:00z", "2026-11-20T10:00:00Z"),
        ("2026-11-20T10:00:00+0530", "2026-11-20T04:30:00Z"),
        ("2026-06-30T23:59:60Z", "2026-07-01T00:00:00Z"),
        ("2026-11-20T10:00:00.123456789Z", "2026-11-20T10:00:00.123456Z"),
        ("2026-11-20T10:00:00", None),
        ("2026-11-20 10:00:00", None),
        ("11/20/2026 10:00", None),
        (None, None),
        (1795000000, None),
    ],
)
def test_a_crawl_reads_times_as_the_frame_does(text: object, moment: str | None) -> None:
    record = ITEM | {"created_at": text}
    (row,) = responses.read_page(page([record]), key="feedback", page=1).rows
    framed = feedback_frame([[record]], project_id="p")
    assert row.created_at == (None if moment is None else datetime.fromisoformat(moment))
    assert framed.frame["created_at"].to_list() == ([] if moment is None else [row.created_at])


def test_totals_may_be_text_and_a_page_past_the_end_may_come_as_the_last() -> None:
    told = {"page": "1", "limit": "20", "total": "2"}
    body = json.dumps({"feedback": [ITEM, OLDER], "pagination": told}).encode()
    assert responses.read_page(body, key="feedback", page=1).total == 2
    assert responses.read_page(body, key="feedback", page=3).start == 0
    with pytest.raises(UnexpectedResponseError, match="page 1 returned"):
        responses.read_page(page([ITEM] * 100, total=150), key="feedback", page=2)


def test_an_empty_list_may_be_null_but_one_with_rows_may_not() -> None:
    told = {"page": 1, "limit": 20, "total": 0}
    body = json.dumps({"feedback": None, "pagination": told})
    assert responses.read_page(body.encode(), key="feedback", page=1).rows == ()
    with pytest.raises(UnexpectedResponseError, match="has 0 rows, but its total of 2 implies 2"):
        responses.read_page(body.replace('"total": 0', '"total": 2').encode(), key="feedback", page=1)


def test_a_page_that_says_neither_number_nor_limit_has_those_that_were_requested() -> None:
    body = json.dumps({"feedback": [ITEM], "pagination": {"total": 41, "limit": None}}).encode()
    read = responses.read_page(body, key="feedback", page=3, limit=20)
    assert (read.page, read.limit, read.start, read.is_last) == (3, 20, 40, True)
    with pytest.raises(UnexpectedResponseError, match="'limit' is None"):
        responses.read_page(body, key="feedback", page=3)


def test_a_body_is_read_once() -> None:
    read: list[bytes] = []

    def reading(body: bytes) -> int:
        read.append(body)
        return len(body)

    once = responses.Once(reading)
    assert [once(b"one"), once(bytes(bytearray(b"one"))), once(b"three"), once(b"three")] == [3, 3, 5, 5]
    assert read == [b"one", b"three"]


def test_the_project_is_the_one_requested_and_another_one_is_kept() -> None:
    records = [ITEM | {"id": f"i{n}", "project_id": project} for n, project in enumerate(["p1", "slug", None, 42])]
    for decode in (feedback_frame, ratings_frame):
        frame = decode([records], project_id="p1").frame.sort("id")
        assert set(frame["project_id"]) == {"p1"}
        named = [None if extra is None else json.loads(extra).get("project_id") for extra in frame["extra"]]
        assert named == [None, "slug", None, 42]


@pytest.mark.parametrize("score", [10**400, -(10**400)])
def test_a_number_too_large_for_its_column_is_kept(score: int) -> None:
    value = {"type": "star", "value": score, "max_stars": 5}
    frame = ratings_frame([[RATING | {"rating_type": "star", "value": value}]], project_id="p").frame
    assert frame.select("score", "max_score").row(0) == (None, 5.0)
    assert json.loads(frame["extra"][0]) == {"score": score}


def test_a_misfit_leaves_the_values_of_other_rows_as_they_are() -> None:
    versions: list[object] = [["odd"], "2.0", None]
    frame = feedback_frame(
        [[ITEM | {"id": f"{n}", "version": one} for n, one in enumerate(versions)]], project_id="p1"
    ).frame
    assert frame["version"].to_list() == [None, "2.0", None]
    assert frame["extra"].to_list() == ['{"version":["odd"]}', None, None]
    stars = [{"rating_type": "star", "value": typed("star", score)} for score in (10**400, 3, 3.5)]
    rated = ratings_frame([[RATING | {"id": f"{n}"} | one for n, one in enumerate(stars)]], project_id="p").frame
    assert rated["score"].to_list() == [None, 3.0, 3.5]
    assert rated["extra"].null_count() == 2


@pytest.mark.parametrize("depth", [10, 990, 100_000])
def test_a_value_that_is_nested_deeply_does_not_stop_a_list(depth: int) -> None:
    deep = '[{"a]": ' * depth + '"}"' + "}]" * depth
    body = page([ITEM]).replace(b'"archived"', f'"deep": {deep}, "archived"'.encode())
    read = responses.read_page(body, key="feedback", page=1)
    frame = feedback_frame([read.records], project_id="p1").frame
    assert frame["message"].to_list() == ["It broke"]
    assert '"deep":[{' in frame["extra"][0]
