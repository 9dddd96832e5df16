"""Batches of changes: nothing is changed twice or unasked, nothing is lost, and the way back leads back."""

from __future__ import annotations

import random
import stat
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import seggwat_nb as sw
from seggwat_nb.dataset import Dataset
from seggwat_nb.demo.plans import Archive, Edit
from seggwat_nb.demo.server import PROJECT_ID
from seggwat_nb.demo.state import Collection
from seggwat_nb.errors import ArgumentError, LockedError, NetworkError, NotFoundError, TriageError
from seggwat_nb.schema import STATUSES, TYPES
from seggwat_nb.signing import SigningAdapter
from seggwat_nb.source.frames import feedback_frame
from seggwat_nb.source.snapshots import Store
from seggwat_nb.triage.journal import Journal, forget, hold_alone, path_of
from tests.integration.conftest import item
from tests.integration.crashing import Breaker, Crash

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from seggwat_nb.client import Client
    from seggwat_nb.demo.plans import Change
    from seggwat_nb.demo.server import DemoServer
    from tests.integration.conftest import Waiting

    Serve = Callable[..., DemoServer]
    Connect = Callable[..., Client]

RESOLVED: dict[str, Any] = {"status": "Resolved", "note": "Fixed in 2.8.0"}


def data_of(records: list[dict[str, Any]], client: Client) -> Dataset:
    return Dataset(feedback_frame([records], project_id=PROJECT_ID).frame, client=client)


def record_of(server: DemoServer, number: int) -> dict[str, Any]:
    found = server.service.feedback[PROJECT_ID].get(f"item-{number:06}")
    assert found is not None
    return found


def writes(server: DemoServer) -> list[str]:
    return [request.path.rpartition("/")[2] for request in server.log if request.method == "PATCH"]


def test_a_plan_sends_nothing_and_a_batch_reads_each_item_and_then_writes_it(serve: Serve, connect: Connect) -> None:
    server = serve([item(n, status=["New", "Resolved", "Active"][n % 3]) for n in range(9)])
    client = connect(server)
    data = client.load()
    sent = len(server.log)
    planned = sw.triage.plan(data, sw.FeedbackFilter(status=("New", "Resolved")), status="resolved")
    assert len(server.log) == sent
    assert str(planned) == "3 items: 6 requests, less than a second. Left out: 3 already set."
    batch = planned.apply()
    assert [request.method for request in server.log][sent:] == ["GET", "PATCH"] * 3
    assert str(batch) == f"Batch {planned.batch}: 3 changed."
    assert batch.is_complete
    assert [record_of(server, n)["status"] for n in range(9)] == ["Resolved", "Resolved", "Active"] * 3
    assert client.feedback(refresh="never")["status"].value_counts().sort("status").rows() == [
        ("Active", 3),
        ("Resolved", 6),
    ]
    assert planned.apply().frame.equals(batch.frame)
    assert len(server.log) == sent + 6


def test_what_others_have_changed_meanwhile_is_left_alone_and_named(serve: Serve, connect: Connect) -> None:
    server = serve(6)
    planned = sw.triage.plan(connect(server).load(), status="Closed", note="Duplicate")
    rows = server.service.feedback[PROJECT_ID]
    rows.change(Edit("item-000000", {"status": "Hold"}))
    rows.change(Edit("item-000001", {"message": "Something else"}))
    rows.change(Archive("item-000002"))
    rows.change(Edit("item-000003", {"status": "Closed", "resolution_note": "Duplicate"}))
    rows._records.pop("item-000004")
    batch = planned.apply()
    assert batch.frame.sort("id").select("outcome", "reason").rows() == [
        ("skipped", "status changed since"),
        ("skipped", "message changed since"),
        ("skipped", "archived since"),
        ("skipped", "already set"),
        ("skipped", "no longer there"),
        ("changed", None),
    ]
    assert writes(server) == ["item-000005"]


def test_the_way_back_skips_what_others_have_changed_since_and_removes_a_note(serve: Serve, connect: Connect) -> None:
    server = serve([item(0), item(1, resolution_note="Known"), item(2), item(3, type="Idea")])
    client = connect(server)
    before = [dict(record_of(server, n)) for n in range(4)]
    batch = sw.triage.plan(client.load(), status="Resolved", note="Fixed", type="Bug").apply()
    assert batch.changed == 4
    server.service.feedback[PROJECT_ID].change(Edit("item-000002", {"status": "Active"}))
    back = sw.triage.undo(batch)
    assert back.undoes == batch.name
    undone = back.apply()
    assert undone.frame.sort("id")["outcome"].to_list() == ["changed", "changed", "skipped", "failed"]
    assert [(record_of(server, n)["status"], record_of(server, n)["resolution_note"]) for n in range(3)] == [
        ("New", None),
        ("New", "Known"),
        ("Active", "Fixed"),
    ]
    assert before[1] == record_of(server, 1)
    server.service.feedback[PROJECT_ID].change(Edit("item-000002", {"message": "x"}))
    client.feedback(refresh="full")
    again = sw.triage.undo(batch.name, client)
    assert again.frame.sort("id")["reason"].to_list() == ["changed since", "changed since", "changed since", None]
    listed = sw.triage.batches(client)
    assert listed.select("changed", "skipped", "failed", "to_do", "undoes").rows() == [
        (2, 1, 1, 0, batch.name),
        (4, 0, 0, 0, None),
    ]


def test_an_old_snapshot_does_not_say_that_others_have_changed_an_item(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the disk is full when an item has been changed, only the journal knows that it was."""
    server = serve(3)
    client = connect(server)
    planned = sw.triage.plan(client.load(), **RESOLVED)
    with monkeypatch.context() as full:
        full.setattr(Store, "replace", lambda *_, **__: None)
        batch = planned.apply()
    assert client.feedback(refresh="never")["status"].to_list() == ["New"] * 3
    undone = sw.triage.undo(batch)
    assert undone.frame["reason"].to_list() == [None] * 3
    assert undone.apply().changed == 3
    assert [record_of(server, n)["status"] for n in range(3)] == ["New"] * 3
    assert sw.triage.undo(batch).frame["reason"].to_list() == ["changed since"] * 3


def test_a_service_that_keeps_a_note_on_null_is_sent_an_empty_one(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve([item(0, resolution_note="Known")])
    change = Collection.change

    def ignoring(rows: Collection, made: Any) -> None:
        if isinstance(made, Edit):
            made = Edit(made.id, {name: value for name, value in made.fields.items() if value is not None})
        change(rows, made)

    monkeypatch.setattr(Collection, "change", ignoring)
    client = connect(server)
    assert sw.triage.plan(client.load(), note="").apply().changed == 1
    assert record_of(server, 0)["resolution_note"] == ""
    assert "already set" in str(sw.triage.plan(client.load(refresh="full"), note=""))


def test_history_names_the_batch_that_made_a_change(serve: Serve, connect: Connect) -> None:
    server = serve(4)
    client = connect(server, max_age_seconds=0)
    data = client.load()
    batch = sw.triage.plan(data, data.feedback.head(2), status="Active").apply()
    server.service.feedback[PROJECT_ID].change(Edit("item-000000", {"status": "Active"}))
    marked = sw.triage.history(client.load(refresh="full"))
    assert marked.sort("id").select("id", "new", "batch").rows() == [
        ("item-000000", "Active", None),
        ("item-000002", "Active", batch.name),
        ("item-000003", "Active", batch.name),
    ]
    # The item was read just before it was written, so the moment is known to the second.
    widths = marked.filter(pl.col("batch").is_not_null()).select(pl.col("latest") - pl.col("earliest")).to_series()
    assert widths.max() < pl.Series([10_000_000]).cast(pl.Duration("us"))[0]


@pytest.mark.parametrize("stored", ["  Fixed &amp; told\r\nin caf\u00e9", "Fixed & told\nin cafe\u0301 "])
def test_what_else_a_service_changes_counts_as_changed_and_is_undone(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch, stored: str
) -> None:
    change = Collection.change

    def closing(rows: Collection, made: Any) -> None:
        if isinstance(made, Edit) and "Fixed" in (made.fields.get("resolution_note") or ""):
            made = Edit(made.id, {**made.fields, "resolution_note": stored})
        elif isinstance(made, Edit) and made.fields.get("status") == "Resolved":
            made = Edit(made.id, {**made.fields, "resolution_note": "Closed automatically", "message": "Trimmed"})
        change(rows, made)

    monkeypatch.setattr(Collection, "change", closing)
    server = serve([item(0), item(1, resolution_note="Known")])
    client = connect(server)
    batch = sw.triage.plan(client.load(), status="Resolved").apply()
    assert (batch.changed, batch.is_complete) == (2, True)
    assert batch.frame["after"].struct.field("resolution_note").unique().to_list() == ["Closed automatically"]
    assert sw.triage.undo(batch).apply().changed == 2
    assert [record_of(server, n)["status"] for n in range(2)] == ["New"] * 2
    assert [record_of(server, n)["resolution_note"] or None for n in range(2)] == [None, "Known"]
    noted = sw.triage.plan(client.load(refresh="full"), note="Fixed & told\nin caf\u00e9").apply()
    assert noted.changed == 2
    assert record_of(server, 0)["resolution_note"] == stored
    assert sw.triage.undo(noted).apply().changed == 2


def test_what_others_wrote_while_a_change_was_in_doubt_is_not_undone(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(1)
    client = connect(server)
    planned = sw.triage.plan(client.load(), status="Resolved")
    with monkeypatch.context() as patch:
        failing(patch, KeyboardInterrupt, sends=True)
        with pytest.raises(KeyboardInterrupt):
            planned.apply()
    server.service.feedback[PROJECT_ID].change(Edit("item-000000", {"resolution_note": "By somebody"}))
    batch = sw.triage.resume(planned.batch, client)
    assert batch.changed == 1
    assert sw.triage.undo(batch).apply().changed == 0
    assert record_of(server, 0)["resolution_note"] == "By somebody"


def test_a_service_that_finds_items_only_to_read_them_stops_a_batch(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(4)
    client = connect(server)
    planned = sw.triage.plan(client.load(), **RESOLVED)

    def not_found(*_: object, **__: object) -> None:
        raise NotFoundError("127.0.0.1 returned 404.", status=404)

    with monkeypatch.context() as patch:
        patch.setattr(client, "update", not_found)
        with pytest.raises(TriageError, match=r"1 failed, 3 to do.* It stopped: .*404.*although the item is still"):
            planned.apply()
        server.service.feedback[PROJECT_ID]._records.pop("item-000003")
        with pytest.raises(TriageError, match="1 skipped, 1 failed, 2 to do"):
            planned.apply()

        def removing(name: str, **_: object) -> None:
            server.service.feedback[PROJECT_ID]._records.pop(name, None)
            not_found()

        patch.setattr(client, "update", removing)
        batch = planned.apply()
    assert batch.frame.select("outcome", "reason").unique().rows() == [("skipped", "no longer there")]


def failing(monkeypatch: pytest.MonkeyPatch, error: Callable[[], BaseException], *, sends: bool = False) -> list[int]:
    """Let each change fail, before or after it has arrived; the list says how many may still succeed."""
    left, send = [0], SigningAdapter.send

    def fail(adapter: SigningAdapter, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.method != "PATCH" or left[0] > 0:
            left[0] -= request.method == "PATCH"
            return send(adapter, request, *args, **kwargs)
        if sends:
            send(adapter, request, *args, **kwargs)
        raise error()

    monkeypatch.setattr(SigningAdapter, "send", fail)
    return left


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("sends", [False, True])
def test_three_failures_in_a_row_end_it_and_the_error_has_what_was_done(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch, sends: bool
) -> None:
    server = serve(8)
    planned = sw.triage.plan(connect(server).load(), **RESOLVED)
    with monkeypatch.context() as patch:
        left = failing(patch, lambda: NetworkError("The connection was dropped.", was_sent=True), sends=sends)
        left[0] = 2
        with pytest.raises(TriageError, match=r"2 changed, 3 failed, 3 to do.* It stopped: The connection") as caught:
            planned.apply()
    assert caught.value.batch is not None
    assert caught.value.batch.frame["outcome"].to_list() == [*["changed"] * 2, *["failed"] * 3, *["to do"] * 3]
    assert sw.triage.resume(caught.value.batch).changed == 8
    assert sorted(writes(server)) == [f"item-{n:06}" for n in range(8)]


@pytest.mark.usefixtures("waiting")
def test_a_batch_says_why_an_item_failed(serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = sw.triage.plan(connect(serve(1)).load(), **RESOLVED)
    failing(monkeypatch, lambda: NetworkError("The connection was dropped.", was_sent=True))
    assert str(planned.apply()).endswith(
        ": 0 changed, 1 failed. The first failure: The connection was dropped. The change may have been made: "
        "client.item('item-000000', fresh=True) shows it. To retry, apply the plan again or resume the batch."
    )


def test_an_error_that_every_item_would_meet_ends_it_at_once(serve: Serve, connect: Connect) -> None:
    server = serve(5)
    client = connect(server)
    planned = sw.triage.plan(client.load(), **RESOLVED)
    server.token = "oat_" + "x" * 43
    with pytest.raises(TriageError, match="5 to do"):
        planned.apply()
    server.token = "oat_" + "t" * 43
    with client.at_most(5), pytest.raises(TriageError, match="2 changed, 3 to do"):
        planned.apply()
    assert planned.apply().changed == 5
    assert len(writes(server)) == 5


@pytest.mark.usefixtures("shown")
def test_an_interrupt_leaves_a_batch_that_continues(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = serve(4)
    client = connect(server)
    planned = sw.triage.plan(client.load(), **RESOLVED)
    with monkeypatch.context() as patch:
        failing(patch, KeyboardInterrupt, sends=True)[0] = 1
        with pytest.raises(KeyboardInterrupt):
            planned.apply()
    assert "Stopped. Batch" in capsys.readouterr().err
    assert sw.triage.resume(planned.batch, client).changed == 4
    assert len(writes(server)) == 4


def test_a_batch_waits_for_nobody_and_its_files_are_its_owners(serve: Serve, connect: Connect) -> None:
    server = serve(2)
    client = connect(server)
    planned = sw.triage.plan(client.load(), **RESOLVED)
    folder = client.settings.project_dir(PROJECT_ID)
    with hold_alone(folder), pytest.raises(LockedError, match="Another batch"):
        planned.apply()
    assert not path_of(folder, planned.batch).exists()
    planned.apply()
    files = [path for path in (folder / "triage").iterdir() if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    text = path_of(folder, planned.batch).read_text()
    assert "Message" not in text
    assert server.token not in text


def test_forgotten_items_are_in_no_journal(serve: Serve, connect: Connect) -> None:
    client = connect(serve(3))
    batch = sw.triage.plan(client.load(), **RESOLVED).apply()
    folder = client.settings.project_dir(PROJECT_ID)
    with hold_alone(folder):
        assert forget(folder, {"item-000001"}) == [path_of(folder, batch.name)]
    assert forget(folder, {"item-000001"}) == []
    assert "item-000001" not in path_of(folder, batch.name).read_text()
    assert sw.triage.undo(batch).frame.height == 2


def test_a_cut_line_is_taken_off_and_a_damaged_one_stops_it(serve: Serve, connect: Connect) -> None:
    server = serve(3)
    client = connect(server)
    batch = sw.triage.plan(client.load(), **RESOLVED).apply()
    path = path_of(client.settings.project_dir(PROJECT_ID), batch.name)
    lines = path.read_bytes().splitlines(keepends=True)
    for cut in (1, len(lines[-1]) - 1):
        path.write_bytes(b"".join(lines[:-1]) + lines[-1][:cut])
        assert sw.triage.resume(batch).changed == 3
        assert Journal(path).states == dict.fromkeys((f"item-{n:06}" for n in range(3)), "done")
    assert len(writes(server)) == 3
    path.write_bytes(b"".join([*lines[:2], b"{}\n"]))
    with pytest.raises(TriageError, match="Line 3"):
        sw.triage.resume(batch)


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"{}\n",
        b'{"state": "left", "id": "item-000001", "why": ""}\n',
        b'{"state": "batch", "batch": "b", "project_id": "p", "undoes": null, "at": 5}\n',
        b'{"state": "planned", "id": "a", "before": {}, "after": {}, "seen": ""}\n',
        b'{"state": "planned", "id": "a", "before": "b", "after": "c", "seen": ""}\n',
    ],
)
def test_a_damaged_journal_is_named_and_the_other_batches_are_listed(
    serve: Serve, connect: Connect, damaged: bytes
) -> None:
    client = connect(serve(3))
    data = client.load()
    batch = sw.triage.plan(data, **RESOLVED).apply()
    data = client.load(refresh="full")
    expected = sw.triage.history(data)
    assert expected["batch"].to_list() == [batch.name] * 3
    path = path_of(client.settings.project_dir(PROJECT_ID), "2026-01-01T000000-0000")
    path.write_bytes(damaged)
    for listed in (sw.triage.batches, sw.triage.history):
        with pytest.warns(UserWarning, match=rf"A batch is left out\. .*{path.name}.*(M|m)ove (it|the file) away"):
            found = listed(data)
        assert found["batch"].unique().to_list() == [batch.name]
    with pytest.raises(TriageError, match=path.name):
        sw.triage.undo(path.stem, client)
    assert sw.triage.undo(batch.name, client).frame.height == 3


def test_an_item_whose_id_cannot_be_requested_is_left_out() -> None:
    records = [item(0), item(1, id="a/b"), item(2, id=".."), item(3, id="oat_" + "k" * 43)]
    frame = feedback_frame([records], project_id=PROJECT_ID).frame
    planned = sw.triage.plan(frame, status="Closed")
    assert dict(planned.frame.select("id", "reason").iter_rows()) == {
        **dict.fromkeys(("item-000000", "a/b")),
        **dict.fromkeys(("..", "oat_" + "k" * 43), "invalid ID"),
    }


def test_a_value_that_the_service_has_or_that_is_allowed_can_be_written() -> None:
    frame = feedback_frame([[item(0, status="Parked", type="Idea"), item(1)]], project_id=PROJECT_ID).frame
    first = frame.filter(pl.col("status") != "Parked")
    planned = sw.triage.plan(frame, first, status="parked", type="IDEA")
    assert planned.frame["after"].struct.field("status").to_list() == ["Parked"]
    assert planned.frame["after"].struct.field("type").to_list() == ["Idea"]
    planned = sw.triage.plan(frame, first, status="resolved", type="bugg", allow=("resolved", "bugg"))
    assert planned.frame["after"].struct.unnest().row(0)[:2] == ("resolved", "bugg")


@pytest.mark.parametrize(
    ("problem", "options"),
    [
        ("nothing to change", {}),
        ("did you mean", {"status": "Resolvd"}),
        ('"Fixed" is not a known status. Known are New,', {"status": "Fixed"}),
        ('"Idea" is not a known type.* allow=', {"type": "Idea", "allow": "Ideas"}),
        ("status must be a string", {"status": ("New", "Active")}),
        ("note is not text", {"note": "\ud800"}),
        ("type must be a string", {"type": "\ud800"}),
        ("where must be a FeedbackFilter or a frame", {"status": "Closed", "where": "Bug"}),
        ("no column id", {"status": "Closed", "where": pl.DataFrame({"key": ["a"]})}),
        ("1 item that is not in the data", {"status": "Closed", "where": pl.DataFrame({"id": ["other"]})}),
        ("2 items that are not in the data", {"status": "Closed", "where": pl.DataFrame({"id": [1, None]})}),
    ],
)
def test_what_cannot_be_meant_is_refused(problem: str, options: dict[str, Any]) -> None:
    frame = feedback_frame([[item(0)]], project_id=PROJECT_ID).frame
    with pytest.raises(ArgumentError, match=problem):
        sw.triage.plan(frame, **options)
    with pytest.raises(ArgumentError, match="has no connection"):
        sw.triage.plan(frame, status="Closed").apply()
    with pytest.raises(ArgumentError, match=r"No batch on this machine|pass the data"):
        sw.triage.undo("2026-01-01")


@pytest.mark.parametrize("kind", [pl.Categorical, pl.Enum(["item-000000", "item-000002"]), pl.String])
def test_rows_are_found_whatever_type_their_ids_have(kind: Any) -> None:
    frame = feedback_frame([[item(n) for n in range(3)]], project_id=PROJECT_ID).frame
    named = pl.DataFrame({"id": ["item-000000", "item-000002"]}, schema={"id": kind})
    assert sw.triage.plan(frame, named, status="Closed").frame["id"].to_list() == ["item-000002", "item-000000"]
    empty = sw.triage.plan(frame, pl.DataFrame({"id": []}), status="Closed")
    assert str(empty) == "Nothing to change."


@pytest.mark.parametrize("name", ["2026-01-01", "../../x", "a\0b", "a" * 400, ""])
def test_a_batch_that_is_not_here_is_named(serve: Serve, connect: Connect, name: str) -> None:
    client = connect(serve(1))
    with pytest.raises(ArgumentError, match=r"No batch on this machine is named .* There is none yet"):
        sw.triage.undo(name, client)
    batch = sw.triage.plan(client.load(), **RESOLVED).apply()
    with pytest.raises(ArgumentError, match=f"The latest is {batch.name}"):
        sw.triage.resume(name, client)


def test_a_batch_stays_within_the_limit(serve: Serve, connect: Connect, waiting: Waiting) -> None:
    records = [item(n) for n in range(40)]
    server = serve(records)
    client = connect(server, requests_per_minute=20)
    planned = sw.triage.plan(data_of(records, client), **RESOLVED)
    hundred = sw.triage.plan(data_of([item(n) for n in range(100)], client), **RESOLVED)
    assert hundred.cost == "100 items: 200 requests, 11 min at 20 a minute."
    assert planned.cost == "40 items: 80 requests, 4 min at 20 a minute."
    moments: list[float] = []
    start = waiting.seconds
    send = SigningAdapter.send

    def timed(adapter: SigningAdapter, *args: Any, **kwargs: Any) -> Any:
        moments.append(waiting.seconds)
        return send(adapter, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SigningAdapter, "send", timed)
        assert planned.apply().changed == 40
    assert len(moments) == 80
    assert all(later - earlier >= 55 for earlier, later in zip(moments, moments[20:], strict=False))
    assert waiting.seconds - start < 5 * 60
    # No wait comes between reading an item and writing it, when somebody else could change it unseen.
    assert all(write == read for read, write in zip(moments[::2], moments[1::2], strict=True))


# -- laws --


class Others:
    """Other people, who change items at any time but between the two requests for one."""

    def __init__(self, server: DemoServer, chance: random.Random) -> None:
        self.rows, self.chance, self.count = server.service.feedback[PROJECT_ID], chance, 0
        self.touched: set[str] = set()

    def change(self, ids: list[str]) -> None:
        self.count += 1
        chosen = self.chance.choice(ids)
        changes: list[Change] = [
            Edit(chosen, {"status": "Assigned", "resolution_note": f"by others {self.count}"}),
            Edit(chosen, {"message": f"Edited {self.count}"}),
            Archive(chosen),
        ]
        self.rows.change(self.chance.choice(changes))
        self.touched.add(chosen)


def random_items(chance: random.Random, count: int) -> list[dict[str, Any]]:
    return [
        item(
            n,
            status=chance.choice(STATUSES),
            type=chance.choice(TYPES),
            resolution_note=chance.choice([None, "Known", "", "Fixed in 2.8.0"]),
        )
        for n in range(count)
    ]


def wanted_by(chance: random.Random) -> dict[str, Any]:
    fields = {"status": chance.choice(STATUSES), "type": chance.choice(TYPES), "note": chance.choice(["", "Done"])}
    return {name: fields[name] for name in chance.sample(sorted(fields), chance.randint(1, 3))}


def noted(record: dict[str, Any]) -> dict[str, Any]:
    return record | {"resolution_note": record.get("resolution_note") or None}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_undoing_a_batch_restores_all_but_what_others_have_changed(serve: Serve, connect: Connect, seed: int) -> None:
    chance = random.Random(seed)
    records = random_items(chance, 4)
    server = serve(records)
    client = connect(server)
    others, ids = Others(server, chance), [record["id"] for record in records]
    planned = sw.triage.plan(data_of(records, client), **wanted_by(chance))
    if chance.random() < 0.5:
        others.change(ids)
    batch = planned.apply()
    mine = {*batch.frame.filter(pl.col("outcome") == "changed")["id"]}
    assert not mine & others.touched
    if chance.random() < 0.5:
        others.change(ids)
    touched = {name: dict(others.rows.get(name) or {}) for name in others.touched}
    sw.triage.undo(batch).apply()
    for record in records:
        expected = touched.get(record["id"], record)
        assert noted(others.rows.get(record["id"]) or {}) == noted(expected)
    server.stop()


class AmongOthers(Breaker):
    """Before a request that reads, others may change something; a request may also fail, before or after it arrives."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, chance: random.Random, others: Others, ids: list[str]) -> None:
        super().__init__(monkeypatch, chance)
        self.quiet, self.fate = False, "fine"
        self.log: list[tuple[str, str]] = []
        self._chance, self._others, self._ids = chance, others, ids

    def before(self, request: Any) -> None:
        others, chance = self._others, self._chance
        if request.method == "GET" and not self.quiet and chance.random() < 0.1:
            before = set(others.touched)
            others.touched.clear()
            others.change(self._ids)
            self.log += [("others", name) for name in others.touched]
            others.touched |= before
        self.fate = "fine" if self.quiet else chance.choices(["fine", "lost before", "lost after"], [18, 1, 1])[0]
        if self.fate == "lost before":
            raise NetworkError("The connection was dropped.", was_sent=True)
        if request.method == "PATCH":
            self.log.append(("us", request.url.rpartition("/")[2]))

    def after(self, request: Any) -> None:
        if self.fate == "lost after":
            raise NetworkError(f"The connection was dropped after {request.method}.", was_sent=True)


def finish(client: Client, name: str, breaker: AmongOthers, stops: list[int]) -> tuple[sw.triage.Batch, int]:
    crashes = 0
    for steps in stops:
        breaker.steps_left = steps
        try:
            sw.triage.resume(name, client)
        except Crash:
            crashes += 1
        except TriageError:
            pass
    breaker.steps_left, breaker.quiet = float("inf"), True
    batch = sw.triage.resume(name, client)
    breaker.quiet = False
    return batch, crashes


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    "seeds", [range(6), pytest.param(range(6, 126), marks=pytest.mark.campaign)], ids=["some", "many"]
)
def test_no_crash_changes_an_item_twice_or_loses_one(serve: Serve, connect: Connect, seeds: range) -> None:
    crashes = changed = left = 0
    for seed in seeds:
        chance = random.Random(seed)
        records = random_items(chance, chance.randint(2, 7))
        server = serve(records)
        client, ids = connect(server), [record["id"] for record in records]
        others = Others(server, chance)
        planned = sw.triage.plan(data_of(records, client), **wanted_by(chance))
        expected = {*planned.frame.filter(pl.col("reason").is_null())["id"]}
        if not expected:
            continue
        folder = client.settings.project_dir(PROJECT_ID)
        Journal.begin(
            path_of(folder, planned.batch),
            planned.changes[PROJECT_ID],
            batch=planned.batch,
            project_id=PROJECT_ID,
            undoes=None,
        )
        with pytest.MonkeyPatch.context() as patch:
            breaker = AmongOthers(patch, chance, others, ids)
            batch, ended = finish(client, planned.batch, breaker, [chance.randrange(30) for _ in range(4)])
            crashes += ended
            assert {*batch.frame["id"]} == expected
            assert batch.is_complete
            check(breaker, batch, records, others, seed)
            changed += batch.changed
            left += batch.frame.height - batch.changed
            breaker.log.clear()
            touched = {name: dict(others.rows.get(name) or {}) for name in others.touched}
            back = sw.triage.undo(batch.name, client)
            if not back.changes:
                continue
            Journal.begin(
                path_of(folder, back.batch),
                back.changes[PROJECT_ID],
                batch=back.batch,
                project_id=PROJECT_ID,
                undoes=batch.name,
            )
            others.touched.clear()
            undone, ended = finish(client, back.batch, breaker, [chance.randrange(30) for _ in range(3)])
            crashes += ended
            assert undone.is_complete
            assert [name for who, name in breaker.log if who == "us"] == sorted(
                {name for who, name in breaker.log if who == "us"}, key=[n for w, n in breaker.log if w == "us"].index
            )
            for record in records:
                if record["id"] not in others.touched:
                    now = noted(others.rows.get(record["id"]) or {})
                    assert now == noted(touched.get(record["id"], record)), f"seed {seed}"
        server.stop()
    print(f"{len(seeds)} batches, {crashes} crashes, {changed} items changed, {left} skipped, none twice, none lost")
    assert crashes >= len(seeds)


def check(
    breaker: AmongOthers, batch: sw.triage.Batch, records: list[dict[str, Any]], others: Others, seed: int
) -> None:
    """Each item was changed once at most, and never after others had changed it."""
    after = {row["id"]: row["after"] for row in batch.frame.rows(named=True)}
    for record in records:
        name = record["id"]
        mine = [who for who, one in breaker.log if one == name]
        assert mine.count("us") <= 1, f"seed {seed}: {name} twice"
        assert "us" not in mine[1:], f"seed {seed}: {name} after others"
        if name in after and "others" not in mine:
            now = others.rows.get(name) or {}
            assert {field: noted(now)[field] for field in after[name]} == after[name], f"seed {seed}"


def test_the_command_prints_its_plan_unless_told_to_apply_it(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from typer.testing import CliRunner

    from seggwat_nb.cli.entry_point import app
    from seggwat_nb.panels import presets

    server = serve(3)
    monkeypatch.chdir(tmp_path)
    for name, value in (
        ("SEGGWAT_API_KEY", server.token),
        ("SEGGWAT_PROJECT_ID", PROJECT_ID),
        ("SEGGWAT_API_URL", server.url),
        ("SEGGWAT_NB_REQUESTS_PER_MINUTE", "0"),
    ):
        monkeypatch.setenv(name, value)
    presets.save("bugs", sw.FeedbackFilter(type="Bug"))

    def run(*options: str) -> str:
        return CliRunner().invoke(app, ["triage", *options], catch_exceptions=False).stdout

    assert "item-000000  New → Resolved" in run("--where", "type:bug status:new", "--status", "Resolved")
    assert run("--where", "type:praise", "--status", "Resolved", "--apply") == "Nothing to change.\n"
    assert "would change every item" in CliRunner().invoke(app, ["triage", "--where", " ", "--status", "Closed"]).output
    options = ("--preset", "bugs", "--status", "Resolved", "--note", "Fixed")
    assert "item-000000  New → Resolved, note" in run(*options)
    assert writes(server) == []
    told = run(*options, "--apply")
    assert "3 changed" in told
    name = told.split("Batch ")[1].split(":")[0]
    assert "Resolved → New" in run("--undo", name)
    assert "3 changed" in run("--undo", name, "--apply")
    assert [record_of(server, n)["status"] for n in range(3)] == ["New"] * 3
    with monkeypatch.context() as patch:
        failing(patch, lambda: NetworkError("The connection was dropped.", was_sent=True))[0] = 2
        failed = CliRunner().invoke(app, ["triage", *options, "--apply"])
        assert ("2 changed, 1 failed" in failed.stdout, failed.exit_code) == (True, 1)
        again = failed.stdout.split("Batch ")[1].split(":")[0]
        assert CliRunner().invoke(app, ["triage", "--resume", again, "--apply"]).exit_code == 1
    assert "3 changed" in run("--resume", again, "--apply")
    for chosen in ((), ("--preset", "bugs", "--where", "type:bug"), ("--where", "x", "--undo", name)):
        assert "exactly one" in CliRunner().invoke(app, ["triage", "--status", "Closed", *chosen]).output
    capsys.readouterr()
