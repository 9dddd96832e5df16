"""Dismisses findings, with a reason and an end date or version, in ``seggwat-findings.toml`` next to the notebook.

::

    [[dismissed]]
    kind = "page"
    key = "path"
    value = "/search"
    reason = "known, we wait for the new index"
    until = "2.8.0"  # a version, or a date such as 2026-12-31
    count = 37  # items when it was dismissed

A finding comes back when the date or version is reached, or when it has twice as many items.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from seggwat_nb.analysis.finding_words import KINDS
from seggwat_nb.analysis.validation import check_columns
from seggwat_nb.dataset import Dataset
from seggwat_nb.errors import ArgumentError, SettingsError
from seggwat_nb.files import expand_home, write_output
from seggwat_nb.finding_file import FILE, NAMES, as_end, check_end, mark_findings, read_entries, versions_in
from seggwat_nb.public import public
from seggwat_nb.text import is_text, join_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["FILE", "dismiss", "mark"]


@public
def dismiss(
    finding: pl.DataFrame | Mapping[str, Any],
    data: Dataset | pl.DataFrame | None = None,
    *,
    reason: str,
    until: date | str,
    as_of: datetime | None = None,
    file: Path | str = FILE,
) -> Path:
    """Dismiss a finding. The rest of the file stays unchanged, including comments.

    Parameters
    ----------
    finding
        One row of `seggwat_nb.findings`, or of any frame with ``key`` and ``value``, such as the result of
        `seggwat_nb.trends.movers`. A mapping with these keys and ``kind`` works, too.
    data
        Feedback, to check that the version is not reached yet, and can be.
    reason
        Why it needs no attention.
    until
        A future date, or a version. A version counts as reached once an item has it or a later one of the same
        numbering: 2026.11 does not come after 2.8.0.
    as_of
        The date by which `until` must not have passed. By default, that of the `Dataset`, or now.
    file
        The file to write to.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ArgumentError
        An argument is invalid, or the end has been reached, so that the finding would be back at once.
    SettingsError
        The file cannot be read, or has its entries in a single list.
    FileError
        The file cannot be written.

    Examples
    --------
    >>> dismiss({"key": "path", "value": "/search"}, reason="known", until="2025-01-31")
    Traceback (most recent call last):
    seggwat_nb.errors.ArgumentError: until=2025-01-31 has passed. Pass a later date, or a version that is not out yet.
    """
    import tomlkit
    from tomlkit.items import AoT

    row = _one(finding)
    if not is_text(reason) or not reason.strip():
        raise ArgumentError(f"reason must say why, got {reason!r}.")
    end = as_end(until)
    check_end(end, versions=_versions(data), today=_day(data, as_of))
    path = expand_home(file)
    read_entries(path)  # Refuses what it could not read back.
    written = path.read_bytes().decode("utf-8-sig") if path.exists() else ""
    text = written.replace("\r\n", "\n")
    document = tomlkit.parse(text if text.endswith("\n") or not text else f"{text}\n")
    tables = document.setdefault("dismissed", tomlkit.aot())
    if not isinstance(tables, AoT):
        raise SettingsError(f"{path}: write each entry under [[dismissed]], so that others can be added. Then retry.")
    table = tomlkit.table()
    for name in NAMES:
        if row.get(name) is not None:
            table.add(name, row[name])
    table.add("reason", reason)
    table.add("until", end)
    count = row.get("count", row.get("after"))
    if count is not None:
        table.add("count", count)
    tables.append(table)
    ends = "\n" if text == written else "\r\n"
    write_output(path, tomlkit.dumps(document).replace("\n", ends).encode())
    return path


@public
def mark(
    findings: pl.DataFrame,
    data: Dataset | pl.DataFrame | None = None,
    *,
    as_of: datetime | None = None,
    file: Path | str = FILE,
) -> pl.DataFrame:
    """Mark the findings that are dismissed, and those that are back.

    Parameters
    ----------
    findings
        What `seggwat_nb.findings` or `seggwat_nb.trends.movers` returned, or any frame with ``key`` and ``value``.
        Without ``kind``, entries of every kind match. With ``also``, a finding that rests on the items of a dismissed
        page, version, theme, word or submitter is dismissed with it. The number of items is that of ``count``, or else
        of ``after``.
    data
        Feedback, to see which versions have been reached.
    as_of
        The date on which to decide whether entries have ended. By default, that of the `Dataset`, or now.
    file
        The file with the entries. If it does not exist, nothing is dismissed.

    Returns
    -------
    pl.DataFrame
        The same rows with four more columns: ``is_dismissed`` (Boolean); ``reason`` (String), why it was dismissed;
        ``until`` (String), the date or version at which this ends; and ``back`` (String), why it is shown again:
        ``ended 2026-12-31``, ``2.8.0 is out`` or ``doubled, 37 before``. ``reason`` and ``until`` are null if no
        entry matches, and ``back`` is null unless the finding is back.

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
    return mark_findings(findings, read_entries(file), versions=_versions(data) or (), today=_day(data, as_of))


def _versions(data: Dataset | pl.DataFrame | None) -> list[str] | None:
    return None if data is None else versions_in(data.feedback if isinstance(data, Dataset) else data)


def _day(data: Dataset | pl.DataFrame | None, as_of: datetime | None) -> date:
    return (as_of or (data.as_of if isinstance(data, Dataset) else None) or datetime.now(UTC)).date()


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
    row.setdefault("kind", _kind_of(row))
    for name in NAMES:
        if not isinstance(row.get(name), str | None):
            raise ArgumentError(f"{name} must be text or None, got {row[name]!r}. Pass a row of sw.findings(data).")
    if row["kind"] is None and row["key"] is None:
        raise ArgumentError("finding has neither kind nor key. Pass a row of sw.findings(data).")
    if row["kind"] not in {None, *KINDS}:
        raise ArgumentError(f"kind {row['kind']!r} is unknown. Kinds are {join_words(KINDS)}.")
    for name in ("count", "after"):
        if not isinstance(row.get(name), int | None):
            raise ArgumentError(f"{name} must be a whole number or None, got {row[name]!r}.")
    return row


def _kind_of(row: Mapping[str, Any]) -> str | None:
    """Return the kind under which `sw.findings` reports what movers or silences found, to dismiss it there too."""
    if "silent_since" in row:
        return "silence"
    kind = "page" if row["key"] == "path" else row["key"]
    return kind if "after" in row and kind in KINDS else None
