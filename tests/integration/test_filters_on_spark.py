"""Spark selects the rows that polars selects, whatever zones the session and the machine are in."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from seggwat_nb.filters import FeedbackFilter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),  # 2026-11: pandas 3
]

FILTERS = [
    FeedbackFilter(),
    FeedbackFilter(type=("Bug", "Idea"), archived=False),
    FeedbackFilter(path="/a"),
    FeedbackFilter(path="/a/:id"),
    FeedbackFilter(path="/"),
    FeedbackFilter(version_since="1.9", version_until="1.10"),
    FeedbackFilter(version=""),
    FeedbackFilter(text="grösse"),
    FeedbackFilter(text="%"),
    FeedbackFilter(not_type=("Bug", "Idea"), not_path="/a"),
    FeedbackFilter(not_version="1.10"),
    FeedbackFilter(search="LOGIN OR grösse -page:AB -version:>=1.10 OR type:bug"),
    FeedbackFilter(since=datetime(2026, 3, 28, 5, tzinfo=UTC)),
    FeedbackFilter(since=date(2026, 3, 28), until=date(2026, 3, 29), time_zone="Asia/Tokyo"),
]


@pytest.fixture
def rows() -> pl.DataFrame:
    columns: dict[str, list[Any]] = {
        "type": ["Bug", None, "Praise", "Idea"],
        "path": ["/a", "/a/b", "/ab", None, "/a/4821?x"],
        "version": ["1.9", "v1.10", "main", None, "", "1.10.0-rc.1", "1.10.1"],
        "message": ["Login", "GRÖSSE login", "a.b", "100%", "_", None],
        "archived": [True, False, None],
    }
    start = datetime(2026, 3, 27, tzinfo=UTC)
    height = 120
    return pl.DataFrame(
        {name: [values[at % len(values)] for at in range(height)] for name, values in columns.items()}
        | {
            "id": [f"{at:03}" for at in range(height)],
            "created_at": [start + timedelta(hours=at) for at in range(height)],
        }
    )


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put the clock of this machine in Tokyo."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_east")
def test_spark_selects_what_polars_selects(rows: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sql = pytest.importorskip("pyspark.sql", reason="wants the spark group")
    monkeypatch.setitem(os.environ, "SPARK_LOCAL_IP", "127.0.0.1")
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "America/New_York",
        "spark.sql.warehouse.dir": str(tmp_path / "warehouse"),
    }
    rows.write_parquet(tmp_path / "zoned.parquet")
    rows.with_columns(pl.col("created_at").dt.replace_time_zone(None)).write_parquet(tmp_path / "naive.parquet")
    session: Any = sql.SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    try:
        for name, kind in (("zoned", "timestamp"), ("naive", "timestamp_ntz")):
            frame = session.read.parquet(str(tmp_path / f"{name}.parquet"))
            assert dict(frame.dtypes)["created_at"] == kind
            for where in FILTERS:
                selected = sorted(row.id for row in where.apply(frame).select("id").collect())
                assert selected == where.apply(rows)["id"].to_list(), (name, where.describe())
                assert selected, where.describe()
    finally:
        session.stop()
