"""The same rows give the same trends on every engine that holds them, and days are UTC's on each."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import narwhals as nw
import polars as pl
import pytest

from seggwat_nb import trends
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import FEEDBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KEYS = ("type", "status", "source", "version", "path", "submitted_by", "project_id")


@dataclass(frozen=True)
class Where:
    """Open items since a moment, as `FeedbackFilter` selects them on any engine."""

    since: datetime = datetime(2026, 2, 10, tzinfo=UTC)

    @property
    def moments(self) -> tuple[datetime | None, datetime | None]:
        return self.since, None

    def apply(self, frame: Any) -> Any:  # as the protocol has it
        rows = nw.from_native(frame)
        return rows.filter(nw.col("status") != "Closed", nw.col("created_at") >= nw.lit(self.since)).to_native()


def feedback() -> pl.DataFrame:
    """20,000 rows around many midnights, with nulls, empty strings and unknown values."""
    n = pl.int_range(20_000)
    values: dict[str, list[str | None]] = {
        "type": ["Bug", "Praise", None, "Idea", ""],
        "status": ["New", "Closed", "Snoozed", "Active"],
        "source": ["Widget", "Stripe", None],
        "version": ["1.10.0", "1.9", "main", "", None],
        "path": ["/", "/en/orders/17", "/orders?tab=1", None, "/Übersicht", "/%C3%9Cbersicht"],
        "submitted_by": [f"user{i}" for i in range(97)],
        "project_id": ["p1", "p2"],
    }
    columns = [
        pl.lit(pl.Series(known, dtype=pl.String)).gather(n * (7 + place) // 3 % len(known)).alias(name)
        for place, (name, known) in enumerate(values.items())
    ]
    created = pl.lit(datetime(2026, 1, 1, tzinfo=UTC)) + n * timedelta(minutes=11, seconds=7)
    return pl.select(created_at=created.cast(FEEDBACK["created_at"])).with_columns(columns)


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return feedback()


@pytest.fixture(scope="module")
def database(rows: pl.DataFrame) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("arrow", rows.to_arrow())
        connection.execute("CREATE TABLE feedback AS FROM arrow")
        yield connection


def assert_same_trends(engine: Any, rows: pl.DataFrame) -> None:  # any engine's frame
    for where in (None, Where()):
        for by in ((), *((key,) for key in KEYS), ("type", "version")):
            expected = trends.daily_counts(rows, by=by, where=where)
            assert trends.daily_counts(engine, by=by, where=where).equals(expected)
        for key in KEYS:
            options: dict[str, Any] = {"by": key, "where": where, "top": 4}
            assert trends.volume(engine, **options).equals(trends.volume(rows, **options))
        months: dict[str, Any] = {"every": "1mo", "where": where, "as_of": datetime(2026, 7, 1, tzinfo=UTC)}
        assert trends.volume(engine, **months).equals(trends.volume(rows, **months))
        two = ("type", "version")
        assert trends.breakdown(engine, by=two, where=where).equals(trends.breakdown(rows, by=two, where=where))
        assert trends.by_path(engine, where=where).equals(trends.by_path(rows, where=where))


@pytest.mark.parametrize(
    "convert",
    [
        pytest.param(lambda rows: rows.lazy(), id="polars, lazy"),
        pytest.param(lambda rows: rows.to_pandas(), id="pandas"),
        pytest.param(lambda rows: rows.to_pandas(use_pyarrow_extension_array=True), id="pandas on Arrow"),
        pytest.param(lambda rows: rows.to_pandas().astype(dict.fromkeys(KEYS, object)), id="pandas on objects"),
        pytest.param(lambda rows: rows.to_arrow(), id="Arrow"),
    ],
)
def test_engines_in_memory_agree(convert: Callable[[pl.DataFrame], Any], rows: pl.DataFrame) -> None:
    assert_same_trends(convert(rows), rows)


def test_duckdb_agrees(database: duckdb.DuckDBPyConnection, rows: pl.DataFrame) -> None:
    assert_same_trends(database.table("feedback"), rows)


def test_duckdb_on_a_time_without_a_zone_agrees(database: duckdb.DuckDBPyConnection, rows: pl.DataFrame) -> None:
    relation = database.sql("SELECT * REPLACE (created_at AT TIME ZONE 'UTC' AS created_at) FROM feedback")
    assert trends.volume(relation, by="type").equals(trends.volume(rows, by="type"))


def test_the_count_is_made_by_the_engine(database: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[int] = []
    collect = nw.LazyFrame.collect

    def watched(self: Any, *args: Any, **kwargs: Any) -> Any:  # as the original
        frame = collect(self, *args, **kwargs)
        fetched.append(len(frame))
        return frame

    monkeypatch.setattr(nw.LazyFrame, "collect", watched)
    trends.volume(database.table("feedback"), by="type", where=Where())
    assert sum(fetched) < 1_000  # days times types, of 20,000 rows


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/London"])
def test_a_duckdb_session_in_another_zone_is_refused(zone: str, rows: pl.DataFrame) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = '{zone}'")
        connection.register("feedback", rows.to_arrow())
        with pytest.raises(ArgumentError, match=f"counts days in {zone}.*SET TimeZone = 'UTC'"):
            trends.volume(connection.table("feedback"))
        connection.execute("SET TimeZone = 'UTC'")
        assert trends.volume(connection.table("feedback")).equals(trends.volume(rows))


@pytest.mark.parametrize("trend", [trends.volume, trends.by_hour])
def test_local_days_and_hours_want_polars(trend: Callable[..., Any], database: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(ArgumentError, match=r"polars (frame|DataFrame)"):
        trend(database.table("feedback"), time_zone="Europe/Berlin")


WITHOUT_PYARROW = """
import sys

class WithoutPyarrow:
    def find_spec(self, name, *_):
        if name.partition(".")[0] == "pyarrow":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, WithoutPyarrow())
import pandas
from seggwat_nb import FeedbackFilter, trends
from seggwat_nb.errors import ArgumentError

rows = pandas.DataFrame({"created_at": pandas.to_datetime(["2026-01-01"], utc=True), "version": ["1"]})
for ask in (trends.volume, FeedbackFilter(version_since="1").apply):
    try:
        ask(rows)
    except ArgumentError as error:
        print(error)
"""


def test_pandas_without_pyarrow_is_told_what_to_do() -> None:
    told = subprocess.run([sys.executable, "-c", WITHOUT_PYARROW], capture_output=True, text=True, check=True)
    assert told.stdout.count("install it (pip install pyarrow), or pass a polars frame") == 2


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")  # 2026-11: pandas 3
def test_spark_agrees_and_a_session_in_another_zone_is_refused(
    rows: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = pytest.importorskip("pyspark.sql", reason="wants the spark group")
    monkeypatch.setitem(os.environ, "SPARK_LOCAL_IP", "127.0.0.1")
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(tmp_path / "warehouse"),
    }
    rows.write_parquet(tmp_path / "feedback.parquet")
    session = sql.SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    try:
        frame = session.read.parquet(str(tmp_path / "feedback.parquet"))
        assert_same_trends(frame, rows)
        session.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
        with pytest.raises(ArgumentError, match=r"counts days in Asia/Tokyo.*spark\.sql\.session\.timeZone"):
            trends.volume(frame)
    finally:
        session.stop()
