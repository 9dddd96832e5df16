"""Findings that are put aside, with a reason and an end, in ``seggwat-findings.toml`` beside the notebook.

::

    [[dismissed]]
    kind = "page"
    key = "path"
    value = "/search"
    reason = "known, we wait for the new index"
    until = "2.8.0"  # a version, or a date such as 2026-12-31
    count = 37  # items when it was put aside

A finding comes back when the date or the version is reached, or when it has twice as many items.
"""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis.validation import check_columns
from seggwat_nb.analysis.versions import is_ordered, sort_key
from seggwat_nb.dataset import Dataset
from seggwat_nb.errors import ArgumentError, SettingsError
from seggwat_nb.files import file_errors, write_output
from seggwat_nb.public import public
from seggwat_nb.text import is_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["FILE", "dismiss", "mark"]

FILE: Final = "seggwat-findings.toml"
"""The file with findings that are put aside, in the working folder."""

_NAMES: Final = ("kind", "key", "value")


@public
def dismiss(
    finding: pl.DataFrame | Mapping[str, Any], *, reason: str, until: date | str, file: Path | str = FILE
) -> Path:
    """Put a finding aside. The rest of the file stays as it is, comments included.

    Parameters
    ----------
    finding
        One row of `seggwat_nb.findings`, or of any frame with ``key`` and ``value``, such as that of
        `seggwat_nb.trends.movers`; or a mapping with these and ``kind``.
    reason
        Why it is no news.
    until
        When it ends: a date, or a version, which has come when an item has it or a later one.
    file
        Where it is written.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ArgumentError
        An argument is invalid.
    SettingsError
        The file cannot be read.
    FileError
        It cannot be written.
    """
    import tomlkit

    row = _one(finding)
    if not is_text(reason) or not reason.strip():
        raise ArgumentError(f"reason must say why, got {reason!r}.")
    end = _end(until)
    path = Path(file)
    _entries(path)  # Refuses what it could not read back.
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    document = tomlkit.parse(text if text.endswith("\n") or not text else f"{text}\n")
    table = tomlkit.table()
    for name in _NAMES:
        if row.get(name) is not None:
            table.add(name, row[name])
    table.add("reason", reason)
    table.add("until", end)
    count = row.get("count", row.get("after"))
    if count is not None:
        table.add("count", int(count))
    document.setdefault("dismissed", tomlkit.aot()).append(table)
    write_output(path, tomlkit.dumps(document).encode())
    return path


@public
def mark(
    findings: pl.DataFrame,
    data: Dataset | pl.DataFrame | None = None,
    *,
    as_of: datetime | None = None,
    file: Path | str = FILE,
) -> pl.DataFrame:
    """Mark the findings that are put aside, and those that come back.

    Parameters
    ----------
    findings
        What `seggwat_nb.findings` or `seggwat_nb.trends.movers` returned, or any frame with ``key`` and ``value``.
        Without ``kind``, entries of every kind match. The number of items is that of ``count``, or else of ``after``.
    data
        Feedback, whose versions end entries.
    as_of
        The moment that ends entries with a date; that of the `Dataset`, or now.
    file
        The file with the entries; without it nothing is put aside.

    Returns
    -------
    pl.DataFrame
        The same rows with three more columns: ``is_dismissed`` (Boolean); ``reason`` (String), why it was put aside;
        ``back`` (String), why it is named again: ``ended 2026-12-31``, ``2.8.0 is out`` or ``doubled, 37 before``. The
        last two are null where no entry matches.

    Raises
    ------
    ArgumentError
        The frame lacks a column.
    SettingsError
        The file cannot be read.

    Examples
    --------
    >>> rows = pl.DataFrame({"kind": ["page"], "key": ["path"], "value": ["/search"], "count": [40]})
    >>> mark(rows, file="no-such-file.toml")["is_dismissed"].to_list()
    [False]
    """
    check_columns(findings, ("key", "value"), wanted="a frame of findings")
    moment = as_of or (data.as_of if isinstance(data, Dataset) else None) or datetime.now(UTC)
    frame = data.feedback if isinstance(data, Dataset) else data
    versions = (
        [] if frame is None or "version" not in frame.columns else frame["version"].unique().drop_nulls().to_list()
    )
    entries = _entries(Path(file))
    found = [_said(row, entries, today=moment.date(), versions=versions) for row in findings.rows(named=True)]
    return findings.with_columns(
        is_dismissed=pl.Series([reason is not None and back is None for reason, back in found], dtype=pl.Boolean),
        reason=pl.Series([reason for reason, _ in found], dtype=pl.String),
        back=pl.Series([back for _, back in found], dtype=pl.String),
    )


def _said(
    row: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], *, today: date, versions: Sequence[str]
) -> tuple[str | None, str | None]:
    """Return why a finding was put aside and why it comes back; of several entries one that still holds counts."""
    said: tuple[str | None, str | None] = (None, None)
    for entry in entries:
        if all(row[name] == entry.get(name) for name in _NAMES if name in row):
            said = entry["reason"], _why_back(row, entry, today=today, versions=versions)
            if said[1] is None:
                return said
    return said


def _why_back(row: Mapping[str, Any], entry: Mapping[str, Any], *, today: date, versions: Sequence[str]) -> str | None:
    until, before, now = entry["until"], entry.get("count"), row.get("count", row.get("after"))
    if isinstance(until, date) and today >= until:
        return f"ended {until}"
    if isinstance(until, str) and any(is_ordered(one) and sort_key(one) >= sort_key(until) for one in versions):
        return f"{until} is out"
    if before and now is not None and now >= 2 * before:
        return f"doubled, {before:,} before"
    return None


def _one(finding: object) -> dict[str, Any]:
    if isinstance(finding, pl.DataFrame):
        if finding.height != 1:
            raise ArgumentError(f"finding must be one row, got {finding.height}. Pass one, such as findings[:1].")
        finding = finding.row(0, named=True)
    row = dict(finding) if hasattr(finding, "keys") else {}  # type: ignore[call-overload]  # checked here
    if not {"key", "value"} <= row.keys():
        raise ArgumentError(
            "finding must have key and value. Pass a row of sw.findings(data) or sw.trends.movers(data)."
        )
    return row


def _end(until: object) -> date | str:
    if isinstance(until, datetime):
        return until.date()
    if isinstance(until, date):
        return until
    if isinstance(until, str):
        try:
            return date.fromisoformat(until)
        except ValueError:
            if is_ordered(until):
                return until
    raise ArgumentError(f"until must be a date or a version, got {until!r}. A finding cannot be dismissed forever.")


def _entries(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    advice = "Correct the file, or move it away."
    with file_errors(f"read {path}", advice):
        content = path.read_bytes()
    try:
        entries = tomllib.loads(content.decode()).get("dismissed", [])
        return [dict(entry) | {"until": _end(entry["until"]), "reason": str(entry["reason"])} for entry in entries]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise SettingsError(
            f"{path} cannot be read as findings put aside ({type(error).__name__}: {error}). {advice}"
        ) from None
