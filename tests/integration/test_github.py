"""Issues on a server that behaves as GitHub does: none lost, none twice, strangers' text inert."""

from __future__ import annotations

import logging
import random
import re
import traceback
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import mistune
import polars as pl
import pytest

from seggwat_nb.demo.story import PLANTED
from seggwat_nb.errors import ArgumentError, DeliveryError, LeakError, SettingsError
from seggwat_nb.secret import Secret
from seggwat_nb.share.delivery import github
from seggwat_nb.share.delivery.github import Repository, create
from seggwat_nb.share.delivery.issues import compose, without_text
from seggwat_nb.share.delivery.reopen import Return, comment, returns
from tests.integration.crashing import Breaker, deliver_through_crashes
from tests.integration.services import (
    BUSY,
    FAILED,
    FAILED_AFTER,
    FINE,
    LIMITED,
    LOST,
    LOST_BEFORE,
    REFUSED,
    GitHub,
    Reply,
)
from tests.integration.test_slack import NOW, about, feedback

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tornado.httputil import HTTPServerRequest

    from tests.integration.conftest import Waiting

SECRET = "ghp_SeCrEtSeCrEtSeCrEtSeCrEtSeCrEtSeCrEt"  # noqa: S105  # of this test alone
FATES = [FINE, LIMITED, BUSY, FAILED, FAILED_AFTER, LOST, LOST_BEFORE]
WORDS = "cart login search invoice export import theme coupon address tax stock photo menu font mail order".split()  # noqa: SIM905  # as words


def bugs(count: int, **columns: Any) -> pl.DataFrame:
    """Bugs that nobody takes for each other."""
    chance = random.Random(1)
    said = [" ".join(chance.choices(WORDS, k=9)) for _ in range(count)]
    return feedback(count, **{"message": said} | columns)


def repository(server: GitHub, **options: Any) -> Repository:
    return Repository(**{"name": server.repository, "token": SECRET, "api_url": f"{server.url}/api/v3"} | options)


def run(frame: pl.DataFrame, server: GitHub, folder: Path, **options: Any) -> github.Outcome:
    return create(frame, about=about(frame), repository=repository(server), folder=folder, most=1000, **options)


def items_of(server: GitHub) -> list[str]:
    markers = [re.match(r"<!-- seggwat-nb items: (.*?) -->", issue["body"]) for issue in server.issues]
    return [item for marker in markers if marker for item in marker[1].split(" ")]


@pytest.fixture
def server() -> Iterator[GitHub]:
    with GitHub(token=SECRET) as server:
        yield server


@pytest.mark.usefixtures("waiting")
def test_each_new_bug_becomes_one_issue_on_this_machine_and_on_another(server: GitHub, tmp_path: Path) -> None:
    frame = bugs(8, type=["Bug"] * 6 + ["Feature"] * 2, status=["New"] * 5 + ["Resolved", "New", "New"])
    first = run(frame, server, tmp_path / "here")
    assert sorted(items_of(server)) == [f"item-{number:04}" for number in range(5)]
    assert len(first.created) == 5
    assert set(first.links) == set(items_of(server))
    for place in ("here", "there"):
        again = run(frame, server, tmp_path / place)
        assert (again.created, again.links) == ({}, first.links)
    server.issues[0]["state"] = "closed"
    assert run(frame, server, tmp_path / "elsewhere").created == {}
    server.issues[0]["body"] = "edited, the marker is gone"
    assert run(frame, server, tmp_path / "here").created == {}


@pytest.mark.usefixtures("waiting")
def test_near_duplicates_are_one_issue_with_the_number_of_people(server: GitHub, tmp_path: Path) -> None:
    messages = [*PLANTED.near_duplicates[1], "The cart is empty"]
    frame = feedback(5, message=messages, submitted_by=["ann", "bob", "ann", None, "cem"])
    run(frame, server, tmp_path)
    assert len(server.issues) == 2
    assert "Reported 4 times (1 unsigned), by 2 people, on 2026-03-20" in server.issues[0]["body"]
    assert "https://seggwat.example/org/org/projects/p/feedback/item-0000" in server.issues[0]["body"]
    assert server.issues[0]["labels"] == ["seggwat", "bug"]
    more = feedback(6, message=[*messages, messages[0]], submitted_by=["ann", "bob", "ann", None, "cem", "dan"])
    assert run(more, server, tmp_path / "other").created == {}


def back(frame: pl.DataFrame, server: GitHub) -> list[Return]:
    return returns(frame, github.list_issues(repository(server)), about=about(frame), salt=b"s")


def reported_again(*, new: int = 1) -> pl.DataFrame:
    """A resolved bug whose issue is there, and reports of the same, a month later."""
    said = PLANTED.near_duplicates[1]
    rows = feedback(1 + new, message=[said[0], *[said[1]] * new], submitted_by=["ann", *["bob@example.org"] * new])
    later = pl.when(pl.col("id") != "item-0000").then(pl.col("created_at").dt.offset_by("40d"))
    status = pl.when(pl.col("id") == "item-0000").then(pl.lit("Resolved")).otherwise(pl.lit("New"))
    return rows.with_columns(created_at=later.otherwise("created_at"), status=status)


@pytest.mark.usefixtures("waiting")
def test_what_is_reported_again_after_its_issue_was_closed_is_commented_on_once(server: GitHub, tmp_path: Path) -> None:
    frame = reported_again(new=2)
    run(frame[:1].with_columns(status=pl.lit("New")), server, tmp_path)
    assert back(frame, server) == []  # It is open: in somebody's hands.
    server.close(1, "2026-04-20T10:00:00Z")
    (found,) = back(frame, server)
    assert (found.issue.number, found.keys) == (1, ("item-0002", "item-0001"))
    assert run(frame, server, tmp_path, known=found.keys).created == {}
    assert comment(repository(server), [found], reopen=False) == [server.issues[0]["html_url"]]
    assert comment(repository(server), [found], reopen=False) == []
    assert server.issues[0]["state"] == "closed"
    (said,) = server.issues[0]["comments_of_it"]
    assert "Reported again after this issue was closed: 2 times, by 1 person" in said["body"]
    assert "bob@" not in said["body"]
    assert comment(repository(server), [found], reopen=True) == [server.issues[0]["html_url"]]
    assert server.issues[0]["state"] == "open"
    # Again, as a run does that was stopped after the comment, and one after somebody closed it once more.
    server.close(1, "2026-04-20T10:00:00Z")
    assert comment(repository(server), back(frame, server), reopen=True) == [server.issues[0]["html_url"]]
    server.close(1, "2026-05-02T10:00:00Z")
    assert back(frame, server) == []
    assert len(server.issues[0]["comments_of_it"]) == 1


@pytest.mark.usefixtures("waiting")
def test_a_plan_reads_the_list_of_issues_once(server: GitHub, tmp_path: Path) -> None:
    frame = bugs(7)
    run(frame, server, tmp_path)
    asked = len(server.log)
    filed = github.list_issues(repository(server))
    pages = len(server.log) - asked
    assert {item for issue in filed for item in issue.items} == set(frame["id"])
    assert github.items_told(repository(server), tmp_path, filed) == set(frame["id"])
    assert returns(frame, filed, about=about(frame), salt=b"s") == []
    assert len(server.log) - asked == pages > 1


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("fate", [LOST, FAILED_AFTER, LIMITED, FAILED])
def test_a_comment_whose_answer_is_lost_is_not_written_twice(server: GitHub, tmp_path: Path, fate: str) -> None:
    frame = reported_again()
    run(frame[:1].with_columns(status=pl.lit("New")), server, tmp_path)
    server.close(1, "2026-04-20T10:00:00Z")
    found = back(frame, server)
    server.plan = [fate]
    assert comment(repository(server), found, reopen=True) == [server.issues[0]["html_url"]]
    assert len(server.issues[0]["comments_of_it"]) == 1
    assert server.issues[0]["state"] == "open"


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("message", [None, "", "  \n\t ", "\u200b\u2060"])
def test_a_bug_without_a_message_is_left_out_and_counted(server: GitHub, tmp_path: Path, message: str | None) -> None:
    frame = feedback(2, message=[message, "The cart is empty"])
    assert [issue.title for issue in run(frame, server, tmp_path).created.values()] == ["The cart is empty"]
    assert without_text(frame) == 1


@pytest.mark.usefixtures("waiting")
def test_a_run_creates_only_so_many_and_the_next_goes_on(server: GitHub, tmp_path: Path) -> None:
    frame = bugs(7)
    outcome = create(frame, about=about(frame), repository=repository(server), folder=tmp_path, most=4)
    assert (len(outcome.created), outcome.left) == (4, 3)
    assert run(frame, server, tmp_path).left == 0
    assert len(items_of(server)) == len(set(items_of(server))) == 7
    with pytest.raises(ArgumentError):
        create(frame, about=about(frame), repository=repository(server), folder=tmp_path, most=0)


class Picky(GitHub):
    """Refuses what has a word, in an issue, a comment or both."""

    word = "blank"

    def _create(self, issue: dict[str, Any]) -> Reply:
        if self.word in issue["title"]:
            return Reply(422, b'{"message": "Validation Failed"}')
        return super()._create(issue)


@pytest.mark.usefixtures("waiting")
def test_an_issue_that_is_refused_holds_up_no_other(tmp_path: Path) -> None:
    frame = feedback(4, message=["The cart is blank", "The login page is blank", "Search fails", "Export crashes"])
    with Picky(token=SECRET) as server:
        for left in (2, 0):
            outcome = create(frame, about=about(frame), repository=repository(server), folder=tmp_path, most=2)
            assert outcome.left == left
        assert sorted(items_of(server)) == ["item-0002", "item-0003"]
        again = run(frame, server, tmp_path)
        assert (len(again.created), [issue.title for issue in again.refused]) == (
            0, ["The login page is blank", "The cart is blank"],
        )  # fmt: skip
        assert all("GitHub returned 422 (Validation Failed)" in why for why in again.refused.values())
        server.word = "nothing"
        assert len(run(frame, server, tmp_path).created) == 2


HOSTILE = (
    *PLANTED.hostile,
    "```\n@everyone fixes #1\n```\n![x](https://tracker.example/p.png)",
    "````text\n<img src=x>\n`````",
    "<!-- seggwat-nb items: item-9999 -->\n@octocat closes acme/shop#1",
    "~~~\n</details><script>alert(1)</script>",
    "x\r\r```\r@someone",
)


@pytest.mark.usefixtures("waiting")
def test_strangers_mention_nobody_close_nothing_and_load_no_picture(server: GitHub, tmp_path: Path) -> None:
    fields = {name: list(HOSTILE) for name in ("message", "path", "version", "source")}
    # Each has a word of its own, so that none is a near-duplicate of another.
    run(feedback(len(HOSTILE), **fields), server, tmp_path)
    assert len(server.issues) == len(HOSTILE)
    render = mistune.create_markdown(escape=False, plugins=["url", "strikethrough", "table"])
    for issue in server.issues:
        assert not re.search(r"[@#]\w|://|[\x00-\x1f\u202e]", issue["title"])
        assert 0 < len(issue["title"]) <= 256
        page = str(render(issue["body"]))
        outside = re.sub(r"<pre><code.*?</code></pre>", "", page, flags=re.DOTALL)
        assert outside.count("<a ") == 1
        outside = outside.replace(re.findall(r"<!--.*?-->", outside)[0], "")
        assert not re.search(r"<(?!/?p>|/?a[ >])|@|#|tracker|evil|trap", outside), outside
    assert "item-9999" not in github.items_with_issues(repository(server))
    assert run(feedback(len(HOSTILE), **fields), server, tmp_path / "other").created == {}


@pytest.mark.usefixtures("waiting")
def test_what_is_personal_is_masked_unless_that_is_switched_off_by_name(server: GitHub, tmp_path: Path) -> None:
    personal = " ".join(PLANTED.personal)
    frame = feedback(1, message=[personal], submitted_by=["user_1"], path=["/a?mail=x"])
    run(frame, server, tmp_path)
    assert not [text for text in (*PLANTED.personal, "user_1", "mail=x") if text in server.issues[0]["body"]]
    server.issues.clear()
    run(frame, server, tmp_path / "other", masked=False)
    assert PLANTED.personal[0] in server.issues[0]["body"]


def test_a_leak_stops_everything_before_anything_is_sent(server: GitHub, tmp_path: Path) -> None:
    token = Secret("unlike-what-masking-knows")
    with pytest.raises(LeakError, match="the GitHub issue"):
        run(feedback(1, version=[token.reveal()]), server, tmp_path, token=token)
    assert server.issues == []


@pytest.mark.parametrize(("fate", "seconds"), [(LIMITED, 30), (BUSY, 60)])
def test_secondary_limits_are_waited_for(
    server: GitHub, tmp_path: Path, waiting: Waiting, fate: str, seconds: int
) -> None:
    server.plan = [fate]
    assert len(run(bugs(1), server, tmp_path).created) == 1
    assert seconds <= waiting.seconds < seconds * 1.05 + 2
    assert len(server.issues) == 1


@pytest.mark.parametrize("fate", [LIMITED, BUSY])
def test_the_next_run_keeps_the_pause_that_was_asked_for(
    server: GitHub, tmp_path: Path, waiting: Waiting, monkeypatch: pytest.MonkeyPatch, fate: str
) -> None:
    server.plan = [fate]
    with monkeypatch.context() as patch:
        patch.setattr("seggwat_nb.rate_limit.LONGEST_PAUSE", 0.0)  # Nobody waits for so long.
        with pytest.raises(DeliveryError, match="GitHub: Nothing was sent"):
            run(bugs(1), server, tmp_path)
        asked = len(server.log)
        with pytest.raises(DeliveryError, match="Retry after"):
            run(bugs(1), server, tmp_path)
        assert len(server.log) == asked
    assert waiting.seconds < 5
    assert len(run(bugs(1), server, tmp_path).created) == 1
    assert waiting.seconds >= 30


def test_issues_are_a_second_apart(server: GitHub, tmp_path: Path, waiting: Waiting) -> None:
    run(bugs(5), server, tmp_path)
    assert waiting.seconds >= 3


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("fate", [FAILED, FAILED_AFTER, LOST, LOST_BEFORE])
def test_what_may_have_been_created_is_looked_for_and_not_created_twice(
    server: GitHub, tmp_path: Path, fate: str
) -> None:
    server.plan = [fate]
    outcome = run(bugs(3), server, tmp_path)
    assert len(outcome.created) == len(server.issues) == 3


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("fate", [REFUSED, FAILED, LOST])
def test_the_token_is_in_no_log_error_file_or_repr(
    server: GitHub, tmp_path: Path, fate: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.plan = [fate] * 9
    shown = repr(vars(repository(server)))
    try:
        run(bugs(1), server, tmp_path)
    except DeliveryError as error:
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        shown += "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    else:
        assert fate == LOST  # It was found in the list.
    shown += caplog.text
    shown += "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert "SeCrEt" not in shown


def test_a_wrong_token_or_name_is_told_before_anything_is_composed(server: GitHub, tmp_path: Path) -> None:
    frame = bugs(1)
    for options, told in (({"token": "wrong"}, "401"), ({"name": "acme/other"}, "404")):
        with pytest.raises(DeliveryError, match=told):
            create(frame, about=about(frame), repository=repository(server, **options), folder=tmp_path)
    for options, told in (
        ({"token": ""}, "GITHUB_TOKEN"),
        ({"token": "a\r\nb"}, "GITHUB_TOKEN"),
        ({"name": "acme"}, "GITHUB_REPOSITORY"),
        ({"api_url": "http://ghe.example/api/v3"}, "GITHUB_API_URL"),
    ):
        with pytest.raises(SettingsError, match=told):
            repository(server, **options)


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    "changes",
    [
        {"html_url": None},
        {"html_url": "javascript:alert(1)"},
        {"number": None},
        {"number": "abc"},
        {"number": [1]},
        {"number": float("inf")},
        {"number": True},
    ],
)
def test_an_issue_without_its_number_or_address_is_an_error(
    server: GitHub, tmp_path: Path, changes: dict[str, Any]
) -> None:
    frame = bugs(1)
    run(frame, server, tmp_path)
    server.issues[0] |= changes
    with pytest.raises(DeliveryError, match="without its number or its https:// address"):
        github.items_with_issues(repository(server))
    with pytest.raises(DeliveryError, match="without its number or its https:// address"):
        run(frame, server, tmp_path / "other")


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("answer", [b'{"id": 1}', b"[" * 100_000, b"{cut"], ids=["other", "deep", "cut"])
def test_a_response_that_does_not_name_the_new_issue_is_not_believed(tmp_path: Path, answer: bytes) -> None:
    class Odd(GitHub):
        def _create(self, issue: dict[str, Any]) -> Reply:
            super()._create(issue)
            return Reply(201, answer)

    with Odd(token=SECRET) as server:
        outcome = run(bugs(2), server, tmp_path)
        assert len(server.issues) == 2
    assert {*outcome.links.values()} == {issue["html_url"] for issue in server.issues}


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("http://[bad", "could not be read"),
        ("", "could not be read"),
        ("https://ghe.example/issues?page=1&per_page=100&labels=seggwat&state=all", "the same page again"),
        ("https://ghe.example/issues?page={next}", "the same page again"),
    ],
)
def test_a_list_of_issues_without_end_is_an_error(link: str, why: str) -> None:
    class Endless(GitHub):
        def _list(self, _: HTTPServerRequest) -> Reply:
            following = link.replace("{next}", str(len(self.log) + 1))
            return Reply(200, b'[{"body": "x"}]', {"Link": f'<{following}>; rel="next"'})

    with Endless(token=SECRET) as server:
        with pytest.raises(DeliveryError, match=why):
            github.list_issues(repository(server))
        assert len(server.log) <= 2


@pytest.mark.parametrize("label", ["feedback, app", "", "  ", "a ", "x" * 51, "a\nb", "a\udcff"])
def test_a_label_by_which_issues_would_not_be_found_is_refused_before_any_request(
    server: GitHub, tmp_path: Path, label: str
) -> None:
    with pytest.raises(ArgumentError, match="label must be"):
        run(bugs(1), server, tmp_path, label=label)
    assert server.log == []


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (301, "The repository has moved."),
        (401, "Check GITHUB_TOKEN"),
        (403, "Check that the token may read and write issues"),
        (404, "Check GITHUB_REPOSITORY and GITHUB_API_URL"),
        (410, "Check that the repository has issues enabled"),
        (418, "Check the network and GITHUB_API_URL."),
    ],
)
def test_what_github_refuses_is_said_in_terms_of_github(status: int, advice: str) -> None:
    class Refusing(GitHub):
        def answer(self, _: HTTPServerRequest) -> Reply:
            return Reply(status, b'{"message": "No"}')

    with Refusing(token=SECRET) as server, pytest.raises(DeliveryError) as caught:
        github.list_issues(repository(server))
    assert str(caught.value).startswith(f"GitHub returned {status} (No). {advice}")


def test_types_in_capitals_are_bugs() -> None:
    frame = bugs(3, type=["BUG", "Praise", "bug"])
    assert {key for issue in compose(frame, about=about(frame), salt=b"s") for key in issue.keys} == {
        "item-0000", "item-0002",
    }  # fmt: skip


def test_old_bugs_and_archived_ones_are_left_alone() -> None:
    frame = bugs(3, archived=[True, False, None], status=["New", "Active", "New"], created_at=[NOW - timedelta(9)] * 3)
    assert [issue.keys for issue in compose(frame, about=about(frame), salt=b"s")] == [("item-0002",)]
    assert compose(feedback(0), about=about(frame), salt=b"s") == []


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    "seeds", [range(3), pytest.param(range(3, 110), marks=pytest.mark.campaign)], ids=["some", "many"]
)
def test_no_crash_loses_a_bug_or_creates_an_issue_twice(
    server: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seeds: range
) -> None:
    crashes = 0
    for seed in seeds:
        chance = random.Random(seed)
        server.issues.clear()
        with monkeypatch.context() as patch:

            def deliver(count: int, number: int, name: str = f"{seed}") -> object:
                return run(bugs(count), server, tmp_path / f"{name} {number % 2}")  # two machines by turns

            count, crashed = deliver_through_crashes(
                deliver, server, Breaker(patch, chance), chance, fates=FATES, steps=30
            )
            crashes += crashed
            assert run(bugs(count), server, tmp_path / f"{seed} 1").created == {}
        assert sorted(items_of(server)) == [f"item-{number:04}" for number in range(count)], f"seed {seed}"
    print(f"{len(seeds)} runs, {crashes} crashes, none lost, none twice")
    assert crashes > len(seeds)
