"""Masking in two steps, in parts and in threads has the same result as all at once, and shows nothing early."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seggwat_nb as sw
from seggwat_nb.analysis import threads
from seggwat_nb.schema import FEEDBACK, RATINGS
from seggwat_nb.share import privacy
from seggwat_nb.share.privacy import masking
from seggwat_nb.share.privacy.dataset import Masking, mask_lists
from tests.unit.labelled import LABELLED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SALT = b"salt"
PLAIN = [text.replace("«", "").replace("»", "") for text in LABELLED]
IDS = ("jane.doe84", "jane%2Edoe84", "Love", "x@y.zz", "anonymous", "peterson", "12345678")
TEXTS = st.one_of(
    st.none(),
    st.sampled_from(PLAIN),
    st.lists(st.sampled_from([*IDS, "a", "jo%252540example.org", "é"]), max_size=3).map(" ".join),
)


@pytest.fixture
def _in_small_parts() -> Iterator[None]:
    """Divide few texts as if they were many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(masking, "_LEAST_AT_ONCE", 3)
        patch.setattr(masking, "_PARTS", 50)
        patch.setattr(threads, "_LEAST", 1)
        yield


def lists(rows: list[dict[str, str | None]]) -> sw.Dataset:
    def frame(schema: Any) -> pl.DataFrame:
        names = {name: [row.get(name) for row in rows] for name in schema if name in rows[0]}
        return pl.DataFrame(names, schema=dict.fromkeys(names, pl.String))

    return sw.Dataset(frame(FEEDBACK), frame(RATINGS))


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "message": TEXTS,
            "resolution_note": TEXTS,
            "path": st.sampled_from(["/a", "/u/jane.doe84", "/x?mail=jo@example.org", None]),
            "version": st.sampled_from(["1.2.3", "192.168.7.7", "Love", None]),
            "submitted_by": st.none() | st.sampled_from(IDS),
        }
    ),
    min_size=4,  # fewer are one part
    max_size=12,
)


@pytest.mark.usefixtures("_in_small_parts")
@settings(max_examples=8, deadline=None, derandomize=True, database=None)
@given(ROWS)
def test_parts_in_threads_are_masked_as_all_at_once(rows: list[dict[str, str | None]]) -> None:
    data = lists(rows)
    shared = mask_lists(data, salt=SALT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(masking, "_LEAST_AT_ONCE", 10**6)
        patch.setattr(threads, "_LEAST", 10**6)
        alone = mask_lists(data, salt=SALT)
    assert shared.feedback.equals(alone.feedback, null_equal=True)
    assert shared.ratings.equals(alone.ratings, null_equal=True)


def test_values_come_first_and_without_what_people_wrote() -> None:
    rows: list[dict[str, str | None]] = [
        {"message": text, "resolution_note": text, "path": "/a", "submitted_by": "jane.doe84"} for text in PLAIN
    ]
    data = lists(rows)
    masked = Masking(data, salt=SALT)
    assert masked.values.feedback.columns == ["path", "submitted_by"]
    whole = masked.as_dataset()
    assert whole.feedback.columns == data.feedback.columns
    assert whole.feedback.select("path", "submitted_by").equals(masked.values.feedback)
    assert whole.feedback.equals(mask_lists(data, salt=SALT).feedback)


def test_messages_of_another_type_are_masked_with_the_values() -> None:
    rows = pl.DataFrame({"message": [["Write to jo@example.org"]], "submitted_by": ["jane.doe84"]})
    assert Masking(sw.Dataset(rows, rows.clear()), salt=SALT).as_dataset().feedback["message"].to_list() == [
        ["Write to [e-mail]"]
    ]


@pytest.mark.usefixtures("_in_small_parts")
def test_columns_masked_within_polars_do_not_wait_for_each_other() -> None:
    """As many columns as polars has threads, each of which it masks in a thread of its own."""
    columns = pl.DataFrame({f"text-{at}": PLAIN[:12] for at in range(pl.thread_pool_size() + 1)})
    shown = columns.select(privacy.mask_text(pl.all()))
    assert shown["text-0"].to_list() == privacy.mask_texts(columns["text-0"]).to_list()


def _spelled_otherwise() -> Iterator[str]:
    """Labelled messages without digits and signs, by which most of what is masked is noticed."""
    lists = sorted((Path(__file__).parent / "masking").glob("*.jsonl"))
    rows = (json.loads(line) for file in lists for line in file.read_text("utf-8").splitlines())
    texts = [re.sub("[«»]", "", text) for text in (*LABELLED, *(row["text"] for row in rows))]
    chance = random.Random(15)
    ways: list[Callable[[str], str]] = [
        lambda text: re.sub(r"[0-9@/\\]", "", text),
        lambda text: re.sub("[0-9]", lambda _: chance.choice("abcdefghijkQWERTZ"), text),
        lambda text: re.sub("[0-9]", lambda _: chance.choice("!?*#-_."), text),
    ]
    for text in texts:
        for way in ways:
            yield re.sub(r"[@/\\]|[^\x00-\x7f]", " ", way(text))


def test_what_is_left_out_of_the_search_contains_nothing_to_mask(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = pl.Series("text", _spelled_otherwise()).unique()
    unsearched = texts.to_frame().filter(~masking._MAY_CHANGE)["text"]
    assert unsearched.len() > 1000
    monkeypatch.setattr(masking, "_MAY_CHANGE", pl.lit(value=True))
    assert privacy.mask_texts(unsearched).to_list() == unsearched.to_list()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mysql -u root -pREbtPw!b shop < dump.sql", "mysql -u root -p[token] shop < dump.sql"),
        ("klucz API: pl_QjjdTgkdgWhs", "klucz API: [token]"),
        ("CI broke: glpat-NtRalhcyybrvvHzLn expired?", "CI broke: [token] expired?"),
        ("curl -u admin:Hj-kLm_p", "curl -u admin:[token]"),
        ("u: jane p: hunter#xY", "u: jane p: [token]"),
        ("_csrf=aBddEfgHjjKZmNTp", "_csrf=[token]"),
    ],
)
def test_secrets_without_digits_are_masked(text: str, shown: str) -> None:
    assert privacy.mask_texts(pl.Series([text])).to_list() == [shown]
