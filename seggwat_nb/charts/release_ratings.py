"""The chart of how each version is rated, compared with all earlier versions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import altair as alt
import polars as pl

from seggwat_nb.analysis.rating_responses import MEASURES
from seggwat_nb.charts.base import assemble, check_columns, display_name, name_some, nothing, thousands
from seggwat_nb.charts.interval_rows import Verdict, along_rows, unclear_beyond
from seggwat_nb.text import count_of, join_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.provenance import Provenance

__all__ = ["by_release"]

_RELEASE: Final = (
    *("version", "measure", "max_score", "estimate", "estimate_before", "n", "n_before", "difference", "low", "high"),
    "verdict",
)
_HEADINGS: Final = {"nps": "NPS", "helpful": "Said “helpful”", "stars": "Stars"}
_RESPONSES: Final = {"nps": "NPS responses", "helpful": "“helpful” responses", "stars": "star ratings"}
_RATED_VERDICTS: Final = (
    Verdict("lower", "triangle-down", "#D55E00"),
    Verdict("higher", "triangle-up", "#0072B2"),
    Verdict("unclear", "circle", faded=True),
)
_LABEL: Final = "datum.value ? datum.label : '0'"
_LABEL_OF_SHARES: Final = "datum.value ? datum.label + '%' : '0'"
_WRITTEN: Final = ("estimate", "estimate_before", "difference", "low", "high")
_MOST_ROWS: Final = 30
_MOST_DESCRIBED: Final = 6


def by_release(frame: pl.DataFrame, *, about: Provenance | None = None, title: str | None = None) -> alt.LayerChart:
    """Draw `seggwat_nb.ratings.by_release`: how each version is rated, compared with all earlier ones.

    Parameters
    ----------
    frame
        The frame that `seggwat_nb.ratings.by_release` returned. Only the 30 versions with the most responses are drawn,
        in version order. Several measures share these rows equally. For one measure alone, pass its rows:
        ``frame.filter(measure="nps")``.
    about, title
        As in `seggwat_nb.charts.nps`.

    Returns
    -------
    alt.LayerChart
        An Altair chart. The axis is the difference in points (NPS), percentage points (helpful) or stars. If versions
        are compared by several measures, it is the difference as a percentage of the scale, and each row also names its
        difference in its own unit. If an interval crosses 0, the difference may be noise. Versions with too few
        responses are left out.

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
    compared = frame.filter(pl.col("verdict") != "too few")
    found = compared if compared.height else frame
    measures = [measure for measure in _HEADINGS if measure in found["measure"]]
    heading = title or f"{_heading(measures)} by version, compared with earlier versions"
    if compared.is_empty():
        return assemble([nothing("versions to compare")], heading, _too_few(frame, measures), about)
    several = len(measures) > 1
    shown = _with_most_responses(compared, _MOST_ROWS // len(measures))
    rows = _rows(shown, several=several)
    more = compared.height - shown.height
    missed = [name for measure, name in _RESPONSES.items() if measure in frame["measure"] and measure not in measures]
    unshown = [f"Too few {join_words(missed)} to compare versions."] if missed else []
    unshown += (
        [f"{count_of(more, 'comparison' if several else 'version')} with fewer responses not shown."] if more else []
    )
    told = [
        f"{version}: {said}, previously {before} ({verdict})."
        for version, said, before, verdict in rows.filter(pl.col("verdict").is_in(["lower", "higher"]))
        .select("version", "told", "before", "verdict")
        .rows()[:_MOST_DESCRIBED]
    ]
    x = partial(
        alt.X,
        title=_axis(measures),
        axis=alt.Axis(
            format="+.1f" if measures == ["stars"] else "+.0f", tickCount=6, grid=True, labelFlush=False,
            labelExpr=_LABEL_OF_SHARES if several else _LABEL,
        ),
        scale=alt.Scale(zero=True),
    )  # fmt: skip
    tooltip = [
        alt.Tooltip("name:N", title="Version"),
        alt.Tooltip("told:N", title="Rated"),
        alt.Tooltip("before:N", title="Before"),
        alt.Tooltip("least:N", title="Difference at least"),
        alt.Tooltip("most:N", title="Difference at most"),
        alt.Tooltip("n:Q", title="Responses", format=","),
        alt.Tooltip("n_before:Q", title="Responses before", format=","),
        alt.Tooltip("verdict:N", title="Verdict"),
    ]
    same = alt.Chart(pl.DataFrame({"low": [0.0]})).mark_rule(strokeDash=[4, 3], opacity=0.6).encode(x=x("low:Q"))
    layers = [same, *along_rows(rows, x=x, verdicts=_RATED_VERDICTS, tooltip=tooltip, note="said")]
    return assemble(
        layers,
        heading,
        [_summarize_releases(compared, several=several), *unclear_beyond(rows, 0), *unshown],
        about,
        told=told,
    )


def _heading(measures: Sequence[str]) -> str:
    return _HEADINGS[measures[0]] if len(measures) == 1 else "Ratings"


def _axis(measures: Sequence[str]) -> list[str]:
    """Return the lines of the axis title, which are short enough for a phone."""
    unit = f"in {MEASURES[measures[0]].unit}s" if len(measures) == 1 else "as a percentage of the scale"
    return ["Difference from earlier versions,", unit]


def _with_most_responses(compared: pl.DataFrame, most: int) -> pl.DataFrame:
    """Keep the rows with the most responses of each measure, in the frame's order."""
    return compared.filter(pl.col("n").rank("ordinal", descending=True).over("measure") <= most)


def _rows(shown: pl.DataFrame, *, several: bool) -> pl.DataFrame:
    """Return the rows of the chart, with their figures in words."""
    written = [_format_figures(*row) for row in shown.select("measure", "max_score", *_WRITTEN).rows()]
    words = pl.DataFrame(
        written, schema=dict.fromkeys(("short", "told", "before", "change", "least", "most"), pl.String()), orient="row"
    )
    wide = pl.max_horizontal(pl.col("max_score") - 1, 1.0)
    width = pl.col("measure").replace_strict({"nps": 200.0, "helpful": 1.0}, default=wide, return_dtype=pl.Float64)
    unit = pl.when(pl.col("measure") == "helpful").then(100.0).otherwise(1.0)
    size = 100 / width if several else unit
    note = pl.format("{} ({})", "told", "change") if several else pl.col("short")
    return shown.hstack(words).select(
        *("n", "n_before", "verdict", "told", "before", "least", "most"),
        *(pl.col(name) * size for name in ("low", "high")),
        version=display_name("version"),
        name=_name(several=several),
        middle=pl.col("difference") * size,
        said=pl.format("{}, n {}", note, thousands("n")),
    )


def _name(*, several: bool) -> pl.Expr:
    version = display_name("version")
    return pl.format("{} ({})", version, pl.col("measure").replace({"nps": "NPS"})) if several else version


def _format_figures(measure: str, scale: float | None, *figures: float) -> tuple[str, ...]:
    """Write the figures of a row: the estimate alone and in words, the one before, and the difference and interval."""
    write = MEASURES[measure].write
    estimate, before, *differences = figures
    short = f"{write(estimate)} of {scale:g}" if measure == "stars" else write(estimate)
    told = {"nps": f"NPS {short}", "helpful": f"{short} said “helpful”", "stars": f"{short} stars"}
    return short, told[measure], write(before), *map(MEASURES[measure].write_signed, differences)


def _too_few(frame: pl.DataFrame, measures: Sequence[str]) -> list[str]:
    """Say how many responses a comparison needs, and which version comes closest."""
    from seggwat_nb.analysis.ratings import LEAST

    kind = _RESPONSES[measures[0]] if len(measures) == 1 else "ratings of one kind"
    needed = (
        f"To be compared, a version needs {LEAST} {kind}, and all earlier versions together as many. To compare "
        "with fewer, pass min_count to sw.ratings.by_release."
    )
    closest = frame.sort(pl.min_horizontal("n", "n_before"), descending=True).head(1)
    return [
        needed,
        *(
            f"Closest is {name} with {n:,}{f' {_RESPONSES[measure]}' * (len(measures) > 1)}, and {before:,} before it"
            f"{'' if scale is None else f', on a scale of {scale:g} stars'}."
            for name, measure, n, before, scale in closest.select(
                display_name("version").alias("name"), "measure", "n", "n_before", "max_score"
            ).rows()
        ),
    ]


def _summarize_releases(compared: pl.DataFrame, *, several: bool) -> str:
    versions = count_of(compared["version"].n_unique(), "version")
    found = [
        f"Rated {verdict} than earlier versions: {name_some(names, most=_MOST_DESCRIBED)}."
        for verdict in ("lower", "higher")
        if (names := compared.filter(verdict=verdict).select(_name(several=several)).to_series().to_list())
    ]
    return f"{versions} compared. {' '.join(found) or 'None was clearly rated differently.'}"
