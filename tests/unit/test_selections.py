"""Shares of two selections: against somebody else's interval, against counts by hand, and by their laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from statsmodels.stats.proportion import confint_proportions_2indep  # type: ignore[import-untyped]  # ships no types

from seggwat_nb import Compare, Dataset, FeedbackFilter, charts, trends
from seggwat_nb.analysis.mix import mix_and_rate
from seggwat_nb.analysis.selections import compare
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import FEEDBACK, TYPES
from tests.panel_page import PanelPage

if TYPE_CHECKING:
    from collections.abc import Sequence

A, B = FeedbackFilter(version="a"), FeedbackFilter(version="b")
MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
pytestmark = pytest.mark.filterwarnings("ignore:No row has", "ignore:.* of another scheme")  # of drawn filters
seeded = settings(max_examples=25, derandomize=True, deadline=None)


def feedback(rows: Sequence[tuple[str | None, ...]]) -> pl.DataFrame:
    """Items with a version, a type and a submitter."""
    frame = pl.DataFrame(
        rows, schema={"version": pl.String, "type": pl.String, "submitted_by": pl.String}, orient="row"
    )
    days = pl.int_range(pl.len()) % 28
    return frame.with_columns(created_at=pl.lit(MOMENT) + pl.duration(days=days))


people = st.sampled_from(["ann", "bob", "cem", None, ""])
kinds = st.sampled_from([*TYPES[:3], "Idea", None, ""])
items = st.lists(st.tuples(st.sampled_from(["a", "b", None]), kinds, people), max_size=120).map(feedback)
unsigned = st.lists(st.tuples(st.sampled_from("ab"), kinds, st.none()), min_size=1, max_size=200).map(feedback)


@seeded
@given(frame=unsigned, level=st.sampled_from([0.8, 0.95, 0.99]))
def test_the_interval_is_that_of_statsmodels_or_wider(frame: pl.DataFrame, level: float) -> None:
    for row in compare(frame, A, B, level=level).rows(named=True):
        if not row["n_a"] or not row["n_b"]:
            assert (row["difference"], row["low"], row["high"]) == (None, None, None)
            continue
        counted = (row["count_a"], row["n_a"], row["count_b"], row["n_b"])
        assert row["difference"] == pytest.approx(counted[0] / counted[1] - counted[2] / counted[3])
        peer = confint_proportions_2indep(*counted, method="newcomb", alpha=1 - level)
        assert row["low"] <= peer[0] + 1e-9
        assert row["high"] >= peer[1] - 1e-9


@seeded
@given(frame=items)
def test_every_count_is_that_of_the_filter(frame: pl.DataFrame) -> None:
    table = compare(frame, A, B)
    for side, where in (("a", A), ("b", B)):
        chosen = where.apply(frame)
        assert table[f"count_{side}"].sum() == chosen.height
        assert table[f"n_{side}"].to_list() == [chosen.height] * table.height
        assert dict(table.select("type", f"count_{side}").filter(pl.nth(1) > 0).iter_rows()) == dict(
            chosen["type"].value_counts().iter_rows()
        )
    assert table["difference"].drop_nulls().is_between(-1, 1).all()
    estimated = table.drop_nulls("difference")
    assert (estimated["low"] <= estimated["difference"] + 1e-12).all()
    assert (estimated["difference"] <= estimated["high"] + 1e-12).all()
    assert (table["q"].is_null() == (table["verdict"] == "too few")).all()


@seeded
@given(frame=items)
def test_swapping_negates_and_mirrors(frame: pl.DataFrame) -> None:
    there, back = (compare(frame, *sides).sort("type") for sides in ((A, B), (B, A)))
    mirrored = back.select(
        "type",
        difference=-pl.col("difference"),
        low=-pl.col("high"),
        high=-pl.col("low"),
        q="q",
        verdict=pl.col("verdict").replace({"higher": "lower", "lower": "higher"}),
    )
    assert_frame_equal(there.select(mirrored.columns), mirrored)


@seeded
@given(frame=items)
def test_a_selection_does_not_differ_from_itself(frame: pl.DataFrame) -> None:
    table = compare(frame, A, A)
    assert table["difference"].to_list() == [0] * table.height
    assert set(table["verdict"]) <= {"unclear", "too few"}
    assert (table["low"] <= 0).all()
    assert (table["high"] >= 0).all()


def test_one_person_who_writes_much_is_one_person() -> None:
    loud = [("a", "Bug", "loud")] * 60 + [("a", "Praise", None)] * 60
    others = [("b", "Bug", None)] * 10 + [("b", "Praise", None)] * 110
    frame = feedback([*loud, *others])
    table = compare(frame, A, B)
    assert table["dispersion_a"][0] > 30
    assert set(table["verdict"]) <= {"unclear", "too few"}
    surely = compare(frame.with_columns(submitted_by=pl.format("p{}", pl.int_range(pl.len()))), A, B)
    assert dict(surely.select("type", "verdict").iter_rows()) == {"Bug": "higher", "Praise": "lower"}


def test_an_outage_of_one_day_is_no_difference_though_nobody_signed() -> None:
    calm = [("a", "Bug", None), ("a", "Praise", None), ("b", "Bug", None), ("b", "Praise", None)] * 28
    frame = feedback(calm)
    outage = frame.head(1).select(pl.all().repeat_by(30).explode())
    assert set(compare(pl.concat([frame, outage]), A, B)["verdict"]) <= {"unclear", "too few"}


def test_cancellations_do_not_make_bugs_fall() -> None:
    product = [(side, kind, None) for side in "ab" for kind in ("Bug", "Praise") for _ in range(60)]
    churn = [("a", "Other", None)] * 120
    sources = ["Widget"] * len(product) + ["Stripe"] * len(churn)
    frame = feedback([*product, *churn]).with_columns(source=pl.Series(sources))
    assert set(compare(frame, A, B)["verdict"]) == {"unclear"}
    together = compare(frame, A, B, include_churn=True)
    assert together.filter(pl.col("type") == "Bug")["verdict"].item() == "lower"
    split = mix_and_rate(frame, B, A)
    assert split["mix"].sum() == pytest.approx(60 / 240 - 60 / 120)
    assert split["rate"].to_list() == pytest.approx([0, 0])


@seeded
@given(frame=items)
def test_mix_and_rate_are_exactly_the_change(frame: pl.DataFrame) -> None:
    split = mix_and_rate(frame, B, A, by="submitted_by")
    before, after = (side.apply(frame) for side in (B, A))
    if not before.height or not after.height:
        assert split.is_empty()
        return
    total = float(split.select(pl.col("mix").sum() + pl.col("rate").sum()).item())
    shares = [float(rows["type"].eq("Bug").fill_null(value=False).mean()) for rows in (before, after)]  # type: ignore[arg-type]  # a mean of flags
    assert total == pytest.approx(shares[1] - shares[0], abs=1e-12)
    assert (split["n_before"].sum(), split["n_after"].sum()) == (before.height, after.height)


def test_few_rows_are_named_however_they_fall() -> None:
    rows = [("a", "Other", None)] * 40 + [("b", "Other", None)] * 40
    for few, verdict in ((3, "too few"), (12, "higher")):
        frame = feedback([*rows, *[("a", "Bug", None)] * few])
        table = compare(frame.with_columns(submitted_by=pl.format("p{}", pl.int_range(pl.len()))), A, B)
        assert table.filter(pl.col("type") == "Bug")["verdict"].item() == verdict


@pytest.mark.parametrize("frame", [FEEDBACK.to_frame(), pl.DataFrame([{"version": "c"}], schema=FEEDBACK)])
def test_nothing_selected_gives_no_rows_and_the_same_columns(frame: pl.DataFrame) -> None:
    table = compare(frame, A, B)
    usual = compare(feedback([("a", "Bug", None), ("b", "Bug", None)]), A, B)
    assert table.is_empty()
    assert table.schema == usual.schema


def test_bad_input_is_refused() -> None:
    frame = feedback([("a", "Bug", None)])
    with pytest.raises(ArgumentError, match="Did you mean 'type'"):
        compare(frame, A, B, by="typ")
    with pytest.raises(ArgumentError, match="got 95"):
        compare(frame, A, B, level=95)
    with pytest.raises(ArgumentError, match="must be a filter"):
        compare(frame, A, "2.4.0")  # type: ignore[arg-type]  # a version is no filter


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"])
@pytest.mark.parametrize(
    "as_of",
    [
        datetime(2026, 11, 18, 15, tzinfo=UTC),
        datetime(2026, 11, 18, 0, 30, tzinfo=UTC),
        datetime(2026, 11, 18, 23, 59, tzinfo=UTC),
        datetime(2026, 11, 1, 12, tzinfo=UTC),  # the day on which New York leaves daylight saving time
    ],
)
def test_a_day_that_is_not_over_is_part_of_a_side_and_said(
    zone: str, as_of: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seggwat_nb.clock.Clock.now", lambda _: as_of.timestamp())
    rows = pl.DataFrame({"created_at": [as_of - timedelta(hours=3 * n) for n in range(1, 900)], "type": "Bug"})
    data = Dataset(rows, as_of=as_of, time_zone=zone)
    before = FeedbackFilter(since="56d", until="28d", time_zone=zone)
    local = as_of.astimezone(ZoneInfo(zone))
    today = (as_of - local.replace(hour=0, minute=0)) / timedelta(days=1)
    for until, more in ((None, today), ("today", 0.0)):
        latest = FeedbackFilter(since="28d", until=until, time_zone=zone)
        found = trends.compare(data, latest, before)
        days_a, days_b = found.select("days_a", "days_b").row(0)
        assert days_a - more == pytest.approx(28, abs=0.05)  # an hour of daylight saving time
        assert days_b == pytest.approx(28, abs=0.05)
        told = charts.compare(found, names=("latest", "previous")).to_dict()["description"]
        assert ("Compare shares, not counts." in told) == (abs(days_a - days_b) > 0.1)
        panel = Compare(data, latest, before)
        cautions = PanelPage(panel).view["cautions"]
        assert ([f"A covers {days_a:.1f}".removesuffix(".0")] == [one[: one.index(" days")] for one in cautions]) == (
            "Compare shares" in told
        )
        assert "Compare shares" not in PanelPage(panel).view["charts"]["differences"]["said"]
        panel.close()
