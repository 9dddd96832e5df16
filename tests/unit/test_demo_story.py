"""What the story says is planted stands in the records, told by plain Python."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import DAYS, PLANTED, docs_feedback, shop_feedback, shop_ratings
from seggwat_nb.schema import SOURCES, STATUSES, TYPES

if TYPE_CHECKING:
    from seggwat_nb.demo.state import Record

END = datetime(2026, 11, 18, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return shop_feedback(seed=SEED, end=END, project_id="p")


def moment(record: Record) -> datetime:
    return datetime.fromisoformat(record["created_at"])


def test_the_sizes_are_as_said(records: list[Record]) -> None:
    assert 1800 <= len(records) <= 2200
    assert 1300 <= len(shop_ratings(seed=SEED, end=END, project_id="p")) <= 1700
    assert 200 <= len(docs_feedback(seed=SEED, end=END, project_id="p")) <= 400
    assert len({record["id"] for record in records}) == len(records)
    assert {len(record["id"]) for record in records} == {24, 36}


def test_the_same_seed_and_end_tell_the_same_story(records: list[Record]) -> None:
    assert shop_feedback(seed=SEED, end=END, project_id="p") == records
    assert shop_feedback(seed=SEED + 1, end=END, project_id="p") != records


def test_nothing_is_later_than_the_end_nor_older_than_the_beginning(records: list[Record]) -> None:
    moments = [moment(record) for record in records]
    assert max(moments) <= END
    assert END - max(moments) < timedelta(days=2)
    assert min(moments) >= END - timedelta(days=DAYS)
    assert {record["created_at"][-1] for record in records} >= {"Z", "0"}


def test_one_release_breaks_paying_and_no_other_stands_out(records: list[Record]) -> None:
    shares = {}
    for release in PLANTED.releases:
        items = [record for record in records if (record.get("version") or "").lstrip("v") == release]
        assert len(items) > 60
        shares[release] = sum(record["type"] == "Bug" for record in items) / len(items)
    broken = shares.pop(PLANTED.broken_release)
    assert broken > 0.55
    assert max(shares.values()) < 0.45
    paying = [
        record
        for record in records
        if record.get("version") == PLANTED.broken_release and record.get("path") == PLANTED.broken_path
    ]
    assert sum(record["type"] == "Bug" for record in paying) > 50


def test_a_request_grows(records: list[Record]) -> None:
    weeks = Counter(
        (END - moment(record)).days // 7
        for record in records
        if record.get("path") == PLANTED.growing_path and record["type"] == PLANTED.growing_type
    )
    assert weeks[0] > weeks[3] > weeks[7]
    assert sum(weeks.values()) - sum(weeks[week] for week in range(8)) < 10


def test_one_person_is_loud_on_one_day(records: list[Record]) -> None:
    days = {moment(record).date() for record in records if record.get("submitted_by") == PLANTED.loud_submitter}
    loud = [record for record in records if record.get("submitted_by") == PLANTED.loud_submitter]
    assert days == {(END - timedelta(days=PLANTED.loud_days_ago)).date()}
    assert len(loud) == PLANTED.loud_items


def test_near_duplicates_come_from_different_people(records: list[Record]) -> None:
    for group in PLANTED.near_duplicates:
        senders = [record["submitted_by"] for record in records if record["message"] in group]
        assert len(senders) == len(set(senders)) == len(group)


def test_messages_that_try_something_and_personal_data_are_there(records: list[Record]) -> None:
    messages = [record["message"] for record in records]
    assert all(message in messages for message in PLANTED.hostile)
    assert any("<script>" in message for message in PLANTED.hostile)
    assert any(message.startswith("=") for message in PLANTED.hostile)
    assert any("\u202e" in message for message in PLANTED.hostile)
    assert any(len(message) > 3900 for message in PLANTED.hostile)
    for text in PLANTED.personal:
        assert any(text in message for message in messages)


def test_unknown_values_stand_in_each_vocabulary(records: list[Record]) -> None:
    known = {"type": TYPES, "status": STATUSES, "source": SOURCES}
    found = {(column, record[column]) for record in records for column in known if record[column] not in known[column]}
    assert found == set(PLANTED.unknown)


def test_versions_come_in_every_spelling(records: list[Record]) -> None:
    versions = {record.get("version", "absent") for record in records}
    assert {None, "", "main", "absent", "2.4.0", "v2.4.0"} <= versions
    assert any("-beta" in str(version) for version in versions)
    assert any("-12-g" in str(version) for version in versions)
    assert "2026.06" in versions


def test_statuses_age_and_cancellations_are_no_product_feedback(records: list[Record]) -> None:
    def done(items: list[Record]) -> float:
        return sum(record["status"] in {"Resolved", "Closed"} for record in items) / len(items)

    old = [record for record in records if END - moment(record) > timedelta(days=300)]
    new = [record for record in records if END - moment(record) < timedelta(days=14)]
    assert done(old) > 0.9
    assert done(new) < 0.4
    cancelled = [record for record in records if record["source"] in {"Stripe", "Polar"}]
    assert len(cancelled) > 100
    assert {record["type"] for record in cancelled} == {"Other"}


def test_ratings_come_in_both_shapes_and_suffer_from_the_broken_release() -> None:
    ratings = shop_ratings(seed=SEED, end=END, project_id="p")
    assert {type(rating["value"]) for rating in ratings} == {bool, dict}
    assert {rating.get("rating_type") for rating in ratings} == {None, "helpful", "star", "nps"}
    scales = {rating["value"]["max_stars"] for rating in ratings if rating.get("rating_type") == "star"}
    assert scales == {3, 5}
    assert any(rating["value"]["value"] % 1 for rating in ratings if rating.get("rating_type") == "star")
