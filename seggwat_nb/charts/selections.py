"""The chart of how two selections differ."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.charts.base import WIDEN, assemble, check_columns, check_names, display_name, name_some, nothing
from seggwat_nb.charts.interval_rows import Verdict, along_rows, unclear_beyond
from seggwat_nb.charts.keys import keys_in, label_of
from seggwat_nb.errors import ArgumentError
from seggwat_nb.text import count_of, isolate, unequal

if TYPE_CHECKING:
    from seggwat_nb.provenance import Provenance

__all__ = ["compare"]

_SOURCE: Final = "sw.trends.compare"
_FIGURES: Final = (
    *("count_a", "count_b", "n_a", "n_b", "share_a", "share_b", "difference", "low", "high", "p", "q"),
    *("dispersion_a", "dispersion_b", "verdict"),
)
_LENGTHS: Final = ("days_a", "days_b")
_SIGNED: Final = "datum.value ? format(datum.value, '+.2~f') : '0'"
_MOST_ROWS: Final = 20
_MOST_DESCRIBED: Final = 6


def compare(
    frame: pl.DataFrame,
    *,
    names: tuple[str, str] = ("A", "B"),
    about: Provenance | None = None,
    title: str | None = None,
) -> alt.LayerChart:
    """Draw `seggwat_nb.trends.compare`: the difference between two shares, with its interval, for each value.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.trends.compare` returned. The first 20 rows are drawn, and the subtitle says how many
        are left out.
    names
        Names of the two selections.
    about
        Where the rows come from. Adds a line about it to the subtitle.
    title
        Replaces the default title.

    Returns
    -------
    alt.LayerChart
        An Altair chart in percentage points. Values to the right have a larger share in the first selection. Values
        with too few items or an unclear difference are faded.

    Raises
    ------
    ArgumentError
        The frame is not from `seggwat_nb.trends.compare`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> rows = pl.DataFrame(
    ...     {
    ...         "version": ["2.4.0"] * 70 + ["2.3.0"] * 80,
    ...         "type": ["Bug"] * 56 + ["Praise"] * 14 + ["Bug"] * 48 + ["Praise"] * 32,
    ...         "submitted_by": [f"user{n}" for n in range(150)],
    ...     }
    ... ).with_columns(created_at=datetime(2026, 3, 1, tzinfo=UTC))
    >>> sides = sw.FeedbackFilter(version="2.4.0"), sw.FeedbackFilter(version="2.3.0")
    >>> print(compare(sw.trends.compare(rows, *sides), names=("2.4.0", "2.3.0")).to_dict()["description"])
    ... # doctest: +NORMALIZE_WHITESPACE
    Difference in share by type: 2.4.0 vs 2.3.0. Higher in 2.4.0: Bug. Higher in 2.3.0: Praise.
    Bug: 80.0% in 2.4.0, 60.0% in 2.3.0, difference between +4.9 and +33.7 points.
    Praise: 20.0% in 2.4.0, 40.0% in 2.3.0, difference between -33.7 and -4.9 points.
    """
    check_columns(frame, _FIGURES, source=_SOURCE)
    check_names(names)
    names = isolate(names[0]), isolate(names[1])
    keys = keys_in(frame, (*_FIGURES, *_LENGTHS))
    if len(keys) != 1:
        raise ArgumentError(f"The frame compares {', '.join(keys) or 'nothing'}. Pass what {_SOURCE} returned.")
    heading = title or f"Difference in share by {label_of(keys[0])}: {names[0]} vs {names[1]}"
    empty = [name for name, n in zip(names, ("n_a", "n_b"), strict=True) if not frame[n].sum()]
    if empty:
        said = f"No items in {' and '.join(empty)}. {WIDEN}"
        return assemble([nothing("items to compare")], heading, [said], about)
    rows = _rows(frame, keys[0], names)
    shown = rows.head(_MOST_ROWS)
    more = rows.height - shown.height
    unshown = [f"{count_of(more, 'more value')} not shown (weaker evidence)."] if more else []
    told = [
        f"{name}: {a:.1%} in {names[0]}, {b:.1%} in {names[1]}, difference between {low:+z.1f} and {high:+z.1f} points."
        for name, a, b, low, high in shown.head(_MOST_DESCRIBED)
        .select("name", "share_a", "share_b", "low", "high")
        .rows()
    ]
    lines = [_summary(rows, names), *_unequal(frame, names), *unclear_beyond(shown, 0), *unshown]
    return assemble(_layers(shown, names), heading, lines, about, told=told)


def _unequal(frame: pl.DataFrame, names: tuple[str, str]) -> list[str]:
    """Say that the selections cover times of different lengths, if they do."""
    if not {*_LENGTHS} <= {*frame.columns}:
        return []
    one, other = (timedelta(days=days) for days in frame.select(_LENGTHS).row(0))
    return unequal(one, other, names)


def _verdicts(names: tuple[str, str]) -> tuple[Verdict, ...]:
    return (
        Verdict(f"higher in {names[0]}", "triangle-right", "#0072B2"),
        Verdict(f"higher in {names[1]}", "triangle-left", "#D55E00"),
        Verdict("unclear", "circle", faded=True),
        Verdict("too few", "diamond", faded=True),
    )


def _rows(frame: pl.DataFrame, key: str, names: tuple[str, str]) -> pl.DataFrame:
    """Name each row and its verdict, and convert shares to percentage points."""
    higher, lower, *_ = (verdict.name for verdict in _verdicts(names))
    return frame.with_columns(
        pl.col("low", "high") * 100,
        name=display_name(key),
        middle=pl.col("difference") * 100,
        verdict=pl.col("verdict").replace({"higher": higher, "lower": lower}),
        said=pl.format("{} vs {}", _percent("share_a"), _percent("share_b")),
    )


def _percent(share: str) -> pl.Expr:
    """Format a share, with one decimal below 10%, where rounding to integers would hide the difference."""
    percent = pl.col(share) * 100
    places = pl.when(percent < 10).then(percent.round(1).cast(pl.String))  # noqa: PLR2004  # two figures
    return pl.format("{}%", places.otherwise(percent.round(0).cast(pl.Int64).cast(pl.String)).str.strip_suffix(".0"))


def _layers(shown: pl.DataFrame, names: tuple[str, str]) -> list[alt.Chart]:
    x = partial(
        alt.X,
        title=f"Percentage points, share in {names[0]} minus share in {names[1]}",
        scale=alt.Scale(zero=True, nice=True),
        axis=alt.Axis(labelExpr=_SIGNED, tickCount=6, grid=True, labelFlush=False),
    )
    tooltip = [
        alt.Tooltip("name:N", title="Value"),
        *(
            tooltip
            for name, side in zip(names, "ab", strict=True)
            for tooltip in (
                alt.Tooltip(f"share_{side}:Q", title=f"Share in {name}", format=".1%"),
                alt.Tooltip(f"count_{side}:Q", title=f"Items in {name}", format=","),
            )
        ),
        alt.Tooltip("middle:Q", title="Difference, points", format="+.1f"),
        alt.Tooltip("low:Q", title="Interval from", format="+.1f"),
        alt.Tooltip("high:Q", title="Interval to", format="+.1f"),
        alt.Tooltip("q:Q", title="q", format=".2g"),
        alt.Tooltip("verdict:N", title="Verdict"),
    ]
    equal = alt.Chart(pl.DataFrame({"low": [0.0]})).mark_rule(strokeDash=[4, 3], opacity=0.6).encode(x=x("low:Q"))
    return [equal, *along_rows(shown, x=x, verdicts=_verdicts(names), tooltip=tooltip, note="said")]


def _summary(rows: pl.DataFrame, names: tuple[str, str]) -> str:
    found = [
        f"Higher in {name}: {name_some(values, most=_MOST_DESCRIBED)}."
        for name in names
        if (values := rows.filter(pl.col("verdict") == f"higher in {name}")["name"].to_list())
    ]
    if found:
        return " ".join(found)
    if (rows["verdict"] == "too few").all():
        return "Too few items to compare any share."
    return "No share clearly differs."
