"""New items to a webhook that checks signatures, and to a command: none lost, none twice unmarked."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import shlex
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import seggwat_nb as sw
from seggwat_nb.cli.watch import outbox_name
from seggwat_nb.demo.plans import Dropped, Faults, Status, TooMany
from seggwat_nb.errors import ArgumentError, DeliveryError, LeakError, LockedError, SeggwatError, SettingsError
from seggwat_nb.secret import Secret
from seggwat_nb.share.delivery.outbox import Ledger
from seggwat_nb.share.delivery.watch import MOST, SIGNATURE, Batch, Command, Webhook, compose, ledger_path, send
from tests.integration.crashing import Breaker, deliver_through_crashes
from tests.integration.services import FAILED, FAILED_AFTER, FINE, LIMITED, LOST, LOST_BEFORE, REFUSED, Loopback, Reply
from tests.integration.test_completeness import random_changes
from tests.integration.test_slack import FATES, NOW, about, feedback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from seggwat_nb.client import Client
    from seggwat_nb.demo.server import DemoServer
    from tests.integration.conftest import Waiting

    Serve = Callable[..., DemoServer]
    Connect = Callable[..., Client]

    from tornado.httputil import HTTPServerRequest

SECRET = "a secret of both sides"  # noqa: S105  # of nobody


class Receiver(Loopback):
    """Takes what is signed."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[dict[str, Any]] = []

    def limits(self, fate: str) -> Reply | None:
        if fate == REFUSED:
            return Reply(403, b"no")
        return Reply(429, b"slow down", {"Retry-After": "1"}) if fate == LIMITED else None

    def answer(self, request: HTTPServerRequest) -> Reply:
        moment, _, mac = request.headers[SIGNATURE].removeprefix("t=").partition(",v1=")
        expected = hmac.new(SECRET.encode(), moment.encode() + b"." + request.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(mac, expected) or request.path != "/in/T0ken":
            return Reply(401, b"not signed")
        self.bodies.append(json.loads(request.body))
        return Reply(200, b"thanks")

    def ids(self) -> list[list[str]]:
        return [[row["id"] for row in body["items"]] for body in self.bodies]


@pytest.fixture
def server() -> Iterator[Receiver]:
    with Receiver() as server:
        yield server


def webhook(server: Receiver) -> Webhook:
    return Webhook(f"{server.url}/in/T0ken?key=QuErY", SECRET)


def run(frame: pl.DataFrame, server: Receiver, folder: Path, **options: Any) -> list[Batch]:
    return send(frame, about=about(frame), target=webhook(server), name="new bugs", folder=folder, **options)


@pytest.mark.usefixtures("waiting")
def test_each_item_is_posted_once_signed_and_masked(server: Receiver, tmp_path: Path) -> None:
    frame = feedback(3, message=["Write to jo@example.org", "b", "c"], submitted_by=["ann@example.org", None, "bob"])
    assert len(run(frame, server, tmp_path)) == 1
    assert run(frame, server, tmp_path) == []
    (body,) = server.bodies
    assert server.ids() == [["item-0002", "item-0001", "item-0000"]]
    assert (body["repeated"], body["demo"]) == (False, False)
    assert "example.org" not in json.dumps(body)
    last = body["items"][-1]
    assert last["message"] == "Write to [e-mail]"
    assert last["submitted_by"].startswith("user-")
    assert last["created_at"] == "2026-03-20T11:59:00.000000Z"
    assert last["url"] == "https://seggwat.example/org/org/projects/p/feedback/item-0000"
    other = send(frame, about=about(frame), target=webhook(server), name="all", folder=tmp_path, masked=False)
    assert other[0].body["items"][-1]["message"] == "Write to jo@example.org"


@pytest.mark.usefixtures("waiting")
def test_the_first_run_covers_a_day_and_many_items_are_several_requests(server: Receiver, tmp_path: Path) -> None:
    frame = feedback(2 * MOST + 1)
    old = feedback(3, id=["x", "y", "z"], created_at=[NOW - timedelta(days=2)] * 3)
    run(pl.concat([frame, old]), server, tmp_path, everything=pl.concat([frame, old, feedback(1, id=["w"])]))
    assert [len(ids) for ids in server.ids()] == [MOST, MOST, 1]
    assert run(pl.concat([frame, old, feedback(1, id=["w"])]), server, tmp_path) == []


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    ("fate", "marks"), [(FINE, [False]), (LIMITED, [False]), (LOST, [False, True]), (FAILED_AFTER, [False, True])]
)
def test_what_may_have_arrived_is_sent_again_marked_under_one_name(
    server: Receiver, tmp_path: Path, fate: str, marks: list[bool]
) -> None:
    server.plan = [fate]
    run(feedback(2), server, tmp_path)
    assert [body["repeated"] for body in server.bodies] == marks
    assert len({body["delivery"] for body in server.bodies}) == 1


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("fate", [REFUSED, FAILED, LOST_BEFORE])
def test_what_was_not_accepted_is_an_error_and_comes_with_the_next_run(
    server: Receiver, tmp_path: Path, fate: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server.plan = [fate] * 5
    with pytest.raises(DeliveryError) as caught:
        run(feedback(2), server, tmp_path)
    server.plan = []
    run(feedback(2), server, tmp_path)
    assert server.ids() == [["item-0001", "item-0000"]]
    shown = f"{caught.value!r} {caplog.text}" + "".join(p.read_text() for p in tmp_path.rglob("*.jsonl"))
    assert not any(secret in shown for secret in ("T0ken", "QuErY", SECRET))


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (101, "the receiver rejects it"),
        (302, "Redirects are not followed"),
        (401, "the same secret"),
        (404, "Check the address."),
        (422, "the receiver rejects it"),
    ],
)
def test_what_a_webhook_refuses_is_said_in_terms_of_webhooks(tmp_path: Path, status: int, advice: str) -> None:
    class Refusing(Receiver):
        def answer(self, _: HTTPServerRequest) -> Reply:
            self.bodies.append({})
            return Reply(status, b"", {"Location": "/elsewhere"})

    with Refusing() as server, pytest.raises(DeliveryError, match=advice):
        run(feedback(1), server, tmp_path)
    assert len(server.bodies) == 1


class Picky(Receiver):
    """Refuses items for what they say."""

    def __init__(self, status: int, refused: set[str]) -> None:
        super().__init__()
        self.status, self.refused = status, refused

    def answer(self, request: HTTPServerRequest) -> Reply:
        if self.refused.isdisjoint(row["id"] for row in json.loads(request.body)["items"]):
            return super().answer(request)
        return Reply(self.status, b"invalid item")


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("status", [400, 413, 422])
def test_an_item_that_is_refused_is_named_and_holds_up_no_other(tmp_path: Path, status: int) -> None:
    frame, refused = feedback(MOST + 20), {"item-0003", "item-0060"}
    with Picky(status, refused) as server:
        for _ in range(2):
            with pytest.raises(DeliveryError, match=rf"{status}.* Refused: item-00(03, item-0060|60, item-0003)\."):
                run(frame, server, tmp_path)
            assert sorted(item for ids in server.ids() for item in ids) == sorted({*frame["id"]} - refused)
        server.refused = set()
        run(frame, server, tmp_path)
        assert sorted(item for ids in server.ids() for item in ids) == sorted(frame["id"])
    assert not any(body["repeated"] for body in server.bodies)


@pytest.mark.usefixtures("waiting")
def test_what_may_have_arrived_stays_marked_in_parts(tmp_path: Path) -> None:
    frame = feedback(8)
    with Picky(422, set()) as server:
        server.plan = [LOST] * 5
        with pytest.raises(DeliveryError):
            run(frame, server, tmp_path)
        server.bodies.clear()
        server.refused = {"item-0005"}
        for _ in range(2):
            with pytest.raises(DeliveryError, match=r"Refused: item-0005\."):
                run(frame, server, tmp_path)
        assert sorted(item for ids in server.ids() for item in ids) == sorted({*frame["id"]} - server.refused)
        assert all(body["repeated"] for body in server.bodies)


@pytest.mark.usefixtures("waiting")
def test_a_receiver_that_refuses_everything_is_not_asked_for_each_item(tmp_path: Path) -> None:
    frame = feedback(40)
    with Picky(400, {*frame["id"]}) as server:
        with pytest.raises(DeliveryError, match=r"Webhook returned 400 \(invalid item\)\. Check why"):
            run(frame, server, tmp_path)
        assert len(server.log) < 40


def test_white_space_around_a_secret_does_not_count(server: Receiver, tmp_path: Path) -> None:
    frame = feedback(1)
    target = Webhook(f"{server.url}/in/T0ken", f" {SECRET}\n")
    send(frame, about=about(frame), target=target, name="a", folder=tmp_path)
    assert server.ids() == [["item-0000"]]
    with pytest.raises(SettingsError, match="at least 16 characters"):
        Webhook(f"{server.url}/in/T0ken", " " * 16)


def test_what_a_webhook_says_after_it_accepted_does_not_matter(tmp_path: Path) -> None:
    class Talking(Receiver):
        def answer(self, request: HTTPServerRequest) -> Reply:
            super().answer(request)
            return Reply(200, b"no gzip", {"Content-Encoding": "gzip", "Content-Length": "1000000000"})

    with Talking() as server:
        run(feedback(1), server, tmp_path)
    assert [body["repeated"] for body in server.bodies] == [False]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"error": "too large"}', "too large"),
        ('{"message": null, "detail": "too large"}', "too large"),
        ('{"errors": [1]}', '{"errors": [1]}'),
        ("[]", "[]"),
        ("", "no reason given"),
    ],
)
def test_the_reason_is_shown_however_a_receiver_gives_it(tmp_path: Path, body: str, said: str) -> None:
    class Refusing(Receiver):
        def answer(self, _: HTTPServerRequest) -> Reply:
            return Reply(413, body.encode())

    with Refusing() as server, pytest.raises(DeliveryError) as caught:
        run(feedback(1), server, tmp_path)
    assert str(caught.value).startswith(f"Webhook returned 413 ({said}).")


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("https://user:pass@receiver.example/in", "must not contain a user name or password"),
        ("https://empfänger.example/in", "must have its host name in ASCII (xn--…)"),
        ("http://receiver.example/in", "must be an https:// address"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(address: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Webhook(address, SECRET)
    assert str(caught.value) == f"The webhook {problem}."


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    ("body", "header"),
    [(b"no gzip", {"Content-Encoding": "gzip"}), (b"y" * 10_000, {"Content-Length": "1000000000"})],
    ids=["broken", "endless"],
)
def test_a_rejection_counts_even_if_its_reason_cannot_be_read(
    tmp_path: Path, body: bytes, header: dict[str, str]
) -> None:
    class Broken(Receiver):
        def answer(self, request: HTTPServerRequest) -> Reply:
            super().answer(request)
            return Reply(403, body, header)

    with Broken() as server, pytest.raises(DeliveryError, match="Webhook returned 403"):
        run(feedback(1), server, tmp_path)
    assert [body["repeated"] for body in server.bodies] == [False]


def test_a_command_does_not_get_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGGWAT_API_KEY", "oat_" + "k" * 43)
    monkeypatch.setenv("OF_THE_COMMAND", "kept")
    out, frame = tmp_path / "out.json", feedback(1)
    code = f"import json, os; json.dump(dict(os.environ), open({str(out)!r}, 'w'))"
    send(frame, about=about(frame), target=Command(shlex.join([sys.executable, "-c", code])), name="a", folder=tmp_path)
    seen = json.loads(out.read_text())
    assert seen["OF_THE_COMMAND"] == "kept"
    assert "oat_" not in "".join(seen.values())


def test_a_command_reads_the_items_and_its_status_decides(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    code = f"import sys; open({str(out)!r}, 'ab').write(sys.stdin.buffer.read() + b'\\n'); sys.exit(%d)"
    frame = feedback(2)

    def hand_over(status: int, name: str) -> list[Batch]:
        target = Command(shlex.join([sys.executable, "-c", code % status]))
        return send(frame, about=about(frame), target=target, name=name, folder=tmp_path)

    with pytest.raises(DeliveryError, match="ended with status 4"):
        hand_over(4, "a")
    with pytest.raises(DeliveryError, match="ended with status 4"):
        hand_over(4, "a")
    assert len(hand_over(0, "a")) == 1
    assert hand_over(0, "a") == []
    bodies = [json.loads(line) for line in out.read_text().splitlines()]
    assert [body["repeated"] for body in bodies] == [False] * 3
    killed = shlex.join([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])
    with pytest.raises(DeliveryError, match="was ended by signal 9, so its items count as not delivered"):
        send(frame, about=about(frame), target=Command(killed), name="a", folder=tmp_path)
    with pytest.raises(DeliveryError, match="could not be started"):
        send(frame, about=about(frame), target=Command("no-such-program x"), name="a", folder=tmp_path)


@pytest.mark.parametrize("address", ["", "http://example.org/in", "https://", "example.org/in"])
def test_an_address_that_is_read_on_the_way_or_a_short_secret_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="https://"):
        Webhook(address, SECRET)
    for secret in (None, "", "short"):
        with pytest.raises(SettingsError, match="WEBHOOK_SECRET"):
            Webhook("https://example.org/in", secret)
    for command in ("", "  ", "a\0b", "say 'unfinished"):
        with pytest.raises(ArgumentError, match="exec"):
            Command(command)


def test_a_secret_in_use_is_not_sent_and_two_runs_at_once_do_not_send_twice(server: Receiver, tmp_path: Path) -> None:
    token = Secret("oat_" + "k" * 43)
    frame = feedback(1, message=["key " + token.reveal()])
    with pytest.raises(LeakError):
        compose(frame, about=about(frame), salt=None, token=token)
    with Ledger.open_locked(ledger_path(tmp_path, webhook(server), "new bugs")), pytest.raises(LockedError):
        run(feedback(1), server, tmp_path)
    assert server.bodies == []


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    "seeds", [range(2), pytest.param(range(2, 103), marks=pytest.mark.campaign)], ids=["some", "many"]
)
def test_no_crash_loses_an_item_or_repeats_one_unmarked(
    server: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seeds: range
) -> None:
    crashes = repeats = 0
    for seed in seeds:
        chance = random.Random(seed)
        server.bodies.clear()
        with monkeypatch.context() as patch:

            def deliver(count: int, _: int, folder: Path = tmp_path / str(seed)) -> list[Any]:
                return [*run(feedback(count), server, folder)]

            count, crashed = deliver_through_crashes(
                deliver, server, Breaker(patch, chance), chance, fates=FATES, steps=12
            )
        assert deliver(count, 0) == []
        crashes += crashed
        seen: set[str] = set()
        for body in server.bodies:
            ids = {row["id"] for row in body["items"]}
            assert body["repeated"] or not seen & ids, f"seed {seed}"
            repeats += body["repeated"]
            seen |= ids
        assert len(seen) == count, f"seed {seed}"
    print(f"{len(seeds)} runs, {crashes} crashes, {repeats} marked repeats, none lost, none twice unmarked")
    assert crashes >= len(seeds) / 2


@pytest.mark.usefixtures("waiting")
def test_what_was_in_flight_is_sent_again_although_it_is_no_longer_selected(server: Receiver, tmp_path: Path) -> None:
    frame = feedback(2)
    server.plan = [LOST] * 5
    with pytest.raises(DeliveryError):
        run(frame, server, tmp_path)
    server.plan = []
    closed = frame.with_columns(status=pl.when(id="item-0001").then(pl.lit("Closed")).otherwise("status"))
    run(closed.filter(status="New"), server, tmp_path, everything=closed)
    assert server.ids()[-1] == ["item-0001", "item-0000"]
    assert [row["status"] for row in server.bodies[-1]["items"]] == ["Closed", "New"]
    assert server.bodies[-1]["repeated"]


class Unreliable:
    """Takes items, refuses them, or is interrupted before or after it took them."""

    key = "unreliable"

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.taken: list[tuple[str, bool]] = []

    def take(self, body: dict[str, Any]) -> None:
        fate = self.chance.choice(["fine"] * 4 + ["refused", "stopped before", "stopped after"])
        if fate == "refused":
            raise DeliveryError("no")
        if fate != "stopped before":
            self.taken += [(row["id"], body["repeated"]) for row in body["items"]]
        if fate != "fine":
            raise KeyboardInterrupt

    def pause(self, *_: object) -> None:
        pass


@pytest.mark.parametrize(
    "seeds", [range(1), pytest.param(range(1, 60), marks=pytest.mark.campaign)], ids=["some", "many"]
)
def test_while_the_list_moves_each_item_is_sent_once(
    serve: Serve,
    connect: Connect,
    tmp_path: Path,
    waiting: Waiting,
    seeds: range,
) -> None:
    """Items come, late ones too, leave, come back and are edited between requests, which fail; clocks are wrong."""
    where, sent, repeats = sw.FeedbackFilter(status="New"), 0, 0
    for seed in seeds:
        chance, moves = random.Random(seed), random_changes(seed, 120, 40)
        kinds: list[Status | Dropped | TooMany] = [Status(500), Dropped(), TooMany()]
        faults = {at: chance.choice(kinds) for at in chance.sample(range(2, 40), 6)}
        server = serve(120, changes=moves, faults=Faults(faults), most_rows=25)
        target, folder = Unreliable(chance), tmp_path / str(seed)
        known: set[str] | None = None
        while True:
            is_last = server.list_requests > 40
            waiting.seconds += chance.choice([-10_800.0, 0.0, 10_800.0])  # the clock is set
            with suppress(SeggwatError, KeyboardInterrupt):
                with connect(server, cache_dir=folder / "cache", data_dir=folder / "data") as client:
                    everything = client.feedback(refresh=chance.choice(["auto", "full"]))
                    about = client.last_load
                    assert about is not None
                if known is None:
                    known = {*everything["id"]}
                send(
                    where.apply(everything), about=about, target=target, name="new", folder=folder,
                    since=NOW + timedelta(days=365), everything=everything,
                )  # fmt: skip
                if is_last:
                    break
        taken = [key for key, _ in target.taken]
        first = [key for key, repeated in target.taken if not repeated]
        assert len(first) == len({*first}), f"seed {seed}: sent twice without a mark"
        assert {*where.apply(everything)["id"]} - known <= {*taken}, f"seed {seed}: lost"
        assert not known & {*taken}, f"seed {seed}: known from the start"
        sent, repeats = sent + len({*taken}), repeats + len(taken) - len(first)
    print(f"{len(seeds)} runs, {sent} items sent, {repeats} of them marked as repeated, none lost")
    assert sent > 10 * len(seeds)


def test_the_command_says_by_its_status_whether_there_were_any(
    server: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from seggwat_nb.cli.entry_point import app
    from seggwat_nb.cli.watch import ANY
    from seggwat_nb.panels import presets

    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    presets.save("recent", sw.FeedbackFilter(type="Bug", since=datetime.now(UTC) - timedelta(days=30)))

    def watch(*options: str, select: tuple[str, ...] = ("--preset", "recent")) -> Any:
        return CliRunner().invoke(app, ["watch", "--demo", *select, *options])

    to_server = ("--webhook", f"{server.url}/in/T0ken")
    dry = watch(*to_server)
    assert dry.exit_code == ANY
    assert json.loads(dry.stdout)["items"]
    assert server.bodies == []
    assert watch(*to_server, "--send").exit_code == ANY
    assert server.bodies
    assert watch(*to_server, "--send").exit_code == 0
    search = ("--where", "type:bug page:/checkout since:30d")
    assert watch(*to_server, "--send", select=search).exit_code == ANY, "a search does not know what a preset has sent"
    pages = {row["path"] for row in server.bodies[-1]["items"]}
    assert pages
    assert all("/checkout" in page for page in pages)
    for again in (search, ("--type", "Bug", "--where", "page:/checkout", "--since", "20d")):
        assert watch(*to_server, "--send", select=again).exit_code == 0
    assert watch(*to_server, "--send", select=("--where", "page:/reports since:30d")).exit_code == ANY
    assert watch(*to_server, select=("--preset", "recent", "--where", "crash")).exit_code == 2
    assert watch().exit_code == 2
    assert watch(*to_server, "--exec", "cat").exit_code == 2


@pytest.mark.parametrize("seed", range(20))
def test_a_search_has_one_outbox_however_it_is_written(seed: int) -> None:
    draw = random.Random(seed)
    fields: dict[str, Any] = {
        "type": ["Bug", "Praise"],
        "status": ["New", "Active"],
        "path": ["/a", "/b"],
        "text": "pay",
    }
    chosen = draw.sample(sorted(fields), draw.randint(1, 4))
    shuffled: dict[str, Any] = {
        name: draw.sample(fields[name], 2) if name != "text" else fields[name]
        for name in draw.sample(chosen, len(chosen))
    }
    first = sw.FeedbackFilter(**{name: fields[name] for name in chosen})
    again = sw.FeedbackFilter(**shuffled, since=draw.choice([None, "3d"]), time_zone=draw.choice(["Asia/Tokyo", "UTC"]))
    assert outbox_name(again) == outbox_name(first), "without dates the zone means nothing"
    fewer = sw.FeedbackFilter(**{name: fields[name] for name in chosen[1:]})
    until = [replace(first, until="2026-03-02", time_zone=zone) for zone in ("UTC", "Asia/Tokyo")]
    assert len({outbox_name(one) for one in (first, fewer, *until)}) == 4
