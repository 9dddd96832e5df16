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

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from seggwat_nb.analysis.validation import check_columns
from seggwat_nb.dataset import Dataset
from seggwat_nb.errors import ArgumentError
from seggwat_nb.files import write_output
from seggwat_nb.finding_file import FILE, NAMES, as_end, mark_findings, read_entries
from seggwat_nb.public import public
from seggwat_nb.text import is_text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FILE", "dismiss", "mark"]


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
    end = as_end(until)
    path = Path(file)
    read_entries(path)  # Refuses what it could not read back.
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    document = tomlkit.parse(text if text.endswith("\n") or not text else f"{text}\n")
    table = tomlkit.table()
    for name in NAMES:
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
        The same rows with four more columns: ``is_dismissed`` (Boolean); ``reason`` (String), why it was put aside;
        ``until`` (String), the date or version that ends this; ``back`` (String), why it is named again:
        ``ended 2026-12-31``, ``2.8.0 is out`` or ``doubled, 37 before``. ``reason`` and ``until`` are null where no
        entry matches, ``back`` where nothing comes back.

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
    return mark_findings(findings, read_entries(file), frame=frame, today=moment.date())


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
