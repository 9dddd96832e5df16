"""Responses to ratings as numbers, so that they can be compared whatever was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.analysis.validation import check_columns
from seggwat_nb.text import drop_minus_of_zero, percent, with_minus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["MEASURES", "Measure", "check_responses", "responses"]


@dataclass(frozen=True, slots=True)
class Measure:
    """What ratings measure, and how its figures are written.

    Attributes
    ----------
    name : str
        Its short name.
    write : callable
        Writes an estimate.
    unit : str
        Unit of a difference, of which there are `per_unit` in 1, and which is written with `decimals`.
    """

    name: str
    write: Callable[[float], str]
    unit: str
    per_unit: int = 1
    decimals: int = 0

    def size(self, difference: float) -> str:
        """Write a difference, without its sign and unit."""
        return f"{abs(difference) * self.per_unit:.{self.decimals}f}"

    def differ(self, difference: float) -> str:
        """Write a difference, without its sign.

        Examples
        --------
        >>> MEASURES["nps"].differ(-76), MEASURES["helpful"].differ(-0.01), MEASURES["stars"].differ(0.4)
        ('76 points', '1 percentage point', '0.40 stars')
        """
        size = self.size(difference)
        return f"{size} {self.unit}{'s' * (size != '1')}"

    def apart(self, one: float, other: float) -> str:
        """Write how far two estimates are apart, as they are written themselves.

        Examples
        --------
        >>> MEASURES["nps"].apart(-48.4, 26.4), MEASURES["stars"].apart(3.176, 4.214)
        ('74 points', '1.03 stars')
        """
        written = (round(figure * self.per_unit, self.decimals) for figure in (one, other))
        return self.differ((next(written) - next(written)) / self.per_unit)

    def write_signed(self, difference: float) -> str:
        """Write a difference.

        Examples
        --------
        >>> MEASURES["nps"].write_signed(76), MEASURES["helpful"].write_signed(-0.001)
        ('+76 points', '0 percentage points')
        """
        sign = ("\N{MINUS SIGN}" if difference < 0 else "+") if float(self.size(difference)) else ""
        return f"{sign}{self.differ(difference)}"


MEASURES: Final[Mapping[str, Measure]] = {
    "nps": Measure("NPS", lambda score: with_minus(drop_minus_of_zero(f"{score:+.0f}")), "point"),
    "helpful": Measure("helpful", percent, "percentage point", per_unit=100),
    "stars": Measure("stars", "{:.2f}".format, "star", decimals=2),
}
"""The measures by their names in frames, in the order in which they are reported."""

_COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "nps": ("nps_category",),
    "helpful": ("helpful",),
    "star": ("score", "max_score"),
}
"""Maps each type of rating to the columns of its responses."""

_ABSENT: Final = {
    "nps_category": pl.String(),
    "helpful": pl.Boolean(),
    "score": pl.Float64(),
    "max_score": pl.Float64(),
}
_NPS: Final = {"promoter": 100.0, "passive": 0.0, "detractor": -100.0}
"""Value of each response. The score is their mean."""


def check_responses(frame: object, *more: str) -> None:
    """Require a frame of ratings with the columns of each type of rating that is in it, and `more`.

    Examples
    --------
    >>> check_responses(pl.DataFrame({"rating_type": ["nps"], "created_at": [None]}, schema_overrides={
    ...     "created_at": pl.Datetime("us", "UTC")
    ... }))
    Traceback (most recent call last):
    seggwat_nb.errors.ArgumentError: The frame has no column nps_category. Pass a frame of ratings.
    """
    needed = ("rating_type", "created_at", *more)
    check_columns(frame, needed, wanted="a frame of ratings")
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  # ensured by the check above
    kinds = set(frame["rating_type"].cast(pl.String).unique())
    own = [name for kind, names in _COLUMNS.items() if kind in kinds for name in names]
    check_columns(frame, (*needed, *own), wanted="a frame of ratings")


def responses(rows: pl.DataFrame, *more: str) -> pl.DataFrame:
    """Return each usable response as a number (``response``) on a scale from ``least`` to ``most``.

    ``measure`` is one of `MEASURES`, and ``max_score`` the length of a scale of stars. ``created_at``, ``submitted_by``
    if present, and `more` are kept.
    """
    rows = rows.with_columns(pl.lit(None, kind).alias(name) for name, kind in _ABSENT.items() if name not in rows)
    kind, score, scale = pl.col("rating_type").cast(pl.String), pl.col("score"), pl.col("max_score")
    nothing = pl.lit(None, pl.Float64)
    found = (
        pl.when(kind == "nps")
        .then(pl.struct(measure=pl.lit("nps"), max_score=nothing, least=-100.0, most=100.0,
                        response=pl.col("nps_category").cast(pl.String).replace_strict(_NPS, default=None)))
        .when(kind == "helpful")
        .then(pl.struct(measure=pl.lit("helpful"), max_score=nothing, least=0.0, most=1.0,
                        response=pl.col("helpful").cast(pl.Float64)))
        .when((kind == "star") & scale.is_finite() & (scale >= 1) & (score > 0) & (score <= scale))
        .then(pl.struct(measure=pl.lit("stars"), max_score=scale, least=1.0, most=scale, response=score))
    )  # fmt: skip
    kept = [name for name in ("created_at", "submitted_by", *more) if name in rows.columns]
    return rows.select(*kept, _response=found).unnest("_response").drop_nulls("response")
