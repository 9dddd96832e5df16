"""Spreadsheets read back as what was written, and nothing in them is a formula or a link."""

from __future__ import annotations

import unicodedata
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from seggwat_nb.demo.server import PROJECT_ID
from seggwat_nb.demo.story import PLANTED, shop_feedback
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import FEEDBACK, UTC_TIME
from seggwat_nb.share import export as module
from seggwat_nb.share.export import export

if TYPE_CHECKING:
    from pathlib import Path


def sheet(path: Path) -> Any:
    return openpyxl.load_workbook(path).active


def cells(path: Path) -> list[list[Any]]:
    return [[unescape(cell) if isinstance(cell, str) else cell for cell in row] for row in sheet(path).values]


def shown(text: str) -> str | None:
    """Return a text without control characters, with a line feed at the end of each line."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    unseen = {c for c in lines if unicodedata.category(c) == "Cc" or c in "\ufffe\uffff"} - {"\n", "\t"}
    return "".join(c for c in lines if c not in unseen) or None


def test_types_header_and_filters(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "id": ["a", "b"],
            "count": [1, None],
            "score": [4.5, None],
            "archived": [True, False],
            "created_at": [datetime(2026, 3, 1, 10, 0, 0, 5000, tzinfo=UTC), None],
        },
        schema_overrides={"created_at": pl.Datetime("us", "UTC")},
    )
    path = export(frame, tmp_path / "out.xlsx")
    assert cells(path) == [
        ["id", "count", "score", "archived", "created_at"],
        ["a", 1, 4.5, True, datetime(2026, 3, 1, 10, 0, 0, 5000)],  # noqa: DTZ001  # Excel's times have no zone
        ["b", None, None, False, None],
    ]
    shown = sheet(path)
    assert shown.freeze_panes == "A2"
    assert "UTC" in shown["E2"].number_format
    (table,) = shown.tables.values()
    assert (table.ref, table.autoFilter.ref) == ("A1:E3", "A1:E3")
    read = pl.read_excel(path, engine="openpyxl")
    assert read.with_columns(pl.col("created_at").dt.replace_time_zone("UTC").cast(frame["created_at"].dtype)).equals(
        frame
    )


def test_the_demo_reads_back_and_no_cell_is_a_formula_or_a_link(tmp_path: Path) -> None:
    records = shop_feedback(seed=2, end=datetime(2026, 11, 20, tzinfo=UTC), project_id=PROJECT_ID)
    columns = ("id", "message", "path", "version", "submitted_by")
    frame = pl.DataFrame([{name: record.get(name) for name in columns} for record in records], infer_schema_length=None)
    path = export(frame, tmp_path / "out.xlsx")
    header, *rows = cells(path)
    assert header == list(columns)
    assert [tuple(row) for row in rows] == [tuple(shown(text or "") for text in row) for row in frame.iter_rows()]
    assert {row[1] for row in rows} >= {*map(shown, PLANTED.hostile)}
    written = sheet(path)
    assert {cell.data_type for row in written.iter_rows() for cell in row} == {"s", "n"}
    assert not any(cell.hyperlink for row in written.iter_rows() for cell in row)
    with zipfile.ZipFile(path) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


@settings(max_examples=40, deadline=None, derandomize=True, database=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    sign=st.sampled_from(["", "=", "+", "-", "@", "{=", "\t", "\r", "\uff1d", "http://", "mailto:", "internal:"]),
    rest=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="_"), min_size=1, max_size=40),
)
def test_any_text_reads_back_as_text(tmp_path: Path, sign: str, rest: str) -> None:
    path = export(pl.DataFrame({"message": [sign + rest]}), tmp_path / "out.xlsx")
    cell = sheet(path)["A2"]
    assert cell.value == shown(sign + rest)  # as programs read it that do not know Excel's spelling, _x000D_
    assert cell.data_type == ("s" if cell.value else "n")


@pytest.mark.parametrize(
    ("moment", "time_zone", "shown"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), "UTC", "0001-01-01T00:00:00.000000Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "America/New_York", "0000-12-31T19:03:58.000000-04:56"),
        (datetime(1899, 12, 31, tzinfo=UTC), "UTC", "1899-12-31T00:00:00.000000Z"),
        (datetime(1900, 1, 1, tzinfo=UTC), "UTC", "1900-01-01T00:00:00.000000Z"),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "Asia/Tokyo", "+10000-01-01T08:59:59.000000+09:00"),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "UTC", datetime(9999, 12, 31, 23, 59, 59)),  # noqa: DTZ001
        (datetime(1900, 3, 2, tzinfo=UTC), "UTC", datetime(1900, 3, 2)),  # noqa: DTZ001
    ],
)
def test_a_time_that_a_spreadsheet_does_not_have_is_text(
    tmp_path: Path, moment: datetime, time_zone: str, shown: object
) -> None:
    frame = pl.DataFrame({"at": [moment, None], "day": [moment.date(), None]}, schema_overrides={"at": UTC_TIME})
    path = export(frame, tmp_path / "out.xlsx", time_zone=time_zone)
    _, first, last = cells(path)
    is_text = moment.year < 1900 or moment < datetime(1900, 3, 1, tzinfo=UTC)
    day = moment.replace(hour=0, minute=0, second=0, tzinfo=None)
    assert first == [shown, str(moment.date()) if is_text else day]
    assert last == [None, None]


def test_a_text_longer_than_a_cell_is_cut_aloud(tmp_path: Path) -> None:
    frame = pl.DataFrame({"message": ["a" * 32_767, "b" * 32_768, "🧨" * 16_384]})
    with pytest.warns(UserWarning, match="2 texts truncated"):
        path = export(frame, tmp_path / "out.xlsx")
    _, (whole,), (cut,), (astral,) = cells(path)
    assert whole == "a" * 32_767
    assert cut == "b" * 32_763 + " […]"
    assert astral == "🧨" * 16_381 + " […]"
    assert all(len(text.encode("utf-16-le")) <= 2 * 32_767 for text in (whole, cut, astral))


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SHEET_ROWS", 2)
    with pytest.raises(ArgumentError, match=r"\.csv"):
        export(pl.DataFrame({"id": ["a", "b", "c"]}), tmp_path / "out.xlsx")
    assert not list(tmp_path.glob("*out*"))


def test_an_empty_frame_has_its_header(tmp_path: Path) -> None:
    path = export(FEEDBACK.to_frame(), tmp_path / "out.xlsx")
    assert cells(path)[0] == list(FEEDBACK)


def test_names_of_columns_are_such_as_a_table_takes(tmp_path: Path) -> None:
    names = ["a", "A", "=1+1", "b\x01\uffff", "c" * 300, ""]
    written = sheet(export(pl.DataFrame({name: ["x"] for name in names}), tmp_path / "out.xlsx"))
    assert [cell.value for cell in written[1]] == ["a", "A (2)", "=1+1", "b  ", "c" * 200, " "]
