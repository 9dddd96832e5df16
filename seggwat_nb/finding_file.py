"""Reads the file of dismissed findings, and matches its entries with findings."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis.finding_words import KINDS, cause
from seggwat_nb.analysis.version_schemes import Reading, line
from seggwat_nb.analysis.versions import is_ordered, sort_key
from seggwat_nb.errors import ArgumentError, SettingsError
from seggwat_nb.files import expand_home, file_errors
from seggwat_nb.text import join_words
from seggwat_nb.toml_advice import advice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["FILE", "NAMES", "as_end", "check_end", "mark_findings", "read_entries", "versions_in"]

FILE: Final = "seggwat-findings.toml"
"""The file of dismissed findings, in the working folder."""

_TABLE: Final = "dismissed"
_REQUIRED: Final = ("reason", "until")
_COUNT: Final = "count"
_EXAMPLE: Final = 'reason = "Planned for May"'

_LIKE_A_DATE: Final = re.compile(r"\d{4,}-\d\d?-\d\d?|\d\d?[.-]\d\d?[.-]\d{4}")
"""What is meant as a date even though it is none, or written as elsewhere: neither is a version."""

NAMES: Final = ("kind", "key", "value")
"""Columns that entries and findings have in common."""

_CAUSES: Final = ("path", "version", "theme", "words", "submitted_by")
"""Keys of entries that also dismiss what rests on the same items, such as a topic on a page. Types and sources are too
wide for that."""


def read_entries(file: Path | str = FILE) -> list[dict[str, Any]]:
    """Read the entries of the file. Empty if it does not exist."""
    path = expand_home(file)
    if not path.exists():
        return []
    repair = "Correct the file, or move it away."
    with file_errors(f"read {path}", repair):
        content = path.read_bytes()
    text = ""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
        return list(_entries(tomllib.loads(text)))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        what = advice(text, str(error), table=_TABLE, example=_EXAMPLE)
        raise SettingsError(" ".join(filter(None, (f"{path} is not valid TOML: {error}.", what, repair)))) from None
    except ArgumentError as error:
        raise SettingsError(f"{path} is invalid: {error} {repair}") from None


def _entries(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Check entries. A typo in a name would otherwise dismiss nothing, or the wrong finding."""
    others = [name for name in document if name != _TABLE]
    if others:
        raise ArgumentError(f"{join_words(others)} is unknown. Entries are tables named [[{_TABLE}]].")
    entries = document.get(_TABLE, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ArgumentError(f"{_TABLE} must be tables named [[{_TABLE}]].")
    for number, entry in enumerate(entries, start=1):
        _check_names(number, entry)
        for name in ("key", "value", "reason"):
            if not isinstance(entry.get(name, name), str):
                raise ArgumentError(f"Entry {number}: {name} must be text, got {entry[name]!r}.")
        if not entry["reason"].strip():
            raise ArgumentError(f"Entry {number}: reason must say why.")
        count = entry.get(_COUNT, 0)
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise ArgumentError(f"Entry {number}: {_COUNT} must be a whole number, got {count!r}.")
        yield dict(entry) | {"until": as_end(entry["until"])}


def _check_names(number: int, entry: Mapping[str, Any]) -> None:
    missing = [name for name in _REQUIRED if name not in entry]
    unknown = [name for name in entry if name not in {*NAMES, *_REQUIRED, _COUNT}]
    if unknown:
        known = join_words([*NAMES, *_REQUIRED, _COUNT])
        raise ArgumentError(f"Entry {number} has the unknown name {unknown[0]!r}. Names are {known}.")
    if missing:
        raise ArgumentError(f"Entry {number} requires {join_words(missing)}.")
    if entry.get("kind", KINDS[0]) not in KINDS:
        raise ArgumentError(f"Entry {number} has the unknown kind {entry['kind']!r}. Kinds are {join_words(KINDS)}.")
    if {"kind", "key"}.isdisjoint(entry):
        raise ArgumentError(f"Entry {number} requires kind or key.")


def as_end(until: object) -> date | str:
    """Validate the end of an entry, a date or a version."""
    if isinstance(until, datetime):
        return until.date()
    if isinstance(until, date):
        return until
    if isinstance(until, str):
        try:
            return date.fromisoformat(until)
        except ValueError:
            if is_ordered(until) and not _LIKE_A_DATE.fullmatch(until.strip()):
                return until
    raise ArgumentError(
        f"until must be a date such as 2026-12-31, or a version, got {until!r}. A finding cannot be dismissed forever."
    )


def check_end(end: date | str, *, versions: Sequence[str] | None, today: date) -> None:
    """Raise `ArgumentError` for an end that is reached already, or that no version of the data can reach.

    Parameters
    ----------
    end
        What `as_end` returned.
    versions
        Those of the data; None if they are unknown.
    today
        The day on which it is decided.
    """
    other = "Pass a later date, or a version that is not out yet."
    if isinstance(end, date):
        if today >= end:
            raise ArgumentError(f"until={end} has passed. {other}")
        return
    if versions is None:
        return
    known = _comparable(end, versions)
    if not known:
        raise ArgumentError(f"until={end!r} cannot be reached, since no item has such a version. Pass a date.")
    if _is_reached(end, versions):
        raise ArgumentError(f"until={end!r} has been reached: the latest version is {known[-1]}. {other}")


def _comparable(end: str, versions: Sequence[str]) -> list[str]:
    """Return the versions that continue the numbering of another one, oldest first."""
    reading = Reading.of(versions)
    known = (one for one in versions if is_ordered(one, reading) and line(one, reading) == line(end, reading))
    return sorted(known, key=lambda one: sort_key(one, reading))


def _is_reached(end: str, versions: Sequence[str]) -> bool:
    reading, known = Reading.of(versions), _comparable(end, versions)
    return bool(known) and sort_key(known[-1], reading) >= sort_key(end, reading)


def versions_in(frame: pl.DataFrame) -> list[str]:
    """Return the distinct versions of feedback."""
    if "version" not in frame.columns:
        return []
    return frame["version"].cast(pl.String).unique().drop_nulls().sort().to_list()


def mark_findings(
    findings: pl.DataFrame, entries: Sequence[Mapping[str, Any]], *, versions: Sequence[str], today: date
) -> pl.DataFrame:
    """Add ``is_dismissed``, ``reason``, ``until`` and ``back`` to findings, as `seggwat_nb.dismissed.mark` does.

    Parameters
    ----------
    findings
        A frame with ``key`` and ``value``. If it has ``also``, a finding that rests on the items of a dismissed page,
        version, theme, word or submitter is dismissed with that.
    entries
        What `read_entries` returned.
    versions
        Versions of the feedback, from `versions_in`, to see which have been reached.
    today
        The day on which to decide whether entries have ended.
    """
    found = [_entry_of(row, entries, today=today, versions=versions) for row in findings.rows(named=True)]
    said = [
        (None, None, back) if entry is None else (entry["reason"], str(entry["until"]), back) for entry, back in found
    ]
    schema = dict.fromkeys(("reason", "until", "back"), pl.String())
    columns = pl.DataFrame(said, schema=schema, orient="row").get_columns()
    is_dismissed = pl.Series("is_dismissed", [entry is not None and back is None for entry, back in found], pl.Boolean)
    return findings.with_columns(is_dismissed, *columns)


def _entry_of(
    row: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], *, today: date, versions: Sequence[str]
) -> tuple[Mapping[str, Any] | None, str | None]:
    """Return a finding's entry and why it is back. Of several entries, one that has not ended counts."""
    found: tuple[Mapping[str, Any] | None, str | None] = (None, None)
    for entry in entries:
        if _is_about(entry, row):
            found = entry, _why_back(row, entry, today=today, versions=versions)
            if found[1] is None:
                return found
    return found


def _is_about(entry: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    if all(row[name] == entry.get(name) for name in NAMES if name in row):
        return True
    name = cause(entry.get("kind"), entry.get("key"), entry.get("value"))
    return entry.get("key") in _CAUSES and name in (row.get("also") or ())


def _why_back(row: Mapping[str, Any], entry: Mapping[str, Any], *, today: date, versions: Sequence[str]) -> str | None:
    until, before, now = entry["until"], entry.get("count"), row.get("count", row.get("after"))
    if isinstance(until, date) and today >= until:
        return f"ended {until}"
    if isinstance(until, str) and _is_reached(until, versions):
        return f"{until} is out"
    if before and now is not None and now >= 2 * before:
        return f"doubled, {before:,} before"
    return None
