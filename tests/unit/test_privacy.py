"""Masking: what it finds is measured, aliases hold, small groups merge."""

from __future__ import annotations

import json
import re
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seggwat_nb.demo.server import PROJECT_ID
from seggwat_nb.demo.story import PLANTED, shop_feedback
from seggwat_nb.errors import ArgumentError, LeakError
from seggwat_nb.schema import FEEDBACK
from seggwat_nb.share import leaks, privacy
from tests.unit.labelled import LABELLED

if TYPE_CHECKING:
    from pathlib import Path

SALT = b"salt"
MASK = re.compile(r"\[(?:e-mail|phone|ip|token|number|login|query)\]")
MARKED = re.compile(r"«(.*?)»", re.DOTALL)


def feedback(**columns: list[str | None]) -> pl.DataFrame:
    rows = len(next(iter(columns.values())))
    return pl.DataFrame({name: columns.get(name, [None] * rows) for name in FEEDBACK}, schema_overrides=FEEDBACK)


def masked(*texts: str) -> list[str]:
    return pl.DataFrame({"text": texts}).select(privacy.masked_text(pl.col("text")))["text"].to_list()


def test_precision_and_recall_on_the_labelled_list() -> None:
    plain = [MARKED.sub(r"\1", text) for text in LABELLED]
    hidden = missed = wrong = 0
    for marked, text, result in zip(LABELLED, plain, masked(*plain), strict=True):
        spans = MARKED.findall(marked)
        found = sum(span not in result for span in spans)
        excess = max(0, len(MASK.findall(result)) - found)
        hidden, missed, wrong = hidden + found, missed + len(spans) - found, wrong + excess
        if found < len(spans) or excess:
            print(f"{text!r} -> {result!r}")
    recall, precision = hidden / (hidden + missed), hidden / (hidden + wrong)
    print(f"{hidden + missed} labelled, recall {recall:.3f}, precision {precision:.3f}")
    assert recall >= 0.93
    assert precision >= 0.93


def test_what_is_masked_stays_masked_and_is_masked_once() -> None:
    once = masked(*[MARKED.sub(r"\1", text) for text in LABELLED])
    assert masked(*once) == once


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(
    name=st.from_regex(r"[a-z0-9][a-z0-9._+-]{0,12}[a-z0-9]", fullmatch=True),
    host=st.from_regex(r"[a-z0-9-]{1,8}(\.[a-z]{2,6}){1,2}", fullmatch=True),
    before=st.text(max_size=8),
    after=st.text(max_size=8),
)
def test_no_address_survives_wherever_it_stands(name: str, host: str, before: str, after: str) -> None:
    (result,) = masked(f"{before} {name}@{host} {after}")
    assert f"{name}@{host}" not in result


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.integers(10**12, 10**15), st.integers(1, 4), st.sampled_from([" ", "-"]))
def test_no_long_number_survives_however_it_is_grouped(number: int, size: int, gap: str) -> None:
    digits = str(number)
    text = gap.join(digits[start : start + size] for start in range(0, len(digits), size))
    assert masked(f"pay {text} now") in (["pay [number] now"], ["pay [phone] now"])


def test_a_masked_frame_keeps_its_shape_and_what_is_nobodys_business_goes() -> None:
    frame = feedback(
        id=["507f1f77bcf86cd799439011", "b"],
        message=["by jo@example.org", None],
        path=["/u/jo@example.org?tab=1", "/help#top"],
        version=["1.10.0.2", "jo@example.org"],
        type=["Bug", "jo@example.org"],
        resolution_note=["told +49 171 1234567", None],
        submitted_by=["jo@example.org", None],
        extra=['{"email": "jo@example.org"}', None],
    )
    result = privacy.mask(frame, salt=SALT)
    assert result.schema == frame.schema
    first, second = result.to_dicts()
    assert first["id"] == "507f1f77bcf86cd799439011"
    assert first["message"] == "by [e-mail]"
    assert (first["path"], second["path"]) == ("/u/[e-mail]?[query]", "/help?[query]")
    assert (first["version"], second["version"], second["type"]) == ("1.10.0.2", "[e-mail]", "[e-mail]")
    assert first["resolution_note"] == "told [phone]"
    assert re.fullmatch(r"user-[0-9a-f]{10}", first["submitted_by"])
    assert second["submitted_by"] is None
    assert first["extra"] is None
    assert "jo@" not in json.dumps(result.select(pl.exclude("created_at")).to_dicts())


def test_nothing_planted_in_the_demo_survives() -> None:
    records = shop_feedback(seed=2, end=datetime(2026, 11, 20, tzinfo=UTC), project_id=PROJECT_ID)
    columns = ("message", "path", "version", "type", "status", "source", "submitted_by", "resolution_note")
    frame = pl.DataFrame([{name: record.get(name) for name in columns} for record in records], infer_schema_length=None)
    shown = privacy.mask(frame, salt=SALT).write_ndjson()
    for personal in (*PLANTED.personal, PLANTED.loud_submitter, *frame["submitted_by"].drop_nulls().unique()):
        assert personal in frame.write_ndjson()
        assert personal not in shown


def test_masking_takes_empty_and_partial_frames() -> None:
    assert privacy.mask(feedback(id=[]), salt=SALT).equals(feedback(id=[]))
    assert privacy.mask(pl.DataFrame({"count": [1]}), salt=SALT).equals(pl.DataFrame({"count": [1]}))


def test_an_alias_is_one_person_in_one_project(tmp_path: Path) -> None:
    here, there = privacy.salt(tmp_path / "here"), privacy.salt(tmp_path / "there")
    assert privacy.salt(tmp_path / "here") == here != there
    frame = feedback(submitted_by=[f"person {number % 5000}" for number in range(20_000)])
    ours, theirs = (privacy.mask(frame, salt=salt)["submitted_by"] for salt in (here, there))
    assert ours.n_unique() == 5000
    assert ours[0] == ours[5000]
    assert ours[0] != theirs[0]


def test_the_salt_is_its_owners_alone(tmp_path: Path) -> None:
    privacy.salt(tmp_path / "project")
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "project").iterdir()} == {0o600}
    assert stat.S_IMODE((tmp_path / "project").stat().st_mode) == 0o700


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(["a", "b", "c", "d", "e", None]), max_size=60), st.integers(2, 8))
def test_no_group_is_smaller_than_allowed_unless_all_is(values: list[str | None], least: int) -> None:
    frame = pl.DataFrame({"path": values}, schema={"path": pl.String})
    merged = privacy.merge_small(frame, by="path", least=least)["path"]
    sizes = merged.drop_nulls().value_counts()["count"].to_list()
    assert merged.len() == len(values)
    assert merged.null_count() == values.count(None)
    assert all(size >= least for size in sizes) or len(sizes) == 1


def test_merging_groups_of_one_is_refused() -> None:
    with pytest.raises(ArgumentError, match="2 or more"):
        privacy.merge_small(pl.DataFrame({"path": ["a"]}), by="path", least=1)


SECRETS = (
    "oat_abcdefghijklmnop1234",
    "ghp_abcdefghijklmnopqrstuvwxyz123456",
    "jo@example.org",
    "/reset?token=abc12345",
)


def test_no_column_of_few_values_holds_a_secret() -> None:
    rows = pl.DataFrame({name: [*SECRETS, "2.4.0", None] for name in ("type", "status", "source", "version")})
    shown = privacy.mask(rows, salt=b"1")
    for column in shown.iter_columns():
        assert not set(SECRETS) & set(column)
        assert column.to_list()[-2:] == ["2.4.0", None]
    numbers = pl.DataFrame({name: ["call +1 555 014 2222", "10.11.12.13"] for name in ("type", "version")})
    masked = privacy.mask(numbers, salt=b"1")
    assert masked["type"].to_list() == ["call [phone]", "[ip]"]
    assert masked["version"][1] == "10.11.12.13"  # a version, as like as not


@pytest.mark.parametrize("kind", [pl.Categorical, pl.Enum(["/invite/jo@example.org", "/b"])])
def test_categories_are_masked_as_texts_are(kind: pl.DataType) -> None:
    frame = pl.DataFrame({"path": pl.Series(["/invite/jo@example.org", "/b"], dtype=kind)})
    assert privacy.mask(frame, salt=b"1")["path"].to_list() == ["/invite/[e-mail]", "/b"]
    with pytest.raises(LeakError, match="an e-mail address"):
        leaks.check("see /invite/jo@example.org", name="page.html", frame=frame)
