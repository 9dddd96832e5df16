"""Writes Python code that reproduces what a panel shows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import reduce
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.panels.crossfilter import without
from seggwat_nb.panels.pictures import (
    MOVED_BY,
    SHOWN_VALUES,
    among_all,
    compare_releases,
    up_to_the_end,
)
from seggwat_nb.schema import FEEDBACK, VOCABULARIES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seggwat_nb.dataset import Dataset
    from seggwat_nb.panels.pictures import ViewRequest

__all__ = ["of_rows", "of_view", "order_imports", "quote_values"]


def of_rows(data: pl.DataFrame | Dataset, *, rated: bool) -> str:
    """Write the line that loads the data of a panel. If it cannot be loaded, write a comment that says what it is."""
    if isinstance(data, pl.DataFrame):
        return f"# {'feedback and ratings are the frames' if rated else 'feedback is the frame'} that the panel shows"
    about = data.provenance()
    as_loaded = about is not None and about.rows == data.feedback.height and data.feedback.columns == [*FEEDBACK]
    if data.client is None or about is None or not as_loaded:
        return "# data is the Dataset that the panel shows"
    arguments = []
    if not about.demo:
        arguments.append(f"project_id={quote_values(about.project_ids)}")
    if data.time_zone != "UTC":
        arguments.append(f"time_zone={quote_values([data.time_zone])}")
    if data.without_ratings:
        arguments.append("ratings=False")
    return f"data = sw.load({', '.join(arguments)})"


def order_imports(lines: Sequence[str]) -> str:
    """Put the imports before the lines that need them."""
    wants_dates = any(f"{name}(" in line for line in lines for name in ("date", "datetime"))
    dates = ["from datetime import UTC, date, datetime\n"] if wants_dates else []
    return "\n".join([*dates, "import seggwat_nb as sw\n", *lines])


def quote_values(values: Sequence[str]) -> str:
    """Write a text, or a list of several, as code, quoted like those of filters."""
    one, *others = (json.dumps(value, ensure_ascii=False) for value in values)
    return f"[{', '.join([one, *others])}]" if others else one


def of_view(view: str, asked: ViewRequest) -> str:
    """Write the code for the chart of a view. It uses ``where`` and ``data``, or ``feedback`` and ``ratings``.

    If the frame does not support the view, the result is a comment that says so.
    """
    return _VIEWS[view](asked)


def _volume(asked: ViewRequest) -> str:
    by = f'by="{asked.by}", ' if asked.by in asked.feedback.columns.columns else ""
    top = f", top={SHOWN_VALUES}" if by and _has_a_rest(asked) else ""
    return (
        f'sw.charts.volume(sw.trends.volume({_rows(asked)}, {by}every="{asked.every}", where=where{top}{_when(asked)}))'
    )


def _has_a_rest(asked: ViewRequest) -> bool:
    rows = asked.feedback
    column = rows.frame[asked.by]
    texts = column.explode() if isinstance(column.dtype, pl.List) else column
    values = len(rows.spellings()) if asked.by == "version" else texts.drop_nulls().n_unique()
    return asked.by not in VOCABULARIES and values > SHOWN_VALUES + 1


def _movers(asked: ViewRequest) -> str:
    keys = [key for key in MOVED_BY if key in asked.feedback.columns.columns]
    by = "" if len(keys) == len(MOVED_BY) else f"by={keys!r}, "
    where = up_to_the_end(asked.where).to_python() if asked.where.since else "where"
    return f"sw.charts.movers(sw.trends.movers({_rows(asked)}, {by}where={where}{_when(asked)}))"


def _versions(asked: ViewRequest) -> str:
    if not {"version", "type"} <= set(asked.feedback.columns.columns):
        return "# feedback has no versions or no types"
    wider = among_all(asked.where)
    where = "where" if wider == asked.where else wider.to_python()
    return f"sw.charts.regressions(sw.releases.regressions({_rows(asked)}, where={where}))"


def _paths(asked: ViewRequest) -> str:
    if "path" not in asked.feedback.columns.columns:
        return "# feedback has no paths"
    return f"sw.charts.by_path(sw.trends.by_path({_rows(asked)}, where=where))"


def _ratings(asked: ViewRequest) -> str:
    if asked.ratings is None:
        return "# no ratings"
    measure, by = asked.measure, asked.rated_by
    unused = asked.ratings.unused_parts(asked.where)  # fields that ratings lack
    where = reduce(without, unused, asked.where).to_python() if unused else "where"
    if by == "version" and compare_releases(asked) is not None:
        compared = f"sw.ratings.by_release({_rows(asked, 'ratings')}, where={where})"
        return f'sw.charts.by_release({compared}.filter(measure="{measure}"))'
    told_apart = f'every="{asked.every}"' if by == "time" else f'by="{by}"'
    edges = _when(asked) if by == "time" else ""
    return f"sw.charts.{measure}(sw.ratings.{measure}({_rows(asked, 'ratings')}, {told_apart}, where={where}{edges}))"


def _when(asked: ViewRequest) -> str:
    known = asked.dataset_zone or "UTC"
    zone = "" if asked.where.time_zone == known else f', time_zone="{asked.where.time_zone}"'
    if asked.dataset_zone is not None or asked.as_of is None:
        return zone
    return f"{zone}, as_of={_moment(asked.as_of)}"


def _rows(asked: ViewRequest, resource: str = "feedback") -> str:
    """Return the name of the rows in the code."""
    return resource if asked.dataset_zone is None else "data"


def _moment(moment: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"datetime({utc.year}, {utc.month}, {utc.day}, {utc.hour}, {utc.minute}, {utc.second}, tzinfo=UTC)"


_VIEWS: Final[Mapping[str, Callable[[ViewRequest], str]]] = {
    "Over time": _volume,
    "What changed": _movers,
    "Versions": _versions,
    "Pages": _paths,
    "Ratings": _ratings,
    "Themes": lambda asked: _volume(replace(asked, by="theme")),
}
