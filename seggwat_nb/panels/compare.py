"""Two selections side by side: their differences in words, the same charts for both, and their items."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeVar

import anywidget
import traitlets

from seggwat_nb.analysis import selections
from seggwat_nb.analysis.validation import check_choice, check_level
from seggwat_nb.dataset import Dataset, data_end, frames_of
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.options import checks_options
from seggwat_nb.panels import code
from seggwat_nb.panels.answers import Answers
from seggwat_nb.panels.base import Shown, check_frame, complete_ratings, in_zone
from seggwat_nb.panels.chips import origin
from seggwat_nb.panels.code import quote_values
from seggwat_nb.panels.crossfilter import PARTS, Crossfilter, is_set
from seggwat_nb.panels.found import of_mark
from seggwat_nb.panels.pairs import Pair, pictures
from seggwat_nb.panels.remarks import SAME_ITEMS, cautions, describe_ratings, figures, in_words
from seggwat_nb.panels.shared import draw_masked_pair
from seggwat_nb.panels.sides import PERIODS, Sides, check_names, check_side
from seggwat_nb.panels.still import hide_style
from seggwat_nb.panels.widgets import Anything
from seggwat_nb.text import count_of
from seggwat_nb.web import script, style

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Literal, Self

    import polars as pl

    from seggwat_nb.analysis.periods import Every
    from seggwat_nb.panels.crossfilter import Chosen
    from seggwat_nb.panels.explorer import Explorer
    from seggwat_nb.panels.pictures import ChartPayload
    from seggwat_nb.panels.session import Session
    from seggwat_nb.provenance import Provenance

__all__ = ["Compare"]

_T = TypeVar("_T")

_KEYS: Final = {"type": "Type", "status": "Status", "source": "Source", "version": "Version", "path": "Page"}
_EVERY: Final[Mapping[str, tuple[str, Every | None]]] = {
    "": ("Auto", None),
    "1d": ("Day", "1d"),
    "1w": ("Week", "1w"),
    "1mo": ("Month", "1mo"),
    "1q": ("Quarter", "1q"),
}


@checks_options
class Compare(Answers, Shown, anywidget.AnyWidget):
    """Compare two selections of feedback.

    Parameters
    ----------
    data
        What `seggwat_nb.load` returned, or a frame of feedback with one of the columns type, status, source, version
        and path.
    a, b
        The two selections: two versions, two periods, two paths, or any other two filters. None selects everything.
    ratings
        A frame of ratings, for a line on each side. By default, those of the `Dataset`.
    about
        Provenance of the rows. By default, that of the `Dataset`.
    names
        Names of the two filters. A filter set later is named after its preset, after its period if choosing a period
        changed only its dates, or after what it selects, such as "2.4.0", if it has only one part. Otherwise, it is
        called A or B.
    level
        Confidence level of all intervals, and 1 minus the rate of false alarms allowed in the verdicts.

    Attributes
    ----------
    a, b : FeedbackFilter
        The two filters. They can be set (None selects everything) and observed: ``panel.observe(act, ["a", "b"])``.
    differences : pl.DataFrame
        The result of `seggwat_nb.trends.compare` for the selected key.

    Raises
    ------
    ArgumentError
        The frame is not one of feedback, it lacks a column that a filter needs, or a name cannot be shown.

    Examples
    --------
    >>> import polars as pl
    >>> from seggwat_nb.schema import FEEDBACK
    >>> panel = Compare(pl.DataFrame(schema=FEEDBACK), FeedbackFilter(version="2.4.0"), FeedbackFilter(version="2.3.0"))
    >>> panel.b = FeedbackFilter(version="2.2.0")
    >>> panel.differences.height
    0
    >>> panel.close()
    """

    _esm = script("compare/panel.js")
    setup = traitlets.Unicode("{}").tag(sync=True)
    a = Anything()
    b = Anything()

    _held = ("_data", "_rows", "_ratings", "_sides", "_kept", "_similar", "_beside", "_sent")
    _own = ("_by", "_every", "_sent", "_shown")

    def __init__(
        self,
        data: pl.DataFrame | Dataset,
        a: FeedbackFilter | None = None,
        b: FeedbackFilter | None = None,
        *,
        ratings: pl.DataFrame | None = None,
        about: Provenance | None = None,
        names: tuple[str, str] | None = None,
        level: float = 0.95,
    ) -> None:
        frame, ratings, about = frames_of(data, ratings, about)
        check_frame(frame, ratings, about)
        ratings = complete_ratings(ratings)
        check_level(level)
        first, second = (in_zone(FeedbackFilter() if one is None else check_side(one), data) for one in (a, b))
        named = check_names(names, first, second)
        keys = [key for key in _KEYS if key in frame.columns]
        if not keys:
            raise ArgumentError(
                f"The frame has none of the columns to compare by: {', '.join(_KEYS)}. Keep at least one of them."
            )
        self._data, self._source = data, code.of_rows(data, rated=False)
        self._called = "data" if isinstance(data, Dataset) else "feedback"
        self._about, self._as_of, self._level = about, data_end(data, about), level
        self._rows = Crossfilter(frame)
        self._ratings = None if ratings is None else Crossfilter(ratings)
        self._sides = Sides(self._rows, (first, second), as_of=self._as_of, named=named)
        # Selections of two types have no type in common, so another key is more informative.
        keys = [*filter(self._rows.has_several, keys)] or keys[:1]
        self._keys = sorted(keys, key=lambda key: is_set(first, key) and is_set(second, key))
        self._by, self._every = self._keys[0], ""
        self._kept: dict[str, tuple[object, Any]] = {}
        self._beside, self._similar = {}, None
        self._sent: object = None
        self._is_live, self._shown = False, self._sides.wheres
        super().__init__(setup=json.dumps(self._setup()))
        self._show_filters()
        self.on_msg(lambda _, message, __: self._hear(message))

    @classmethod
    def of_rest(
        cls,
        data: pl.DataFrame | Dataset,
        where: FeedbackFilter,
        *,
        ratings: pl.DataFrame | None = None,
        about: Provenance | None = None,
        names: tuple[str, str] = ("Selection", "The rest"),
        level: float = 0.95,
    ) -> Self:
        """Compare a selection with all other items: `b` is its complement (`FeedbackFilter.complement`).

        Parameters
        ----------
        where
            The selection.
        data, ratings, about, names, level
            As for `Compare`.

        Returns
        -------
        Compare
            The panel.

        Raises
        ------
        ArgumentError
            Everything is selected, or as for `Compare`.
        """
        if not isinstance(where, FeedbackFilter):
            raise ArgumentError(f"where must be a seggwat_nb.FeedbackFilter, got {type(where).__name__}.")
        if not any(is_set(where, part) for part in PARTS):
            raise ArgumentError("All items are selected, so there is no rest. Choose a filter first.")
        return cls(data, where, where.complement(), ratings=ratings, about=about, names=names, level=level)

    # -- for code -----------------------------------------------------------------------------------------------------

    @traitlets.validate("a", "b")
    def _take(self, proposal: Mapping[str, Any]) -> FeedbackFilter:
        """Apply a filter that code has set. An invalid one raises an error, and nothing changes."""
        self.check_open()
        where = FeedbackFilter() if proposal["value"] is None else check_side(proposal["value"])
        place = "ab".index(proposal["trait"].name)
        with self.busy, self._all_or_nothing():
            if where is not self._shown[place]:
                where = in_zone(where, self._data)
                self._sides.set(place, where)
                self._shown = self._sides.wheres
                self._tell()
        return where

    @property
    def differences(self) -> pl.DataFrame:
        """Shares in both selections and their difference, by the selected key."""
        self.check_open()
        with self.busy:
            return self._differences()

    @property
    def names(self) -> tuple[str, str]:
        """The names of the two selections."""
        with self.busy:
            return self._sides.names

    def explorer(self, side: Literal["a", "b"]) -> Explorer:
        """Open one of the two selections in an `Explorer`, to read and filter its items.

        Parameters
        ----------
        side
            ``"a"`` or ``"b"``.

        Returns
        -------
        Explorer
            A new panel. What is filtered there does not change this one.

        Raises
        ------
        ArgumentError
            There is no such side, or the panel is closed.
        """
        from seggwat_nb.panels.explorer import Explorer

        self.check_open()
        check_choice("side", side, ("a", "b"))
        where = self.a if side == "a" else self.b
        rated = None if self._ratings is None else self._ratings.frame
        return Explorer(self._data, ratings=rated, about=self._about, where=where)

    def to_python(self) -> str:
        """Return Python code that makes the same comparison and its chart without the panel."""
        self.check_open()
        level = "" if self._level == 0.95 else f", level={self._level}"  # noqa: PLR2004  # the default
        names = (
            "" if self.names == ("A", "B") else f", names=({', '.join(quote_values([name]) for name in self.names)})"
        )
        return code.order_imports(
            [
                self._source,
                f"a = {self.a.to_python()}",
                f"b = {self.b.to_python()}",
                f'differences = sw.trends.compare({self._called}, a, b, by="{self._by}"{level})',
                f"sw.charts.compare(differences{names})",
            ]
        )

    def to_html(self, file: str | os.PathLike[str], *, smallest: int | None = None) -> Path:
        """Write the comparison as one offline page to share, with the same charts but without the items.

        Parameters
        ----------
        file
            A path ending in ``.html``. An existing file is replaced when the new one is complete.
        smallest
            Minimum number of items per figure, such as 5. The page then has tables of each selection by month, type,
            status, source and version instead of charts (`seggwat_nb.share.pages.tables`).

        Returns
        -------
        Path
            The file. Its charts show the figures of the panel, without filters. Values are masked as in a report, and
            those with fewer than five items are merged.

        Raises
        ------
        ArgumentError
            The suffix is wrong, the folder is missing or not writable, `smallest` is less than 2, or `smallest` is
            given although the two selections share items.
        """
        from seggwat_nb.share import export, privacy
        from seggwat_nb.share.pages import comparison, tables

        self.check_open()
        export.check_target(file, suffixes=(".html",))  # before any work
        counts = (int(one.mask.sum()) for one in self._choose_sides())
        people = privacy.submitters(self._rows.frame)
        names = comparison.mask_names(self.names, people=people)
        if smallest is not None:
            sides = [*zip(names, self._sides.wheres, strict=True)]
            return tables.write(
                self._rows.frame, file, smallest=smallest, sides=sides, about=self._about, as_of=self._as_of
            )
        return comparison.write(
            file,
            sides=[*zip(names, self._sides.wheres, counts, strict=True)],
            charts=draw_masked_pair(self._pair(), names=names, level=self._level),
            ratings=[] if self._ratings is None else [self._describe_ratings(where) for where in self._sides.wheres],
            cautions=self._cautions(),
            about=self._about,
            as_of=self._as_of,
            people=people,
        )

    def close(self) -> None:
        """Remove the panel from the page and free its memory. A closed panel cannot be used again."""
        self._close_beside()
        super().close()

    # -- what the page says -------------------------------------------------------------------------------------------

    def _count(self) -> None:
        self._sides.view()

    def _count_ahead(self) -> None:
        self._sides.sessions[0].count_ahead()

    def _act(self, message: Mapping[str, Any]) -> None:
        with self._all_or_nothing():
            if not self._sides.act(message):
                return
            self._is_live = True
            self._tell(message)
        self._show_filters()

    def _states(self) -> list[object]:
        return self._sides.states()

    def _session_of(self, message: Mapping[str, Any]) -> Session:
        return self._sides.of(message)

    @property
    def _answers(self) -> Mapping[str, Callable[[Mapping[str, Any]], None]]:
        return {
            **super()._answers,
            "view": self._answer_view,
            "mark": self._answer_mark,
            "all": self._answer_all,
            "code": self._answer_code,
            "explore": self._answer_explore,
        }

    def _answer_view(self, message: Mapping[str, Any]) -> None:
        with self._all_or_nothing():
            if message.get("by") in self._keys:
                self._by = message["by"]
            if message.get("every") in _EVERY:
                self._every = message["every"]
            self._sides.narrow((None, None))
            self._tell(message)

    def _answer_mark(self, message: Mapping[str, Any]) -> None:
        """List the items of a mark. If it shows a difference, list those of both sides."""
        found = of_mark(self._pair(), self._draw_charts(), message)
        if (side := message.get("only")) is not None:
            found = [one if side == letter else None for letter, one in zip("ab", found, strict=True)]
        with self._all_or_nothing():
            self._sides.narrow(found)
            self._tell(message)

    def _answer_all(self, message: Mapping[str, Any]) -> None:
        self._sides.narrow((None, None))
        self._tell(message)

    def _answer_code(self, message: Mapping[str, Any]) -> None:
        ways = {"a": self.a.to_python, "b": self.b.to_python}
        made = ways.get(message.get("what", ""), self.to_python)()
        self.send({"is": "code", "text": made, "do": message["do"]})

    def _answer_explore(self, message: Mapping[str, Any]) -> None:
        """Open a side in an explorer."""
        self._show_beside(message, self.explorer(message["of"]))

    def _tell(self, message: Mapping[str, Any] | None = None) -> None:
        """Send what to show, with charts if they have changed."""
        if self._is_live:
            asked = message or {}
            described, counts = self._sides.view()
            drawn, differences, cautions = self._draw_charts(), self._differences(), self._cautions()
            for side, where in zip(described["sides"], self._sides.wheres, strict=True):
                side["rated"] = self._describe_ratings(where)
            is_new = drawn is not self._sent or asked.get("do") == "start"
            self._sent = drawn
            words = [SAME_ITEMS] if SAME_ITEMS in cautions else in_words(differences, self._by, self.names)
            pictures_told = {name: picture.to_json() for name, picture in drawn.items()} if is_new else None
            if pictures_told and words and words[0].startswith(drawn["differences"].said):
                pictures_told["differences"]["said"] = ""  # else it would be said twice
            view = {
                "is": "view",
                "seq": asked.get("seq"),
                "who": asked.get("who"),
                **described,
                "by": self._by,
                "every": self._every,
                "cautions": [one for one in cautions if one != SAME_ITEMS],
                "words": words,
                "figures": figures(differences, self._by, self.names),
                "charts": pictures_told,
            }
            self.send(view, buffers=[one.tobytes() for one in counts])
            self._warm_soon()
        self._draw_soon()

    def _show_filters(self) -> None:
        """Update the traits to the current filters, for their observers."""
        self._shown = self._sides.wheres
        with self.hold_trait_notifications():
            self.a, self.b = self._shown

    # -- what is there ------------------------------------------------------------------------------------------------

    def _setup(self) -> dict[str, Any]:
        return {
            "facets": self._sides.sessions[0].columns(),
            "total": self._rows.frame.height,
            "about": origin(self._about, self._rows.frame, self._as_of, time_zone=self._sides.wheres[0].time_zone),
            "keys": [[key, name] for key, name in _KEYS.items() if key in self._keys],
            "every": [[key, name] for key, (name, _) in _EVERY.items()],
            "periods": [*PERIODS.items()],
            "columns": [*filter(self._rows.has_values, self._rows.frame.columns)],
            "types": self._sides.sessions[0].bands_of("type").colour_of if self._rows.has("type") else {},
            "css": style("explorer/explorer.css", "explorer/reading.css", "compare/compare.css"),
            "hide": hide_style(self._number),
        }

    def _once(self, name: str, key: object, make: Callable[[], _T]) -> _T:
        """Return a result from the cache, or compute it."""
        if name not in self._kept or self._kept[name][0] != key:
            self._kept[name] = key, make()
        made: _T = self._kept[name][1]
        return made

    @property
    def _of_what(self) -> tuple[object, ...]:
        """Everything that the contents depend on. Relative dates move on."""
        return tuple((where, where.moments) for where in self._sides.wheres)

    def _choose_sides(self) -> tuple[Chosen, Chosen]:
        return self._once("chosen", self._of_what, self._sides.choose)

    def _differences(self) -> pl.DataFrame:
        def compare() -> pl.DataFrame:
            as_of = self._data.as_of if isinstance(self._data, Dataset) else None
            return selections.compare(
                self._rows.columns, *self._choose_sides(), by=self._by, as_of=as_of, level=self._level
            )

        return self._once("differences", (self._of_what, self._by), compare)

    def _draw_charts(self) -> dict[str, ChartPayload]:
        key = self._of_what, self._by, self._every, self._sides.names
        return self._once("pictures", key, lambda: pictures(self._pair()))

    def _describe_ratings(self, where: FeedbackFilter) -> str:
        return "" if self._ratings is None else describe_ratings(self._ratings, where, level=self._level)

    def _pair(self) -> Pair:
        return Pair(
            feedback=self._rows,
            chosen=self._choose_sides(),
            names=self._sides.names,
            differences=self._differences(),
            by=self._by,
            every=_EVERY[self._every][1],
            as_of=self._as_of,
            time_zone=self._sides.wheres[0].time_zone,
        )

    def _cautions(self) -> list[str]:
        return self._once(
            "cautions", self._of_what, lambda: cautions(self._rows.frame, self._choose_sides(), as_of=self._as_of)
        )

    def _current_picture(self) -> tuple[ChartPayload, str]:
        sides = zip(self._sides.names, self._sides.wheres, self._choose_sides(), strict=True)
        said = (
            f"{name}: {where.describe(people=False)}, {count_of(int(one.mask.sum()), 'item')}."
            for name, where, one in sides
        )
        return self._draw_charts()["differences"], " ".join(said)
