"""Where alike unsigned messages come at once all along, the same is no news; where they do not, nothing changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from seggwat_nb.analysis.rising import rising
from seggwat_nb.analysis.unsigned_clusters import Earlier, rise_of_messages, rise_of_terms

NOW = datetime(2026, 11, 18, tzinfo=UTC)
DAYS = 196
SYLLABLES = [*"ba be bi bo da de di do ga ge gi go ka ke ki ko la le li lo ma me mi mo na ne ni no".split()]  # noqa: SIM905


def project(
    seed: int, *, clusters: int, who: bool = False, stories: dict[str, tuple[int, int]] | None = None
) -> pl.DataFrame:
    """Messages of rare words, of which some are said in one breath, a few times within three days, all along.

    Stories are told by 24 others each, between two days counted from the last one.
    """
    chance = np.random.default_rng(seed)
    words = np.array(["".join(chance.choice(SYLLABLES, 3)) for _ in range(900)])
    weights = 1 / np.arange(5, 905)

    def message() -> list[str]:
        return [*chance.choice(words, 7, p=weights / weights.sum())]

    rows = [(chance.uniform(0, DAYS), message(), f"single-{n}") for n in range(900)]
    for cluster in range(clusters):
        said, start = message(), chance.uniform(0, DAYS - 3)
        rows += [(start + chance.uniform(0, 3), [*said[:6], *message()[:2]], f"cluster-{cluster}") for _ in range(9)]
    for story, (first, last) in (stories or {}).items():
        days = chance.uniform(DAYS - first, DAYS - last, 24)
        rows += [(day, [*message()[:4], story], f"{story}-{n}") for n, day in enumerate(days)]
    return pl.DataFrame(
        {
            "id": [f"i{n}" for n in range(len(rows))],
            "message": [" ".join(said) for _, said, _ in rows],
            "created_at": [NOW - timedelta(days=DAYS - float(day)) for day, _, _ in rows],
            "submitted_by": [name if who else None for _, _, name in rows],
        },
        schema_overrides={"submitted_by": pl.String, "created_at": pl.Datetime("us", "UTC")},
    )


def test_what_is_said_several_times_all_along_is_no_news() -> None:
    named = [rising(project(seed, clusters=40), as_of=NOW)["term"].to_list() for seed in range(6)]
    assert sum(map(len, named)) == 0, named


@pytest.mark.parametrize("before", [{}, {"oldnews": (110, 82)}])
@pytest.mark.parametrize("who", [True, False])
def test_what_many_begin_to_say_is_news_whatever_was_the_news_once(
    before: dict[str, tuple[int, int]], who: bool
) -> None:
    rows = project(1, clusters=0, who=who, stories={**before, "voucher": (28, 0)})
    assert rising(rows, as_of=NOW).select("term", "count").rows() == [("voucher", 24)]


def test_far_more_than_was_ever_said_at_once_is_news_nevertheless() -> None:
    rows = project(3, clusters=40)
    late = rows.filter(pl.col("created_at") > NOW - timedelta(days=28))[:60].with_columns(
        message=pl.format("{} voucher", "message"), id=pl.format("late-{}", "id")
    )
    assert "voucher" in {
        name for row in rising(pl.concat([rows, late]), as_of=NOW).to_dicts() for name in (row["term"], *row["terms"])
    }


@pytest.mark.parametrize(("before", "length", "windows"), [(168, 28, 6), (63, 14, 4), (30, 7, 4), (27, 7, 0)])
def test_only_unsigned_items_in_several_windows_before_the_recent_one_show_what_is_usual(
    before: int, length: int, windows: int
) -> None:
    day = np.arange(before + 28)
    unsigned = (day % 2 == 0) & (day < before)
    earlier = Earlier(day, unsigned, before=before, after=28)
    assert (earlier.length, earlier.windows) == (length, windows)
    first = before % length
    assert earlier.window[unsigned & (day >= first)].tolist() == [
        (one - first) // length for one in range(first, before) if one % 2 == 0
    ]
    assert set(earlier.window[~unsigned | (day < first)].tolist()) == {-1}


def test_too_few_windows_and_signed_items_show_nothing() -> None:
    day = np.repeat(np.arange(112), 2)
    has = np.ones((224, 1))
    for unsigned, before in ((day < 21, 21), (np.zeros(224, np.bool_), 84)):
        earlier = Earlier(day, unsigned, before=before, after=28)
        assert rise_of_terms(earlier, has, np.ones(1)) == 0
        assert rise_of_messages(earlier, np.ones(224, np.bool_), lambda values: values, np.ones(224)) == 0
