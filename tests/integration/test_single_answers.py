"""Answers about one item that are less than a record of the list, or something else than the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from seggwat_nb import doctor, triage
from seggwat_nb.client import Client
from seggwat_nb.demo.server import PROJECT_ID
from seggwat_nb.errors import ArgumentError, IncompleteError, NotFoundError, ServerError, UnexpectedResponseError
from seggwat_nb.source.frames import feedback_frame, ratings_frame
from seggwat_nb.source.partial_records import as_record
from tests.integration.conftest import item
from tests.integration.odd_server import OddServer

if TYPE_CHECKING:
    from collections.abc import Callable

    Answer = Callable[[dict[str, Any]], tuple[int, Any]]


class Odd(OddServer):
    """Answers changes in its own way, and makes them first, as far as ``makes`` lets it."""

    changed: Answer = staticmethod(lambda record: (200, record))
    makes: Callable[[dict[str, Any]], dict[str, Any] | None] = staticmethod(lambda change: change)

    def answer(self, target: str, change: dict[str, Any] | None = None) -> tuple[int, Any]:
        if change is None:
            return super().answer(target)
        record = next(record for record in self.records if target.endswith(f"/{record['id']}"))
        made = self.makes(change)
        if made is None:
            return 422, {"error": "invalid"}
        record.update(made)
        return self.changed(record)

    @property
    def writes(self) -> int:
        return sum(asked.startswith("PATCH") for asked in self.asked)


@pytest.fixture
def odd() -> Any:
    with Odd(records=[item(n, version="1.0", custom=n) for n in range(5)][::-1]) as server:
        yield server


@pytest.fixture
def client(odd: Odd, waiting: Any) -> Any:
    assert waiting.seconds == 0
    with Client(api_key=odd.token, project_id=PROJECT_ID, base_url=odd.url, requests_per_minute=0) as client:
        yield client


def few(record: dict[str, Any]) -> dict[str, Any]:
    return {name: record[name] for name in ("id", "status", "created_at")}


def stored(client: Client, number: int = 3) -> dict[str, Any]:
    return client.feedback(refresh="never").row(by_predicate=pl.col("id") == f"item-{number:06}", named=True)


def test_an_answer_with_few_keys_leaves_the_others_as_they_are_known(odd: Odd, client: Client) -> None:
    client.feedback()
    before = stored(client)
    odd.one = few
    odd.records[1]["status"] = "Hold"
    assert client.item("item-000003", fresh=True)["message"] == "Message 3"
    assert stored(client) == before | {"status": "Hold"}
    odd.changed = lambda record: (200, few(record))
    assert client.update("item-000003", status="Closed")["version"] == "1.0"
    assert stored(client) == before | {"status": "Closed"}
    assert client.history().select("field", "old", "new").rows() == [
        ("status", "New", "Hold"),
        ("status", "Hold", "Closed"),
    ]


def test_a_note_that_is_removed_does_not_return_from_the_known_row(odd: Odd, client: Client) -> None:
    odd.records[1]["resolution_note"] = "Fixed"
    client.feedback()
    odd.changed = lambda record: (200, few(record))
    assert not client.update("item-000003", resolution_note="")["resolution_note"]
    assert stored(client)["resolution_note"] is None


def test_a_batch_changes_items_whose_single_answers_have_few_keys(odd: Odd, client: Client) -> None:
    planned = triage.plan(client.feedback(), status="Closed")
    odd.one = few
    odd.changed = lambda record: (200, few(record))
    batch = planned.apply(client=client)
    assert batch.changed == 5
    undone = triage.undo(batch).apply()
    assert undone.changed == 5
    assert {record["status"] for record in odd.records} == {"New"}


OTHER_ANSWERS: dict[str, Answer] = {
    "nothing": lambda _: (204, ""),
    "a confirmation": lambda _: (200, {"success": True}),
    "wrapped": lambda record: (200, {"feedback": record}),
    "no time": lambda record: (200, {name: value for name, value in record.items() if name != "created_at"}),
    "another case": lambda record: (200, record | {"status": record["status"].lower()}),
    "the old record": lambda record: (202, record | {"status": "New"}),
}


@pytest.mark.parametrize("name", OTHER_ANSWERS)
def test_a_change_that_was_made_counts_however_it_is_answered(odd: Odd, client: Client, name: str) -> None:
    odd.changed = OTHER_ANSWERS[name]
    planned = triage.plan(client.feedback(), status="Closed", note="Fixed")
    sent = len(odd.asked)
    batch = planned.apply(client=client)
    assert batch.changed == 5
    assert (odd.writes, len(odd.asked) - sent) == (5, 15)
    assert (stored(client)["status"], stored(client)["resolution_note"]) == ("Closed", "Fixed")
    assert triage.undo(batch).apply().changed == 5
    assert {record["status"] for record in odd.records} == {"New"}


def test_a_service_with_its_own_case_is_taken_at_its_word(odd: Odd, client: Client) -> None:
    odd.makes = lambda change: {name: value.lower() for name, value in change.items()}
    client.feedback()
    assert client.update("item-000003", status="Closed", type="Feature")["status"] == "closed"
    assert stored(client)["type"] == "feature"


def test_a_change_that_is_confirmed_but_not_made_is_an_error(odd: Odd, client: Client) -> None:
    odd.changed, odd.makes = OTHER_ANSWERS["nothing"], lambda _: {}
    with pytest.raises(UnexpectedResponseError, match="did not change status of item item-000003"):
        client.update("item-000003", status="Closed")
    assert odd.writes == 1


def test_a_change_whose_result_cannot_be_read_may_have_been_made(odd: Odd, client: Client) -> None:
    def fail(_: dict[str, Any]) -> tuple[int, Any]:
        odd.fails = {"/item-000003": (500, {})}
        return 204, ""

    odd.changed = fail
    with pytest.raises(ServerError) as caught:
        client.update("item-000003", status="Closed")
    assert str(caught.value).count("The change may have been made: client.item(") == 1


def test_a_service_that_rejects_null_gets_an_empty_note(odd: Odd, client: Client) -> None:
    odd.records[1]["resolution_note"] = "Fixed"
    odd.makes = lambda change: None if None in change.values() else change
    client.feedback()
    changed = client.update("item-000003", status="Closed", resolution_note="")
    assert (changed["status"], changed["resolution_note"]) == ("Closed", "")
    odd.makes = lambda _: None
    with pytest.raises(Exception, match="422"):
        client.update("item-000003", resolution_note="")


ODD_RATINGS: tuple[dict[str, Any], ...] = (
    {"rating_type": "star", "value": {"type": "star", "value": 4.5, "max_stars": 5}},
    {"rating_type": "star", "value": {"type": "star", "value": "4", "max_stars": 5}},
    {"rating_type": "star", "value": {"type": "star", "value": 4, "max_stars": "5"}},
    {"rating_type": "nps", "value": {"type": "nps", "value": 11}},
    {"rating_type": "nps", "value": {"type": "nps", "value": 9, "mood": "good"}},
    {"value": True},
    {"value": "up"},
    {"value": None},
    {"rating_type": 5, "value": {"type": ["x"], "value": {"a": 1}}, "metadata": {"a": [1]}},
)


def test_a_row_is_made_into_a_record_of_the_same_row() -> None:
    given = [{"id": f"r{n}", "created_at": "2026-03-01T00:00:00.5Z", **one} for n, one in enumerate(ODD_RATINGS)]
    ratings = ratings_frame([given], project_id="p").frame
    assert ratings_frame([[as_record(row) for row in ratings.rows(named=True)]], project_id="p").frame.equals(ratings)
    odd_items = [item(1, version=1.5, status=7, custom={"a": 1}), item(2, path=None, resolution_note="x", message="")]
    rows = feedback_frame([odd_items], project_id=PROJECT_ID).frame
    assert feedback_frame([[as_record(row) for row in rows.rows(named=True)]], project_id=PROJECT_ID).frame.equals(rows)


def test_an_id_from_a_frame_is_requested_in_whatever_way_it_is_spelled(odd: Odd, client: Client) -> None:
    odd.records[0]["id"] = "a b"
    assert client.feedback()["id"].to_list()[0] == "a b"
    odd.records[0]["id"] = "a%20b"  # as the path of the request has it
    with pytest.raises(UnexpectedResponseError, match="'a b' was requested, and 'a%20b' returned"):
        client.item("a b")
    sent = len(odd.asked)
    for wrong in ("..", ".", "a\nb", ""):
        with pytest.raises(ArgumentError, match="is not an ID"):
            client.update(wrong, status="Closed")
    assert len(odd.asked) == sent


def test_a_wrong_address_is_named_if_the_list_of_projects_is_not_there_either(odd: Odd) -> None:
    with (
        Client(api_key=odd.token, project_id="p", base_url=odd.url, requests_per_minute=0) as client,
        pytest.raises(NotFoundError, match=r"The list of projects is not found either\. Check SEGGWAT_API_URL \(http"),
    ):
        client.feedback()


def test_projects_whose_id_cannot_be_requested_are_not_loaded(odd: Odd) -> None:
    class Strange(Odd):
        def answer(self, target: str, change: dict[str, Any] | None = None) -> tuple[int, Any]:
            if target.endswith("/projects"):
                return 200, {"projects": [{"id": PROJECT_ID}, {"id": ".."}]}
            return super().answer(target, change)

    with Strange(records=odd.records) as server:
        client = Client(api_key=server.token, project_id="all", base_url=server.url, requests_per_minute=0)
        with client, pytest.warns(UserWarning, match="1 project of the token could not be read"):
            assert client.feedback().height == 5
        assert not [asked for asked in server.asked if ".." in asked]


@pytest.mark.usefixtures("waiting")
def test_the_doctor_tries_the_lists_if_that_of_projects_has_another_shape(odd: Odd) -> None:
    class Bare(Odd):
        def answer(self, target: str, change: dict[str, Any] | None = None) -> tuple[int, Any]:
            return (200, [{"id": PROJECT_ID}]) if target.endswith("/projects") else super().answer(target, change)

    with Bare(records=odd.records) as server:
        found = {
            one.name: one.ok
            for one in doctor.examine(
                lambda: Client(api_key=server.token, project_id=PROJECT_ID, base_url=server.url, requests_per_minute=0)
            )
        }
    assert (found["list of projects"], found["feedback"]) == (False, True)
    assert "token" not in found


@pytest.mark.usefixtures("waiting")
def test_no_resumption_is_promised_after_a_page_that_will_be_as_wrong_again(odd: Odd) -> None:
    odd.records = [item(n) for n in range(230)][::-1]
    odd.change = lambda answer: (
        answer if answer["pagination"]["page"] == 1 else answer | {"pagination": answer["pagination"] | {"total": 50}}
    )
    with (
        Client(api_key=odd.token, project_id=PROJECT_ID, base_url=odd.url, requests_per_minute=0) as client,
        pytest.raises(IncompleteError, match=r"Loading again only helps if the service then returns something else\."),
    ):
        client.feedback()
