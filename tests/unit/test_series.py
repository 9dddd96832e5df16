"""What succeeds itself all along is no news, such as versions that a form or an app puts into each message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import polars as pl
import pytest

from seggwat_nb.analysis.rising import rising

END = datetime(2026, 6, 8, tzinfo=UTC)
THINGS = "dashboard report calendar list editor chart sidebar timeline board table inbox filter login search".split()  # noqa: SIM905
TROUBLES = ["the {} does not load", "{} crashes when I open it", "cannot save in the {}", "where is the {}?", "nice {}"]


def project(ending: str, *, since: int, each: int = 28) -> pl.DataFrame:
    """Messages of which those of the latest days (`since`) end with a number, such as of a version, that grows."""
    chance, rows = Random(3), []
    for day in range(196):
        for _ in range(5):
            said = chance.choice(TROUBLES).format(chance.choice(THINGS))
            is_named = 196 - day <= since and chance.random() < 0.7
            rows.append(
                (END - timedelta(days=196 - day - chance.random()), said + ending.format(4 + day // each) * is_named)
            )
    columns = pl.Schema({"created_at": pl.Datetime("us", "UTC"), "message": pl.String()})
    return pl.DataFrame(rows, schema=columns, orient="row").sort("created_at").with_row_index("id")


@pytest.mark.parametrize("each", [7, 14, 28])
@pytest.mark.parametrize(
    "ending", ["\n### Version\n1.{}.0", " (v2.{}.1)", " App 5.{0}.0 / build 10{0:02}", " Re: Newsletter 1{:02}"]
)
def test_a_number_that_follows_others_is_no_news(ending: str, each: int) -> None:
    assert rising(project(ending, since=196, each=each), as_of=END)["term"].to_list() == []


def test_a_version_that_people_name_though_they_named_none_before_is_news() -> None:
    found = rising(project(" since 1.{}.0", since=28), as_of=END).to_dicts()
    assert any("1.10.0" in {*row["term"].split(), *row["terms"]} for row in found)


def test_a_new_code_beside_those_that_come_back_is_news() -> None:
    rows = project(" error E50{}", since=196, each=200).with_columns(
        pl.col("message").str.replace("E504", "E50" + (pl.col("id") % 4).cast(pl.String))
    )
    assert rising(rows, as_of=END).is_empty()
    is_new = (pl.col("created_at") > END - timedelta(days=28)) & (pl.col("id") % 4 == 1)
    found = rising(
        rows.with_columns(pl.when(is_new).then(pl.col("message").str.replace("E501", "E577")).otherwise("message")),
        as_of=END,
    )
    assert ["e577" in term.lower() for term in found["term"]] == [True]


def test_a_word_beside_the_version_is_news() -> None:
    rows = project(" (1.{}.0)", since=196)
    late = rows.filter(pl.col("created_at") > END - timedelta(days=28))[::4].with_columns(
        id=pl.col("id") + 5_000, message=pl.lit("voucher lost (1.10.0)")
    )
    found = rising(pl.concat([rows, late]), as_of=END)
    assert found["term"].to_list() in (["voucher"], ["lost"], ["voucher lost"])
