"""Nearest items and groups of items by vectors of the user's own, against plain arithmetic."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seggwat_nb as sw
from seggwat_nb.errors import ArgumentError

WORDS = {
    "export": "export csv rows file download stops",
    "dark": "dark mode theme night bright eyes",
    "login": "login password account sign locked out",
}
NUMBERS = {word: number for number, word in enumerate(" ".join(WORDS.values()).split())}


def bags(texts: list[str]) -> np.ndarray:
    """Count the words that are known; a stand-in for a model."""
    found = np.zeros((len(texts), len(NUMBERS)))
    for row, text in enumerate(texts):
        for word in text.split():
            if word in NUMBERS:
                found[row, NUMBERS[word]] += 1
    return found


def made(each: int, *, seed: int = 0) -> pl.DataFrame:
    chance = random.Random(seed)
    rows = [(kind, " ".join(chance.sample(words.split(), 4))) for kind, words in WORDS.items() for _ in range(each)]
    chance.shuffle(rows)
    return pl.DataFrame(
        {
            "id": [f"{number:03}" for number in range(len(rows))],
            "kind": [kind for kind, _ in rows],
            "message": [text for _, text in rows],
            "created_at": [datetime(2026, 3, 2, tzinfo=UTC)] * len(rows),
            "submitted_by": ["ann"] * len(rows[:1]) + [None] * len(rows[1:]),
        }
    )


def test_the_nearest_are_those_of_the_cosine_and_of_the_same_kind() -> None:
    frame = made(20)
    found = sw.themes.similar(frame, "csv export stops", vectors=bags, top=None)
    assert set(found["kind"].head(20)) == {"export"}
    vectors = bags([*frame["message"], "csv export stops"])
    vectors -= vectors.mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = dict(zip(frame["id"], vectors[:-1] @ vectors[-1], strict=True))
    assert found["similarity"].to_list() == pytest.approx([expected[one] for one in found["id"]])
    assert found["similarity"].is_sorted(descending=True)
    assert sw.themes.similar(frame, "csv export stops", vectors=bags, top=3).equals(found.head(3))


def test_groups_are_the_kinds_and_no_item_is_in_two() -> None:
    frame = made(20)
    groups = sw.themes.unthemed(frame, vectors=bags, similarity=0.3)
    kind = dict(frame.select("id", "kind").iter_rows())
    assert [{kind[one] for one in ids} for ids in groups["ids"]] == [{kind[ids[0]]} for ids in groups["ids"]]
    ids = groups["ids"].explode().to_list()
    assert len(ids) == len({*ids}) >= 55
    assert groups["count"].to_list() == groups["ids"].list.len().to_list() == groups["submitters"].to_list()
    for row in groups.iter_rows(named=True):
        assert set(" ".join(row["terms"]).split()) <= set(WORDS[kind[row["ids"][0]]].split())
    tagged = sw.themes.tag(frame, sw.themes.Taxonomy.parse('[[theme]]\nname = "E"\nany = ["export", "csv", "rows"]\n'))
    held = tagged.filter(pl.col("theme").list.len() > 0)["id"]
    left = sw.themes.unthemed(tagged, vectors=bags, similarity=0.3)["ids"].explode()
    assert not {*held} & {*left}


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 30), st.integers(1, 6), st.floats(0.05, 0.95))
def test_a_group_is_near_its_middle_and_as_large_as_asked_whatever_the_order(
    each: int, min_count: int, similarity: float
) -> None:
    frame = made(each)
    groups = sw.themes.unthemed(frame, vectors=bags, similarity=similarity, min_count=min_count, top=None)
    shuffled = frame.sample(fraction=1, shuffle=True, seed=1)
    again = sw.themes.unthemed(shuffled, vectors=bags, similarity=similarity, min_count=min_count, top=None)
    assert groups.equals(again)
    assert all(number >= min_count for number in groups["count"])
    assert groups["count"].is_sorted(descending=True)


def test_a_similarity_that_two_items_have_exactly_is_enough_however_products_are_rounded() -> None:
    frame = made(9).sort("id")
    found = bags(frame["message"].to_list())
    found -= found.mean(axis=0)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    near = found @ found.T
    for similarity in [*np.unique(near[(near > 0.05) & (near < 1)]), 1.0]:
        groups = sw.themes.unthemed(frame, vectors=bags, similarity=min(float(similarity), 1.0), top=None, min_count=3)
        assert groups["count"].is_sorted(descending=True)
        assert all(number >= 3 for number in groups["count"])


def test_the_mean_of_each_language_is_taken_off() -> None:
    """Vectors that tell the language first: without their means, an item's nearest are those of its language."""
    frame = made(30).with_columns(language=pl.Series(["de", "en"] * 45))

    def of_language(texts: list[str]) -> np.ndarray:
        german = [{*frame.filter(message=text)["language"]} == {"de"} for text in texts]
        return np.column_stack([bags(texts), 50.0 * np.array(german)])

    alone = frame.unique("message", keep="none")
    groups = sw.themes.unthemed(alone, vectors=of_language, similarity=0.3, min_count=3)
    languages = dict(alone.select("id", "language").iter_rows())
    assert any({languages[one] for one in ids} == {"de", "en"} for ids in groups["ids"])
    apart = sw.themes.unthemed(alone.drop("language"), vectors=of_language, similarity=0.3, min_count=3)
    assert all(len({languages[one] for one in ids}) == 1 for ids in apart["ids"])


def test_the_size_of_numbers_makes_no_difference() -> None:
    def counted(texts: list[str]) -> np.ndarray:
        return np.array([[text.lower().count(word) for word in ("export", "fail", "slow")] for text in texts], float)

    found = sw.themes.similar(made(30), "export", vectors=counted)
    huge = sw.themes.similar(made(30), "export", vectors=lambda texts: counted(texts) * 1e307)
    assert huge["id"].equals(found["id"])
    assert huge["similarity"].to_list() == pytest.approx(found["similarity"].to_list())


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        (lambda texts: [1.0] * len(texts), "row of numbers"),
        (lambda _: [[1.0]], "row of numbers"),
        (lambda texts: [["a"]] * len(texts), "row of numbers"),
        (lambda texts: [[]] * len(texts), "row of numbers"),
        (lambda texts: [[float("nan")]] * len(texts), "not finite"),
    ],
)
def test_what_is_no_array_of_vectors_is_refused(returned: Any, told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        sw.themes.similar(made(3), "export", vectors=returned)
    with pytest.raises(ArgumentError, match=told):
        sw.themes.unthemed(made(3), vectors=returned)


def test_no_items_and_equal_items_are_no_failure() -> None:
    nothing = made(3).head(0)
    assert sw.themes.similar(nothing, "export", vectors=bags).is_empty()
    assert sw.themes.unthemed(nothing, vectors=bags).is_empty()
    equal = made(3).with_columns(message=pl.lit("export csv"))
    assert sw.themes.unthemed(equal, vectors=bags).is_empty()  # nothing is left once their mean is taken off
    with pytest.raises(ArgumentError, match="text"):
        sw.themes.similar(equal, " ", vectors=bags)


def test_items_whose_theme_is_null_or_in_no_list_have_none_as_well() -> None:
    frame = made(20)
    for theme in (pl.lit([], pl.List(pl.String)), pl.lit(None, pl.List(pl.String)), pl.lit(None, pl.String)):
        found = sw.themes.unthemed(frame.with_columns(theme=theme), vectors=bags, similarity=0.3)
        assert found.equals(sw.themes.unthemed(frame, vectors=bags, similarity=0.3))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"vectors": None}, "must be a function"),
        ({"vectors": lambda texts: [[1.0] * (1 + place % 2) for place, _ in enumerate(texts)]}, "not return an array"),
        ({"vectors": bags, "similarity": 1.5}, "similarity must be"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        sw.themes.unthemed(made(3), **options)
    text: Any = 3
    with pytest.raises(ArgumentError, match="text must be"):
        sw.themes.similar(made(3), text, vectors=bags)
