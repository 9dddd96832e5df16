"""What all charts share: a title, a summary sentence, a provenance line and a text description.

Encodings use Altair's channel classes (``x2=alt.X2("end:T")``), never shorthand strings: Altair takes about six
milliseconds to resolve each string, so a chart with ten layers would take a tenth of a second longer.
"""

from __future__ import annotations

import json
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final, Literal

import altair as alt
import polars as pl

from seggwat_nb.analysis import validation
from seggwat_nb.analysis.page_names import as_page
from seggwat_nb.charts.display import LayerChart
from seggwat_nb.errors import ArgumentError
from seggwat_nb.provenance import check_provenance
from seggwat_nb.text import ISOLATED, RIGHT_TO_LEFT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.provenance import Provenance

__all__ = [
    "EMPTY",
    "FADED",
    "ISO",
    "LONGEST_NAME",
    "NONE",
    "WIDEN",
    "assemble",
    "check_columns",
    "check_names",
    "display_name",
    "fade_unless",
    "integer_axis",
    "legible",
    "name_some",
    "nothing",
    "thousands",
]

NONE: Final = "(none)"
EMPTY: Final = "(empty)"
WIDEN: Final = "Widen the dates or clear a filter."
"""What to do where nothing is left to draw. A panel says less of it if fewer filters are set."""
ISO: Final = "%Y-%m-%dT%H:%M:%SZ"
"""Local wall time formatted as UTC and drawn on a UTC scale, so that the browser's time zone does not matter."""

FADED: Final = 0.45
LONGEST_NAME: Final = 60

_APART: Final = 8
"""Minimum distance in pixels between two numbers beside each other."""
_MOST_TICKS: Final = 6
_UNWRITABLE: Final = r"[\p{Cc}\x{2028}-\x{202E}\x{2066}-\x{2069}]+"
"""Control characters, which are invalid in SVG, line and paragraph separators, which end a string in a Vega expression,
and characters that change the direction of the surrounding text."""

_MEMBERS: Final = (
    r"^(constructor|hasOwnProperty|isPrototypeOf|propertyIsEnumerable|toLocaleString|toString|valueOf|__proto__"
    r"|__(?:define|lookup)(?:Getter|Setter)__)$"
)
"""What every JavaScript object has. Vega resolves such a name in a scale or stack to that, and draws nothing."""
_ZERO_WIDTH: Final = "\u200b"
_LONGEST_LINE: Final = 95
"""Maximum length of a subtitle line before it is wrapped."""


_MOMENTS: Final = frozenset(
    (
        *("period", "at", "first", "last", "before_first", "after_first", "after_last", "baseline_first"),
        *("first_seen", "last_seen", "back_at"),
    )
)
_FLAGS: Final = frozenset({"complete", "is_watched", "came_back"})
_WORDS: Final = frozenset(
    (
        *("verdict", "path", "parent", "band", "version", "kind", "ids", "to", "term", "terms", "examples"),
        *("theme", "stage", "overlaps", "near_misses", "missing_words", "odd_matches", "unused", "gained", "lost"),
        *("fix", "key", "measure", "value"),
    )
)
"""Columns of result frames that are not numeric."""


def check_columns(frame: pl.DataFrame, columns: Sequence[str], *, source: str) -> None:
    """Raise `ArgumentError` unless a frame has these columns, with the types that `source` returns."""
    validation.check_columns(frame, columns, wanted=f"what {source} returned", rows=False)
    wrong = [f"{column} of {frame.schema[column]}" for column in columns if not _holds(column, frame.schema[column])]
    if wrong:
        raise ArgumentError(f"The frame has {', '.join(wrong)}. Pass what {source} returned.")


def _holds(column: str, kind: pl.DataType) -> bool:
    """Return whether a column with this name may have this type."""
    if kind == pl.Null:
        return True
    if column in _MOMENTS:
        return kind.is_temporal()
    return kind == pl.Boolean if column in _FLAGS else kind.is_numeric() != (column in _WORDS)


def display_name(column: str, *, most: int | None = None) -> pl.Expr:
    """Format a value for display: missing and empty ones are named, paths decoded, and unsafe characters replaced.

    Text from right to left is isolated, so that numbers and punctuation beside it stay where they are. Names of more
    than `most` characters are cut.
    """
    given = pl.col(column).cast(pl.String)
    given = as_page(given) if column == "path" else given
    quoted = pl.when(given.is_in([NONE, EMPTY])).then(pl.format('"{}"', given)).otherwise(given)
    name = legible(quoted.fill_null(NONE).replace("", EMPTY)).str.replace(_MEMBERS, f"${{1}}{_ZERO_WIDTH}")
    name = name if most is None else name.str.head(most)
    return pl.when(name.str.contains(RIGHT_TO_LEFT)).then(pl.format(ISOLATED, name)).otherwise(name)


def legible(text: pl.Expr) -> pl.Expr:
    """Replace characters in user text that a chart must not contain."""
    return text.str.replace_all(_UNWRITABLE, " ")


def thousands(count: str | pl.Expr) -> pl.Expr:
    """Format a count, or a column of counts, with thousands separators.

    Examples
    --------
    >>> pl.DataFrame({"n": [7, 1234, 1234567]}).select(thousands("n")).to_series().to_list()
    ['7', '1,234', '1,234,567']
    """
    whole = pl.col(count) if isinstance(count, str) else count
    backwards = whole.cast(pl.String).str.reverse().str.replace_all(r"(\d{3})", "${1},")
    return backwards.str.reverse().str.strip_chars_start(",")


def name_some(things: Sequence[str], *, most: int) -> str:
    """Join names for a sentence, with long names cut.

    Examples
    --------
    >>> name_some(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    # What isolates a name that is cut still ends with it.
    isolate, end = ISOLATED.split("{}")
    ends = [end if one.startswith(isolate) and len(one) > LONGEST_NAME else "" for one in things[:most]]
    shown = ", ".join(one[:LONGEST_NAME] + after for one, after in zip(things[:most], ends, strict=True))
    return f"{shown} and {len(things) - most} more" if len(things) > most else shown


def integer_axis(channel: Literal["x", "y"], **more: Any) -> alt.Axis:  # noqa: ANN401  # altair's own options
    """Return an axis with integer ticks only, since there are no fractional items.

    There are never more ticks than items, because JupyterLab's Vega-Lite does not support a minimum tick step.
    """
    count = alt.ExprRef(f"min({_MOST_TICKS}, domain('{channel}')[1] || {_MOST_TICKS})")
    apart = {"labelSeparation": _APART} if channel == "x" else {}
    return alt.Axis(tickCount=count, format=",d", **{**apart, **more})


def check_names(names: object) -> None:
    """Raise an error unless there are two names, one for each selection.

    Examples
    --------
    >>> check_names("2.4.0")
    Traceback (most recent call last):
    seggwat_nb.errors.ArgumentError: names must be two strings, such as ('2.4.0', '2.3.0'), got '2.4.0'.
    """
    is_pair = isinstance(names, list | tuple) and len(names) == 2  # noqa: PLR2004  # two selections
    if not is_pair or not all(isinstance(name, str) for name in names):  # type: ignore[attr-defined]  # a pair
        raise ArgumentError(f"names must be two strings, such as ('2.4.0', '2.3.0'), got {names!r}.")


def fade_unless(test: str) -> alt.OpacityValue:
    """Fade the marks for which an expression is false."""
    return alt.OpacityValue(FADED, condition={"test": test, "value": 1})


def nothing(what: str) -> alt.Chart:
    """Draw a text in place of the marks that says there is no data."""
    note = pl.DataFrame({"text": [f"No {what}"]})
    written: alt.Chart = alt.Chart(note).mark_text(fontSize=13, opacity=0.75).encode(text=alt.Text("text:N"))
    return written


def assemble(
    layers: Sequence[alt.Chart],
    heading: str,
    said: Sequence[str],
    about: Provenance | None,
    *,
    told: Sequence[str] = (),
) -> LayerChart:
    """Combine the layers with a title, sentences and provenance; `told` is only added to the text description."""
    if not isinstance(heading, str):
        raise ArgumentError(f"title must be a string, got {type(heading).__name__}.")
    lines = [*said, *_provenance(about)]
    return LayerChart(
        layer=[_describe_marks(layer) for layer in layers],
        title=alt.TitleParams(heading, subtitle=[part for line in lines for part in wrap(line, _LONGEST_LINE)]),
        description=" ".join([*([f"{heading}."] if heading else []), *lines, *told]),
    )


def _describe_marks(layer: alt.Chart) -> alt.Chart:
    """Let screen readers read a mark's tooltip, and skip marks without one, such as lines, ticks and texts."""
    given = layer.encoding
    if given.description is not alt.Undefined:
        return layer
    if isinstance(given.tooltip, list):
        if any("aggregate" in line.to_dict() for line in given.tooltip):
            return layer  # a description per row would split the aggregated marks
        said = " + ".join(map(_tooltip_expression, given.tooltip))
        described: alt.Chart = layer.transform_calculate(told=said).encode(description=alt.Description("told:N"))
        return described
    mark = layer.mark
    quiet: Any = alt.MarkDef(type=mark) if isinstance(mark, str) else mark.copy(deep=False)  # type: ignore[arg-type]  # known to altair
    quiet.aria = False
    silent = layer.copy(deep=False)
    silent.mark = quiet
    return silent


def _tooltip_expression(line: alt.Tooltip) -> str:
    """Convert one line of a tooltip to a Vega expression."""
    written: dict[str, Any] = line.to_dict()  # type: ignore[assignment]  # no list, as it is one line
    value = f"datum[{json.dumps(written['field'])}]"
    figure = f"format({value}, {json.dumps(written['format'])})" if "format" in written else value
    return f"(isValid({value}) ? {json.dumps(written['title'] + ': ')} + {figure} + '; ' : '')"


def _provenance(about: Provenance | None) -> list[str]:
    check_provenance(about)
    if about is None:
        return []
    demo = "Synthetic demo data. " if about.demo else ""
    return [f"{demo}As of {about.as_of:%Y-%m-%d %H:%M} UTC. {about.size} loaded ({about.loaded})."]
