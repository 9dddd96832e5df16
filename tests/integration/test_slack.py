"""Digests to a server that behaves as Slack does: within its limits, none lost, none twice unmarked."""

from __future__ import annotations

import json
import logging
import random
import time
import traceback
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import seggwat_nb as sw
from seggwat_nb.demo.story import PLANTED
from seggwat_nb.errors import DeliveryError, LeakError, LockedError, SettingsError
from seggwat_nb.provenance import Provenance
from seggwat_nb.schema import FEEDBACK, HISTORY
from seggwat_nb.secret import Secret
from seggwat_nb.share.delivery import digest, slack
from seggwat_nb.share.delivery.digest import LISTED
from seggwat_nb.share.delivery.outbox import Ledger
from tests.integration.crashing import Breaker, deliver_through_crashes
from tests.integration.services import FAILED, FAILED_AFTER, FINE, LIMITED, LOST, LOST_BEFORE, REFUSED, Reply, Slack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.conftest import Waiting

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
FATES = [FINE, LIMITED, FAILED, FAILED_AFTER, LOST, LOST_BEFORE]


def feedback(count: int, **columns: Any) -> pl.DataFrame:
    rows = {
        "id": [f"item-{number:04}" for number in range(count)],
        "project_id": ["p"] * count,
        "message": [f"Message {number}" for number in range(count)],
        "type": ["Bug"] * count,
        "status": ["New"] * count,
        "created_at": [NOW - timedelta(minutes=number + 1) for number in range(count)],
    } | columns
    return pl.DataFrame({name: rows.get(name, [None] * count) for name in FEEDBACK}, schema_overrides=FEEDBACK)


def about(frame: pl.DataFrame) -> Provenance:
    return Provenance(
        resource="feedback", as_of=NOW, finished=NOW, served_from="api", requests=1, rows=frame.height,
        project_ids=("p",), org_id="org", base_url="https://seggwat.example",
    )  # fmt: skip


def post(frame: pl.DataFrame, server: Slack, folder: Path, **options: Any) -> list[digest.Message]:
    webhook = Secret(server.url + server.path)
    return slack.post(frame, about=about(frame), webhook=webhook, folder=folder, **options)


def told(message: dict[str, Any]) -> list[str]:
    """Items that a message lists, by the number in their text."""
    sections = [block["text"]["text"] for block in message["blocks"] if block["type"] == "section"]
    return [text.rpartition("Message ")[2] for text in sections if "Message " in text]


@pytest.fixture
def server() -> Iterator[Slack]:
    with Slack() as server:
        yield server


@pytest.mark.usefixtures("waiting")
def test_each_item_is_told_once_however_it_is_dated(server: Slack, tmp_path: Path) -> None:
    frame = feedback(5)
    assert len(post(frame, server, tmp_path)) == 1
    assert post(frame, server, tmp_path) == []
    later = feedback(8, created_at=[*frame["created_at"], *([NOW - timedelta(days=400)] * 3)])
    post(later, server, tmp_path)
    first, second = server.messages
    assert [sorted(told(first)), sorted(told(second))] == [["0", "1", "2", "3", "4"], ["5", "6", "7"]]
    assert second["text"] == "Feedback: 3 new items"
    assert "https://seggwat.example/org/org/projects/p/feedback/item-0000" in json.dumps(first)


@pytest.mark.usefixtures("waiting")
def test_the_first_digest_reaches_back_a_day_or_to_the_day_that_is_named(server: Slack, tmp_path: Path) -> None:
    frame = feedback(3, created_at=[NOW - timedelta(hours=hours) for hours in (1, 30, 60)])
    post(frame, server, tmp_path / "a")
    post(frame, server, tmp_path / "b", since=NOW - timedelta(days=2))
    assert [told(message) for message in server.messages] == [["0"], ["0", "1"]]
    assert post(frame, server, tmp_path / "a") == []


@pytest.mark.usefixtures("waiting")
def test_what_a_first_digest_of_a_part_leaves_out_is_known_to_the_next_and_its_people_have_aliases(
    server: Slack, tmp_path: Path
) -> None:
    everything = feedback(4, submitted_by=["ann-smith"] * 3 + ["bob-stone"], message=["bob-stone: Message 0", *"123"])
    part = everything.head(1)
    post(part, server, tmp_path, people=["bob-stone"], everything=everything)
    assert "bob-stone" not in json.dumps(server.messages)
    assert post(everything, server, tmp_path) == []


def test_many_items_are_two_messages_that_count_what_they_do_not_list(
    server: Slack, tmp_path: Path, waiting: Waiting
) -> None:
    began = time.monotonic()
    sent = post(feedback(500), server, tmp_path)
    took = time.monotonic() - began
    assert [len(message.keys) for message in sent] == [LISTED, 500 - LISTED]
    assert [len(told(message)) for message in server.messages] == [LISTED, LISTED]
    assert f"and {500 - 2 * LISTED} more items, not listed: {500 - 2 * LISTED} Bug" in json.dumps(server.messages[1])
    assert waiting.seconds + took >= 0.9  # a busy machine takes a part of the pause by itself
    assert post(feedback(500), server, tmp_path) == []


@pytest.mark.usefixtures("waiting")
def test_nothing_of_what_strangers_write_is_alive_or_too_long(server: Slack, tmp_path: Path) -> None:
    hostile = [*PLANTED.hostile, "&" * 5000, "", "\x00", "&lt;!channel&gt; <@U123> <#C123> see www.evil.example"]
    fields = dict.fromkeys(("message", "type", "status", "path", "version"), hostile)
    post(feedback(len(hostile), **fields), server, tmp_path)
    (message,) = server.messages
    plain = [part["text"] for part in parts(message) if part["type"] == "plain_text"]
    ours = [part["text"] for part in parts(message) if part["type"] == "mrkdwn"]
    assert all(text.startswith("<https://seggwat.example/org/org/projects/p/feedback/item-") for text in ours)
    assert plain
    for text in plain:
        assert not set("<>\u202e\x07\x00") & set(text)
        for live in ("@everyone", "@channel", "://", "www.evil", "evil.example", "#1", "!channel"):
            assert live not in text
    assert message["text"] == f"Feedback: {len(hostile)} new items"
    assert not message["unfurl_links"]


def test_a_message_reads_as_slack_shows_it() -> None:
    frame = feedback(2, message=["a < b & c", "<https://evil.example|Click>"])
    (message,) = digest.compose(frame, about=about(frame), salt=None)
    title, summary, *items = digest.readable_text(message).replace("\u2060", "").split("\n\n")
    address = "https://seggwat.example/org/org/projects/p/feedback/item-"
    assert title == "Feedback: 2 new items"
    assert summary.startswith("By type: 2 Bug.\n")
    assert items == [
        "Bug · New\na < b & c",
        f"Open on the dashboard: {address}0000 · 2026-03-20 11:59 UTC",
        "Bug · New\n<https://evil.example|Click>",
        f"Open on the dashboard: {address}0001 · 2026-03-20 11:58 UTC",
    ]


def parts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") in {"plain_text", "mrkdwn"}:
            yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from parts(value)


@pytest.mark.usefixtures("waiting")
def test_what_is_personal_is_masked_unless_that_is_switched_off_by_name(server: Slack, tmp_path: Path) -> None:
    personal = " ".join(PLANTED.personal)
    frame = feedback(2, message=[personal] * 2, submitted_by=["user_1"] * 2, path=["/a?mail=x"] * 2)
    post(frame, server, tmp_path)
    for text in (*PLANTED.personal, "user_1", "mail=x"):
        assert text.replace(".", "\u2060.") not in json.dumps(server.messages, ensure_ascii=False)
        assert text not in json.dumps(server.messages, ensure_ascii=False).replace("\u2060", "")
    post(frame, server, tmp_path / "open", masked=False)
    assert PLANTED.personal[0] in json.dumps(server.messages[1], ensure_ascii=False).replace("\u2060", "")


def test_a_leak_stops_everything_before_anything_is_sent(server: Slack, tmp_path: Path) -> None:
    token = Secret("unlike-what-masking-knows")
    with pytest.raises(LeakError, match="the Slack message"):
        post(feedback(1, type=[token.reveal()]), server, tmp_path, token=token)
    assert server.log == []


def test_a_pause_that_slack_asks_for_is_kept(server: Slack, tmp_path: Path, waiting: Waiting) -> None:
    server.plan = [LIMITED, LIMITED]
    post(feedback(1), server, tmp_path)
    assert 14 <= waiting.seconds < 16
    assert len(server.messages) == 1
    assert "repeated" not in server.messages[0]["text"]


def test_the_next_run_keeps_the_pause_that_slack_asked_for(
    server: Slack, tmp_path: Path, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.plan = [LIMITED]
    with monkeypatch.context() as patch:
        patch.setattr("seggwat_nb.retry.LONGEST_PAUSE", 5.0)
        with pytest.raises(DeliveryError, match=r"requested a pause of 7 seconds\. Retry after"):
            post(feedback(1), server, tmp_path)
        patch.setattr("seggwat_nb.rate_limit.LONGEST_PAUSE", 0.0)
        with pytest.raises(DeliveryError, match=r"The pause that the service requested is not over\. Retry after"):
            post(feedback(1), server, tmp_path)
    assert waiting.seconds < 1
    post(feedback(1), server, tmp_path)
    assert 0 < waiting.seconds < 8  # what was left of the pause: a busy machine takes its time between the two runs
    assert len(server.messages) == 1


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("fate", [FAILED, FAILED_AFTER, LOST, LOST_BEFORE])
def test_what_may_have_arrived_is_sent_again_and_marked(server: Slack, tmp_path: Path, fate: str) -> None:
    server.plan = [fate]
    post(feedback(2), server, tmp_path)
    assert len(server.messages) == (2 if fate in {FAILED_AFTER, LOST} else 1)
    assert server.messages[-1]["text"].startswith("Possibly repeated")
    assert post(feedback(2), server, tmp_path) == []


@pytest.mark.usefixtures("waiting")
def test_a_refusal_is_told_and_the_next_run_sends_unmarked(server: Slack, tmp_path: Path) -> None:
    server.plan = [REFUSED]
    with pytest.raises(DeliveryError, match="403 \\(action_prohibited\\)"):
        post(feedback(2), server, tmp_path)
    post(feedback(2), server, tmp_path)
    assert [message["text"] for message in server.messages] == ["Feedback: 2 new items"]


@pytest.mark.usefixtures("waiting")
def test_a_slack_that_is_down_is_given_up_and_the_next_run_marks_what_it_repeats(server: Slack, tmp_path: Path) -> None:
    server.plan = [FAILED] * 5
    with pytest.raises(DeliveryError, match="503") as caught:
        post(feedback(2), server, tmp_path)
    assert caught.value.may_have_arrived
    post(feedback(3), server, tmp_path)
    assert [message["text"] for message in server.messages] == [
        "Possibly repeated: Feedback: 2 items",
        "Feedback: 1 new item",
    ]


@pytest.mark.usefixtures("waiting")
def test_items_that_went_while_in_doubt_are_let_go(server: Slack, tmp_path: Path) -> None:
    server.plan = [FAILED] * 5
    with pytest.raises(DeliveryError):
        post(feedback(2), server, tmp_path)
    assert post(feedback(0), server, tmp_path) == []
    assert post(feedback(2), server, tmp_path) == []


def test_two_runs_at_once_do_not_send_twice(server: Slack, tmp_path: Path) -> None:
    path = slack.ledger_path(tmp_path, Secret(server.url + server.path))
    with Ledger.open_locked(path), pytest.raises(LockedError):
        post(feedback(2), server, tmp_path)
    assert server.messages == []


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    ("status", "said", "advice"),
    [
        (400, "invalid_blocks", "It rejected the content. Please report this."),
        (403, "action_prohibited", "Ask an administrator of the workspace"),
        (404, "no_service", "The webhook was removed or disabled. Create another"),
        (410, "channel_is_archived", "The channel is archived or was deleted."),
        (418, "x", "Check the network and SLACK_WEBHOOK_URL."),
    ],
)
def test_what_slack_refuses_is_said_in_terms_of_slack(tmp_path: Path, status: int, said: str, advice: str) -> None:
    class Refusing(Slack):
        def limits(self, _: str) -> Reply:
            return Reply(status, said.encode())

    with Refusing() as server, pytest.raises(DeliveryError) as caught:
        post(feedback(1), server, tmp_path)
    assert str(caught.value).startswith(f"Slack returned {status} ({said}). {advice}")


@pytest.mark.parametrize("address", ["", "http://hooks.slack.com/services/x", "https://", "hooks.slack.com/services/x"])
def test_an_address_that_is_no_webhook_is_refused_without_being_shown(address: str) -> None:
    with pytest.raises(SettingsError, match="SLACK_WEBHOOK_URL") as caught:
        slack.webhook_from(address)
    assert not address or f"{address} " not in str(caught.value)


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("fate", [FINE, REFUSED, FAILED, LOST])
def test_the_webhook_is_in_no_log_error_file_or_repr(
    server: Slack, tmp_path: Path, fate: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.plan = [fate] * 5
    shown = repr(Secret(server.url + server.path))
    try:
        post(feedback(1), server, tmp_path)
    except DeliveryError as error:
        assert fate != FINE
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        shown += "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "urllib3" in caplog.text
    shown += caplog.text
    shown += "".join(path.read_text() + str(path) for path in tmp_path.rglob("*") if path.is_file())
    assert "SeCrEt" not in shown
    assert "T0000" not in shown


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    "seeds", [range(3), pytest.param(range(3, 110), marks=pytest.mark.campaign)], ids=["some", "many"]
)
def test_no_crash_loses_an_item_or_repeats_one_unmarked(
    server: Slack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seeds: range
) -> None:
    crashes = repeats = 0
    for seed in seeds:
        chance = random.Random(seed)
        server.messages.clear()
        with monkeypatch.context() as patch:

            def deliver(count: int, _: int, folder: Path = tmp_path / str(seed)) -> list[Any]:
                return [*post(feedback(count), server, folder)]

            count, crashed = deliver_through_crashes(
                deliver, server, Breaker(patch, chance), chance, fates=FATES, steps=25
            )
        assert deliver(count, 0) == []
        crashes += crashed
        seen: set[str] = set()
        for message in server.messages:
            marked = message["text"].startswith("Possibly repeated")
            assert marked or not seen & set(told(message)), f"seed {seed}"
            repeats += marked
            seen.update(told(message))
        assert seen == {str(number) for number in range(count)}, f"seed {seed}"
    print(f"{len(seeds)} runs, {crashes} crashes, {repeats} marked repeats, none lost, none twice unmarked")
    assert crashes >= len(seeds) / 2


def test_a_digest_names_what_is_back_and_what_fell_silent() -> None:
    said = PLANTED.near_duplicates[1]
    daily = [(f"day-{n}", f"Something about topic {n}", "/cart", "New", NOW - timedelta(days=n)) for n in range(25, 90)]
    both = [(f"both-{n}", f"Another matter of {n} kinds", "/help", "New", NOW - timedelta(days=n)) for n in range(90)]
    again = [("old", said[0], "/reset", "Resolved", NOW - timedelta(days=40)), ("new", said[1], "/reset", "New", NOW)]
    columns = dict(
        zip(("id", "message", "path", "status", "created_at"), zip(*daily, *both, *again, strict=True), strict=True)
    )
    frame = feedback(len(columns["id"]), **{name: list(values) for name, values in columns.items()})
    seen = NOW - timedelta(days=30)
    change = ("old", "p", "status", "New", "Resolved", seen, seen + timedelta(days=1))
    history = pl.DataFrame([change], schema=HISTORY, orient="row")
    (message,) = digest.compose(frame, about=about(frame), salt=None, history=history)
    text = message.payload["blocks"][1]["text"]["text"]
    assert "Reported again after it was closed: “The password reset mail never arrives" in text
    assert "(1 new item, 1 closed)" in text
    assert "Silent since 24 Feb 2026: path /cart, 0 items, about 2" in text
    (plain,) = digest.compose(frame, about=about(frame), salt=None)
    assert "Reported again" not in json.dumps(plain.payload)


def test_a_digest_leaves_out_what_is_dismissed_and_says_so_and_names_it_again_when_it_doubles() -> None:
    usual = [NOW - timedelta(hours=4 * n) for n in range(500)]
    more = [NOW - timedelta(hours=3 * n + 1) for n in range(48)]
    frame = feedback(548, created_at=usual + more, path=["/cart"] * 500 + ["/search"] * 48)
    mover = {"key": "path", "value": "/search"}

    def summary() -> str:
        (message, *_) = digest.compose(frame, about=about(frame), salt=b"1")
        return str(message.payload["blocks"][1]["text"]["text"])

    assert "Largest change: path /search" in summary()
    file = sw.dismissed.dismiss(mover | {"after": 40}, reason="known, <!channel>", until="2026-12-31", as_of=NOW)
    quiet = summary()
    assert "Largest change" not in quiet
    assert "1 finding is dismissed: path /search (until 31 Dec 2026: known, &lt;" in quiet
    assert "<!channel>" not in quiet
    file.write_text(file.read_text().replace("count = 40", "count = 20"))
    back = summary()
    assert "Largest change: path /search" in back
    assert "is back: doubled, 20 before." in back
    assert "dismissed:" not in back
