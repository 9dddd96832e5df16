"""Our totals held against the API's own, each difference with what explains it.

The same figures are counted in several readings of the same rows: all of them, without the archived ones, with months
cut in another zone, and so on. The first reading that gives the API's figure is its explanation. What no reading
gives is said to be unexplained, with the likeliest reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis.changes import check_keys
from seggwat_nb.analysis.periods import check_periods
from seggwat_nb.errors import ArgumentError
from seggwat_nb.schema import NPS_CATEGORIES
from seggwat_nb.words import counted

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
_OFFSETS: Final = tuple(sorted({*range(-12, 15)} - {0}, key=abs))
"""Hours from UTC at which people's months begin, the nearest first."""

_EXACT: Final = 1e-9


def reconcile(frame: pl.DataFrame, stats: Mapping[str, Any], *, as_of: datetime | None = None) -> pl.DataFrame:
    """Hold the totals of a frame against the API's own, and explain each difference.

    Parameters
    ----------
    frame
        All feedback or all ratings of a project, as the client returns them.
    stats
        What ``client.stats()`` returns; every key is optional, and a null is none::

            {
                "feedback": {"total": .., "current_month": .., "last_month": .., "by_type": {..}, "by_status": {..}},
                "helpful": {"total": .., "helpful": .., "not_helpful": .., "percentage": ..},
                "star": {"total": .., "average": .., "distribution": {"4": ..}},
                "nps": {"total": .., "score": .., "promoters": .., "passives": .., "detractors": ..,
                        "distribution": {"9": ..}},
            }

        Feedback is held against its first section, ratings against the other three.
    as_of
        The moment the totals are of, with a time zone, such as ``client.last_load.as_of``: it says which months
        ``current_month`` and ``last_month`` are. None: the last row's.

    Returns
    -------
    pl.DataFrame
        One row for each of the API's figures, in its order: ``figure`` (String, such as ``nps.score``); ``ours`` and
        ``theirs`` (Float64, in the API's unit, ours null where nothing of ours compares), ``difference`` (Float64,
        theirs less ours), ``explanation`` (String):

        - ``equal``, or equal once rounded as the API rounds;
        - equal in another reading of the same rows: without archived rows, without unusable answers, of one project
          of several, with months cut at another hour;
        - ``unexplained``, with the likeliest reason, such as rows that came or went between frame and totals;
        - ``not compared`` for a figure that nothing of ours counts.

    Raises
    ------
    ArgumentError
        A frame that is neither feedback nor ratings, totals that are no mapping, or a moment without a time zone.

    Notes
    -----
    The API averages stars over scales of all lengths, so ``star.average`` does the same here; `stars` does not.

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
     ('feedback.current_month', 1.0, 2.0, 'equal with months cut at UTC+1, as the API seems to do')]
    """
    check_keys(frame, ())
    if not isinstance(stats, Mapping):
        raise ArgumentError(f"stats is a {type(stats).__name__}, no mapping; pass what client.stats() returns.")
    check_periods(as_of=as_of)
    if "rating_type" not in frame.columns and "type" not in frame.columns:
        raise ArgumentError("the frame has neither type nor rating_type; pass a frame of feedback or ratings.")
    sections = ("helpful", "star", "nps") if "rating_type" in frame.columns else ("feedback",)
    theirs = {name: value for section in sections for name, value in _flat(section, stats.get(section))}
    readings = list(_readings(frame, theirs, as_of=as_of))
    rows = [(name, *_explained(name, value, theirs, readings)) for name, value in theirs.items()]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _flat(name: str, value: object) -> Iterator[tuple[str, float]]:
    """Figures of nested totals under dotted names; what is no number is no figure."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}", inner)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name, float(value)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to count the rows: what it is called, and the figures it gives."""

    name: str
    figures: Mapping[str, float | None]


def _readings(frame: pl.DataFrame, theirs: Mapping[str, float], *, as_of: datetime | None) -> Iterator[_Reading]:
    moment = as_of or frame["created_at"].max()

    def read(name: str, rows: pl.DataFrame, hours: int = 0) -> _Reading:
        known = {figure: count for figure in theirs if (count := _figure(figure, moment, hours)) is not None}
        return _Reading(name, rows.select(**known).row(0, named=True) if known else {})

    plain = read("equal", frame)
    yield plain
    if "archived" in frame.columns and frame["archived"].any():
        kept = frame.filter(~pl.col("archived").fill_null(value=False))
        yield read(f"equal without our {counted(frame.height - kept.height, 'archived row')}", kept)
    if "rating_type" in frame.columns:
        usable = frame.filter(_usable())
        yield read(f"equal without {counted(frame.height - usable.height, 'row')} whose answer cannot be used", usable)
    projects = frame["project_id"].drop_nulls().unique().sort() if "project_id" in frame.columns else pl.Series()
    if len(projects) > 1:
        for project in projects:
            yield read(f"equal for project {project} alone", frame.filter(pl.col("project_id") == project))
    if any(name.endswith("_month") and plain.figures.get(name) != value for name, value in theirs.items()):
        for hours in _OFFSETS:
            yield read(f"equal with months cut at UTC{hours:+d}, as the API seems to do", frame, hours)


def _usable() -> pl.Expr:
    kind, answer, scale = pl.col("rating_type"), pl.col("score"), pl.col("max_score")
    return (
        ((kind == "helpful") & pl.col("helpful").is_not_null())
        | ((kind == "nps") & pl.col("nps_category").is_in(NPS_CATEGORIES))
        | ((kind == "star") & (answer > 0) & (answer <= scale))
    )


def _figure(name: str, moment: Any, hours: int) -> pl.Expr | None:  # noqa: ANN401  # a series' max is of any type
    """How we count a figure of the API; None for one that we do not know."""
    section, _, rest = name.partition(".")
    group, _, value = rest.partition(".")
    if section == "feedback":
        return _of_feedback(group, value, moment, hours)
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


def _of_feedback(group: str, value: str, moment: Any, hours: int) -> pl.Expr | None:  # noqa: ANN401  # as above
    local = pl.col("created_at").dt.offset_by(f"{hours}h").dt.month_start().dt.date()
    now = pl.lit(moment, pl.Datetime("us", "UTC")).dt.offset_by(f"{hours}h").dt.month_start().dt.date()
    known = {
        "total": pl.len(),
        "current_month": (local == now).sum(),
        "last_month": (local == now.dt.offset_by("-1mo")).sum(),
        "by_type": (pl.col("type") == value).sum(),
        "by_status": (pl.col("status") == value).sum(),
    }
    return known.get(group)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _explained(
    name: str, value: float, theirs: Mapping[str, float], readings: list[_Reading]
) -> tuple[float | None, float, float | None, str]:
    if name not in readings[0].figures:
        return None, value, None, "not compared: nothing of ours counts this"
    ours = readings[0].figures[name]
    difference = None if ours is None else value - ours
    for reading in readings:
        found = reading.figures.get(name)
        if found is not None and abs(value - found) <= _slack(name, value):
            rounded = ", rounded by the API" if abs(value - found) > _EXACT else ""
            return ours, value, difference, reading.name + rounded
    return ours, value, difference, _guess(name, value, ours, theirs, readings)


def _slack(name: str, value: float) -> float:
    """Half a unit of the last digit that the API gives, for figures that are no counts."""
    if name not in _ROUNDED:
        return _EXACT
    digits = -int(Decimal(str(value)).normalize().as_tuple().exponent)
    return 0.5 * 10.0 ** -min(max(digits, 0), 12) + _EXACT


def _guess(name: str, value: float, ours: float | None, theirs: Mapping[str, float], readings: list[_Reading]) -> str:
    total = f"{name.partition('.')[0]}.total"
    counted = readings[0].figures.get(total)
    if name in _ROUNDED and total in theirs and counted is not None:
        if counted != theirs[total]:
            return f"unexplained: it rests on other rows than ours, see {total}"
        return "unexplained: it rests on as many rows as ours; an answer changed, or the API counts otherwise"
    if value > (ours or 0):
        came = "came, came back from the archive, or were forgotten on this machine, after the frame was loaded"
        return f"unexplained: perhaps rows {came}; load again"
    return "unexplained: perhaps rows were archived, deleted or changed after the frame was loaded; load again"
