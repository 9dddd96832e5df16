"""The views of a panel: each is the chart of an analysis, with the meaning of a click on its marks.

The charts are those of `seggwat_nb.charts`, split into parts: heading and sentence become text of the page, and rows
are sent separately from the spec, so that a change of rows does not rebuild the chart.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import altair as alt
import polars as pl

from seggwat_nb import charts
from seggwat_nb.analysis import ratings, release_ratings, releases, trends
from seggwat_nb.analysis.changes import change, movers
from seggwat_nb.analysis.finding_words import usually
from seggwat_nb.analysis.periods import local_day
from seggwat_nb.analysis.taxonomy import is_within
from seggwat_nb.analysis.versions import canonical, newest_first
from seggwat_nb.charts import calendar, changes, counts
from seggwat_nb.charts.base import WIDEN, assemble, display_name, integer_axis, nothing
from seggwat_nb.charts.interval_rows import OVER_NOTES, shorten
from seggwat_nb.charts.ratings import names, rows_to_draw
from seggwat_nb.charts.theme import DISTINCT, colours
from seggwat_nb.errors import ArgumentError
from seggwat_nb.panels.crossfilter import PARTS, is_set, only, without
from seggwat_nb.text import count_of, format_day

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping
    from datetime import datetime

    from seggwat_nb.analysis.periods import Every
    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.panels.crossfilter import Crossfilter

__all__ = [
    "MEASURES",
    "MOVED_BY",
    "SHOWN_VALUES",
    "ChartPayload",
    "ViewRequest",
    "among_all",
    "compare_releases",
    "draw",
    "filters_note",
    "measures_of",
    "up_to_the_end",
    "view",
]

SHOWN_VALUES: Final = DISTINCT
_SHOWN_SECTIONS: Final = 15
MOVED_BY: Final = ("type", "path", "source")
_SEEN_ROWS: Final = 7
"""Number of rows of estimates in sight in a tab, with axis and legend."""
_OFFSET: Final = {"axis": 0, "legend": 4}
_LETTERS: Final = 36
"""Maximum number of letters of a name on an axis."""
_DIGIT: Final = 7
"""Width in pixels of a digit beside a bar."""
_AXIS: Final = 20
"""Height in pixels of the labels of an axis."""
_UP: Final = "\N{UPWARDS ARROW}"
"""The row that leads one level up."""
_PASSING: Final = frozenset({"status", "version", "archived"})
"""Columns whose values items have for some time only."""
_FULL: Final = 400
"""From this width in pixels on, a chart fills its container."""
_FIT: Final[Mapping[str, str]] = {"type": "fit-x", "contains": "padding"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewRequest:
    """The request for a view."""

    feedback: Crossfilter
    ratings: Crossfilter | None
    where: FeedbackFilter
    by: str
    every: Every
    rated_by: str
    """How ratings are grouped: ``path``, ``version`` or ``time``."""
    measure: str
    """The ratings that are shown: ``helpful``, ``nps`` or ``stars``."""
    as_of: datetime | None
    shapes: dict[Hashable, ChartPayload]
    """Earlier pictures whose spec can be reused, by what the spec depends on. Filled when views are drawn."""
    dataset_zone: str | None = None
    """Time zone of the panel's `Dataset`. None if it was created from frames."""
    followed: bool = True
    """Whether clicks on the chart have an effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartPayload:
    """A chart to draw: texts, spec, and the rows of each data set.

    ``picks`` maps the name of each mark to the part of the filter and the values that it stands for.
    """

    heading: str
    said: str
    label: str
    spec: Mapping[str, Any]
    rows: Mapping[str, pl.DataFrame | list[dict[str, Any]]]
    picks: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    @classmethod
    def of(cls, chart: alt.LayerChart, **more: Any) -> ChartPayload:  # noqa: ANN401  # other fields
        """Split a chart into its parts."""
        spec = chart.to_dict(validate=False)
        title, rows = spec.pop("title"), spec.pop("datasets", {})
        width = spec.get("width")
        if width == "container" or (isinstance(width, int) and width >= _FULL):
            spec |= {"width": "container", "autosize": _FIT}
        names = {name: f"rows{place}" for place, name in enumerate(rows)}
        for part in (spec, *spec["layer"]):  # altair moves data shared by all layers to the top
            if (name := part.get("data", {}).get("name")) in names:
                part["data"] = {"name": names[name]}
        return cls(
            heading=title["text"],
            said=" ".join(title["subtitle"]),
            label=spec.pop("description"),
            spec=spec,
            rows={names[name]: kept for name, kept in rows.items()},
            **more,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the message for the browser."""
        rows = {name: _pack(kept) if isinstance(kept, pl.DataFrame) else kept for name, kept in self.rows.items()}
        return {
            "heading": self.heading,
            "said": self.said,
            "label": self.label,
            "spec": self.spec,
            "data": rows,
        }

    def to_spec(self, *, width: int | None = None) -> dict[str, Any]:
        """Combine spec and rows again. `width` is for containers without a width."""
        rows = {name: kept.to_dicts() if isinstance(kept, pl.DataFrame) else kept for name, kept in self.rows.items()}
        given = {} if width is None or self.spec.get("width") != "container" else {"width": width}
        return {**self.spec, **given, "datasets": rows}


def _pack(rows: pl.DataFrame) -> dict[str, Any]:
    """Write a frame by columns, with each text once. This takes a tenth of the size of rows with names and values."""
    columns: dict[str, Any] = {}
    for column in rows.iter_columns():
        values = (column.round(4) if column.dtype.is_float() else column).to_list()
        if column.dtype == pl.String:
            places = {text: place for place, text in enumerate(dict.fromkeys(values)) if text is not None}
            columns[column.name] = {"names": [*places], "codes": [places.get(text) for text in values]}
        else:
            columns[column.name] = values
    return {"height": rows.height, "columns": columns}


def _volume(asked: ViewRequest) -> ChartPayload:
    """Draw the chart of counts. Its spec covers all items in the selected dates, so that filters only change rows."""
    by = asked.by if asked.feedback.has(asked.by) else None
    columns = asked.feedback.frame.select("created_at")
    if by is not None:
        columns = columns.with_columns(asked.feedback.most_frequent(by, SHOWN_VALUES))
    count = partial(
        trends.volume, columns, by=by, every=asked.every, as_of=asked.as_of, time_zone=asked.where.time_zone
    )
    counted, dates = count(where=asked.feedback.choose(asked.where)), only(asked.where, "dates")
    key = ("volume", by, asked.every, dates)
    if key not in asked.shapes:
        everything = counted if dates == asked.where else count(where=asked.feedback.choose(dates))
        asked.shapes[key] = ChartPayload.of(charts.volume(everything))
    drawn = asked.shapes[key]
    if "rows0" not in drawn.rows or not counts.has_marks(counted):
        return ChartPayload.of(charts.volume(counted))
    said = " ".join(counts.in_words(counted))
    return replace(
        drawn,
        said=said,
        label=f"{drawn.heading}. {said}",
        rows=dict(zip(drawn.rows, counts.layer_rows(counted), strict=False)),
        picks={} if by is None else _picks(asked.feedback, counted.select(by).unique(by, maintain_order=True), key=by),
    )


def _picks(
    rows: Crossfilter, drawn: pl.DataFrame, *, key: str, named_as: pl.Series | None = None
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return what each mark stands for, by its name.

    The name of a mark is what a reader sees: one spelling per version, long names cut, unusual characters replaced. It
    stands for all values with that name, or for nothing if no filter selects exactly these: rows without a value, the
    group of other values, and a path with others below it.
    """
    names = drawn.select(display_name(key)).to_series() if named_as is None else named_as
    spelt = rows.spellings() if key == "version" else {}
    known = set(rows.values(key))
    meant: dict[str, tuple[str, ...] | None] = {}
    for name, value in zip(names, drawn[key].cast(pl.String), strict=True):
        found = None if value is None else spelt.get(value, (value,))
        if found and not _selects_these_alone(rows, key, found, known):
            found = None
        before = meant.get(name, ())
        meant[name] = None if found is None or before is None else (*before, *found)
    return {name: (key, values) for name, values in meant.items() if values}


def _selects_these_alone(rows: Crossfilter, key: str, values: tuple[str, ...], known: set[str]) -> bool:
    """Return whether a filter by these values selects exactly the rows of a mark."""
    if key == "path":
        return rows.is_a_leaf(values[0])
    nested = key == "theme" and any(one not in values and is_within(one, values[0]) for one in known)
    return known.issuperset(values) and not nested


def _movers(asked: ViewRequest) -> ChartPayload:
    keys = [key for key in MOVED_BY if key in asked.feedback.columns.columns]
    people = {"submitted_by"} & set(asked.feedback.columns.columns)
    where = up_to_the_end(asked.where)
    moved = movers(
        asked.feedback.columns.select("created_at", *keys, *people),
        by=keys,
        where=asked.feedback.choose(where),
        as_of=asked.as_of,
        time_zone=asked.where.time_zone,
    )
    picks: dict[str, tuple[str, tuple[str, ...]]] = {}
    for (key,), rows in changes.rows_to_draw(moved).partition_by("key", as_dict=True).items():
        values = rows.select(pl.col("value").alias(str(key)))
        picks |= _picks(asked.feedback, values, key=str(key), named_as=rows["name"])
    title = "What changed" if where == asked.where else "What changed (up to the last selected day)"
    items = int(asked.feedback.choose(where).mask.sum())
    if items and moved.is_empty():
        said = f"{count_of(items, 'item')} cover{'s' * (items == 1)} less than two weeks. {WIDEN}"
        return ChartPayload.of(assemble([nothing("comparison")], title, [said], None))
    if moved.height and not moved["after"].sum() and not moved["verdict"].is_in(["up", "down"]).any():
        return ChartPayload.of(assemble([nothing("recent items")], title, [_why_none_is_recent(asked, moved)], None))
    drawn = ChartPayload.of(charts.movers(moved, title=title), picks=picks)
    if together := _of_all_selected(asked, where):
        drawn = replace(
            drawn, said=f"{together} {drawn.said}", label=drawn.label.replace(drawn.said, f"{together} {drawn.said}", 1)
        )
    return _in_sight(drawn, changes.rows_to_draw(moved).height)


def _of_all_selected(asked: ViewRequest, where: FeedbackFilter) -> str:
    """Say if all selected items changed. A value that they have in common did not: its share of them is the same.

    New items, and those of the newest version, are always more than usual.
    """
    if where == only(where, "dates") or _PASSING & where.columns:
        return ""
    people = {"submitted_by", "source"} & set(asked.feedback.columns.columns)
    rows, chosen = asked.feedback.columns.select("created_at", *people), asked.feedback.choose(where)
    whole = change(rows, by=None, where=chosen, as_of=asked.as_of, time_zone=asked.where.time_zone).row(0, named=True)
    turned = {"up": "rose", "down": "fell"}.get(whole["verdict"])
    items = f"{count_of(whole['after'], 'item')} ({usually(whole['expected'])})"
    return f"Selected feedback {turned} to {items}." if turned else ""


def _why_none_is_recent(asked: ViewRequest, moved: pl.DataFrame) -> str:
    """Say since when a selection has no items, and how to see what changed before."""
    rows = asked.feedback.choose(up_to_the_end(asked.where)).apply(asked.feedback.columns)
    day = local_day(pl.col("created_at"), time_zone=asked.where.time_zone)
    last = format_day(rows.select(day.max()).item())
    way = f" To see what changed up to then, select dates that end on {last}." if asked.followed else ""
    return f"No items since {format_day(moved['after_first'][0])}. The newest is from {last}.{way}"


def up_to_the_end(where: FeedbackFilter) -> FeedbackFilter:
    """Remove the start date of a filter, since the latest days are compared with those before it."""
    return replace(where, since=None)


def among_all(where: FeedbackFilter) -> FeedbackFilter:
    """Remove the types of a filter, as bugs alone would be 100%, and a version without others beside it."""
    where = without(where, "type")
    is_single = len({canonical(version) for version in where.version or ()}) == 1
    return without(where, "version") if is_single else where


def _versions(asked: ViewRequest) -> ChartPayload:
    """Draw the share of bugs in each version."""
    columns = asked.feedback.columns
    if not {"version", "type"} <= set(columns.columns):
        return ChartPayload.of(
            assemble([nothing("versions")], "Versions", ["The frame has no version or type column."], None)
        )
    people = {"submitted_by", "source"} & set(columns.columns)
    where = among_all(asked.where)
    chosen = asked.feedback.choose(where)
    judged = releases.to_show(columns.select("created_at", "version", "type", *people), where=chosen)
    if judged.height and not judged["count"].sum():
        items = int(judged["n"].sum())
        said = f"No bug among {count_of(items, 'item')} of {count_of(judged.height, 'version')}."
        return ChartPayload.of(assemble([nothing("bugs")], "Share of bugs by version", [said], None))
    judged = _newest_first(judged, asked.feedback)
    wider = [f"{part}s" for part in ("type", "version") if is_set(asked.where, part) and not is_set(where, part)]
    titled = f"Share of bugs by version, among all {' and '.join(wider)}" if wider else None
    names = judged.select(shorten(display_name("version"))).to_series()
    picks = _picks(asked.feedback, judged, key="version", named_as=names)
    return _in_sight(ChartPayload.of(charts.regressions(judged, title=titled), picks=picks), judged.height)


def _paths(asked: ViewRequest) -> ChartPayload:
    """Draw the sections below the selected path. A click goes one level down, or up on the first row."""
    above = asked.where.path[0].rstrip("/") if asked.where.path and len(asked.where.path) == 1 else ""
    sections = asked.feedback.sections(asked.where, above=above)
    heading = f"Pages below {above}" if above else "Pages"
    every = int(asked.feedback.choose(asked.where, leaving_out=None if above else "path").mask.sum())
    others = every - int(sections["count"].sum())
    said = [f"{count_of(every, 'item')}{'. Click to go one level down' * (asked.followed and sections.height > 0)}."]
    if above and others:
        sections = pl.concat([sections, pl.select(path=pl.lit(above), count=pl.lit(others, pl.Int64))])
        said.append(f"{count_of(others, 'item')} on {above} itself.")
    elif others:
        said.append(f"{count_of(others, 'item')} without a page that begins with / not shown.")
    if sections.is_empty():
        return ChartPayload.of(assemble([nothing("pages")], heading, [f"No items here. {WIDEN}"], None))
    shown = sections.head(_SHOWN_SECTIONS).with_columns(name=display_name("path"))
    if more := sections.height - shown.height:
        said.append(f"{more} more section{'s' * (more > 1)} with fewer items.")
    picks: dict[str, tuple[str, tuple[str, ...]]] = {
        path: ("path", (path,)) for path in shown["path"] if not path.endswith("/") and path != above
    }
    if above and asked.followed:
        picks[_UP] = ("path", _parent(above))
    return ChartPayload.of(_sections(shown, picks, heading, said), picks=picks)


def _parent(path: str) -> tuple[str, ...]:
    parent, _, _ = path.rpartition("/")
    return (parent,) if parent else ()


def _sections(
    shown: pl.DataFrame, picks: Mapping[str, tuple[str, tuple[str, ...]]], heading: str, said: list[str]
) -> alt.LayerChart:
    rows = shown.select("count", label=shorten(pl.col("name"), _LETTERS), name="path", page="name")
    again = pl.int_range(1, pl.len() + 1).over("label")  # two paths may look the same
    rows = rows.with_columns(label=pl.when(again > 1).then(pl.format("{} ({})", "label", again)).otherwise("label"))
    order = [*([_UP] if _UP in picks else []), *rows["label"]]
    y = alt.Y("label:N", title=None, sort=order, scale=alt.Scale(domain=order), axis=alt.Axis(labelLimit=240))
    x = alt.X("count:Q", title="Items", scale=alt.Scale(zero=True), axis=integer_axis("x"))
    base = alt.Chart(rows).encode(y=y)
    bars = base.mark_bar(color=colours("path", ["x"])[0], cursor="pointer")
    numbers = base.mark_text(align="left", dx=4, fontSize=11)
    layers = [
        bars.encode(
            x=x,
            tooltip=[alt.Tooltip("page:N", title="Page"), alt.Tooltip("count:Q", title="Items", format=",")],
        ),
        numbers.encode(x=alt.X("count:Q"), text=alt.Text("count:Q", format=",")),
    ]
    if _UP in picks:
        to = f"up to {next(iter(picks[_UP][1]), 'all pages')}"
        way = alt.Chart(pl.DataFrame({"label": [_UP], "name": [_UP], "count": [0], "told": [to]}))
        up = way.mark_text(align="left", dx=4, fontSize=11, cursor="pointer")
        layers.append(
            up.encode(y=y, x=alt.X("count:Q"), text=alt.Text("told:N"), description=alt.Description("told:N"))
        )
    room = _DIGIT * len(f"{max(rows['count'].to_list(), default=0):,}")  # for the number at the end of the longest bar
    padding = {"left": 5, "top": 5, "right": 5 + room, "bottom": 5}
    return assemble(layers, heading, said, None).properties(width=420, height={"step": 20}, padding=padding)


def _ratings(asked: ViewRequest) -> ChartPayload:
    if asked.ratings is None or not asked.ratings.frame.height:
        said = "No ratings loaded. Pass ratings=client.ratings()."
        return ChartPayload.of(assemble([nothing("ratings")], "Ratings", [said], None))
    measure, by = asked.measure, asked.rated_by
    rows, where = asked.ratings.columns, asked.ratings.choose(asked.where)
    heading, (_, figure, chart) = MEASURES[measure], _RATED[measure]
    title = f"{heading}{_RATED_BY[by]}{filters_note(asked.ratings, asked.where)}"
    if by == "time":
        zone = asked.where.time_zone
        over_time = figure(rows, every=asked.every, where=where, as_of=asked.as_of, time_zone=zone)
        spans = over_time.select(**calendar.spans()).select("when", "start", "end").iter_rows()
        days = {when: ("dates", (start[:10], end[:10])) for when, start, end in spans}
        return ChartPayload.of(chart(over_time, title=title), picks=days)
    compared = compare_releases(asked) if by == "version" else None
    if compared is not None:
        compared = _newest_first(compared, asked.ratings)
        shown = compared.select(shorten(display_name("version"))).to_series()
        picks = _picks(asked.ratings, compared, key=by, named_as=shown)
        drawn_rows = compared.filter(pl.col("verdict") != "too few").height
        return _in_sight(ChartPayload.of(charts.by_release(compared, title=title), picks=picks), drawn_rows)
    figures = figure(rows, by=by, where=where)
    if by == "version":
        figures = _newest_first(figures, asked.ratings)
    drawn = rows_to_draw(figures)
    picks = _picks(asked.ratings, drawn, key=by, named_as=names(drawn, by=by))
    return _in_sight(ChartPayload.of(chart(figures, title=title), picks=picks), drawn.height)


def compare_releases(asked: ViewRequest) -> pl.DataFrame | None:
    """Compare the versions by the kind of rating that is shown. None if each has too few responses to be compared."""
    rated = asked.ratings
    if rated is None:
        return None
    found = release_ratings.by_release(rated.columns, where=rated.choose(asked.where)).filter(measure=asked.measure)
    return None if (found["verdict"] == "too few").all() else found


def _newest_first(frame: pl.DataFrame, rows: Crossfilter) -> pl.DataFrame:
    """Sort by version as in the list of versions."""
    newest = newest_first([*rows.spellings()])
    return frame.sort(pl.col("version").replace_strict(newest, range(len(newest)), default=len(newest)))


def _in_sight(drawn: ChartPayload, rows: int) -> ChartPayload:
    """Put axis and legend above the rows if these are too many to be seen together with what is below them."""
    if rows <= _SEEN_ROWS:
        return drawn
    layers = []
    for layer in drawn.spec["layer"]:
        encoding = {**layer["encoding"]}
        for name, kind in (("x", "axis"), ("color", "legend"), ("shape", "legend")):
            if isinstance(encoding.get(name, {}).get(kind), dict):
                encoding[name] = {
                    **encoding[name],
                    kind: {**encoding[name][kind], "orient": "top", "offset": _OFFSET[kind]},
                }
        if encoding.get("y", {}).get("value") == OVER_NOTES:
            encoding["y"] = {"value": OVER_NOTES - _AXIS}
        layers.append({**layer, "encoding": encoding})
    return replace(drawn, spec={**drawn.spec, "layer": layers})


def filters_note(rated: Crossfilter, where: FeedbackFilter) -> str:
    """Describe which parts of a filter do not apply to ratings, and where their themes come from."""
    left_out = rated.unused_parts(where)
    note = f" (not filtered by {', '.join(left_out)})" if left_out else ""
    inferred = is_set(where, "theme") and rated.has("theme")
    return f"{note}{' (themes inferred from page and version)' * inferred}"


def measures_of(rated: pl.DataFrame | None) -> list[str]:
    """Return what ratings can be shown, the one with the most rows first. If there are none, the first of all."""
    if rated is None:
        return [*MEASURES][:1]
    found = dict(rated["rating_type"].value_counts().iter_rows())
    rows = {measure: found.get(kind, 0) for measure, (kind, _, _) in _RATED.items()}
    return sorted(filter(rows.get, rows), key=lambda measure: -rows[measure]) or [*MEASURES][:1]


MEASURES: Final[Mapping[str, str]] = {"helpful": "Said “helpful”", "nps": "NPS", "stars": "Stars"}
"""Maps the name of each measure of ratings to its heading."""
_RATED: Final[Mapping[str, tuple[str, Callable[..., pl.DataFrame], Callable[..., alt.LayerChart]]]] = {
    "helpful": ("helpful", ratings.helpful, charts.helpful),
    "nps": ("nps", ratings.nps, charts.nps),
    "stars": ("star", ratings.stars, charts.stars),
}
"""Maps each measure to the type of its ratings, its figures and its chart."""
_RATED_BY: Final[Mapping[str, str]] = {"path": " by page", "time": " over time", "version": " by version"}
"""Maps the grouping of ratings to the end of the heading."""


_VIEWS: Final[Mapping[str, Callable[[ViewRequest], ChartPayload]]] = {
    "Over time": _volume,
    "What changed": _movers,
    "Versions": _versions,
    "Pages": _paths,
    "Ratings": _ratings,
    "Themes": lambda asked: _volume(replace(asked, by="theme")),
}
"""Maps the name of each view in the panel to the function that draws it."""


def draw(name: str, asked: ViewRequest) -> ChartPayload:
    """Draw a view. Where nothing is left to draw, only filters that are set are offered to be cleared."""
    drawn = _VIEWS[name](asked)
    if WIDEN not in drawn.said:
        return drawn
    said, label = (text.replace(WIDEN, _way_out(asked)).strip() for text in (drawn.said, drawn.label))
    return replace(drawn, said=said, label=label)


def _way_out(asked: ViewRequest) -> str:
    if not asked.followed:
        return ""
    parts = [part for part in PARTS if is_set(asked.where, part)]
    if "dates" in parts:
        return WIDEN if len(parts) > 1 else "Widen the dates."
    return "Clear a filter." if parts else ""


def view(name: str, asked: ViewRequest) -> ChartPayload:
    """Draw a view. If the rows do not allow it, show why, so that the panel and its filters still work."""
    try:
        return draw(name, asked)
    except ArgumentError as error:
        return ChartPayload.of(assemble([nothing("chart")], name, [str(error)], None))
