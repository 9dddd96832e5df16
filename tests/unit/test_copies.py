"""Items that were stored several times are said first, with figures; what people and programs repeat is not one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

import seggwat_nb as sw
from seggwat_nb import Dataset, FeedbackFilter
from seggwat_nb.analysis.copies import find_copies
from seggwat_nb.demo import SEED
from seggwat_nb.demo.story import shop_feedback
from seggwat_nb.schema import FEEDBACK
from seggwat_nb.source.frames import feedback_frame

END = datetime(2026, 11, 18, tzinfo=UTC)
WORDS = np.array("slow login search update screen video price colour font menu order card photo list mail".split())  # noqa: SIM905


def project(rate: float = 8, *, days: int = 196, seed: int = 1) -> pl.DataFrame:
    g = np.random.default_rng(seed)
    size = int(rate * days)
    seconds = np.sort(g.integers(0, days * 86_400, size))
    rows = pl.DataFrame(
        {
            "id": [f"i{n}" for n in range(size)],
            "message": [f"{' '.join(g.choice(WORDS, 6))} {n}" for n in range(size)],
            "submitted_by": [None if n % 4 == 0 else f"u{n % 211}" for n in range(size)],
            "path": [f"/{n % 3}" for n in range(size)],
            "created_at": [END - timedelta(days=days) + timedelta(seconds=int(one)) for one in seconds],
        }
    )
    filled = {"project_id": "p", "type": "Bug", "status": "New", "source": "Widget", "archived": False}
    lacking = {name: pl.lit(filled.get(name), kind) for name, kind in FEEDBACK.items() if name not in rows.columns}
    return rows.with_columns(**lacking).select(FEEDBACK.names()).cast(FEEDBACK)


def again(rows: pl.DataFrame, *, later: int = 0) -> pl.DataFrame:
    """Store rows once more."""
    return rows.with_columns(pl.col("id") + "-copy", pl.col("created_at") + pl.duration(seconds=later))


def said(rows: pl.DataFrame) -> str | None:
    found = find_copies(rows.with_columns(day=pl.col("created_at").dt.date()))
    return found and found.sentence


@pytest.mark.parametrize("later", [0, 9])
def test_a_project_that_was_stored_twice_says_so_first_and_still_what_rose(later: int) -> None:
    rows = project()
    more = project(rate=0.5).filter(pl.col("created_at") > END - timedelta(days=28)).head(60)
    more = pl.concat([more.with_columns(pl.col("id") + f"-{n}", path=pl.lit("/pay")) for n in range(6)])
    more = more.with_columns(message=pl.col("id") + " the invoice is wrong", submitted_by="p" + pl.col("id"))
    once = pl.concat([rows, more])
    twice = pl.concat([once, again(once, later=later)]).sample(fraction=1.0, shuffle=True, seed=1)
    found = sw.findings(Dataset(twice, as_of=END))
    first = found.row(0, named=True)
    assert (first["kind"], first["verdict"]) == ("copies", "stored twice")
    assert first["sentence"] == (
        f"{once.height:,} of {twice.height:,} items repeat another one: same text, submitter, page and time. "
        "Perhaps an import ran twice. All counts include them."
    )
    assert set(first["ids"]) == set(again(once)["id"] if later else first["ids"])
    assert FeedbackFilter.from_dict(json.loads(first["filter"])).apply(twice).height == twice.height
    assert "the invoice is wrong" in found["value"].to_list(), "copies of everything hide no rise"
    assert "copies" not in sw.findings(Dataset(once, as_of=END))["kind"].to_list()


def test_a_part_that_was_stored_twice_explains_the_rise_that_it_makes() -> None:
    rows = project()
    block = rows.filter(
        pl.col("created_at") >= END - timedelta(days=20), pl.col("created_at") < END - timedelta(days=2)
    )
    twice = pl.concat([rows, again(block)])
    found = sw.findings(Dataset(twice, as_of=END))
    first = found.row(0, named=True)
    assert first["sentence"].startswith(
        f"{block.height:,} of {2 * block.height:,} items of 29 Oct to 15 Nov 2026 repeat"
    )
    assert first["sentence"].endswith("All counts of these days include them.")
    assert FeedbackFilter.from_dict(json.loads(first["filter"])).apply(twice).height == 2 * block.height
    assert "volume" in first["also"]
    assert not found.filter(pl.col("verdict") == "rose").height
    assert found.height == found.filter(pl.col("verdict").is_in(["stored twice", "not checked"])).height


def test_a_third_of_all_items_is_enough_and_their_text_alone() -> None:
    rows = project().drop("path", "submitted_by")
    assert (
        said(pl.concat([rows, again(rows.gather_every(3))]))
        == "523 of 2,091 items repeat another one: same text and time."
    )
    assert said(rows.drop("message")) is None


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(lambda rows: again(rows.gather_every(40)), id="buttons pressed twice"),
        pytest.param(lambda rows: again(rows, later=60), id="a minute later"),
        pytest.param(lambda rows: again(rows).with_columns(message="ok " + pl.col("type")), id="short"),
        pytest.param(
            lambda rows: pl.concat([again(rows), again(rows, later=1)]).with_columns(
                message=pl.lit("The health check of the service failed."), submitted_by=pl.lit("bot")
            ),
            id="a program",
        ),
        pytest.param(lambda rows: again(rows).with_columns(path=pl.lit("/other")), id="another page"),
        pytest.param(lambda rows: again(rows).with_columns(submitted_by=pl.lit("other")), id="somebody else"),
        pytest.param(lambda rows: again(rows).with_columns(message=pl.lit(None, pl.String)), id="no text"),
    ],
)
def test_what_is_repeated_otherwise_is_no_copy(more: object) -> None:
    rows = project()
    assert callable(more)
    assert said(pl.concat([rows, more(rows)])) is None


def test_many_texts_of_which_people_choose_are_no_copies_even_if_only_their_day_is_known() -> None:
    g = np.random.default_rng(3)
    rows = project(rate=60)
    texts = pl.Series([f"{' '.join(WORDS[:3])} number {n}" for n in range(3_000)])
    often = 1 / np.arange(1, texts.len() + 1)
    chosen = texts.gather(g.choice(texts.len(), rows.height, p=often / often.sum()))
    rows = rows.with_columns(message=chosen).drop("submitted_by", "path")
    assert said(rows) is None
    assert said(rows.with_columns(pl.col("created_at").dt.truncate("1d"))) is None


@pytest.mark.parametrize("seed", range(3))
def test_the_demo_has_no_copies(seed: int) -> None:
    rows = feedback_frame([shop_feedback(seed=SEED + seed, end=END, project_id="p")], project_id="p").frame
    assert said(rows) is None
    assert said(pl.concat([rows, again(rows)])) == (
        f"{rows.height:,} of {2 * rows.height:,} items repeat another one: same text, submitter, page and time."
    )
