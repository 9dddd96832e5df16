"""One side of a comparison: what it selects, in words, and the fields to change that."""

from __future__ import annotations

import html
from itertools import islice
from typing import TYPE_CHECKING, Final

import ipywidgets as widgets

from seggwat_nb.analysis.versions import same
from seggwat_nb.errors import ArgumentError
from seggwat_nb.panels.crossfilter import newest_first, with_fields, without
from seggwat_nb.panels.fields import Fields, Showing
from seggwat_nb.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.panels.crossfilter import Crossfilter

__all__ = ["Side", "check_names"]

_ANY: Final = "any"
_SEVERAL: Final = "several"
_WIDTH: Final = "196px"
"""Of a field: two stand beside each other on a page of 1024 pixels."""
_MOST_RELEASES: Final = 200
_MOST_WAYS: Final = 4
_LONGEST_NAME: Final = 40
_LONGEST_WAY: Final = 40
"""Letters of what a button removes."""


class Side:
    """Controls of a filter.

    Parameters
    ----------
    letter
        A or B.
    rows
        What is filtered.
    typed
        Called after a person changed a field; told whether more is likely to follow at once.
    released
        Called after a person chose a release.
    widened
        Called with a part of the filter that a person removes because it selects nothing.
    """

    def __init__(
        self,
        letter: str,
        rows: Crossfilter,
        typed: Callable[[bool], None],
        released: Callable[[], None],
        widened: Callable[[str], None],
    ) -> None:
        self._letter, self._released, self._showing = letter, released, Showing()
        spelt = newest_first(rows.spellings()).items()
        self._spellings = dict(islice(((name, texts) for name, texts in spelt if name.strip()), _MOST_RELEASES))
        self._summary = widgets.HTML()
        self._release = widgets.Dropdown(
            options=[_ANY, *self._spellings], description="Release", tooltip=f"Release of {letter}, in every spelling"
        )
        # Hidden rather than left out, so that it is closed with the rest.
        self._release.layout.width, self._release.layout.display = _WIDTH, "" if self._spellings else "none"
        self._release.style.description_width = "66px"
        self._release.observe(self._on_release, "value")
        self._fields = Fields(rows, typed)
        fields = [*self._fields.search, *self._fields.others]
        for field in fields:
            field.tooltip, field.layout.width = f"{field.description} of {letter}", _WIDTH
        self._more = widgets.ToggleButton(
            description=f"Filter {letter}…",
            tooltip=f"Show or hide the filters of {letter}",
            layout=widgets.Layout(width="auto"),
        )
        self._panel = widgets.HBox(fields, layout=widgets.Layout(flex_flow="row wrap", display="none"))
        self._more.observe(self._on_toggle, "value")
        self._parts: list[str] = []
        self._ways_out = [
            widgets.Button(layout=widgets.Layout(width="auto", display="none")) for _ in range(_MOST_WAYS)
        ]
        for place, button in enumerate(self._ways_out):
            button.on_click(lambda _, place=place: widened(self._parts[place]))
        self.box = widgets.VBox(
            [
                self._summary,
                widgets.HBox(self._ways_out, layout=widgets.Layout(flex_flow="row wrap")),
                widgets.HBox([self._release, self._more], layout=widgets.Layout(flex_flow="row wrap")),
                self._panel,
            ],
            layout=widgets.Layout(min_width="0"),
        )

    def show(self, where: FeedbackFilter) -> None:
        """Let the fields say a filter; nobody is told."""
        self._fields.show(where)
        with self._showing:
            said = self._release_name(where)
            self._release.options = [_ANY, *([_SEVERAL] if said == _SEVERAL else []), *self._spellings]
            self._release.value = said

    def suggest(self, rows: Crossfilter) -> None:
        """Offer in the fields what most rows have."""
        self._fields.suggest(rows)

    def tell(self, name: str, selected: int, of: int, where: FeedbackFilter, more: Sequence[str]) -> None:
        """Return how many items there are, and which."""
        called = f"{self._letter}: {name}" if name != self._letter else name
        lines = "".join(f"<div>{html.escape(line)}</div>" for line in (where.describe(), *more))
        self._summary.value = (
            f'<div class="seggwat-summary seggwat-{self._letter.lower()}" role="status">{html.escape(called)} · '
            f"<b>{selected:,}</b> of {of:,} items</div>"
            f'<div class="seggwat-words">{lines}</div>'
        )

    def offer(self, ways: Sequence[tuple[str, str, int]]) -> None:
        """Offer to remove a part of the filter: each with its description, and the items that are then selected."""
        self._parts = [part for part, _, _ in ways[:_MOST_WAYS]]
        for button in self._ways_out[len(ways) :]:
            button.layout.display = "none"
        for button, (_, said, items) in zip(self._ways_out, ways, strict=False):
            short = said if len(said) <= _LONGEST_WAY else f"{said[: _LONGEST_WAY - 1]}…"
            button.description = f"Without {short}: {counted(items, 'item')}"
            button.tooltip = f"Remove from {self._letter}: {said}"
            button.layout.display = ""

    def read(self, where: FeedbackFilter) -> FeedbackFilter:
        """Change a filter to what the fields say."""
        return self._fields.read(where)

    def released(self, where: FeedbackFilter) -> FeedbackFilter:
        """Change a filter to the release chosen."""
        if self._release.value == _SEVERAL:
            return where
        return with_fields(without(where, "version"), {"version": self._spellings.get(self._release.value)})

    def _release_name(self, where: FeedbackFilter) -> str:
        if where.version is None:
            return _ANY if where.version_since is None and where.version_until is None else _SEVERAL
        known = [text for texts in self._spellings.values() for text in texts]
        found = {*where.versions_among(known)}
        named = [name for name, texts in self._spellings.items() if found.intersection(texts)]
        is_one = len(named) == 1 and len(same(self._spellings[named[0]], where.version)) == len(where.version)
        return named[0] if is_one else _SEVERAL

    def _on_release(self, _: object) -> None:
        if not self._showing.now:
            self._released()

    def _on_toggle(self, change: dict[str, bool]) -> None:
        self._panel.layout.display = "" if change["new"] else "none"


def check_names(names: Sequence[str] | None, a: FeedbackFilter, b: FeedbackFilter) -> dict[FeedbackFilter, str]:
    """Return what filters are called, or raise `ArgumentError` for names that cannot be shown."""
    if names is None:
        return {}
    if (
        not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names) or len({*names}) != 2  # noqa: PLR2004  # A and B
    ):
        raise ArgumentError(f"names must be two different strings, such as ('2.4.0', '2.3.0'), got {names!r}.")
    for name in names:
        if not (name.strip() and name.isprintable() and len(name) <= _LONGEST_NAME):
            raise ArgumentError(f"The name {name!r} cannot be shown. Pass 1 to {_LONGEST_NAME} printable characters.")
    return dict(zip((a, b), names, strict=True))
