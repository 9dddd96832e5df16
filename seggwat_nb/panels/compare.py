"""Two selections side by side: the same charts for both, and their differences."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import ipywidgets as widgets

from seggwat_nb.analysis import selections
from seggwat_nb.analysis.validation import check_choice, check_level
from seggwat_nb.dataset import Dataset, frames_of
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.options import checks_options
from seggwat_nb.panels import code
from seggwat_nb.panels.base import PAUSE, Panel, check_frame, provenance, shows_errors
from seggwat_nb.panels.code import quoted
from seggwat_nb.panels.crossfilter import PARTS, Crossfilter, is_set, only, without
from seggwat_nb.panels.found import list_items
from seggwat_nb.panels.moves import earlier
from seggwat_nb.panels.pairs import Pair, pictures
from seggwat_nb.panels.remarks import cautions, describe_ratings, in_words, table
from seggwat_nb.panels.shared import draw_masked_pair
from seggwat_nb.panels.sides import Side, check_names
from seggwat_nb.panels.widgets import Charts, Options
from seggwat_nb.text import counted

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any, Literal, Self

    import polars as pl

    from seggwat_nb.panels.explorer import Explorer
    from seggwat_nb.panels.pictures import ChartPayload
    from seggwat_nb.schema import Provenance

__all__ = ["Compare"]

_KEYS: Final = {"Type": "type", "Status": "status", "Source": "source", "Version": "version", "Path": "path"}
_AUTO: Final = ""
"""No None: a dropdown takes that for no choice at all, and shows nothing."""
_EVERY: Final = {"Auto": _AUTO, "Day": "1d", "Week": "1w", "Month": "1mo", "Quarter": "1q"}
_CHOOSE: Final = ""
_LATEST: Final = 28
_BEFORE: Final = "before"
_ALWAYS: Final = "always"
_WINDOWS: Final = ("Last {} days", "Previous {} days")
_CURRENT: Final = ("Current period", "Previous period")
"""What selections without a name are called once periods are chosen."""
_PERIODS: Final = {
    "Choose …": _CHOOSE,
    "Last 7 days vs previous 7": 7,
    "Last 28 days vs previous 28": 28,
    "Last 91 days vs previous 91": 91,
    "B: same as A, one window earlier": _BEFORE,
    "All time": _ALWAYS,
}


@checks_options
class Compare(Panel):
    """Compare two selections of feedback.

    Parameters
    ----------
    data
        What `seggwat_nb.load` returns, or a frame of feedback with one of the columns type, status, source, version and
        path.
    a, b
        The two selections: two versions, two periods, two paths, or any other two filters. None selects everything.
    ratings
        A frame of ratings, for a line on each side; by default those of the `Dataset`.
    about
        Where the rows come from; by default as in the `Dataset`.
    names
        Names of the two filters. A filter that is changed in the panel is called A or B, unless periods are chosen,
        which change its dates only.
    level
        Confidence level of all intervals, and 1 minus the rate of false alarms allowed in the verdicts.

    Attributes
    ----------
    a, b : FeedbackFilter
        The filters compared; may be set, to None for everything.
    differences : pl.DataFrame
        What `seggwat_nb.trends.compare` returns for the chosen key.

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

    _held = ("_data", "_rows", "_ratings", "_chosen", "_differences")

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
        self._data, self._source = data, code.of_rows(data, rated=False)
        self._called = "data" if isinstance(data, Dataset) else "feedback"
        check_level(level)
        self._keys = {label: key for label, key in _KEYS.items() if key in frame.columns}
        if not self._keys:
            raise ArgumentError(
                f"The frame has none of the columns to compare by: {', '.join(_KEYS.values())}. Keep at least one of "
                "them."
            )
        self._rows = Crossfilter(frame)
        self._ratings = None if ratings is None else Crossfilter(ratings)
        self._about, self._level = about, level
        self._a, self._b = (FeedbackFilter() if one is None else one for one in (a, b))
        for where in (self._a, self._b):
            _check_side(where)
        self._named = check_names(names, self._a, self._b)
        self._given = frozenset(self._named.values())
        self._build()
        super().__init__([self._head, self._words, self._charts, self._found, self._figures, self._foot])
        self.add_class("seggwat-compare")
        self._set(self._a, self._b)
        self._later(self._suggest)

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

    @property
    def a(self) -> FeedbackFilter:
        """The first selection."""
        with self.busy:  # what was clicked may be half done, in another thread
            return self._a

    @a.setter
    def a(self, where: FeedbackFilter | None) -> None:
        self._set(FeedbackFilter() if where is None else where, self._b)

    @property
    def b(self) -> FeedbackFilter:
        """The second selection."""
        with self.busy:
            return self._b

    @b.setter
    def b(self, where: FeedbackFilter | None) -> None:
        self._set(self._a, FeedbackFilter() if where is None else where)

    @property
    def differences(self) -> pl.DataFrame:
        """Shares in both selections and their difference, by the key chosen."""
        with self.busy:
            return self._differences

    @property
    def names(self) -> tuple[str, str]:
        """What the two selections are called."""
        first, second = self._named.get(self._a, "A"), self._named.get(self._b, "B")
        return ("A", "B") if first == second else (first, second)

    def explorer(self, side: Literal["a", "b"]) -> Explorer:
        """Open one of the two selections in an `Explorer`, to read its items and to filter further."""
        from seggwat_nb.panels.explorer import Explorer

        self.check_open()
        check_choice("side", side, ("a", "b"))
        where = self.a if side == "a" else self.b
        rated = None if self._ratings is None else self._ratings.frame
        return Explorer(self._data, ratings=rated, about=self._about, where=where)

    def to_python(self) -> str:
        """Return the code that makes the same comparison and its chart without the panel."""
        level = "" if self._level == 0.95 else f", level={self._level}"  # noqa: PLR2004  # the default
        names = "" if self.names == ("A", "B") else f", names=({', '.join(quoted([name]) for name in self.names)})"
        return code.whole(
            [
                self._source,
                f"a = {self._a.to_python()}",
                f"b = {self._b.to_python()}",
                f'differences = sw.trends.compare({self._called}, a, b, by="{self._by.value}"{level})',
                f"sw.charts.compare(differences{names})",
            ]
        )

    def to_html(self, file: str | os.PathLike[str], *, smallest: int | None = None) -> Path:
        """Write the comparison as one offline page to share, with the same charts but without the items.

        Parameters
        ----------
        file
            A path ending in ``.html``; an existing file is replaced once the new one is complete.
        smallest
            The fewest items that a figure may stand for, such as 5. The page then has tables of each selection by
            month, type, status, source and version instead of charts (`seggwat_nb.share.pages.tables`).

        Returns
        -------
        Path
            The file. Its charts show the figures of the panel, with values masked as in a report and those of fewer
            than five items merged; it has no fields to change them.

        Raises
        ------
        ArgumentError
            The suffix is wrong, the folder is missing or not writable, `smallest` is less than 2, or is given
            where the two selections share items.
        """
        from seggwat_nb.share import export, privacy
        from seggwat_nb.share.pages import comparison, tables

        self.check_open()
        export.check_target(file, suffixes=(".html",))  # before any work
        counts = (int(one.mask.sum()) for one in self._chosen)
        people = privacy.submitters(self._rows.frame)
        names = comparison.mask_names(self.names, people=people)
        if smallest is not None:
            sides = [*zip(names, (self._a, self._b), strict=True)]
            return tables.write(self._rows.frame, file, smallest=smallest, sides=sides, about=self._about)
        return comparison.write(
            file,
            sides=[*zip(names, (self._a, self._b), counts, strict=True)],
            charts=draw_masked_pair(self._pair(), names=names, level=self._level),
            ratings=[] if self._ratings is None else [self._rated(where) for where in (self._a, self._b)],
            cautions=self._cautions(),
            about=self._about,
            people=people,
        )

    # -- what is there ------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        auto = widgets.Layout(width="auto")
        self._sides = tuple(
            Side(letter, self._rows, self._on_typing, partial(self._on_release, place), partial(self._on_widen, place))
            for place, letter in enumerate("AB")
        )
        self._swap = widgets.Button(description="Swap A and B", layout=auto)
        self._periods = widgets.Dropdown(options=_PERIODS, description="Periods", tooltip="Set the dates of both sides")
        # Selections of two types have no type in common: another key says more of them.
        keys = sorted(self._keys.values(), key=lambda key: is_set(self._a, key) and is_set(self._b, key))
        self._by = widgets.ToggleButtons(
            options=self._keys, value=keys[0], tooltips=[f"Compare by {label.lower()}" for label in self._keys]
        )
        self._every = widgets.Dropdown(options=_EVERY, description="Every", tooltip="Length of a period over time")
        for choice, width in ((self._periods, "250px"), (self._every, "110px")):
            choice.layout.width = width
            choice.style.description_width = "auto"
        self._by.style.button_width = "auto"
        wrap = widgets.Layout(flex_flow="row wrap", align_items="center")
        self._latest = widgets.Button(description="Last 28 days vs previous 28", layout=auto)
        by = widgets.HBox([widgets.Label("By"), self._by], layout=widgets.Layout(align_items="center"))
        tools = widgets.HBox([self._swap, self._latest, self._periods, by, self._every], layout=wrap)
        both = widgets.Box([side.box for side in self._sides])
        both.add_class("seggwat-sides")
        self._warnings = widgets.HTML()
        self._head = widgets.VBox([both, tools, self._warnings])
        self._charts, self._figures, self._message = Charts(), widgets.HTML(), widgets.HTML()
        self._words, self._found = widgets.HTML(), widgets.HTML()
        self._clipboard = Options()  # it alone can write there
        self._copy_button = widgets.Button(description="Copy as Python", layout=auto)
        self._code = widgets.Textarea(
            tooltip="The comparison as Python", layout=widgets.Layout(width="98%", height="130px", display="none")
        )
        about = widgets.HTML(provenance(self._about, self._rows.frame))
        copy = widgets.HBox([self._copy_button, self._clipboard])
        self._foot = widgets.VBox([copy, self._message, self._code, about])
        self._listen()

    def _listen(self) -> None:
        self._swap.on_click(lambda _: self._on_swap())
        self._latest.on_click(lambda _: self._on_dates(_LATEST))
        self._periods.observe(lambda change: self._on_dates(change["new"]), "value")
        for choice in (self._by, self._every):
            choice.observe(lambda _: self._on_view(), "value")
        self._copy_button.on_click(lambda _: self._copy())
        self._charts.on_msg(lambda _, message, __: self._on_message(message))

    # -- what people do -----------------------------------------------------------------------------------------------

    @shows_errors
    def _on_typing(self, more_to_come: bool) -> None:  # noqa: FBT001  # `Fields` calls it
        self._soon("typed", self._read_fields, pause=PAUSE if more_to_come else 0.0)

    @shows_errors
    def _read_fields(self) -> None:
        """Take both filters from the fields; invalid ones are reported, and nothing changes."""
        first, second = self._sides
        self._set(first.read(self._a), second.read(self._b), typed=True)

    @shows_errors
    def _on_release(self, place: int) -> None:
        wanted = [*self._caught_up()]
        wanted[place] = self._sides[place].released(wanted[place])
        self._set(*wanted)

    @shows_errors
    def _on_swap(self) -> None:
        a, b = self._caught_up()
        self._set(b, a)

    def _caught_up(self) -> tuple[FeedbackFilter, FeedbackFilter]:
        """Return the filters with what was typed a moment ago and not looked at yet, where that can be meant."""
        first, second = self._sides
        try:
            return first.read(self._a), second.read(self._b)
        except ArgumentError:
            return self._a, self._b

    @shows_errors
    def _on_dates(self, wanted: int | str) -> None:
        """Set both dates; the choice is then free to be made again."""
        if wanted == _CHOOSE:
            return
        self._periods.value = _CHOOSE
        a, b = self._caught_up()
        if wanted == _ALWAYS:
            self._set_periods(without(a, "dates"), without(b, "dates"), self.names, ("A", "B"))
        elif wanted == _BEFORE:
            until = a.until or self._today()
            if a.since is None:
                raise ArgumentError("A has no start date, so there is no window before it. Set its dates first.")
            later = replace(a, until=until)
            self._set_periods(later, earlier(later), (self.names[0], ""), _CURRENT)
        else:
            zone = a.time_zone
            days, today = timedelta(days=int(wanted)), self._today()
            self._set_periods(
                replace(a, since=today - days, until=today),
                replace(b, since=today - 2 * days, until=today - days, time_zone=zone),
                self.names,
                tuple(words.format(wanted) for words in _WINDOWS),
            )

    def _set_periods(
        self, a: FeedbackFilter, b: FeedbackFilter, names: tuple[str, str], periods: tuple[str, ...]
    ) -> None:
        """Change dates only: names that were given are kept, and other selections are named by their periods."""
        kept = [name if name in self._given else period for name, period in zip(names, periods, strict=True)]
        self._named |= dict(zip((a, b), kept, strict=True))
        self._set(a, b)

    @shows_errors
    def _on_widen(self, place: int, part: str) -> None:
        wanted = [*self._caught_up()]
        wanted[place] = without(wanted[place], part)
        self._set(*wanted)

    @shows_errors
    def _on_view(self) -> None:
        self._show()

    @shows_errors
    def _copy(self) -> None:
        self._code.value = self.to_python()
        self._code.layout.display = ""
        self._clipboard.send({"copy": self._code.value})
        self.say("")

    @shows_errors
    def _on_message(self, message: Mapping[str, Any]) -> None:
        if "failed" in message:
            raise ArgumentError(f"The chart could not be drawn ({message['failed']}). Reload the page.")
        self._found.value = list_items(self._pair(), (self._a, self._b), self._drawn, message)

    def _suggest(self) -> None:
        for side in self._sides:
            side.suggest(self._rows)

    # -- what is shown ------------------------------------------------------------------------------------------------

    def _today(self) -> date:
        """Day that is not over, as far as the rows are known, in A's zone."""
        last = self._about.as_of if self._about else self._rows.frame["created_at"].max()
        if not isinstance(last, datetime):
            raise ArgumentError("The frame is empty, so there is no last day. Set the dates by hand.")
        return last.astimezone(ZoneInfo(self._a.time_zone)).date()

    def _set(self, a: FeedbackFilter, b: FeedbackFilter, *, typed: bool = False) -> None:
        for where in (a, b):
            _check_side(where)
            if unused := self._rows.unused(where):
                raise ArgumentError(f"The frame has no column for {', '.join(unused)}. Remove it from the filter.")
        with self.busy:
            chosen = self._rows.chosen(a), self._rows.chosen(b)  # raises before anything is shown
            self._a, self._b, self._chosen = a, b, chosen
            self.say(" ".join(dict.fromkeys(filter(None, map(self._rows.doubts, (a, b))))), done=True)
            if not typed:  # nobody's typing is overwritten
                for side, where in zip(self._sides, (a, b), strict=True):
                    side.show(where)
            self._show()

    def _show(self) -> None:
        self._differences = selections.compare(self._rows.columns, *self._chosen, by=self._by.value, level=self._level)
        total = self._rows.frame.height
        for side, name, chosen, where in zip(self._sides, self.names, self._chosen, (self._a, self._b), strict=True):
            rated = [] if self._ratings is None else [self._rated(where)]
            side.tell(name, int(chosen.mask.sum()), total, where, rated)
            side.offer([] if chosen.mask.any() else self._ways_out(where))
        said = "".join(f'<div class="seggwat-warning">⚠ {html.escape(line)}</div>' for line in self._cautions())
        self._warnings.value = f'<div role="status">{said}</div>'
        self._code.layout.display = "none"  # it was of what was shown before
        self._drawn = pictures(self._pair())
        self._charts.charts = {name: picture.to_json() for name, picture in self._drawn.items()}
        said = "".join(
            f"<li>{html.escape(line)}</li>" for line in in_words(self._differences, self._by.value, self.names)
        )
        self._words.value = f'<ul class="seggwat-differences" role="status">{said}</ul>'
        self._found.value = ""  # it was of what was shown before
        self._figures.value = table(self._differences, self._by.value, self.names)
        self._draw_soon()

    def _ways_out(self, where: FeedbackFilter) -> list[tuple[str, str, int]]:
        """List the parts of a filter that selects nothing without which it selects something, and how much."""
        parts = [part for part in PARTS if is_set(where, part)]
        found = [(part, int(self._rows.chosen(where, leaving_out=part).mask.sum())) for part in parts]
        said = {part: "these dates" if part == "dates" else only(where, part).describe() for part in parts}
        return [(part, said[part], items) for part, items in found if items]

    def _rated(self, where: FeedbackFilter) -> str:
        return "" if self._ratings is None else describe_ratings(self._ratings, where, level=self._level)

    def _pair(self) -> Pair:
        return Pair(
            feedback=self._rows,
            chosen=self._chosen,
            names=self.names,
            differences=self._differences,
            by=self._by.value,
            every=self._every.value or None,
            as_of=self._as_of,
            time_zone=self._a.time_zone,
        )

    @property
    def _as_of(self) -> datetime | None:
        return None if self._about is None else self._about.as_of

    def _cautions(self) -> list[str]:
        return cautions(self._rows.frame, self._chosen, as_of=self._as_of)

    def _current_picture(self) -> tuple[ChartPayload, str]:
        sides = zip(self.names, (self._a, self._b), self._chosen, strict=True)
        said = (
            f"{name}: {where.describe(people=False)}, {counted(int(one.mask.sum()), 'item')}."
            for name, where, one in sides
        )
        return self._drawn["differences"], " ".join(said)


def _check_side(where: object) -> None:
    if not isinstance(where, FeedbackFilter):
        raise ArgumentError(f"A filter must be a seggwat_nb.FeedbackFilter, got {type(where).__name__}.")
