"""How much text there is, against a plain loop over the messages."""

from __future__ import annotations

import statistics
import unicodedata
from collections import Counter
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seggwat_nb as sw
from seggwat_nb.errors import ArgumentError

WORDS = st.sampled_from(
    ["ok", "Good", "good!", "👍", "", " \n", "Straße", "支払いが遅い", "结账", "a " * 7, "x" * 12, "7"]
)


def said(message: str | None) -> str:
    """Fold a text of the words above."""
    text = unicodedata.normalize("NFKC", message or "").casefold()
    return " ".join("".join(one if one.isalnum() else " " for one in text).split())


def letters(text: str) -> int:
    return sum(3 if "\u3000" < one < "\uffff" else 1 for one in text if one.isalnum())


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.none() | WORDS, st.lists(st.sampled_from("AB"), max_size=2, unique=True)), max_size=30))
def test_counts_are_those_of_a_loop(items: list[tuple[str | None, list[str]]]) -> None:
    frame = pl.DataFrame(
        {"message": [one for one, _ in items], "theme": [themes for _, themes in items]},
        schema={"message": pl.String, "theme": pl.List(pl.String)},
    )
    groups: dict[str | None, list[str]] = {}
    for message, themes in items:
        names: list[str | None] = [*themes]
        for theme in names or [None]:
            groups.setdefault(theme, []).append(said(message))
    found = sw.themes.texts(frame, by="theme")
    assert set(found["theme"]) == set(groups)
    everything = [said(message) for message, _ in items]
    for texts, row in [
        (everything, sw.themes.texts(frame).row(0, named=True)),
        *((groups[row["theme"]], row) for row in found.iter_rows(named=True)),
    ]:
        full = [text for text in texts if text]
        short = [text for text in full if letters(text) < 12]
        again = [text for text in full if texts.count(text) > 1]
        assert [row[name] for name in ("count", "empty", "short", "repeated")] == [
            *(len(texts), len(texts) - len(full), len(short), len(again)),
        ]
        assert row["letters"] == (statistics.median(map(letters, full)) if full else None)
        assert row["short_share"] == (len(short) / len(texts) if texts else None)
        often = sorted(Counter(short).items(), key=lambda found: (-found[1], found[0]))
        assert row["most_common"] == [text for text, _ in often][:5]


def test_versions_in_any_spelling_count_together_and_a_filter_selects() -> None:
    frame = pl.DataFrame({"message": ["ok", "ok", "fine"], "version": ["v1.0", "1.0.0", None]})
    assert sw.themes.texts(frame, by="version").select("count", "repeated").rows() == [(2, 2), (1, 0)]
    assert sw.themes.texts(frame, where=sw.FeedbackFilter(text="fine"))["count"].to_list() == [1]


def test_what_is_no_column_of_texts_is_refused() -> None:
    frame = pl.DataFrame({"message": ["ok"], "rating": [1]})
    with pytest.raises(ArgumentError, match="Pass a frame of feedback"):
        sw.themes.texts(frame.select("rating"))
    keys: list[Any] = ["rating", "message", "count", ["theme"]]
    for by in keys:
        with pytest.raises(ArgumentError, match="by"):
            sw.themes.texts(frame.with_columns(count=pl.lit("a")), by=by)
    with pytest.raises(ArgumentError, match=r"Call sw\.themes\.tag\(data\) first"):
        sw.themes.texts(frame, by="theme")
    with pytest.raises(ArgumentError, match="not String"):
        sw.themes.texts(pl.DataFrame({"message": [["ok"]]}))


def test_a_hundred_thousand_equal_messages_and_a_word_of_thousands_of_letters() -> None:
    frame = pl.DataFrame({"message": ["x" * 4_000, *["good"] * 100_000]})
    row = sw.themes.texts(frame).row(0, named=True)
    assert (row["short"], row["repeated"], row["letters"], row["most_common"]) == (100_000, 100_000, 4.0, ["good"])
