"""The chart of regressions by version."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.charts.base import WIDEN, assemble, check_columns, display_name, name_some, nothing, thousands
from seggwat_nb.charts.interval_rows import Verdict, along_rows, unclear_beyond
from seggwat_nb.charts.keys import keys_in, label_of
from seggwat_nb.text import count_of, percent

if TYPE_CHECKING:
    from seggwat_nb.provenance import Provenance

__all__ = ["regressions"]

_COLUMNS: Final = ("version", "n", "count", "share", "share_before", "dispersion", "q", "verdict")
_OTHERS: Final = (
    *("kind", "spellings", "first_seen", "n_before", "count_before"),
    *("ratio", "low", "high", "p", "dispersion_before"),
)
_SURE: Final = ("worse", "better", "higher", "lower")
_VERDICTS: Final = (
    Verdict("worse", "triangle-up", "#D55E00"),
    Verdict("better", "triangle-down", "#0072B2"),
    Verdict("higher", "triangle-up", "#0072B2"),
    Verdict("lower", "triangle-down", "#D55E00"),
    Verdict("unclear", "circle"),
    Verdict("too few", "diamond", faded=True, said="not compared"),
)
_MOST_ROWS: Final = 30
_MOST_DESCRIBED: Final = 6


def regressions(
    frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None, level: float = 0.95
) -> alt.LayerChart:
    """Draw `seggwat_nb.releases.regressions`: the share of bugs in the feedback on each version.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.releases.regressions` returned. The 30 versions with the most items are drawn in
        version order, and the subtitle says how many are left out. With `by`, there is a row for each value and
        version.
    about
        Where the rows come from. Adds a line about it to the subtitle.
    title
        Replaces the default title.
    level
        The confidence level of the intervals, which are for each version's own share.

    Returns
    -------
    alt.LayerChart
        An Altair chart. A tick marks the share for all earlier versions. The verdicts ``worse`` and ``better``
        (``higher`` and ``lower`` with `by`) are shown next to their rows. Versions with too few items are faded.

    Raises
    ------
    ArgumentError
        The frame is not from `seggwat_nb.releases.regressions`, or the level is invalid.

    Notes
    -----
    The intervals are Wilson score intervals for the counts divided by their dispersion.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> rows = pl.DataFrame(
    ...     {
    ...         "version": ["1.9.0"] * 100 + ["1.10.0"] * 50,
    ...         "type": ["Bug", *["Praise"] * 4] * 20 + ["Bug", "Bug", "Bug", "Praise", "Praise"] * 10,
    ...     }
    ... ).with_columns(created_at=datetime(2026, 3, 1, tzinfo=UTC) + pl.duration(hours=12 * pl.int_range(150)))
    >>> print(regressions(sw.releases.regressions(rows)).to_dict()["description"])  # doctest: +NORMALIZE_WHITESPACE
    Share of bugs by version. 1 of 2 versions compared; the other has none before it. Worse than earlier versions:
    1.10.0. 1.10.0: 60% of 50 items, worse.
    """
    check_columns(frame, _COLUMNS, source="sw.releases.regressions")
    key = next(iter(keys_in(frame, (*_COLUMNS, *_OTHERS))), None)
    heading = title or f"Share of {'bugs' if key is None else f'each {label_of(key)}'} by version"
    if frame.is_empty():
        empty = f"No item here has a version that can be compared, such as 2.4.0. {WIDEN}"
        return assemble([nothing("versions")], heading, [empty], about)
    from seggwat_nb.analysis import intervals  # imports SciPy, which no other chart needs

    low, high = intervals.wilson(*(frame[column] / frame["dispersion"] for column in ("count", "n")), level=level)
    rows = (
        frame.with_columns(intervals.columns(low=low, high=high))
        .select(
            *_COLUMNS,
            "low",
            "high",
            name=display_name("version")
            if key is None
            else pl.format("{} in {}", display_name(key), display_name("version")),
            middle="share",
            said=pl.when(pl.col("verdict").is_in(_SURE)).then("verdict"),
            note=pl.format("{}%, n {}", (100 * pl.col("share")).round().cast(pl.Int64), thousands("n")),
        )
        .with_columns(note=pl.concat_str("said", "note", separator=", ", ignore_nulls=True))
    )
    shown = _those_to_show(rows)
    more = rows.height - shown.height
    unshown = [f"{count_of(more, 'version' if key is None else 'row')} with fewer items not shown."] if more else []
    told = [
        f"{name}: {percent(share)} of {count_of(n, 'item')}, {verdict}."
        for name, share, n, verdict in rows.drop_nulls("said")
        .select("name", "share", "n", "verdict")
        .rows()[:_MOST_DESCRIBED]
    ]
    return assemble(
        _layers(shown, "bugs" if key is None else "items"),
        heading,
        [
            _summary(rows, frame["version"].n_unique(), key),
            *unclear_beyond(shown, pl.col("share_before"), seen="a bar that does not cross the tick"),
            *unshown,
        ],
        about,
        told=told,
    )


def _those_to_show(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep what is worse or better, then rows with the most items, the newest of equals, in version order."""
    newest = pl.int_range(pl.len()).alias("newest")
    place = pl.struct(pl.col("said").is_not_null(), "n", newest).rank("ordinal", descending=True)
    return rows.filter(place <= _MOST_ROWS)


def _layers(shown: pl.DataFrame, what: str) -> list[alt.Chart]:
    x = partial(
        alt.X,
        title=f"Share of {what} (tick: earlier versions)",
        scale=alt.Scale(domainMin=0, nice=True),
        axis=alt.Axis(format=".0%", tickCount=6, grid=True, labelFlush=False),
    )
    tooltip = [
        alt.Tooltip("name:N", title="Version"),
        alt.Tooltip("share:Q", title=f"Share of {what}", format=".1%"),
        alt.Tooltip("low:Q", title="Interval from", format=".1%"),
        alt.Tooltip("high:Q", title="Interval to", format=".1%"),
        alt.Tooltip("share_before:Q", title="Before", format=".1%"),
        alt.Tooltip("count:Q", title="Bugs" if what == "bugs" else "Items", format=","),
        alt.Tooltip("n:Q", title="Items" if what == "bugs" else "Of", format=","),
        alt.Tooltip("q:Q", title="q", format=".2g"),
        alt.Tooltip("verdict:N", title="Verdict"),
    ]
    before = (
        alt.Chart(shown.with_row_index("row").drop_nulls("share_before"))
        .mark_tick(thickness=2, size=14)
        .encode(x=x("share_before:Q"), y=alt.Y("row:O", axis=None))
    )
    return [before, *along_rows(shown, x=x, verdicts=_VERDICTS, tooltip=tooltip, note="note")]


def _summary(rows: pl.DataFrame, number: int, key: str | None) -> str:
    versions = count_of(number, "version")
    found = [
        f"{verdict.capitalize()} than earlier versions: {name_some(names, most=_MOST_DESCRIBED)}."
        for verdict in _SURE
        if (names := rows.filter(pl.col("verdict") == verdict)["name"].to_list())
    ]
    judged = rows.filter(pl.col("verdict") != "too few")["version"].n_unique()
    is_few = judged < number - 1  # the first one cannot be compared
    why = "too few items in the others" if is_few else "the other has none before it"
    compared = f"{versions} compared." if judged == number else f"{judged:,} of {versions} compared; {why}."
    if key is None and not rows["count"].sum():
        return f"No item of {versions} is a bug, or of the type asked for. Pass type= if bugs have another name."
    if found:
        return " ".join([*found, compared] if is_few else [compared, *found])
    if judged:
        sure = "worse or better" if key is None else "higher or lower"
        return f"{compared} {'None' if key is None else 'No share'} is clearly {sure} than earlier ones."
    return f"Too few items to compare any of {versions}." if number > 1 else "Too few items to compare the version."
