"""Charts of days with unusually many items."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.charts.base import assemble, check_columns, display_name, integer_axis, nothing, thousands
from seggwat_nb.charts.interval_rows import ROW, Verdict, along_rows, number_rows
from seggwat_nb.charts.keys import keys_in, label_of
from seggwat_nb.errors import ArgumentError
from seggwat_nb.text import count_of

if TYPE_CHECKING:
    from seggwat_nb.provenance import Provenance

__all__ = ["event_dates", "spikes"]

_FIGURES: Final = (
    "period",
    "first",
    "last",
    "days",
    "count",
    "expected",
    "p",
    "q",
    "log10_p",
    "submitters",
    "unsigned",
    "loudest_share",
    "ids",
    "verdict",
)
_VERDICTS: Final = (
    Verdict("several people", "triangle-up", "#D55E00"),
    Verdict("one person", "circle", "#0072B2"),
    Verdict("unsigned", "diamond", "#E69F00"),
)
_MOST_ROWS: Final = 30
_MOST_DESCRIBED: Final = 6


def spikes(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.trends.spikes`: days that stand out compared with the usual number, and who is behind them.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.trends.spikes` returned. The 30 events least likely by chance are drawn in
        chronological order, and the subtitle says how many are left out.
    about
        Where the rows come from. Adds a line about it to the subtitle.
    title
        Replaces the default title.

    Returns
    -------
    alt.LayerChart
        An Altair chart. A line runs from the usual number of items on such days (tick) to the actual number. The text
        next to it says how many people wrote them.

    Raises
    ------
    ArgumentError
        The frame is not from `seggwat_nb.trends.spikes`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> days = [day for day in range(1, 31) for _ in range(2 if day != 17 else 20)]
    >>> rows = pl.DataFrame({"created_at": [datetime(2026, 6, day, 12, tzinfo=UTC) for day in days]})
    >>> found = sw.trends.spikes(rows.with_row_index("id").with_columns(submitted_by=pl.lit("ann")))
    >>> print(spikes(found).to_dict()["description"])  # doctest: +NORMALIZE_WHITESPACE
    Days that stand out. 1 event has more items than the weekday and the trend explain, from one person.
    Wed 17 Jun 2026: 20 items, usually 2.0 (1 person).
    """
    check_columns(frame, _FIGURES, source="sw.trends.spikes")
    keys = keys_in(frame, _FIGURES)
    if len(keys) > 1:
        raise ArgumentError(
            f"The frame has additional columns: {', '.join(keys)}. Pass what sw.trends.spikes returned."
        )
    heading = title or f"Days that stand out{''.join(f', by {label_of(key)}' for key in keys)}"
    if frame.is_empty():
        empty = "No day stands out, or the items cover less than two weeks. Widen the dates to include more."
        return assemble([nothing("days that stand out")], heading, [empty], about)
    shown = frame.filter(pl.col("log10_p").rank("ordinal") <= _MOST_ROWS)
    more = frame.height - shown.height
    unshown = [f"{count_of(more, 'more event')} not shown (weaker evidence)."] if more else []
    rows = _rows(shown, keys)
    told = [
        f"{name[:80]}: {count_of(count, 'item')}, usually {expected:.1f} ({people})."
        for name, count, expected, people in rows.head(_MOST_DESCRIBED)
        .select("name", "count", "expected", "people")
        .rows()
    ]
    return assemble(_layers(rows), heading, [_summary(frame), *unshown], about, told=told)


def event_dates() -> pl.Expr:
    """Format the days of an event (String), such as "Wed 17 Jun 2026" or "7 to 11 Aug 2024"."""
    first, last = pl.col("first"), pl.col("last")
    same_month = (first.dt.month() == last.dt.month()) & (first.dt.year() == last.dt.year())
    begin = pl.when(same_month).then(first.dt.strftime("%-d")).otherwise(first.dt.strftime("%-d %b"))
    several = pl.format("{} to {}", begin, last.dt.strftime("%-d %b %Y"))
    return pl.when(pl.col("days") > 1).then(several).otherwise(first.dt.strftime("%a %-d %b %Y"))


def _rows(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    day = event_dates()
    submitters, unsigned = pl.col("submitters"), pl.col("unsigned")
    plural = pl.when(submitters == 1).then(pl.lit("person")).otherwise(pl.lit("people"))
    nameless = pl.format("{} unsigned", unsigned)
    people = (
        pl.when(submitters == 0)
        .then(nameless)
        .when(unsigned == 0)
        .then(pl.format("{} {}", submitters, plural))
        .otherwise(pl.format("{} {}, {}", submitters, plural, nameless))
    )
    percent = (pl.col("loudest_share") * 100).round(0).cast(pl.Int64)
    is_one = (pl.col("verdict") == "one person") & (submitters > 1)
    loudest = pl.when(is_one).then(pl.format(", one wrote {}%", percent)).otherwise(pl.lit(""))
    return frame.select(
        *("count", "expected", "q", "submitters", "unsigned", "loudest_share", "verdict"),
        name=pl.concat_str(day, *(pl.format(", {}", display_name(key)) for key in keys)),
        middle="count",
        low="expected",
        high="count",
        people=people,
        said=pl.format("{}, usually {} ({}{})", thousands("count"), pl.col("expected").round(1), people, loudest),
    )


def _layers(rows: pl.DataFrame) -> list[alt.Chart]:
    x = partial(
        alt.X,
        title="Items on these days (tick: usual number)",
        scale=alt.Scale(zero=True),
        axis=integer_axis("x", grid=True, labelFlush=False),
    )
    tooltip = [
        alt.Tooltip("name:N", title="When"),
        alt.Tooltip("count:Q", title="Items", format=","),
        alt.Tooltip("expected:Q", title="Usually", format=".1f"),
        alt.Tooltip("submitters:Q", title="People", format=","),
        alt.Tooltip("unsigned:Q", title="Unsigned items", format=","),
        alt.Tooltip("loudest_share:Q", title="From one person", format=".0%"),
        alt.Tooltip("q:Q", title="q", format=".2g"),
        alt.Tooltip("verdict:N", title="Verdict"),
    ]
    usual = alt.Chart(number_rows(rows)).mark_tick(thickness=2, size=14).encode(x=x("expected:Q"), y=ROW)
    return [usual, *along_rows(rows, x=x, verdicts=_VERDICTS, tooltip=tooltip, note="said")]


def _summary(frame: pl.DataFrame) -> str:
    events = frame.height
    alone, nameless = (frame.filter(pl.col("verdict") == name).height for name in ("one person", "unsigned"))
    if events == 1:
        behind = {"one person": "from one person", "unsigned": "unsigned"}.get(
            frame["verdict"][0], "from several people"
        )
        return f"1 event has more items than the weekday and the trend explain, {behind}."
    who = [f"{alone} by one person", f"{nameless} unsigned", f"{events - alone - nameless} by several people"]
    said = ", ".join(part for part in who if not part.startswith("0 "))
    return f"{events} events have more items than the weekday and the trend explain: {said}."
