"""Exports: exactly what was selected, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seggwat_nb.errors import ArgumentError
from seggwat_nb.share.export import export

if TYPE_CHECKING:
    from pathlib import Path

FRAME = pl.DataFrame(
    {
        "id": ["a", "b", "c"],
        "message": ['=HYPERLINK("http://x","y")', "two\nlines, one comma", ""],
        "version": [None, "", "1.0"],
        "created_at": [datetime(2026, 3, 1, 10, 0, 0, 5, tzinfo=UTC)] * 3,
        "archived": [True, False, None],
    },
    schema_overrides={"created_at": pl.Datetime("us", "UTC")},
)


def test_parquet_is_the_frame(tmp_path: Path) -> None:
    assert pl.read_parquet(export(FRAME, tmp_path / "out.parquet")).equals(FRAME)


def test_json_lines_keep_every_value(tmp_path: Path) -> None:
    lines = export(FRAME, tmp_path / "out.jsonl").read_text("utf-8").splitlines()
    expected = [row | {"created_at": "2026-03-01T10:00:00.000005Z"} for row in FRAME.to_dicts()]
    assert [json.loads(line) for line in lines] == expected


def test_csv_opens_in_a_spreadsheet(tmp_path: Path) -> None:
    path = export(FRAME, tmp_path / "OUT.CSV")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["message"] for row in rows] == ['\'=HYPERLINK("http://x","y")', "two\nlines, one comma", ""]
    assert rows[0]["created_at"] == "2026-03-01T10:00:00.000005Z"


def test_csv_tells_an_empty_text_from_none(tmp_path: Path) -> None:
    path = export(pl.DataFrame({"version": [None, ""], "id": ["a", "b"]}), tmp_path / "out.csv")
    assert path.read_text("utf-8-sig").splitlines() == ['"version","id"', ',"a"', '"","b"']


@settings(max_examples=200, deadline=None, derandomize=True, database=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    sign=st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"]),
    before=st.text(" \t\n", max_size=2),
    rest=st.text(),
)
def test_no_cell_of_a_csv_begins_a_formula(tmp_path: Path, sign: str, before: str, rest: str) -> None:
    text = before + sign + rest.replace("\x00", "")
    path = export(pl.DataFrame({"message": [text], "other": ["x"]}), tmp_path / "out.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        (_, (cell, _)) = list(csv.reader(file))
    assert cell == "'" + text


@pytest.mark.parametrize("name", ["out.xls", "out", "missing/out.csv"])
def test_a_place_that_cannot_be_written_is_told_before_any_work(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArgumentError):
        export(FRAME, tmp_path / name)
