"""The chart of how each version is rated, compared with all earlier versions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.charts.base import assemble, check_columns, display_name, name_some, nothing, thousands
from seggwat_nb.charts.interval_rows import Verdict, along_rows, unclear_beyond
from seggwat_nb.charts.ratings import with_most_responses
from seggwat_nb.text import counted

if TYPE_CHECKING:
    from seggwat_nb.schema import Provenance

__all__ = ["by_release"]

_RELEASE: Final = (
    *("version", "max_score", "average", "average_before", "n", "n_before", "difference", "low", "high", "verdict"),
)
_RATED_VERDICTS: Final = (
    Verdict("lower", "triangle-down", "#D55E00"),
    Verdict("higher", "triangle-up", "#0072B2"),
    Verdict("unclear", "circle", faded=True),
)
_LABEL_OF_STARS: Final = "datum.value ? datum.label : '0'"
_MOST_ROWS: Final = 30
_MOST_DESCRIBED: Final = 6


def by_release(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.ratings.by_release`: each version's difference in stars from all earlier versions.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.ratings.by_release` returned. Only the 30 versions with the most responses are drawn,
        in version order.
    about, title
        As in `seggwat_nb.charts.nps`.

    Returns
    -------
    alt.LayerChart
        An Altair chart. The axis is the difference in stars. If an interval crosses 0, the difference may be noise.
        Versions with too few responses are left out.

    Raises
    ------
    ArgumentError
        The frame is not from `seggwat_nb.ratings.by_release`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import seggwat_nb as sw
    >>> scores = [5.0, 4.0, 5.0, 3.0] * 15 + [1.0, 5.0, 2.0, 3.0] * 15
    >>> rows = pl.DataFrame({"version": ["1.9"] * 60 + ["1.10"] * 60, "score": scores})
    >>> moment = datetime(2026, 3, 1, tzinfo=UTC) + pl.duration(hours=9 * pl.int_range(pl.len()))
    >>> rows = rows.with_columns(created_at=moment, rating_type=pl.lit("star"), max_score=5.0)
    >>> print(by_release(sw.ratings.by_release(rows)).to_dict()["description"])  # doctest: +NORMALIZE_WHITESPACE
    Stars by version, compared with earlier versions. 1 version compared. Rated lower than earlier versions: 1.10.
    1.10: 2.75 of 5 stars, previously 4.25 (lower).
    """
    check_columns(frame, _RELEASE, source="sw.ratings.by_release")
    heading = title or "Stars by version, compared with earlier versions"
    compared = frame.filter(pl.col("verdict") != "too few")
    if compared.is_empty():
        return assemble([nothing("versions to compare")], heading, _too_few(frame), about)
    shown = with_most_responses(compared, _MOST_ROWS)
    rows = shown.select(
        *("average", "average_before", "n", "n_before", "max_score", "verdict", "low", "high"),
        name=display_name("version"),
        middle="difference",
        said=pl.format(
            "{} of {}, n {}", pl.col("average").round(2), pl.col("max_score").cast(pl.Int64), thousands("n")
        ),
    )
    more = compared.height - shown.height
    unshown = [f"{counted(more, 'version')} with fewer responses not shown."] if more else []
    told = [
        f"{name}: {average:.2f} of {scale:g} stars, previously {before:.2f} ({verdict})."
        for name, average, scale, before, verdict in rows.filter(pl.col("verdict").is_in(["lower", "higher"]))
        .select("name", "average", "max_score", "average_before", "verdict")
        .rows()[:_MOST_DESCRIBED]
    ]
    x = partial(
        alt.X,
        title="Difference in stars from earlier versions",
        axis=alt.Axis(format="+.1f", tickCount=6, grid=True, labelFlush=False, labelExpr=_LABEL_OF_STARS),
        scale=alt.Scale(zero=True),
    )
    tooltip = [
        alt.Tooltip("name:N", title="Version"),
        alt.Tooltip("average:Q", title="Average", format=".2f"),
        alt.Tooltip("average_before:Q", title="Before", format=".2f"),
        alt.Tooltip("low:Q", title="At least", format="+.2f"),
        alt.Tooltip("high:Q", title="At most", format="+.2f"),
        alt.Tooltip("n:Q", title="Responses", format=","),
        alt.Tooltip("n_before:Q", title="Responses before", format=","),
        alt.Tooltip("verdict:N", title="Verdict"),
    ]
    same = alt.Chart(pl.DataFrame({"low": [0.0]})).mark_rule(strokeDash=[4, 3], opacity=0.6).encode(x=x("low:Q"))
    layers = [same, *along_rows(rows, x=x, verdicts=_RATED_VERDICTS, tooltip=tooltip, note="said")]
    return assemble(
        layers, heading, [_summarize_releases(compared), *unclear_beyond(rows, 0), *unshown], about, told=told
    )


def _too_few(frame: pl.DataFrame) -> list[str]:
    """Say how many responses a comparison needs, and which version comes closest."""
    from seggwat_nb.analysis.ratings import LEAST

    needed = (
        f"To be compared, a version needs {LEAST} star ratings, and all earlier versions together as many. To compare "
        "with fewer, pass min_count to sw.ratings.by_release."
    )
    closest = frame.sort(pl.min_horizontal("n", "n_before"), descending=True).head(1)
    return [
        needed,
        *(
            f"Closest is {name} with {n:,}, and {before:,} before it, on a scale of {scale:g} stars."
            for name, n, before, scale in closest.select(
                display_name("version").alias("name"), "n", "n_before", "max_score"
            ).rows()
        ),
    ]


def _summarize_releases(rows: pl.DataFrame) -> str:
    versions = counted(rows.height, "version")
    found = [
        f"Rated {verdict} than earlier versions: {name_some(names, most=_MOST_DESCRIBED)}."
        for verdict in ("lower", "higher")
        if (names := rows.filter(pl.col("verdict") == verdict).select(display_name("version")).to_series().to_list())
    ]
    return f"{versions} compared. {' '.join(found) or 'None was clearly rated differently.'}"
