"""Compares our totals with the API's own, and explains each difference.

The same figures are calculated in several ways from the same rows: with all rows, without archived ones, with months in
another time zone, and all combinations of these. The one with the fewest causes that matches the API's figure is its
explanation. Otherwise the figure is unexplained, with the most likely reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis.periods import check_periods
from seggwat_nb.analysis.validation import check_columns, check_keys
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import NPS_CATEGORIES
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

__all__ = ["reconcile"]

_SCHEMA: Final = {
    "figure": pl.String(),
    "ours": pl.Float64(),
    "theirs": pl.Float64(),
    "difference": pl.Float64(),
    "explanation": pl.String(),
}
_ROUNDED: Final = frozenset({"helpful.percentage", "star.average", "nps.score"})
_READ: Final = ("archived", "score", "max_score", "helpful")
"""Columns that are read if they exist."""

_OFFSETS: Final = (
    *range(-12 * 60, 15 * 60, 60),
    *(-570, -210, 210, 270, 330, 345, 390, 525, 570, 630, 765),  # time zones with half and quarter hours
)
"""UTC offsets in minutes."""

_EXACT: Final = 1e-9
_LONGEST: Final = 40
"""Maximum length of a quoted value from the API."""


def reconcile(frame: pl.DataFrame, stats: Mapping[str, Any], *, as_of: datetime | None = None) -> pl.DataFrame:
    """Compare the totals of a frame with the API's own, and explain each difference.

    Parameters
    ----------
    frame
        All feedback or all ratings of a project, as the client returns them.
    stats
        What ``client.stats()`` returns; every key is optional, and may be null::

            {
                "feedback": {"total": .., "current_month": .., "last_month": .., "by_type": {..}, "by_status": {..}},
                "helpful": {"total": .., "helpful": .., "not_helpful": .., "percentage": ..},
                "star": {"total": .., "average": .., "distribution": {"4": ..}},
                "nps": {"total": .., "score": .., "promoters": .., "passives": .., "detractors": ..,
                        "distribution": {"9": ..}},
            }

        Feedback is compared with its first section, ratings with the other three; figures of the other frame are listed
        but not compared.
    as_of
        The time of the totals (timezone-aware), such as ``client.last_load.as_of``. It determines ``current_month`` and
        ``last_month``. None: that of the last row.

    Returns
    -------
    pl.DataFrame
        One row for each of the API's figures, in its order: ``figure`` (String, such as ``nps.score``); ``ours`` and
        ``theirs`` (Float64, in the API's unit, ours null if we have no such figure), ``difference`` (Float64, theirs
        minus ours), ``explanation`` (String):

        - ``equal``, or equal after the API's rounding; a number sent as text is converted;
        - equal if calculated differently: without archived rows, without unusable responses, for one of several
          projects, with months in another time zone, or with several of these;
        - ``unexplained``, with the most likely reason, such as rows added or removed between the load and the totals;
        - ``not compared`` for a figure that this frame does not contain;
        - ``unusable`` for values that are not numbers, or not finite; ``theirs`` is null then.

    Raises
    ------
    ArgumentError
        The frame is neither feedback nor ratings, the totals are not a mapping, or the time has no time zone.

    Notes
    -----
    The API averages stars over all scales, so ``star.average`` does the same here, unlike `stars`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> rows = pl.DataFrame(
    ...     {
    ...         "created_at": [datetime(2026, 3, 31, 23, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)],
    ...         "type": ["Bug", "Praise"],
    ...         "status": ["New", "New"],
    ...         "archived": [False, False],
    ...     }
    ... )
    >>> held = reconcile(rows, {"feedback": {"total": 2, "current_month": 2}})
    >>> held.select("figure", "ours", "theirs", "explanation").rows()  # doctest: +NORMALIZE_WHITESPACE
    [('feedback.total', 2.0, 2.0, 'equal'),
     ('feedback.current_month', 1.0, 2.0, 'equal with months in UTC+1, which the API seems to use')]
    """
    check_keys(frame, ())
    if not isinstance(stats, Mapping):
        raise ArgumentError(f"stats must be a mapping, got {type(stats).__name__}. Pass what client.stats() returned.")
    check_periods(as_of=as_of)
    check_columns(frame, [name for name in _READ if name in frame.columns])
    if "rating_type" not in frame.columns and "type" not in frame.columns:
        raise ArgumentError("The frame has neither type nor rating_type. Pass a frame of feedback or ratings.")
    told = {name: value for section, value in stats.items() for name, value in _flat(str(section), value)}
    theirs = {name: value for name, value in told.items() if isinstance(value, float)}
    readings = _readings(frame, theirs, as_of=as_of)
    rows = [
        (name, *_explain(name, value, theirs, readings))
        if isinstance(value, float)
        else (name, None, None, None, value)
        for name, value in told.items()
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _flat(name: str, value: object) -> Iterator[tuple[str, float | str]]:
    """Flatten nested totals to dotted names. Each has a number, or why it is unusable. Nulls are left out."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}", inner)
    elif value is not None:
        number = _number(value)
        if number is not None:
            yield name, number
        elif isinstance(value, int | float) or _is_figure(name):
            yield name, f"unusable: the API sent {_quote(value)}, which is not a count"


def _quote(value: object) -> str:
    try:
        told = repr(value)
    except ValueError:  # Python writes no number of thousands of digits
        return "a number of thousands of digits"
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"


def _number(value: object) -> float | None:
    """Read a finite number, also one that was written as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to count the rows: its causes, the figures it gives, and the rows that it left out by section."""

    causes: tuple[str, ...]
    minutes: int
    figures: Mapping[str, float | None]
    archived: Mapping[str, int]
    unusable: Mapping[str, int]

    @property
    def cost(self) -> tuple[int, bool]:
        """Number of assumptions, since the simplest explanation is preferred."""
        return len(self.causes) + bool(self.minutes), bool(self.minutes)

    def name(self, section: str) -> str:
        """Describe what is different, for a figure of a section."""
        left_out = []
        if "archived" in self.causes:
            left_out.append(f"our {count_of(self.archived[section], 'archived row')}")
        if "unusable" in self.causes:
            left_out.append(f"{count_of(self.unusable[section], 'row')} with an unusable response")
        of_project = "".join(cause for cause in self.causes if cause not in {"archived", "unusable"})
        return f"equal{' without ' * bool(left_out)}{' and '.join(left_out)}{of_project}"


def _readings(frame: pl.DataFrame, theirs: Mapping[str, float], *, as_of: datetime | None) -> list[_Reading]:
    """Count in every combination of causes, the fewest first."""
    moment = as_of or frame["created_at"].max()
    is_ratings = "rating_type" in frame.columns
    whole = pl.lit(value=True)
    kept: dict[str, list[tuple[str, pl.Expr]]] = {name: [("", whole)] for name in ("of", "unusable", "archived")}
    if "archived" in frame.columns and frame["archived"].any():
        kept["archived"].append(("archived", ~pl.col("archived").fill_null(value=False)))
    if is_ratings:
        kept["unusable"].append(("unusable", _usable().fill_null(value=False)))
    projects = frame["project_id"].drop_nulls().unique().sort() if "project_id" in frame.columns else pl.Series()
    if len(projects) > 1:
        kept["of"] += [(f" for project {project} alone", pl.col("project_id") == project) for project in projects]
    has_months = any(name.endswith("_month") for name in theirs)
    readings = []
    # Of two equally simple causes, the first is preferred, which is archiving.
    for project, unusable, archived in product(*kept.values()):
        rows = frame.filter(archived[1], unusable[1], project[1])
        causes = tuple(name for name, _ in (archived, unusable, project) if name)
        of_project = frame.filter(project[1])
        out = [
            _by_section(of_project.filter(~condition) if name else of_project.clear())
            for name, condition in (archived, unusable)
        ]
        for minutes in _OFFSETS if has_months else (0,):
            known = {
                figure: count
                for figure in theirs
                if (minutes == 0 or figure.endswith("_month"))
                and (count := _figure(figure, moment, minutes, is_ratings=is_ratings)) is not None
            }
            figures = rows.select(**known).row(0, named=True) if known else {}
            readings.append(_Reading(causes, minutes, figures, *out))
    return sorted(readings, key=lambda reading: reading.cost)


def _by_section(rows: pl.DataFrame) -> Mapping[str, int]:
    if "rating_type" not in rows.columns:
        return defaultdict(int, feedback=rows.height)
    return defaultdict(int, rows.drop_nulls("rating_type")["rating_type"].value_counts().iter_rows())


def _usable() -> pl.Expr:
    kind, answer, scale = pl.col("rating_type"), pl.col("score"), pl.col("max_score")
    return (
        ((kind == "helpful") & pl.col("helpful").is_not_null())
        | ((kind == "nps") & pl.col("nps_category").is_in(NPS_CATEGORIES))
        | ((kind == "star") & (answer > 0) & (answer <= scale))
    )


def _figure(name: str, moment: Any, minutes: int, *, is_ratings: bool) -> pl.Expr | None:  # noqa: ANN401  # a series' max is of any type
    """How we count a figure of the API; None for one that we do not know."""
    section, _, rest = name.partition(".")
    group, _, value = rest.partition(".")
    if is_ratings != (section in {"helpful", "star", "nps"}):
        return None
    if section == "feedback":
        return _of_feedback(group, value, moment, minutes)
    if not is_ratings:
        return None
    of_type = pl.col("rating_type") == section
    score = pl.col("score").filter(of_type)
    category = pl.col("nps_category").filter(of_type)
    helpful = pl.col("helpful").filter(of_type)
    if group == "distribution":
        stars = _number(value)
        return None if stars is None else (score == stars).sum()
    known = {
        "total": of_type.sum(),
        "helpful.helpful": helpful.sum(),
        "helpful.not_helpful": helpful.not_().sum(),
        "helpful.percentage": 100 * helpful.mean(),
        "star.average": score.mean(),
        "nps.score": 100 * ((category == "promoter").mean() - (category == "detractor").mean()),
        **{f"nps.{one}s": (category == one).sum() for one in NPS_CATEGORIES},
    }
    return known.get(rest, known.get(name))


def _is_figure(name: str) -> bool:
    return any(_figure(name, None, 0, is_ratings=is_ratings) is not None for is_ratings in (True, False))


def _of_feedback(group: str, value: str, moment: Any, minutes: int) -> pl.Expr | None:  # noqa: ANN401  # as above
    local = pl.col("created_at").dt.offset_by(f"{minutes}m").dt.month_start().dt.date()
    now = pl.lit(moment, pl.Datetime("us", "UTC")).dt.offset_by(f"{minutes}m").dt.month_start().dt.date()
    known = {
        "total": pl.len(),
        "current_month": (local == now).sum(),
        "last_month": (local == now.dt.offset_by("-1mo")).sum(),
        "by_type": (pl.col("type") == value).sum(),
        "by_status": (pl.col("status") == value).sum(),
    }
    return known.get(group)


def _explain(
    name: str, value: float, theirs: Mapping[str, float], readings: list[_Reading]
) -> tuple[float | None, float, float | None, str]:
    plain = readings[0]
    if name not in plain.figures:
        return None, value, None, "not compared: this frame has no such figure"
    ours = plain.figures[name]
    difference = None if ours is None else value - ours
    alike = [
        reading
        for reading in readings
        if (found := reading.figures.get(name)) is not None and abs(value - found) <= _slack(name, value)
    ]
    if not alike:
        return ours, value, difference, _guess(name, value, ours, theirs, readings)
    is_month = name.endswith("_month")

    def unlikely(reading: _Reading) -> tuple[object, ...]:
        # Both months are in the same zone, so an explanation of both is more likely than a simpler one of only one.
        alone = is_month and not _explains_months(reading, theirs)
        return reading is not plain, alone, reading.cost, abs(reading.minutes)

    best = min(alike, key=unlikely)
    section, _, _ = name.partition(".")
    said = best.name(section)
    if best.minutes:
        said += f"{' and' * bool(best.causes)} with months in {_zone(best.minutes)}, which the API seems to use"
    if abs(value - (best.figures[name] or 0)) > _EXACT:
        said += ", rounded by the API"
    return ours, value, difference, said


def _explains_months(reading: _Reading, theirs: Mapping[str, float]) -> bool:
    return all(reading.figures.get(name) == value for name, value in theirs.items() if name.endswith("_month"))


def _zone(minutes: int) -> str:
    """Write an offset from UTC.

    Examples
    --------
    >>> _zone(345), _zone(-180)
    ('UTC+5:45', 'UTC-3')
    """
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}{f':{rest:02}' * bool(rest)}"


def _slack(name: str, value: float) -> float:
    """Half a unit of the last digit that the API returns, for figures that are not counts."""
    if name not in _ROUNDED:
        return _EXACT
    digits = -int(Decimal(str(value)).normalize().as_tuple().exponent)
    return 0.5 * 10.0 ** -min(max(digits, 0), 12) + _EXACT


def _guess(name: str, value: float, ours: float | None, theirs: Mapping[str, float], readings: list[_Reading]) -> str:
    total = f"{name.partition('.')[0]}.total"
    counted = readings[0].figures.get(total)
    if name in _ROUNDED and total in theirs and counted is not None:
        if counted != theirs[total]:
            return f"unexplained: based on other rows than ours, see {total}"
        return "unexplained: based on as many rows as ours; a response may have changed, or the API counts differently"
    if value > (ours or 0):
        added = "added, restored from the archive or forgotten on this machine since the load"
        return f"unexplained: rows may have been {added}; load again"
    return "unexplained: rows may have been archived, deleted or changed since the load; load again"
