"""What is said to be removed is gone, or an error names what is left."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seggwat_nb.config import Settings
from seggwat_nb.errors import FileError
from seggwat_nb.schema import FEEDBACK, RATINGS
from seggwat_nb.share.delivery import outbox
from seggwat_nb.share.delivery.outbox import Ledger
from seggwat_nb.source import erasure
from seggwat_nb.source.manifest import Facts
from seggwat_nb.source.mentions import mentions
from seggwat_nb.source.snapshots import Store

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
ADDRESS = "jo.smith@example.org"
FACTS = Facts(total=2, started=NOW, finished=NOW, requests=1, removed_during=0, inserted_during=0, set_aside=())
WRITTEN = [ADDRESS, ADDRESS.upper(), "Jo.Smith@Example.org"]
TEXT_COLUMNS = [name for name, dtype in FEEDBACK.items() if dtype == pl.String and name not in {"id", "project_id"}]


def rows(*records: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{"id": f"i{n}", "project_id": "p", **one} for n, one in enumerate(records)], schema=FEEDBACK)


@pytest.fixture
def here(home: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings whose folders hold a snapshot of two loads and a kept page; what others left in the system's is not."""
    monkeypatch.setattr("tempfile.tempdir", str(home))
    settings = Settings.load(base_url="http://127.0.0.1:9")
    page = settings.page_cache_dir / "run" / "1.answer"
    page.parent.mkdir(parents=True)
    page.write_bytes(b"page")
    return settings


def store_of(settings: Settings) -> Store:
    return Store(settings.project_dir("p"), "feedback", FEEDBACK)


def contents(settings: Settings) -> list[str]:
    """Everything on disk as text; of Parquet, its values."""
    files = [path for folder in (settings.cache_dir, settings.data_dir) for path in folder.rglob("*") if path.is_file()]
    return [
        pl.read_parquet(path).write_ndjson() if path.suffix == ".parquet" else path.read_bytes().decode("latin-1")
        for path in files
    ]


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("column", TEXT_COLUMNS)
def test_a_person_is_found_in_every_column_and_an_address_in_any_case(
    here: Settings, column: str, written: str
) -> None:
    value = json.dumps({"submitted_by_email": written}) if column == "extra" else written
    store_of(here).write(rows({column: value}, {"message": "hello"}, {column: f"or {written}, please"}), FACTS)
    erased = erasure.forget_rows(here, column="submitted_by", value=ADDRESS)
    assert (erased.rows, erased.snapshots, erased.files) == (2, 1, 1)
    assert not [text for text in contents(here) if ADDRESS in text.lower()]
    snapshot = store_of(here).read()
    assert snapshot is not None
    assert snapshot.frame["id"].to_list() == ["i1"]
    assert snapshot.manifest.facts.forgotten == 2


def test_a_person_is_found_in_rows_that_have_gone_records_set_aside_ratings_and_the_history(here: Settings) -> None:
    store = store_of(here)
    store.write(rows({"submitted_by": ADDRESS}, {"message": "stays"}), FACTS)
    later = replace(
        FACTS,
        started=NOW + timedelta(days=1),
        finished=NOW + timedelta(days=1),
        set_aside=(json.dumps({"id": None, "by": ADDRESS}), '{"id": null}'),
    )
    store.write(rows({}, {"message": "stays"}).filter(pl.col("id") == "i1"), later)
    ratings = pl.DataFrame([{"id": "r", "extra": json.dumps({"mail": [ADDRESS]})}], schema=RATINGS)
    Store(here.project_dir("p"), "ratings", RATINGS).write(ratings, FACTS)
    assert (store.history().height, store.read().gone.height) == (1, 1)  # type: ignore[union-attr]
    erased = erasure.forget_rows(here, column="submitted_by", value=ADDRESS)
    assert (erased.rows, erased.snapshots, erased.changes) == (3, 2, 1)
    assert not [text for text in contents(here) if ADDRESS in text.lower()]
    snapshot = store.read()
    assert snapshot is not None
    assert snapshot.manifest.facts.set_aside == ('{"id": null}',)


def test_nobody_else_is_removed(here: Settings) -> None:
    others = [{"submitted_by": f"an{ADDRESS}"}, {"message": "sam says 42"}, {"submitted_by": "Sam"}]
    store_of(here).write(rows(*others), FACTS)
    for value in (ADDRESS, "sam", "42"):
        assert erasure.forget_rows(here, column="submitted_by", value=value).rows == 0
    assert erasure.forget_rows(here, column="submitted_by", value="Sam").rows == 1


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(person=st.text(min_size=1, max_size=12), beside=st.text(max_size=5))
def test_whoever_signed_is_found_whatever_they_are_called(person: str, beside: str) -> None:
    extra = json.dumps({"a": [person], "b": beside}, ensure_ascii=False)
    frame = pl.DataFrame({"submitted_by": [person, None], "extra": [None, extra]})
    assert frame.select(mentions(person, frame.columns)).to_series().all()


LEFTOVERS = [
    ".feedback.json.abc.part",
    ".feedback-0123.parquet.abc.part",
    ".history-feedback-0123.parquet.abc.part",
    "history-feedback-0123.damaged",
    "feedback-0123.parquet",
    "history-feedback-0123.parquet",
    "versions-feedback-0123.damaged",
    "feedback-of-newer-version-0123/feedback.json",
    "feedback-unusable-0123/feedback.json",
]


@pytest.mark.parametrize(
    "forget",
    [
        lambda here: erasure.forget_rows(here, column="submitted_by", value="somebody-1"),
        lambda here: erasure.forget_rows(here, column="id", value="i9"),
        lambda here: erasure.forget_project(here, "p"),
        erasure.forget_everything,
    ],
)
def test_what_killed_processes_left_goes_with_every_request(
    here: Settings, forget: Callable[[Settings], erasure.Erased], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store_of(here).write(rows({"submitted_by": ADDRESS}), FACTS)
    for name in LEFTOVERS:
        (here.project_dir("p") / name).parent.mkdir(exist_ok=True)
        (here.project_dir("p") / name).write_text(ADDRESS)
    for name in ("seggwat-report-1", "seggwat-pdf-2", "seggwat-report-young"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "feedback.parquet").write_text(ADDRESS)
        if "young" not in name:
            os.utime(tmp_path / name, (1, 1))
    forget(here)
    assert not [name for name in LEFTOVERS if (here.project_dir("p") / name).exists()]
    assert not here.page_cache_dir.exists()
    assert sorted(path.name for path in tmp_path.glob("seggwat-*")) == ["seggwat-report-young"]


@pytest.mark.parametrize("protected", ["pages", "projects"])
@pytest.mark.parametrize(
    ("forget", "rows_gone"),
    [
        (lambda here: erasure.forget_rows(here, column="submitted_by", value=ADDRESS), {"pages": 1, "projects": 0}),
        (lambda here: erasure.forget_project(here, "p"), {"pages": 2, "projects": 0}),
        (erasure.forget_everything, {"pages": 2, "projects": 0}),
    ],
)
def test_what_cannot_be_removed_is_an_error_that_names_it_and_claims_nothing(
    here: Settings,
    monkeypatch: pytest.MonkeyPatch,
    protected: str,
    forget: Callable[[Settings], erasure.Erased],
    rows_gone: dict[str, int],
) -> None:
    store_of(here).write(rows({"submitted_by": ADDRESS}, {}), FACTS)
    real = {name: getattr(os, name) for name in ("unlink", "replace", "rmdir")}

    def refuse(name: str) -> Any:
        def act(path: Any, *args: Any, **kwargs: Any) -> Any:
            if f"{os.sep}{protected}{os.sep}" in str(path):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return real[name](path, *args, **kwargs)

        return act

    for name in real:
        monkeypatch.setattr(os, name, refuse(name))
    with pytest.raises(FileError, match="Some data could not be removed") as caught:
        forget(here)
    told = str(caught.value)
    assert f"{os.sep}{protected}{os.sep}" in told
    assert f"Removed: {rows_gone[protected]} row" in told
    monkeypatch.undo()
    forget(here)
    assert not [text for text in contents(here) if ADDRESS in text.lower()]


def test_a_folder_of_somebody_elses_is_left_and_named(here: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    store_of(here).write(rows({"submitted_by": ADDRESS}), FACTS)
    folder = here.project_dir("p")
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != folder)
    with pytest.raises(FileError, match=folder.name):
        erasure.forget_rows(here, column="submitted_by", value=ADDRESS)


def test_another_file_that_names_a_person_is_left_and_named(here: Settings) -> None:
    store_of(here).write(rows({"submitted_by": ADDRESS}), FACTS)
    (here.project_dir("p") / "notes.txt").write_text(f"ask {ADDRESS}")
    with pytest.raises(FileError, match=r"(?s)notes\.txt.*Removed: 1 row"):
        erasure.forget_rows(here, column="submitted_by", value=ADDRESS)


def test_what_was_sent_is_forgotten_too(here: Settings) -> None:
    store_of(here).write(rows({"submitted_by": ADDRESS}, {}, {"submitted_by": ADDRESS}, {}), FACTS)
    path = here.project_dir("p") / "sent" / "slack-1.jsonl"
    with Ledger.open_locked(path) as sent:
        sent.learn(["i0", "i1"])
        sent.settle(sent.begin(["i2", "i3"]), "https://example.org/issues/1")
        sent.begin(["i2"])
    (path.parent / f".{path.name}.x.part").write_text("i0")
    erasure.forget_rows(here, column="submitted_by", value=ADDRESS, also=outbox.forget)
    assert not [text for text in contents(here) if '"i0"' in text or '"i2"' in text or "issues/1" in text]
    again = Ledger(path)
    assert (again.begun, again.known, again.in_doubt) == (True, {"i1", "i3"}, {})


def test_a_ledger_that_cannot_be_rewritten_keeps_the_rows_so_that_another_try_finds_the_ids(here: Settings) -> None:
    store_of(here).write(rows({"submitted_by": ADDRESS}), FACTS)
    path = here.project_dir("p") / "sent" / "slack-1.jsonl"
    with Ledger.open_locked(path) as sent:
        sent.learn(["i0"])
        with pytest.raises(FileError, match=r"(?s)slack-1\.jsonl.*Removed: 0 rows"):
            erasure.forget_rows(here, column="submitted_by", value=ADDRESS, also=outbox.forget)
    assert erasure.forget_rows(here, column="submitted_by", value=ADDRESS, also=outbox.forget).rows == 1
    assert Ledger(path).known == set()
