"""A release is no news by itself, also where a form or an app puts the version into each message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import polars as pl
import pytest

from seggwat_nb.analysis.rising import rising

END = datetime(2026, 6, 8, tzinfo=UTC)
THINGS = "dashboard report calendar list editor chart sidebar timeline board table inbox filter login search".split()  # noqa: SIM905
TROUBLES = ["the {} does not load", "{} crashes when I open it", "cannot save in the {}", "where is the {}?", "nice {}"]


def project(ending: str, *, since: int, spelled: str = "{}") -> pl.DataFrame:
    """A version every four weeks, which messages of the latest days (`since`) name at their end."""
    chance, rows = Random(3), []
    for day in range(196):
        version = f"1.{day // 28}.0"
        for _ in range(5):
            said = chance.choice(TROUBLES).format(chance.choice(THINGS))
            named = 196 - day <= since and chance.random() < 0.7
            rows.append(
                (
                    END - timedelta(days=196 - day - chance.random()),
                    spelled.format(version),
                    said + ending.format(version) * named,
                )
            )
    columns = pl.Schema({"created_at": pl.Datetime("us", "UTC"), "version": pl.String(), "message": pl.String()})
    return pl.DataFrame(rows, schema=columns, orient="row").sort("created_at").with_row_index("id")


@pytest.mark.parametrize("spelled", ["{}", "v{}"])
@pytest.mark.parametrize("ending", ["\n### Version\n{}", " ({})", " v{}"])
def test_a_version_that_follows_others_in_messages_is_no_news(ending: str, spelled: str) -> None:
    assert rising(project(ending, since=196, spelled=spelled), as_of=END)["term"].to_list() == []


def test_a_version_that_people_name_though_they_named_none_before_is_news() -> None:
    found = rising(project(" since {}", since=28), as_of=END).to_dicts()
    assert any("1.6.0" in {*row["term"].split(), *row["terms"]} for row in found)


def test_a_word_beside_the_version_is_news() -> None:
    rows = project(" ({})", since=196)
    late = rows.filter(pl.col("created_at") > END - timedelta(days=28))[::4].with_columns(
        id=pl.col("id") + 5_000, message=pl.format("voucher lost ({})", "version")
    )
    found = rising(pl.concat([rows, late]), as_of=END)
    assert found["term"].to_list() in (["voucher"], ["lost"], ["voucher lost"])
