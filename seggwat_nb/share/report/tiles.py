"""Headline figures as tiles, each with its last eight periods and its change, for each type and status.

The text of each tile is computed here for every pair of a type and a status, so that a page only looks it up.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from seggwat_nb.analysis import changes, rating_differences, ratings, significance
from seggwat_nb.analysis.finding_scope import Part
from seggwat_nb.analysis.item_types import is_of_type
from seggwat_nb.analysis.periods import local_day
from seggwat_nb.analysis.status_history import is_open
from seggwat_nb.analysis.submitters import signer
from seggwat_nb.schema import FEEDBACK_ONLY, STATUSES
from seggwat_nb.share.report.chart_parts import KEYS, options_of
from seggwat_nb.share.report.charts import OLD
from seggwat_nb.share.report.data import display_text
from seggwat_nb.share.report.markup import with_looks
from seggwat_nb.share.report.once import once
from seggwat_nb.text import count_of, drop_minus_of_zero, join_words, percent, with_minus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seggwat_nb.share.report.data import ReportData

__all__ = ["TILES_MIME", "Tiles", "parse", "static_tiles", "tiles"]

TILES_MIME: Final = "application/vnd.seggwat.tiles.v1+json"

_PERIODS: Final = 8
_FEW: Final = 10
"""A tile is gray if two periods together have fewer items than this, since a few more or less would change it."""

_WIDTH, _HEIGHT, _GAP = 96, 22, 2
_PARTS: Final = 6


class _Choice(NamedTuple):
    """The text of a tile for a type and a status. Null stands for all."""

    type: str | None
    status: str | None
    value: str
    note: str
    periods: list[float | None]
    few: bool


class Tiles:
    """Tiles of a report. On its page they follow the filters. Elsewhere they are text.

    Parameters
    ----------
    tiles
        Maps the label of each tile to its texts for each choice, with the one for all items first.
    days
        Length of a period.
    """

    def __init__(self, tiles: Mapping[str, Sequence[_Choice]], days: int) -> None:
        self._tiles, self._days = tiles, days

    def to_dict(self) -> dict[str, Any]:
        """Write them as JSON."""
        return {
            "days": self._days,
            "tiles": [{"label": label, "choices": [list(one) for one in said]} for label, said in self._tiles.items()],
        }

    def _repr_mimebundle_(self, *_: object, **__: object) -> dict[str, Any]:
        told = "\n".join(f"{label}: {said[0].value} ({said[0].note})" for label, said in self._tiles.items())
        held = self.to_dict()
        return {TILES_MIME: held, "text/html": with_looks(static_tiles(held)), "text/plain": told}


@once
def tiles(data: ReportData) -> Tiles:
    """Return the available figures: items, bugs, submitters, open items, and each kind of rating."""
    of_ratings = _of_ratings(data)
    only_rated = of_ratings and not data.feedback.height  # of feedback that nobody gives, no figure tells anything
    return Tiles({**({} if only_rated else _of_items(data)), **of_ratings}, data.days)


def _of_items(data: ReportData) -> dict[str, list[_Choice]]:
    last = data.windows[1].last
    place = (pl.lit(last) - local_day(pl.col("created_at"), time_zone=data.time_zone)).dt.total_days()
    status = pl.col("status").cast(pl.String)
    is_bug = is_of_type(data.feedback, "Bug")
    bugs = data.feedback.filter(is_bug).select(display_text("type").unique()).to_series().to_list()
    age = pl.lit(data.about.as_of) - pl.col("created_at")
    everything = [pl.concat_list(display_text(key), pl.lit(None, pl.String)) for key in KEYS]
    rows = data.items.select(
        *KEYS,
        period=pl.when(place >= 0).then(place // data.days),
        bug=is_bug,
        who=signer(pl.col("submitted_by")),
        open=is_open(),
        old=is_open() & (age >= pl.duration(days=OLD)),
        unknown=~status.is_in(STATUSES).fill_null(value=True) & ~pl.col("archived"),
    )
    recent = rows.filter(pl.col("period") < _PERIODS).select(*everything, "period", "bug", "who")
    by_period = recent.explode("type").explode("status").group_by("type", "status", "period").agg(
        items=pl.len(), bugs=pl.col("bug").sum(), people=pl.col("who").drop_nulls().n_unique(),
        unsigned=pl.col("who").null_count(),
    )  # fmt: skip
    sums = pl.col("open", "old", "unknown").sum()
    by_both = rows.group_by(KEYS).agg(sums).with_columns(everything)
    now = by_both.explode("type").explode("status").group_by("type", "status").agg(sums)
    held = {row[:3]: row[3:] for row in by_period.rows()}
    waits = {row[:2]: row[2:] for row in now.rows()}
    asked = [(one, other) for one in (None, *options_of(data, "type")) for other in (None, *options_of(data, "status"))]
    spread = _dispersions(data)
    known = _covered_periods(data)
    signs = data.items.select(signer(pl.col("submitted_by")).count()).item() > 0
    has_bugs = bool(bugs) or not data.feedback.height  # otherwise, the project may have words of its own for bugs
    labels = ["New items", *["Bugs"] * has_bugs, *["Unique submitters"] * signs, "Open now"]
    shown: dict[str, list[_Choice]] = {label: [] for label in labels}
    for one, other in asked:
        of = [held.get((one, other, place), (0, 0, 0, 0)) for place in range(_PERIODS)]
        for at, label in enumerate(("New items", "Bugs", "Unique submitters")):
            if label not in shown or (label == "Bugs" and one not in {None, *bugs}):
                continue
            counts = [row[at] for row in of]
            unsigned = of[0][3] if label == "Unique submitters" else 0
            size = spread.get("Bug" if label == "Bugs" else one, spread[None])
            note = _against(counts[0], counts[1], data, None if label == "Unique submitters" else size)
            note = f"{note}, {count_of(unsigned, 'item')} unsigned" if unsigned else note
            if unsigned and not counts[0]:  # nobody is known, and that is not nobody
                shown[label].append(
                    _Choice(one, other, "Unknown", f"{count_of(unsigned, 'item')} unsigned", [], few=False)
                )
                continue
            periods = [float(count) if known[at_] else None for at_, count in enumerate(counts)][::-1]
            few = data.reaches_back and counts[0] + counts[1] < _FEW
            shown[label].append(_Choice(one, other, f"{counts[0]:,}", with_minus(note), periods, few))
        waiting, old, unknown = waits.get((one, other), (0, 0, 0))
        more = f", {unknown:,} more of unknown status" if unknown else ""
        long = "all" if old and old == waiting else f"{old:,}"
        nothing = f"{unknown:,} of unknown status" if unknown else "no open items"
        note = f"{long} for {OLD} days or longer{more}" if waiting else nothing
        shown["Open now"].append(_Choice(one, other, f"{waiting:,}", note, [], few=False))
    return shown


def _dispersions(data: ReportData) -> dict[str | None, float]:
    """Return how much items cluster, all of them and those of each type. Counts are divided by this to be compared."""
    found = changes.change(
        data.feedback, by=None, where=data.where, days=data.days, as_of=data.about.as_of,
        time_zone=data.time_zone,
    )  # fmt: skip
    of_type = data.movers.filter(pl.col("key") == "type", pl.col("value").is_not_null()).select("value", "dispersion")
    return {**dict(of_type.drop_nulls().rows()), None: float(found["dispersion"][0] or 1.0)}


def _covered_periods(data: ReportData) -> list[bool]:
    """Return whether the data cover each period, latest first."""
    first = data.feedback.select(local_day(pl.col("created_at"), time_zone=data.time_zone).min()).item()
    since = data.filter.moments[0]
    starts = [data.windows[1].first - timedelta(days=place * data.days) for place in range(_PERIODS)]
    if since is not None:
        day = pl.select(local_day(pl.lit(since), time_zone=data.time_zone)).item()
        first = max(first, day) if first else day
    return [first is not None and first <= start for start in starts]


def _against(now: int, then: int, data: ReportData, dispersion: float | None) -> str:
    if not data.reaches_back:
        return "no previous days to compare with"
    if not then:
        return f"none in the previous {data.days} days"
    if then < _FEW:
        return f"{then:,} in the previous {data.days} days"
    change = round(100 * (now / then - 1))
    said = f"{change:+,}%" if change else "unchanged" if now == then else "about the same"
    likely = ""
    if dispersion is not None and now:
        found = significance.rate_ratio(now, then, dispersion=dispersion)
        low = _with_sign(",.0%", float(found.low) - 1)
        high = _with_sign(",.0%", min(float(found.high), _MOST_TIMES) - 1)
        likely = f", likely {low} to {'more than ' if found.high > _MOST_TIMES else ''}{high}"
        if found.low < 1 / _MOST_TIMES and found.high > _MOST_TIMES:  # where the previous weeks differ widely
            likely = ", may be noise"
    return f"{said}{likely} ({then:,} in the previous {data.days} days)"


def _with_sign(kind: str, value: float) -> str:
    return drop_minus_of_zero(f"{value:+{kind}}")


_MOST_TIMES: Final = 11.0
"""The largest ratio that an interval is written with: +1,000%. What is beyond says nothing more."""

_MEASURES: Final[
    tuple[tuple[str, str, Callable[..., pl.DataFrame], str, Callable[[float], str], Callable[[float], str], str], ...]
] = (
    ("nps", "Net Promoter Score", ratings.nps, "score", partial(_with_sign, ".0f"), partial(_with_sign, ".0f"), ""),
    (
        "helpful",
        "Said “helpful”",
        ratings.helpful,
        "share",
        percent,
        lambda value: _with_sign(".0f", 100 * value),
        " points",
    ),
    ("stars", "Stars", ratings.stars, "average", "{:.2f}".format, partial(_with_sign, ".2f"), ""),
)


def _of_ratings(data: ReportData) -> dict[str, list[_Choice]]:
    """Return each kind of rating with responses in the latest days. For stars, only the most common scale counts."""
    day = local_day(pl.col("created_at"), time_zone=data.time_zone)
    place = (pl.lit(data.windows[1].last) - day).dt.total_days()
    period = pl.when(place >= 0).then(place // data.days).cast(pl.String)
    rows = data.responses.with_columns(ago=period).filter(pl.col("ago").cast(pl.Int64) < _PERIODS)
    shown = {}
    differ = None
    for measure, label, rate, column, write, change, unit in _MEASURES:
        table = rate(rows, by="ago").filter(pl.col("n") > 0)
        now = table.filter(pl.col("ago") == "0").sort("n", descending=True, maintain_order=True).head(1)
        if not now.height:
            continue
        if "max_score" in table.columns:
            table = table.filter(pl.col("max_score") == now["max_score"][0])
        if differ is None:
            after, before = (Part(data.where, data.within(window)) for window in data.windows[::-1])
            differ = rating_differences.compare(data.ratings, after, before)
        by_period = dict(table.select("ago", column).rows())
        responses = dict(table.select("ago", "n").rows())
        row = now.row(0, named=True)
        note = f"{count_of(row['n'], 'response')}, likely between {write(row['low'])} and {write(row['high'])}"
        same = (pl.col("measure") == measure) & pl.col("max_score").eq_missing(pl.lit(row.get("max_score"), pl.Float64))
        compared = differ.filter(same, pl.col("low").is_not_null())
        if compared.height and data.rated_before:
            difference, low, high = compared.select("difference", "low", "high").row(0)
            was = write(by_period["1"]) if "1" in by_period else "unknown"
            note += f" (previously {was}: {change(difference)}{unit}, likely {change(low)} to {change(high)})"
        elif "1" in by_period and data.rated_before:
            note += f" (previously {write(by_period['1'])} from {count_of(responses['1'], 'response')}; not comparable)"
        periods = [by_period.get(str(at)) for at in range(_PERIODS)][::-1]
        few = row["verdict"] == "too few"
        scale = row.get("max_score")
        shown[label if scale is None else f"{label}, of {scale:g}"] = [
            _Choice(None, None, with_minus(write(row[column])), with_minus(note) + _not_filtered(data), periods, few)
        ]
    return shown


def _not_filtered(data: ReportData) -> str:
    """Say which of the report's filters do not apply to ratings."""
    asked = data.filter.columns
    names = ["text" if name == "message" else name for name in FEEDBACK_ONLY if name in asked]
    return f", not filtered by {join_words(names)}" if names else ""


# -- the page --


def parse(held: object) -> dict[str, Any] | None:
    """Parse tiles in a notebook's output, which is untrusted. None if it is invalid."""
    if not isinstance(held, dict) or not isinstance(held.get("tiles"), list):
        return None
    days = held.get("days")
    found = []
    for tile in held["tiles"]:
        choices = tile.get("choices") if isinstance(tile, dict) else None
        if not isinstance(choices, list) or not choices or not all(map(_is_choice, choices)):
            return None
        found.append({"label": str(tile.get("label", "")), "choices": choices})
    return {"days": days if isinstance(days, int) else 0, "tiles": found}


def _is_choice(choice: object) -> bool:
    if not isinstance(choice, list) or len(choice) != _PARTS:
        return False
    kind, status, value, note, periods, few = choice
    return (
        all(isinstance(text, str | None) for text in (kind, status))
        and isinstance(value, str)
        and isinstance(note, str)
        and isinstance(few, bool)
        and isinstance(periods, list)
        and len(periods) in {0, _PERIODS}
        and all(one is None or isinstance(one, int | float) for one in periods)
    )


def static_tiles(held: Mapping[str, Any]) -> str:
    """Write tiles as escaped HTML, as they are without a filter."""
    return f'<dl class="figures">{"".join(_tile(tile, held["days"]) for tile in held["tiles"])}</dl>'


def _tile(tile: Mapping[str, Any], days: int) -> str:
    _, _, value, note, periods, few = tile["choices"][0]
    marked = ' class="few"' if few else ""
    return (
        f'<div{marked}><dt>{escape(tile["label"])}</dt><dd class="value">{escape(value)}</dd>'
        f'<dd class="against">{escape(note)}{"<br>Small sample" if few else ""}</dd>{_bars(periods, days)}</div>'
    )


def _bars(periods: Sequence[float | None], days: int) -> str:
    """Draw the periods as bars, from the minimum (or 0) to the maximum. Unknown ones are left out."""
    if not periods:
        return ""
    known = [one for one in periods if one is not None]
    least, most = min([0.0, *known]), max([0.0, *known])
    scale = _HEIGHT / ((most - least) or 1)
    step = _WIDTH / len(periods)
    bars = "".join(
        f'<rect x="{at * step:g}" y="{(most - max(one, 0)) * scale:.2f}" width="{step - _GAP:g}" '
        f'height="{max(abs(one) * scale, 0.5):.2f}"></rect>'
        for at, one in enumerate(periods)
        if one is not None
    )
    told = ", ".join("unknown" if one is None else f"{one:,.2f}".rstrip("0").rstrip(".") for one in periods)
    return (
        f'<dd class="spark"><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="'
        f'Last {len(periods)} periods of {days} days: {told}">{bars}</svg></dd>'
    )
