"""Exports: exactly what was selected, safe to open in a spreadsheet, and masked where others get it."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import seggwat_nb as sw
from seggwat_nb.errors import ArgumentError, LeakError
from seggwat_nb.secret import Secret
from seggwat_nb.share import privacy
from seggwat_nb.share.export import export, share
from seggwat_nb.share.privacy import mask
from seggwat_nb.theme_file import Taxonomy

if TYPE_CHECKING:
    from collections.abc import Callable
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


def test_the_selected_items_of_a_dataset_are_written_in_its_zone(tmp_path: Path) -> None:
    data = sw.Dataset(FRAME.with_columns(type=pl.Series(["Bug", "Idea", "Bug"])), time_zone="Asia/Tokyo")
    bugs = sw.FeedbackFilter(type="Bug")
    written = pl.read_csv(sw.export(data, tmp_path / "bugs.csv", where=bugs))
    assert written["id"].to_list() == ["a", "c"]
    assert written["created_at"][0] == "2026-03-01T19:00:00.000005+09:00"
    stated = pl.read_csv(sw.export(data, tmp_path / "all.csv", time_zone="UTC"))
    assert stated["id"].to_list() == ["a", "b", "c"]
    assert stated["created_at"][0] == "2026-03-01T10:00:00.000005Z"


def test_what_is_no_frame_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"requires a polars DataFrame, got dict\. Pass a Dataset or a frame"):
        sw.export({"id": ["a"]}, tmp_path / "rows.csv")  # type: ignore[arg-type]
    assert not (tmp_path / "rows.csv").exists()


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


SIGNS = ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\u2212", "\ufe63"]
UNSEEN = ["", " ", "\ufeff", "\u200b", "\u202e", "\x00", '"', "'", "\xa0"]


@settings(max_examples=40, deadline=None, derandomize=True, database=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    pieces=st.lists(
        st.tuples(
            st.text(max_size=4),
            st.sampled_from(["", ";", "\t", "\n", "\r\n", "|"]),
            st.sampled_from(UNSEEN),
            st.sampled_from(["", *SIGNS]),
            st.text(max_size=4),
        ),
        max_size=4,
    ),
    separator=st.sampled_from([",", ";", "\t", "|"]),
)
@example(pieces=[("", "\t", "", "=", "1")], separator="\t")  # fmt: skip
@example(pieces=[("hi,=", ";", "", "=", "1+1;bye")], separator=";")
@example(pieces=[("see =", "|", "", "=", "1+1|x")], separator="|")
@example(pieces=[("a,+b", "|", "", "=", "1+1")], separator="|")
def test_no_cell_of_a_csv_begins_a_formula_whichever_separator_reads_it(
    tmp_path: Path, pieces: list[tuple[str, ...]], separator: str
) -> None:
    text = "".join("".join(piece) for piece in pieces)
    path = export(pl.DataFrame({"message": [text], f"{text}.": ["x"]}), tmp_path / "out.csv")
    content = path.read_text("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(content, newline=""), delimiter=separator) for cell in row]
    # Apostrophes are what makes a cell a text, so only other signs that are trimmed are looked through.
    assert not any(cell.lstrip('"\ufeff\u200b \t\r\n\xa0').startswith(tuple(SIGNS)) for cell in cells)
    assert "\x00" not in content
    assert "\u202e" not in content


@pytest.mark.parametrize("separator", [" ", ":", ","])
def test_no_separator_makes_a_formula_of_what_can_only_be_one(tmp_path: Path, separator: str) -> None:
    texts = [
        "a =1+1",
        "a:=cmd|' /C calc'!A0",
        "b @SUM(1)",
        "c,+cmd|'/C'!A0",
        "d -cmd|x",
        "e =:=1+1",
        "f =,=1+1",
        "g:\xa0=1+1",
        "fine: -5 + 3, @jo = all good",
    ]
    path = export(pl.DataFrame({"id": ["x"] * len(texts), "message": texts}), tmp_path / "out.csv")
    read = csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""), delimiter=separator)
    assert not [cell for row in read for cell in row if re.match(r"\s*(?:=\d|[=@+-](?:SUM|cmd))", cell)]
    assert path.read_text("utf-8-sig").endswith(f'"{texts[-1]}"\n')


def test_no_name_of_a_column_begins_a_formula(tmp_path: Path) -> None:
    frame = pl.DataFrame({name: ["x"] for name in ("a", "A", "=1+1", "\x07a")})
    with export(frame, tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.reader(file)) == ["a", "A", "'=1+1", "a (2)"]


def test_a_plain_csv_is_for_programs(tmp_path: Path) -> None:
    texts = ["=1+1", "@airline late again", "a;=b", "-5", None, ""]
    path = export(pl.DataFrame({"message": texts}), tmp_path / "out.csv", plain=True)
    assert pl.read_csv(path)["message"].to_list() == [*texts[:-1], ""]
    assert not path.read_bytes().startswith(b"\xef\xbb\xbf")
    with pytest.raises(ArgumentError, match=r"\.csv files only"):
        export(FRAME, tmp_path / "out.xlsx", plain=True)


@pytest.mark.parametrize("name", ["out.xlsm", "out", "missing/out.csv"])
def test_a_place_that_cannot_be_written_is_told_before_any_work(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArgumentError):
        export(FRAME, tmp_path / name)


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl", "xlsx"])
def test_what_is_shared_is_masked_and_reads_back(tmp_path: Path, suffix: str) -> None:
    frame = FRAME.with_columns(submitted_by=pl.Series(["jo@example.org", "user_1", None]))
    path = share(frame, tmp_path / f"out.{suffix}", salt=b"s")
    readers: dict[str, Callable[[Path], pl.DataFrame]] = {
        "parquet": pl.read_parquet,
        "csv": pl.read_csv,
        "jsonl": pl.read_ndjson,
        "xlsx": lambda file: pl.read_excel(file, engine="openpyxl"),
    }
    read = readers[suffix](path)
    assert read["submitted_by"].to_list() == mask(frame, salt=b"s")["submitted_by"].to_list()
    assert read["id"].to_list() == ["a", "b", "c"]


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl", "xlsx"])
def test_a_secret_in_use_stops_the_write_and_keeps_the_file_that_was_there(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "mask", lambda frame, **_: frame)
    path = tmp_path / f"out.{suffix}"
    path.write_text("mine")
    token = Secret("oat_" + "k" * 43)
    with pytest.raises(LeakError, match=f"out.{suffix}"):
        share(FRAME.with_columns(message=pl.lit(token.reveal())), path, salt=b"s", token=token)
    assert path.read_text() == "mine"
    assert [file for file in tmp_path.iterdir() if file.is_file()] == [path]


@settings(max_examples=12, deadline=None, derandomize=True, database=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.lists(st.tuples(st.none() | st.text(max_size=12), st.none() | st.text(max_size=30)), min_size=1, max_size=4))
def test_no_submitter_and_no_text_stops_a_file(tmp_path: Path, rows: list[tuple[str | None, str | None]]) -> None:
    ids, texts = ([row[side] for row in rows] for side in (0, 1))
    frame = pl.DataFrame({"submitted_by": ids, "message": texts, "path": ids}, schema=dict.fromkeys(
        ("submitted_by", "message", "path"), pl.String))  # fmt: skip
    for suffix in ("csv", "jsonl", "parquet", "xlsx"):
        share(frame, tmp_path / f"out.{suffix}", salt=b"s", token=Secret("oat_" + "k" * 43))


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert export(FRAME, "~/y.csv") == tmp_path / "y.csv"
    assert (tmp_path / "y.csv").exists()
    with pytest.raises(ArgumentError, match="does not exist"):
        export(FRAME, "~nobody-of-this-name/y.csv")
    themes = Taxonomy.parse('[[theme]]\nname = "Export"\nany = ["export"]\n').save("~/themes.toml")
    assert (themes, Taxonomy.read("~/themes.toml").names()) == (tmp_path / "themes.toml", ["Export"])
