"""Frames from files, pandas and databases: the same rows in other types give the same figures, and the same masks."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from seggwat_nb import Dataset, FeedbackFilter, findings, lifecycle, mask, ratings, releases, themes, trends
from seggwat_nb.analysis.column_types import with_known_types
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import FEEDBACK, HISTORY, RATINGS

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
ROWS = 240


def feedback() -> pl.DataFrame:
    g = np.random.default_rng(3)

    def some(*values: str | None) -> list[str | None]:
        return [values[place] for place in g.integers(0, len(values), ROWS)]

    return pl.DataFrame(
        {
            "id": [str(n) for n in range(ROWS)],
            "project_id": "7",
            "message": some("The export fails", "Login is slow", "Nice", None),
            "type": some("Bug", "Praise", None),
            "status": some("New", "Resolved", "Closed"),
            "source": "Widget",
            "path": some("/a", "/b", None),
            "version": some("1.9.0", "1.10.0", None),
            "submitted_by": some("301", "302", None),
            "resolution_note": None,
            "created_at": [START + timedelta(hours=9 * n, seconds=n) for n in range(ROWS)],
            "archived": (g.integers(0, 3, ROWS) == 0).tolist(),
            "extra": None,
        },
        schema=FEEDBACK,
    )


def rated() -> pl.DataFrame:
    g = np.random.default_rng(4)
    kinds = [("star", "nps", "helpful")[n % 3] for n in range(ROWS)]
    scores = [float(g.integers(1, 6)) if kind != "helpful" else None for kind in kinds]
    return pl.DataFrame(
        {
            "id": [str(n) for n in range(ROWS)],
            "rating_type": kinds,
            "score": scores,
            "max_score": [{"star": 5.0, "nps": 10.0}.get(kind) for kind in kinds],
            "helpful": [bool(g.integers(0, 2)) if kind == "helpful" else None for kind in kinds],
            "nps_category": ["detractor" if kind == "nps" else None for kind in kinds],
            "created_at": [START + timedelta(hours=9 * n) for n in range(ROWS)],
        }
    ).pipe(lambda rows: rows.select(rows.columns).cast({name: RATINGS[name] for name in rows.columns}))


def texts(frame: pl.DataFrame) -> list[str]:
    return [name for name, kind in frame.schema.items() if kind == pl.String]


def as_categories(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(texts(frame)).cast(pl.Categorical))


def as_closed_categories(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(
        column.cast(pl.Enum(column.drop_nulls().unique(maintain_order=True)))
        for column in frame.select(texts(frame)).get_columns()
    )


def as_objects(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.Series(one.name, one.to_list(), dtype=pl.Object) for one in frame.get_columns())


def in_another_zone(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("created_at").dt.convert_time_zone("Asia/Kathmandu").dt.cast_time_unit("ms"))


def without_zone(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("created_at").dt.replace_time_zone(None).dt.cast_time_unit("ns"))


def through_csv(frame: pl.DataFrame) -> pl.DataFrame:
    """Write and read it: numeric IDs become integers, times texts, and empty columns texts."""
    return pl.read_csv(io.StringIO(frame.write_csv()))


def through_pandas(frame: pl.DataFrame) -> pl.DataFrame:
    """Store it as pandas does: missing values as NaN, whole numbers beside them as floats, flags as numbers."""
    return frame.with_columns(
        *(pl.col(name).cast(pl.Float64).fill_null(float("nan")) for name in ("submitted_by",) if name in frame.columns),
        *(pl.col(name).cast(pl.Float64) for name in ("archived", "helpful") if name in frame.columns),
        *(pl.lit(float("nan")).alias(name) for name, kind in frame.schema.items() if frame[name].is_null().all()),
        *(pl.col(name).fill_null(float("nan")) for name in ("score", "max_score") if name in frame.columns),
    )


WAYS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    way.__name__: way
    for way in (
        as_categories,
        as_closed_categories,
        as_objects,
        in_another_zone,
        without_zone,
        through_csv,
        through_pandas,
    )
}


@pytest.mark.parametrize("way", WAYS)
def test_the_same_rows_in_other_types_become_the_same_frame(way: str) -> None:
    for frame in (feedback(), rated()):
        assert with_known_types(WAYS[way](frame)).equals(frame)
        assert with_known_types(frame) is not None


def test_a_frame_of_the_right_types_stays_the_same_object() -> None:
    frame = feedback()
    assert with_known_types(frame) is frame
    assert Dataset(frame).feedback is frame


@pytest.mark.parametrize("way", WAYS)
def test_every_door_converts(way: str) -> None:
    ours, theirs = feedback(), WAYS[way](feedback())
    where = FeedbackFilter(type="Bug", archived=False)
    doors: dict[str, Callable[[pl.DataFrame], Any]] = {
        "volume": lambda frame: trends.volume(frame, by="type", where=where),
        "overview": releases.overview,
        "ages": lifecycle.ages,
        "language": themes.language,
        "mask": mask,
    }
    for name, door in doors.items():
        assert door(theirs).drop("created_at", strict=False).equals(door(ours).drop("created_at", strict=False)), name
    for counted in (ratings.stars, ratings.helpful, ratings.nps):
        assert counted(WAYS[way](rated())).equals(counted(rated())), counted.__name__


def test_a_finding_selects_its_items_where_nobody_knows_whether_they_are_archived() -> None:
    rows = feedback().with_columns(archived=None, status=pl.lit("New"))
    table = findings(Dataset(rows, history=seen(rows)))
    backlog = table.row(by_predicate=pl.col("kind") == "backlog", named=True)
    chosen = FeedbackFilter.from_dict(json.loads(backlog["filter"])).apply(rows)
    assert set(backlog["ids"]) <= set(chosen["id"])


def seen(rows: pl.DataFrame) -> pl.DataFrame:
    """Let a load see each item as new, a few hours after it came."""
    created = pl.col("created_at")
    return rows.select(
        "id", "project_id", field=pl.lit("status"), old=pl.lit("Active"), new=pl.lit("New"),
        earliest=created + pl.duration(hours=2), latest=created + pl.duration(hours=9),
    ).cast(HISTORY)  # fmt: skip


def test_findings_convert_as_well() -> None:
    assert findings(through_csv(feedback().head(90))).equals(findings(feedback().head(90)))


@pytest.mark.parametrize(
    ("columns", "say"),
    [
        ({"created_at": pl.lit("5 March 2026")}, r"created_at is String.*str\.to_datetime\(time_zone='UTC'\)"),
        ({"created_at": pl.lit(5)}, r"created_at is Int.*not Datetime"),
        ({"created_at": pl.col("created_at").dt.date()}, r"created_at is Date.*cast\(pl\.Datetime"),
        ({"archived": pl.lit("perhaps")}, "archived is String, not Boolean"),
    ],
)
def test_what_cannot_be_converted_is_refused_with_what_to_do(columns: dict[str, pl.Expr], say: str) -> None:
    with pytest.raises(ArgumentError, match=say):
        lifecycle.ages(feedback().with_columns(**columns))


def test_a_frame_of_another_library_and_other_names_are_told() -> None:
    with pytest.raises(ArgumentError, match="got pandas's DataFrame"):
        lifecycle.ages(type("DataFrame", (), {"__module__": "pandas.core.frame"})())
    with pytest.raises(ArgumentError, match=r"Rename columns first: frame\.rename\(\{'Created At': 'created_at'\}\)"):
        lifecycle.ages(feedback().rename({"created_at": "Created At"}))


def test_a_version_stored_as_a_number_stays_one() -> None:
    """It may have been 1.10, which nothing can tell any more."""
    rows = feedback().with_columns(version=pl.lit(1.1))
    assert with_known_types(rows)["version"].dtype == pl.Float64


ADDRESS = "jane.doe@corp.example"


@pytest.mark.parametrize("kind", ["own", "objects", "bytes", "structure", "structures", "categories", "dictionaries"])
def test_no_column_keeps_an_address(kind: str) -> None:
    text = pl.Series("added", [f"Write to {ADDRESS}", None], dtype=pl.String)
    added: dict[str, Callable[[], pl.Series]] = {
        "own": lambda: text,
        "objects": lambda: pl.Series("added", text.to_list(), dtype=pl.Object),
        "bytes": lambda: text.cast(pl.Binary),
        "structure": lambda: text.to_frame("text").to_struct("added"),
        "structures": lambda: text.to_frame("text").to_struct("added").reshape((-1, 1)),
        "categories": lambda: text.cast(pl.Categorical),
        "dictionaries": lambda: pl.Series("added", [{"to": ADDRESS}, {}], dtype=pl.Object),
    }
    frame = pl.DataFrame({"id": ["1", "2"], "message": ["Hello", "Bye"], "submitted_by": [ADDRESS, None]})
    masked = mask(frame.with_columns(added[kind]()))
    assert ADDRESS not in repr(masked.to_dicts())
    assert masked.columns == [*frame.columns, "added"]


def test_a_submitter_whose_id_is_a_number_gets_an_alias() -> None:
    frame = pl.DataFrame({"message": ["I am 4915112", "Hello"], "submitted_by": [4915112, None]})
    assert mask(frame).rows() == [("I am [submitter]", "[submitter]"), ("Hello", None)]
    assert mask(frame.with_columns(pl.col("submitted_by").cast(pl.Float64))).rows() == mask(frame).rows()
