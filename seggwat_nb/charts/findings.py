"""Charts of words and phrases that became more frequent, with their shares now and before."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.analysis.rising_kinds import LANGUAGE
from seggwat_nb.charts.base import (
    WIDEN,
    assemble,
    check_columns,
    check_names,
    display_name,
    legible,
    nothing,
    thousands,
)
from seggwat_nb.charts.interval_rows import Verdict, along_rows
from seggwat_nb.charts.theme import PLAIN
from seggwat_nb.text import count_of, format_day, join_words

if TYPE_CHECKING:
    from seggwat_nb.provenance import Provenance

__all__ = ["terms"]

_FIGURES: Final = (
    *("term", "terms", "count", "submitters", "n", "share", "baseline_count", "baseline_n", "baseline_share"),
    *("ratio", "low", "high", "q", "examples", "baseline_first", "first", "last"),
)
_TIMES: Final = "\N{MULTIPLICATION SIGN}"
_MEASURED: Final = "measured ratio"
_MOST_ROWS: Final = 20
_MOST_DESCRIBED: Final = 6
_MOST_TERMS: Final = 6
_LONGEST: Final = 140
_FARTHEST: Final = 10
"""The axis ends at this many doublings. Larger ratios are drawn at its end."""
_MOST_STEPS: Final = 6
_LABEL: Final = f"(datum.value < 1 ? '1/' + format(1 / datum.value, ',d') : format(datum.value, ',d')) + '{_TIMES}'"


def terms(
    frame: pl.DataFrame,
    *,
    names: tuple[str, str] | None = None,
    about: Provenance | None = None,
    title: str | None = None,
) -> alt.LayerChart:
    """Draw `seggwat_nb.themes.rising`, `terms` or `topics`: how much the share of each finding grew, with its interval.

    Parameters
    ----------
    frame
        The frame that one of them returned. The first 20 rows are drawn, and the subtitle says how many are left out.
    names
        Names of ``where`` and ``against``, if two selections were compared. A and B by default.
    about
        Where the rows come from. Adds a line about it to the subtitle.
    title
        Replaces the default title.

    Returns
    -------
    alt.LayerChart
        An Altair chart. The axis of ratios (share divided by baseline share) is logarithmic. A term that nobody used
        before has no ratio. It is drawn as a triangle at the end of the axis, and its interval begins at the lower
        bound. The tooltip shows the other terms of the finding, its counts and submitters, and one original message.

    Raises
    ------
    ArgumentError
        The frame is not from `seggwat_nb.themes.terms`, or `names` does not have two names.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> import seggwat_nb as sw
    >>> lines = ["The invoice is wrong."] * 3 + ["All is well."] * 4
    >>> said = [(day, lines[n if day > 90 else -1]) for day in range(98) for n in range(5)]
    >>> rows = pl.DataFrame(
    ...     {
    ...         "id": [str(place) for place in range(len(said))],
    ...         "message": [message for _, message in said],
    ...         "created_at": [datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=day) for day, _ in said],
    ...     }
    ... )
    >>> found = sw.themes.terms(rows, days=7, as_of=datetime(2026, 6, 8, tzinfo=UTC))
    >>> print(terms(found).to_dict()["description"])  # doctest: +NORMALIZE_WHITESPACE
    Words and phrases that rose. 1 finding in the 7 days from 1 Jun 2026, compared with the 91 before.
    invoice: none → 60% of items (21 by 21 submitters).
    """
    check_columns(frame, _FIGURES, source="sw.themes.terms")
    if names is not None:
        check_names(names)
    over_time = names is None and frame["first"].null_count() == 0
    here, there = ("now", "before") if over_time else (f"in {name}" for name in names or ("A", "B"))
    rose = "What more people write about" if "kind" in frame.columns else "Words and phrases that rose"
    heading = title or (rose if over_time else f"More frequent {here} than {there}")
    if frame.is_empty():
        empty = f"No word or phrase clearly rose, or there is too little to compare. {WIDEN}"
        return assemble([nothing("words that rose")], heading, [empty], about)
    rows = _rows(frame.head(_MOST_ROWS), f"none {there}")
    more = frame.height - rows.height
    unshown = [f"{count_of(more, 'more finding')} not shown (weaker evidence)."] if more else []
    told = [
        f"{name}: {said} of items ({count:,} by {count_of(submitters, 'submitter')})."
        for name, said, count, submitters in rows.select("name", "said", "count", "submitters")
        .head(_MOST_DESCRIBED)
        .rows()
    ]
    return assemble(_layers(rows, here, there), heading, [_summary(frame, here, there), *unshown], about, told=told)


def _rows(frame: pl.DataFrame, unmeasured: str) -> pl.DataFrame:
    """Name each finding, and format its tooltip."""
    example = pl.col("examples").list.first()
    others = pl.col("terms").list
    more = others.len().cast(pl.Int64) - _MOST_TERMS
    listed = others.head(_MOST_TERMS).list.join(", ", ignore_nulls=True)
    before = pl.when(pl.col("baseline_count") == 0).then(pl.lit("none")).otherwise(_percent("baseline_share"))
    day = "%-d %b %Y"
    infinite = pl.col("ratio").is_infinite()
    is_language = pl.col("kind") == LANGUAGE if "kind" in frame.columns else pl.lit(value=False)
    ratio, low, high = (pl.col(figure).round_sig_figs(3) for figure in ("ratio", "low", "high"))
    return frame.select(
        *("count", "submitters", "share", "baseline_share", "ratio", "low", "high", "q", "first"),
        name=pl.when(is_language).then(pl.format("in {}", display_name("term"))).otherwise(display_name("term")),
        verdict=pl.when(infinite).then(pl.lit(unmeasured)).otherwise(pl.lit(_MEASURED)),
        said=pl.format("{} \N{RIGHTWARDS ARROW} {}", before, _percent("share")),
        also=_cut_text(pl.when(more > 0).then(pl.format("{} and {} more", listed, more)).otherwise(listed)),
        items=pl.format("{} of {}", thousands("count"), thousands("n")),
        baseline=pl.format("{} of {}", thousands("baseline_count"), thousands("baseline_n")),
        times=pl.when(infinite)
        .then(pl.format("at least {}" + _TIMES, low))
        .otherwise(pl.format("{}" + _TIMES + " ({} to {})", ratio, low, high)),
        days=pl.format("{} to {}", pl.col("first").dt.strftime(day), pl.col("last").dt.strftime(day)),
        since=pl.format("from {}", pl.col("baseline_first").dt.strftime(day)),
        example=_cut_text(example),
    ).with_columns(pl.col("also", "example").replace("", None))


def _cut_text(text: pl.Expr) -> pl.Expr:
    """Format user text as one line of a tooltip."""
    line = legible(text).str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(line.str.len_chars() > _LONGEST).then(line.str.head(_LONGEST - 1) + "…").otherwise(line)


def _percent(share: str) -> pl.Expr:
    """Format a share with two significant digits, since most terms are in few items."""
    percent = (pl.col(share) * 100).round_sig_figs(2)
    return pl.format("{}%", percent.cast(pl.String).str.strip_suffix(".0"))


def _layers(rows: pl.DataFrame, here: str, there: str) -> list[alt.Chart]:
    first, last = _doublings(rows)
    least, most = 2.0**first, 2.0**last
    drawn = rows.with_columns(pl.col("low", "high").clip(least, most), middle=pl.col("ratio").clip(least, most))
    drawn = drawn.drop("first", "ratio")  # JSON cannot represent infinite ratios
    step = -(-(last - first) // _MOST_STEPS)
    x = partial(
        alt.X,
        title=f"Share {here} \N{DIVISION SIGN} share {there}",
        scale=alt.Scale(type="log", domain=[least, most]),
        axis=alt.Axis(
            values=[2.0**power for power in range(first, last + 1) if power % step == 0],
            labelExpr=_LABEL,
            grid=True,
            labelFlush=False,
        ),
    )
    days = [alt.Tooltip("days:N", title="Days"), alt.Tooltip("since:N", title="Baseline")]
    tooltip = [
        alt.Tooltip("name:N", title="Term"),
        alt.Tooltip("also:N", title="Also"),
        alt.Tooltip("items:N", title=f"Items {here}"),
        alt.Tooltip("share:Q", title=f"Share {here}", format=".2%"),
        alt.Tooltip("submitters:Q", title=f"Submitters {here}", format=","),
        alt.Tooltip("baseline:N", title=f"Items {there}"),
        alt.Tooltip("baseline_share:Q", title=f"Share {there}", format=".2%"),
        alt.Tooltip("times:N", title="Ratio"),
        alt.Tooltip("q:Q", title="q", format=".2g"),
        *([] if rows["first"].null_count() else days),
        alt.Tooltip("example:N", title="Example"),
    ]
    verdicts = (
        Verdict(_MEASURED, "circle", PLAIN, expected=True),
        Verdict(f"none {there}", "triangle-right", PLAIN),
    )
    same = alt.Chart(pl.DataFrame({"low": [1.0]})).mark_rule(strokeDash=[4, 3], opacity=0.6).encode(x=x("low:Q"))
    noted = f"share {there} \N{RIGHTWARDS ARROW} {here}"
    return [same, *along_rows(drawn, x=x, verdicts=verdicts, tooltip=tooltip, note="said", noted=noted)]


def _doublings(rows: pl.DataFrame) -> tuple[int, int]:
    """Return the powers of two at which the axis starts and ends. It includes 1 and all finite interval ends."""
    least = min(1.0, rows.select(pl.col("low").min()).item())
    ends = pl.concat([rows["ratio"], rows["low"] * 2, rows["high"]])
    most = max([2.0, *ends.filter(ends.is_finite())])
    last = min(_FARTHEST, math.ceil(math.log2(most)) + int(rows["ratio"].is_infinite().any()))
    return max(-_FARTHEST, math.floor(math.log2(max(least, 2.0**-_FARTHEST)))), last


def _summary(frame: pl.DataFrame, here: str, there: str) -> str:
    found = count_of(frame.height, "finding")
    dates = frame.sort("first", nulls_last=True, maintain_order=True)  # some are of a part of the days
    first, last, baseline, n, other = dates.select("first", "last", "baseline_first", "n", "baseline_n").row(0)
    if first is None:
        return f"{found}: {count_of(n, 'item')} {here}, {other:,} {there}."
    days, before = (last - first).days + 1, (first - baseline).days
    said = f"{found} in the {days} days from {format_day(first)}, compared with the {before} before."
    later = frame["first"].filter(frame["first"] > first).value_counts(name="n").sort("first").rows()
    if not later:
        return said
    parts = [f"{n:,} in the {(last - since).days + 1} days from {format_day(since)}" for since, n in later]
    return f"{said} Of them, {join_words(parts)}."
