"""Daily counts against SQL on the same rows; their laws; and what they refuse."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.analysis.counts import count_by, count_by_period, daily_counts, day_edges, is_daily_counts
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import FEEDBACK

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

START = datetime(2026, 2, 20, tzinfo=UTC)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 40 * 24 * 60),
        st.sampled_from(["Bug", "Praise", "Idea", "", None]),
        st.sampled_from(["1.0.0", "v1.0", "main", None]),
    ),
    max_size=60,
)
LAWS = settings(max_examples=25, derandomize=True, deadline=None)


def feedback(rows: Sequence[tuple[int, str | None, str | None]]) -> pl.DataFrame:
    """Rows of feedback from minutes after `START`, type and version."""
    return pl.DataFrame(
        {
            "created_at": [START + timedelta(minutes=minutes) for minutes, _, _ in rows],
            "type": [kind for _, kind, _ in rows],
            "version": [version for _, _, version in rows],
        },
        schema={name: FEEDBACK[name] for name in ("created_at", "type", "version")},
    )


class OnlyBugs:
    """A selection as `FeedbackFilter` makes one, of polars frames alone."""

    moments: tuple[datetime | None, datetime | None] = (None, None)

    def apply(self, frame: Any) -> Any:  # as the protocol has it
        return frame.filter(pl.col("type") == "Bug")


@LAWS
@given(rows=ROWS)
def test_counts_equal_those_of_sql(rows: list[tuple[int, str | None, str | None]]) -> None:
    frame = feedback(rows)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("feedback", frame.to_arrow())
        connection.execute(
            "SET VARIABLE shown = (SELECT version FROM feedback WHERE version IN ('v1.0', '1.0.0') "
            "GROUP BY version ORDER BY count(*) DESC, version LIMIT 1)"
        )
        expected = connection.sql(
            "SELECT created_at::DATE AS day, type, CASE WHEN version IN ('v1.0', '1.0.0') THEN getvariable('shown') "
            "ELSE version END AS spelt, count(*) AS count FROM feedback GROUP BY ALL ORDER BY ALL NULLS FIRST"
        ).fetchall()
    assert daily_counts(frame, by=("type", "version")).rows() == expected


@LAWS
@given(rows=ROWS, cut=st.integers(0, 60), order=st.randoms(use_true_random=False))
def test_parts_add_up_and_order_does_not_matter(
    rows: list[tuple[int, str | None, str | None]], cut: int, order: Random
) -> None:
    whole = daily_counts(feedback(rows), by="type")
    parts = pl.concat([daily_counts(feedback(rows[:cut]), by="type"), daily_counts(feedback(rows[cut:]), by="type")])
    assert whole["count"].sum() == len(rows)
    assert daily_counts(parts, by="type").equals(whole)
    shuffled = list(rows)
    order.shuffle(shuffled)
    assert daily_counts(feedback(shuffled), by="type").equals(whole)


def test_columns_are_the_same_for_no_rows_and_for_all_nulls() -> None:
    expected = pl.Schema({"day": pl.Date(), "type": pl.String(), "count": pl.Int64()})
    assert daily_counts(feedback([]), by="type").schema == expected
    nulls = feedback([(0, None, None)] * 3).with_columns(type=pl.lit(None))
    assert daily_counts(nulls, by="type").schema == expected
    assert daily_counts(nulls, by="type").rows() == [(START.date(), None, 3)]
    assert daily_counts(feedback([])).schema == pl.Schema({"day": pl.Date(), "count": pl.Int64()})


def test_time_is_read_in_utc_whatever_its_zone() -> None:
    late = pl.DataFrame({"created_at": [datetime(2026, 3, 1, 23, 30, tzinfo=UTC)]})
    for rows in (
        late,
        late.with_columns(pl.col("created_at").dt.convert_time_zone("Asia/Tokyo")),
        late.with_columns(pl.col("created_at").dt.replace_time_zone(None)),
        late.with_columns(pl.col("created_at").cast(pl.Datetime("ns", "UTC"))),
        late.lazy(),
    ):
        assert daily_counts(rows).rows() == [(date(2026, 3, 1), 1)]
        assert day_edges(rows) == (date(2026, 3, 1), date(2026, 3, 1))
    assert count_by_period(late, time_zone="Asia/Tokyo")["day"].to_list() == [date(2026, 3, 2)]


def test_vocabularies_in_their_order_are_counted_as_text() -> None:
    frame = feedback([(0, "Bug", None), (0, "Praise", None)])
    as_enum = frame.with_columns(pl.col("type").cast(pl.Enum(["Praise", "Bug"])))
    assert daily_counts(as_enum, by="type").equals(daily_counts(frame, by="type"))


def test_a_selection_is_left_to_the_engine() -> None:
    frame = feedback([(0, "Bug", None), (0, "Praise", None), (9, "Bug", None)])
    assert daily_counts(frame, where=OnlyBugs()).rows() == [(START.date(), 2)]
    assert daily_counts(frame.lazy(), where=OnlyBugs()).rows() == [(START.date(), 2)]
    assert count_by(frame, by=("type",), where=OnlyBugs()).rows() == [("Bug", 2)]


def test_longer_periods_are_counted_under_their_first_day_and_taken_for_no_days() -> None:
    moments = [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 8, 9)]  # a Sunday, a Monday, and again
    frame = pl.DataFrame({"created_at": moments, "type": ["Bug", "Bug", "Idea", "Bug"]})
    weeks = daily_counts(frame, by="type", every="1w")
    assert weeks.rows() == [
        (date(2026, 2, 23), "Bug", 1),
        (date(2026, 3, 2), "Bug", 1),
        (date(2026, 3, 2), "Idea", 1),
        (date(2026, 3, 9), "Bug", 1),
    ]
    assert weeks.columns == ["period", "type", "count"]
    assert daily_counts(frame, every="1w", week_start="sunday")["count"].to_list() == [2, 2]
    assert daily_counts(frame, every="1mo").rows() == [(date(2026, 3, 1), 4)]
    assert not is_daily_counts(weeks)
    with pytest.raises(ArgumentError, match="every must be"):
        daily_counts(frame, every="2w")  # type: ignore[arg-type]  # the mistake itself


def test_a_tally_is_known_by_its_columns() -> None:
    frame = feedback([(0, "Bug", None)])
    assert is_daily_counts(daily_counts(frame))
    assert not is_daily_counts(frame)
    assert not is_daily_counts(frame.with_columns(day=pl.lit(1), count=pl.lit(1)))
    assert count_by(daily_counts(frame, by="type"), by=("type",)).rows() == [("Bug", 1)]


FRAME = feedback([(0, "Bug", "1.0")])


@pytest.mark.parametrize(
    ("frame", "options", "hint"),
    [
        (FRAME, {"by": "typ"}, "Did you mean 'type'"),
        (FRAME, {"by": ("type", "type")}, "Name each once"),
        (FRAME, {"by": "created_at"}, "by must be type or version"),
        (FRAME.with_columns(score=1), {"by": "score"}, "Cast it to String"),
        (FRAME.with_columns(version=2026.1), {"by": "version"}, "Read it as text, as with pl.read_csv"),
        (FRAME.drop("created_at"), {}, "Pass a frame of feedback or ratings"),
        (FRAME.with_columns(pl.col("created_at").cast(pl.String)), {}, "not Datetime. Convert it first"),
        (FRAME.with_columns(created_at=pl.lit(None, pl.Datetime("us", "UTC"))), {}, "Drop them first"),
        ([{"created_at": START}], {}, "Pass a polars, pandas, Arrow, DuckDB or Spark frame"),
        (daily_counts(FRAME), {"by": "type"}, "by must be None, got 'type'"),
        (daily_counts(FRAME), {"where": OnlyBugs()}, "Pass where= to daily_counts"),
    ],
)
def test_what_cannot_be_counted_is_refused(frame: Any, options: dict[str, Any], hint: str) -> None:  # wrong on purpose
    with pytest.raises(ArgumentError, match=hint):
        daily_counts(frame, **options)


def test_other_zones_want_rows_in_polars() -> None:
    with pytest.raises(ArgumentError, match="Pass the rows as a polars frame"):
        count_by_period(daily_counts(FRAME), time_zone="Europe/Berlin")
    with pytest.raises(ArgumentError, match="require a polars frame"):
        count_by_period(FRAME.to_arrow(), time_zone="Europe/Berlin")
