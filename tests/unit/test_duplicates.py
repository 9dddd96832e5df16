"""Near-duplicates: what is planted is found, as brute force finds it, whatever the order and however hostile."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from rapidfuzz import fuzz, process

from seggwat_nb import FeedbackFilter, duplicates
from seggwat_nb.analysis.duplicates import NEGATION
from seggwat_nb.demo import SEED, phrases
from seggwat_nb.demo.story import PLANTED, shop_feedback
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import RATINGS
from seggwat_nb.source.frames import feedback_frame
from seggwat_nb.themes import Taxonomy

if TYPE_CHECKING:
    from collections.abc import Sequence

LAWS = settings(max_examples=15, derandomize=True, deadline=None)
END = datetime(2026, 11, 18, 15, tzinfo=UTC)
COLUMNS = {
    "group": pl.Int64(),
    "count": pl.Int64(),
    "submitters": pl.Int64(),
    "unsigned": pl.Int64(),
    "first_seen": pl.Datetime("us", "UTC"),
    "last_seen": pl.Datetime("us", "UTC"),
    "example": pl.String(),
    "ids": pl.List(pl.String()),
    "similarity": pl.Float64(),
    "letters": pl.Int64(),
    "trivial": pl.Boolean(),
}


def feedback(messages: Sequence[str | None], people: Sequence[str | None] | None = None) -> pl.DataFrame:
    """Messages a minute apart, their ids counted from 0."""
    return pl.DataFrame(
        {
            "id": [str(number) for number in range(len(messages))],
            "message": messages,
            "submitted_by": people or [None] * len(messages),
            "created_at": [END + timedelta(minutes=number) for number in range(len(messages))],
        },
        schema_overrides={
            "message": pl.String,
            "submitted_by": pl.String,
            "created_at": pl.Datetime("us", "UTC"),
            "id": pl.String,
        },
    )


def by_ids(found: pl.DataFrame) -> set[frozenset[str]]:
    return {frozenset(ids) for ids in found["ids"]}


def plain(text: str) -> str:
    """What is compared, told by plain Python, for texts without marks."""
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def template(text: str) -> str:
    """The demo's sentence with its fillers taken out, and without the address that may follow it."""
    text = text.removesuffix(f" Write to {PLANTED.personal[0]} or call {PLANTED.personal[1]}.").lower()
    words = {word.lower() for choices in phrases.load().fillers.values() for word in choices}
    fillers = sorted(words, key=len, reverse=True)
    return re.sub("|".join(rf"(?<!\w){re.escape(filler)}(?!\d)" for filler in fillers), "…", text)


@pytest.fixture(scope="module")
def story() -> pl.DataFrame:
    return feedback_frame([shop_feedback(seed=SEED, end=END, project_id="p")], project_id="p").frame


def test_the_planted_groups_are_found_and_else_only_repeated_templates(story: pl.DataFrame) -> None:
    messages = dict(story.select("id", "message").rows())
    found = [{messages[id_] for id_ in ids} for ids in duplicates.groups(story)["ids"]]
    planted = [set(group) for group in PLANTED.near_duplicates]
    assert [group for group in found if len({template(text) for text in group}) > 1 and group not in planted] == []
    assert all(group in found for group in planted)


@pytest.mark.parametrize("threshold", [0.885, 0.93])
def test_the_threshold_has_room_on_both_sides(story: pl.DataFrame, threshold: float) -> None:
    messages = dict(story.select("id", "message").rows())
    found = [{messages[id_] for id_ in ids} for ids in duplicates.groups(story, threshold=threshold)["ids"]]
    assert sorted(group for group in map(sorted, found) if len(set(map(template, group))) > 1) == sorted(
        map(sorted, PLANTED.near_duplicates)
    )


def test_their_reach_is_counted(story: pl.DataFrame) -> None:
    for group in PLANTED.near_duplicates:
        rows = story.filter(pl.col("message").is_in(group))
        (found,) = duplicates.groups(rows).rows(named=True)
        assert found["group"] == 1
        assert found["count"] == found["submitters"] == len(group)
        assert found["unsigned"] == 0
        assert (found["first_seen"], found["last_seen"]) == (rows["created_at"].min(), rows["created_at"].max())
        assert found["ids"] == rows.sort("created_at")["id"].to_list()
        assert found["example"] in group
        own = min(fuzz.ratio(plain(found["example"]), plain(text)) for text in group) / 100
        assert found["similarity"] == pytest.approx(own)


def test_other_duplicates_than_those_the_threshold_was_set_by_are_found_whole() -> None:
    messages = list(phrases.load().duplicates)
    assert duplicates.groups(feedback(messages))["count"].to_list() == [len(messages)]


@pytest.mark.parametrize(
    "texts",
    [
        ("C++ is missing", "C# is missing", "C is missing"),
        ("+1", "-1", "1"),
        ("price is $5", "price is €5", "price is 5"),
        ("it costs 10.00 a month here", "it costs 1,000 a month here"),
        ("Great update", "Great update 👍", "Great update 👎"),
        ("this works for me :)", "this works for me :("),
        ("it dropped by 5% since then", "it dropped by 5 since then"),
        ("we are at -5 degrees in here", "we are at 5 degrees in here"),
        ("loading takes > 5 seconds", "loading takes < 5 seconds"),
        ("after the update it is now working again", "after the update it is not working again"),
        ("ich kann die Rechnung im Konto öffnen", "ich kann die Rechnung im Konto nicht öffnen"),
        ("после обновления всё работает хорошо", "после обновления всё не работает хорошо"),
        ("検索結果をもう一度表示できるようにしたい", "検索結果をもう一度表示できないようにしたい"),
    ],
)
def test_signs_that_carry_meaning_tell_messages_apart(texts: tuple[str, ...]) -> None:
    twice = [text for text in texts for _ in range(2)]
    found = duplicates.groups(feedback(twice))
    assert sorted(found["example"]) == sorted(texts)
    assert found["count"].to_list() == [2] * len(texts)


@pytest.mark.parametrize(
    "texts",
    [
        ("Dark mode, please!", "dark mode please", "Dark mode - please..."),
        ("Great update 👍", "great update 👍👍👍", "Great update! 👍🏽"),
        ("Cafe\u0301 menu is empty", "Café menu is empty", "CAFÉ menu is\u200b empty"),
        ("it costs $5 a month here", "it costs \uff045 a month here"),
        ("well-known problem here", "well known problem here"),
    ],
)
def test_signs_that_carry_none_do_not(texts: tuple[str, ...]) -> None:
    assert duplicates.groups(feedback(texts))["count"].to_list() == [len(texts)]


def test_what_tells_most_comes_first_and_trivial_groups_last() -> None:
    short = [text for text in ("Good", "so nice", "super", "👍", "很好") for _ in range(40)]
    texts = [*short, *["The export to PDF fails on every page"] * 3, *["Dark mode"] * 5, *["支付页面打不开"] * 4]
    found = duplicates.groups(feedback(texts))
    assert found.select("example", "trivial").head(3).rows() == [
        ("The export to PDF fails on every page", False),
        ("支付页面打不开", False),
        ("Dark mode", False),
    ]
    assert found["trivial"][3:].all()
    assert set(found["example"][3:]) == set(short)
    assert found["group"].to_list() == [*range(1, 9)]


def test_people_are_counted_once_and_the_unsigned_apart() -> None:
    found = duplicates.groups(feedback(["Too slow!"] * 6, ["ann", "ann", "bob", None, "", None]))
    assert found.select("count", "submitters", "unsigned", "similarity").rows() == [(6, 2, 3, 1.0)]
    assert dict(found.schema) == COLUMNS


def test_empty_blank_and_null_messages_are_never_grouped() -> None:
    blank = ["", None, " ", "\n\t", "\u00a0", "\x00"]
    assert duplicates.groups(feedback([*blank, *blank, "Hello", *blank])).is_empty()
    assert dict(duplicates.groups(feedback([])).schema) == COLUMNS
    assert dict(duplicates.groups(feedback(["one"])).schema) == COLUMNS


def test_messages_without_letters_are_compared_as_they_stand() -> None:
    found = duplicates.groups(feedback(["👍", "🎉🎉", "👍", "?!", "🎉🎉 "]))
    assert by_ids(found) == {frozenset("02"), frozenset("14")}


def test_scripts_without_spaces_and_encodings_of_one_character_are_compared() -> None:
    found = duplicates.groups(
        feedback(["検索しても何も見つかりません。", "検索しても何も見つかりません", "Cafe\u0301", "CAFÉ", "ok"])
    )
    assert by_ids(found) == {frozenset("01"), frozenset("23")}


def test_where_and_least_restrict() -> None:
    frame = feedback(["Slow page"] * 3 + ["Dark mode please"] * 2, ["ann", "bob", "ann", "ann", "ann"])
    assert duplicates.groups(frame, min_count=3)["count"].to_list() == [3]
    assert duplicates.groups(frame, where=FeedbackFilter(submitted_by="ann"))["count"].to_list() == [2, 2]
    assert duplicates.groups(frame.drop("submitted_by"))["unsigned"].to_list() == [2, 3]


@pytest.mark.parametrize(
    "options", [{"threshold": 0.5}, {"threshold": 1.1}, {"threshold": float("nan")}, {"min_count": 1}]
)
def test_arguments_that_cannot_be_meant_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ArgumentError, match=next(iter(options))):
        duplicates.groups(feedback(["a"]), **options)  # type: ignore[arg-type]  # a table of keywords
    with pytest.raises(ArgumentError, match=r"no column message\. Pass a frame of feedback\."):
        duplicates.groups(RATINGS.to_frame())
    with pytest.raises(ArgumentError, match=r"no columns id, message\. Pass a frame of feedback\."):
        duplicates.groups(pl.DataFrame({"score": [1]}))
    with pytest.raises(ArgumentError, match="must be a filter"):
        duplicates.groups(feedback(["a"]), where="Bug")  # type: ignore[arg-type]


def edited(text: str, chance: Random, share: float) -> str:
    """Replace, drop or add up to this share of the characters."""
    letters = list(text)
    for _ in range(chance.randint(0, max(1, int(share * len(text))))):
        place = chance.randrange(len(letters))
        letters[place] = chance.choice(["", letters[place] * 2, chance.choice("abcdefghij ")])
    return "".join(letters)


def test_brute_force_finds_the_same(story: pl.DataFrame) -> None:
    """Of all pairs at or above the threshold, 97 in 100 are in one group; nobody is in a group without reason."""
    chance = Random(1)
    base = story["message"].unique(maintain_order=True).sample(120, seed=1).to_list()
    messages = [edited(chance.choice(base), chance, 0.08) for _ in range(500)]
    found = duplicates.groups(feedback([*messages]))
    plains = [plain(text) for text in messages]
    alike = process.cdist(plains, plains, scorer=fuzz.ratio)
    group = np.full(len(messages), -1)
    for number, (example, ids) in enumerate(found.select("example", "ids").rows()):
        group[[int(id_) for id_ in ids]] = number
        assert min(fuzz.ratio(plain(example), plains[int(id_)]) for id_ in ids) >= 90
    negated = pl.Series(messages).str.to_lowercase().str.count_matches(NEGATION).to_numpy()
    alike = np.where(negated[:, None] == negated, alike, 0)
    first, second = np.nonzero(np.triu(alike >= 90, k=1))
    together = (group[first] == group[second]) & (group[first] >= 0)
    print(f"pairs {together.size}, together {together.mean():.4f}")
    alone = [row for row in set(first) | set(second) if group[row] < 0]
    print(f"texts with a near-duplicate {len(set(first) | set(second))}, in no group {len(alone)}")
    assert together.size > 500
    assert together.mean() >= 0.97


texts = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.text(alphabet="ab ", max_size=30),
    st.builds(
        lambda text, place: text[:place] + "x" + text[place:],
        st.sampled_from([*PLANTED.near_duplicates[0], *phrases.load().duplicates]),
        st.integers(0, 60),
    ),
)


@LAWS
@given(
    st.lists(st.tuples(texts, st.sampled_from(["ann", "bob", None])), max_size=30), st.randoms(use_true_random=False)
)
def test_order_does_not_matter_and_the_laws_hold(drawn: list[tuple[str | None, str | None]], chance: Random) -> None:
    frame = feedback([text for text, _ in drawn], [who for _, who in drawn])
    found = duplicates.groups(frame)
    order = list(range(frame.height))
    chance.shuffle(order)
    assert_frame_equal(duplicates.groups(frame[order]), found)
    ids = [id_ for group in found["ids"] for id_ in group]
    assert len(ids) == len(set(ids)) == found["count"].sum()
    assert found["group"].to_list() == list(range(1, found.height + 1))
    assert found.filter((pl.col("count") < 2) | (pl.col("count") != pl.col("ids").list.len())).is_empty()
    assert found.filter(~pl.col("similarity").is_between(0.9, 1)).is_empty()
    exact = frame.filter(pl.col("message").str.contains(r"\pL")).group_by("message").agg("id")
    together = by_ids(found)
    assert all(any(group >= set(same) for group in together) for same in exact["id"] if len(same) > 1)


def test_ten_thousand_copies_and_ten_thousand_variants_are_a_group_each() -> None:
    copies = ["The very same complaint."] * 10_000
    variants = [
        f"Order {number} never reached the warehouse, please have a look at it soon" for number in range(10_000)
    ]
    found = duplicates.groups(feedback([*copies, *variants]))
    assert found["count"].to_list() == [10_000, 10_000]


def test_long_messages_with_one_beginning_are_told_apart() -> None:
    chance = Random(2)

    def text(size: int) -> str:
        return " ".join(chance.choice(base).lower() for _ in range(size))[: size * 10]

    base = [word for talk in phrases.load().by_type.values() for detail in talk.details for word in detail.split()]
    beginning = text(200)
    long = [f"{beginning} {text(200)}" for _ in range(300)]
    assert min(map(len, long)) > 1_500
    found = duplicates.groups(feedback([*long, *(f"{one}!!" for one in long[:50])]))
    assert found["count"].to_list() == [2] * 50


@pytest.mark.campaign
def test_time_grows_with_the_number_of_messages_and_not_with_its_square() -> None:
    messages = [record["message"] for seed in range(60) for record in shop_feedback(seed=seed, end=END, project_id="p")]
    seconds = {}
    for size in (25_000, 100_000):
        began = time.perf_counter()
        found = duplicates.groups(feedback(messages[:size]))
        seconds[size] = time.perf_counter() - began
        print(f"{size:,} messages: {seconds[size]:.1f} s, {found.height} groups")
    assert seconds[100_000] < 8 * seconds[25_000]  # its square would be 16


def test_groups_are_joined_and_parted_by_hand() -> None:
    texts = [
        "the export stops",
        "the export stops!",
        "csv download breaks off",
        "csv download breaks off.",
        "dark mode",
    ]
    frame = feedback([*texts, "dark mode"])
    ids = frame["id"].to_list()
    assert by_ids(duplicates.groups(frame)) == {frozenset(ids[:2]), frozenset(ids[2:4]), frozenset(ids[4:])}
    joined = Taxonomy.parse(f'[[duplicates]]\ntogether = ["{ids[1]}", "{ids[2]}"]\n')
    found = duplicates.groups(frame, taxonomy=joined)
    assert by_ids(found) == {frozenset(ids[:4]), frozenset(ids[4:])}
    assert found.filter(pl.col("count") == 4)["similarity"].item() < 0.9
    apart = Taxonomy.parse(f'[[duplicates]]\napart = ["{ids[0]}"]\n[[duplicates]]\napart = ["{ids[2]}", "{ids[4]}"]\n')
    assert by_ids(duplicates.groups(frame, taxonomy=apart)) == {frozenset({ids[2], ids[4]})}
    unknown = Taxonomy.parse('[[duplicates]]\napart = ["nobody"]\n[[duplicates]]\ntogether = ["nobody", "else"]\n')
    assert_frame_equal(duplicates.groups(frame, taxonomy=unknown), duplicates.groups(frame))
    assert duplicates.groups(feedback([]), taxonomy=joined).is_empty()
    with pytest.raises(ArgumentError, match=r"Taxonomy\.read"):
        duplicates.groups(frame, taxonomy="seggwat-themes.toml")  # type: ignore[arg-type]  # the mistake itself


@LAWS
@given(
    st.lists(st.sampled_from(["slow page", "slow pages", "dark mode", "dark mode!", "crash"]), max_size=12), st.data()
)
def test_what_is_together_is_in_one_group_and_what_is_apart_in_no_other(texts: list[str], data: st.DataObject) -> None:
    frame = feedback(texts)
    ids = frame["id"].to_list()
    some = data.draw(st.lists(st.sampled_from(ids), min_size=2, unique=True)) if len(ids) > 1 else []
    listed = str(some).replace("'", '"')
    before = by_ids(duplicates.groups(frame))
    if len(some) > 1:
        found = by_ids(duplicates.groups(frame, taxonomy=Taxonomy.parse(f"[[duplicates]]\ntogether = {listed}\n")))
        assert any({*some} <= group for group in found)
        assert {one for group in before for one in group} <= {one for group in found for one in group}
        found = by_ids(duplicates.groups(frame, taxonomy=Taxonomy.parse(f"[[duplicates]]\napart = {listed}\n")))
        assert {*some} in found
        assert all(group == {*some} or not group & {*some} for group in found)


def test_of_very_long_texts_the_first_pages_are_compared() -> None:
    """Else two messages of a megabyte take half a minute."""
    page = " ".join(map(str, range(5_000)))
    alike, longer, start = page + " the end", page + " so it ends", page[: len(page) // 2]
    rows = feedback([page, alike, longer, start])
    assert len(page) > 20_000
    (group,) = duplicates.groups(rows).iter_rows(named=True)
    assert (group["count"], group["similarity"]) == (3, 1.0)
    assert duplicates.groups(rows, threshold=1).is_empty()


@pytest.mark.parametrize(
    "around",
    [
        "{}\n\nOn Mon, Nov 2, 2026 at 9:00 Ann <a@example.org> wrote:\n> Clear the cache, then restart\n> and try",
        "{}\r\n\r\nOn Mon, Nov 2, 2026 at 9:00 Ann <a@example.org>\r\nwrote:\r\n\r\n> Clear the cache, then restart",
        "Am 2.11.2026 um 9:00 schrieb Ann:\n> Leeren Sie den Cache und starten Sie den Browser neu\n\n{}",
        "> Clear the cache, then restart the browser, then log in again\n{}",
        "{}\n-----Original Message-----\nFrom: Ann\nClear the cache, then restart the browser, then log in again",
        "{}\n-- \nJo Sample\nHead of Sales\nExample Corporation, 1 Main Street, Springfield\nThis mail is confidential",
        "{}\n\nSent from my iPhone",
        "{}\nVon meinem iPhone gesendet\n",
        "<p>{}</p>",
        "<div class='mail'>{}<br></div>",
    ],
)
def test_what_a_message_quotes_and_its_signature_are_not_compared(around: str) -> None:
    said = ["It fails to export", "The page is still broken", "All works now, thank you"]
    found = duplicates.groups(feedback([around.format(text) for text in said]))
    assert found.is_empty()
    found = duplicates.groups(feedback([*said, *[around.format(text) for text in said]]))
    assert sorted(found["count"]) == [2, 2, 2]


def test_a_message_that_is_only_a_quote_or_below_a_title_is_compared() -> None:
    said = [
        "The export fails at night",
        "> The export fails at night",
        "Bug\n--\nThe export fails",
        "Bug\n--\nNo sound",
    ]
    assert duplicates.groups(feedback(said))["count"].to_list() == [2]
