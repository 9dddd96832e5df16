"""Dismissed findings in reports and messages."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from seggwat_nb.finding_file import mark_findings, versions_in
from seggwat_nb.schema import FEEDBACK
from seggwat_nb.share import privacy
from seggwat_nb.text import count_of, format_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

__all__ = ["count_dismissed", "describe_end", "describe_return", "mask_entries", "split_dismissed"]


def mask_entries(
    entries: Sequence[Mapping[str, Any]], *, salt: bytes | None, people: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Mask the values and reasons of entries like those of a frame, so that they match masked findings.

    Examples
    --------
    >>> entry = {"key": "submitted_by", "value": "jo@example.org", "reason": "jo@example.org tests"}
    >>> mask_entries([entry], salt=b"1")[0]["value"]
    'user-d528c6ff96'
    """
    known = list(people)

    def mask_text(column: str, text: str) -> str:
        frame = pl.DataFrame({column: [text]}, schema={column: pl.String})
        return str(privacy.mask(frame, salt=salt, people=known).item())

    return [
        dict(entry)
        | {"reason": mask_text("message", entry["reason"])}
        | ({"value": mask_text(entry["key"], entry["value"])} if _has_value(entry) else {})
        for entry in entries
    ]


def _has_value(entry: Mapping[str, Any]) -> bool:
    return entry.get("key") in FEEDBACK and isinstance(entry.get("value"), str)


def split_dismissed(
    findings: pl.DataFrame, entries: Sequence[Mapping[str, Any]], *, frame: pl.DataFrame, as_of: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Separate the findings to show from the dismissed ones, as marked by `mark_findings`."""
    marked = mark_findings(findings, entries, versions=versions_in(frame), today=as_of.date())
    return marked.filter(~pl.col("is_dismissed")), marked.filter("is_dismissed")


def count_dismissed(count: int) -> str:
    """Say how many findings are dismissed."""
    return f"{count_of(count, 'finding')} {'is' if count == 1 else 'are'} dismissed"


def describe_end(finding: Mapping[str, Any]) -> str:
    """Say until when and why a finding is dismissed. A version is written unchanged, a date in readable form."""
    try:
        end = format_day(date.fromisoformat(finding["until"]))
    except ValueError:
        end = finding["until"]
    return f"(until {end}: {finding['reason']})"


def describe_return(finding: Mapping[str, Any]) -> str:
    """Say why a dismissed finding is shown again."""
    return f"It was dismissed ({finding['reason']}) and is back: {finding['back']}."
