"""Answers the requests of the explorer's page: items, charts, presets, files, comparisons and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from seggwat_nb.errors import ArgumentError, SeggwatError
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.panels import moves, presets
from seggwat_nb.panels.crossfilter import without
from seggwat_nb.panels.moves import State
from seggwat_nb.panels.reading import details, lines
from seggwat_nb.panels.similar import Similar
from seggwat_nb.text import counted
from seggwat_nb.web import script
from seggwat_nb.web.bundle import bundled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from threading import RLock

    import polars as pl

    from seggwat_nb.panels.compare import Compare
    from seggwat_nb.panels.crossfilter import Crossfilter
    from seggwat_nb.panels.session import Session
    from seggwat_nb.schema import Provenance

__all__ = ["PageAnswers"]

_MOST_SIMILAR: Final = 50


class PageAnswers:
    """The part of a panel that answers its page."""

    busy: RLock
    send: Callable[..., None]
    to_python: Callable[[], str]
    """Return the code that makes the same selection and chart without the panel."""
    _triage_code: Callable[[], str]
    _tell: Callable[..., None]
    _show_filter: Callable[[], None]
    _open: Callable[[Mapping[str, Any]], None]
    _compare: Callable[[FeedbackFilter, str | None], Compare]
    _about: Provenance | None
    _closed: bool
    _comparisons: dict[str, Compare]
    _is_live: bool
    _picks: Mapping[str, tuple[str, tuple[str, ...]]]
    _rows: Crossfilter
    _session: Session
    _similar: Similar | None

    @property
    def selected(self) -> pl.DataFrame:
        """The rows selected."""
        raise NotImplementedError

    def _hear(self, message: Mapping[str, Any]) -> None:
        """Handle a request of the page. Errors are shown to the person who clicked."""
        with self.busy:
            if self._closed:
                return
            try:
                if (answer := self._answers.get(message["do"])) is not None:
                    answer(message)
                elif self._session.act(message):
                    self._is_live = True
                    self._tell(message)
                    self._show_filter()
            except Exception as error:  # noqa: BLE001  # the person who clicked should see any error
                said = str(error) if isinstance(error, SeggwatError) else f"{type(error).__name__}: {error}"
                self.send({"is": "failed", "text": said, "do": message.get("do"), "seq": message.get("seq")})

    @property
    def _answers(self) -> Mapping[str, Callable[[Mapping[str, Any]], None]]:
        """The requests that do not change the filter, with their handlers."""
        return {
            "tab": self._answer_tab,
            "pick": self._answer_pick,
            "rows": self._answer_rows,
            "open": self._answer_open,
            "code": self._answer_code,
            "presets": self._answer_presets,
            "save": self._answer_save,
            "load": self._answer_load,
            "export": self._answer_export,
            "compare": self._answer_compare,
            "compared": self._answer_compared,
            "vega": self._answer_vega,
            "failed": self._answer_failed,
        }

    def _answer_tab(self, message: Mapping[str, Any]) -> None:
        self._open(message)
        self._tell(message)

    def _answer_pick(self, message: Mapping[str, Any]) -> None:
        """Select the value of a mark in a chart. A second click deselects it."""
        if message["name"] in self._picks:
            part, values = self._picks[message["name"]]
            state = self._session.history.now
            held = moves.values(state.where, part, "in")
            where = without(state.where, part)
            if set(held) != set(values) and values:
                where = moves.choose(where, part, values, "only")
            self._session.put(State(where, state.off - {part}))
        self._tell(message)
        self._show_filter()

    def _answer_rows(self, message: Mapping[str, Any]) -> None:
        start, end = max(0, int(message["from"])), int(message["to"])
        items = self._session.items(start, min(500, end - start))
        self.send({"is": "rows", "of": message["of"], "items": items})

    def _answer_open(self, message: Mapping[str, Any]) -> None:
        at = int(message["at"])
        if not 0 <= at < self._rows.frame.height:
            return
        where = self._session.where
        told = details(self._rows.frame, at, where, parts=self._session.offered(), about=self._about)
        self.send({"is": "opened", **told, "same": self._session.same(at)})
        if "message" in self._rows.frame.columns:
            if self._similar is None:
                time = self._session.engine.time
                self._similar = Similar(self._rows.frame, time.newest(time.all, 0, self._rows.frame.height))
            near, people = self._similar.to(str(self._rows.frame["message"][at] or ""), row=at)
            shown = lines(self._rows.frame, near[:_MOST_SIMILAR], FeedbackFilter(time_zone=where.time_zone), start=0)
            self.send({"is": "similar", "at": at, "number": len(near), "people": people, "items": shown})

    def _answer_code(self, message: Mapping[str, Any]) -> None:
        ways = {"filter": self._session.where.to_python, "triage": self._triage_code}
        self.send({"is": "code", "text": ways.get(message.get("what", ""), self.to_python)()})

    def _answer_presets(self, _: Mapping[str, Any]) -> None:
        self.send({"is": "presets", "names": presets.names()})

    def _answer_save(self, message: Mapping[str, Any]) -> None:
        name = str(message["name"]).strip()
        if name in presets.names() and not message.get("over"):
            self.send({"is": "exists", "name": name})
            return
        place = presets.save(name, self._session.where)
        self._say(f"Saved as “{name}” in {place}.")

    def _answer_load(self, message: Mapping[str, Any]) -> None:
        self._session.put(State(presets.load(message["name"])))
        self._tell(message)
        self._show_filter()
        self._say(f"Loaded “{message['name']}”.")

    def _answer_export(self, message: Mapping[str, Any]) -> None:
        from seggwat_nb.share.export import export

        rows = self.selected
        file = export(rows, str(message["file"]).strip())
        unmasked = "Personal data is not masked: don't share this file." if rows.height else ""
        self._say(f"{counted(rows.height, 'item')} written to {file}. {unmasked}".strip())

    def _answer_vega(self, _: Mapping[str, Any]) -> None:
        self.send({"is": "vega", "code": bundled("explorer", script("explorer/charts.js"))})

    def _answer_failed(self, message: Mapping[str, Any]) -> None:
        raise ArgumentError(f"The chart could not be drawn ({message['text']}). Reload the page.")

    def _say(self, text: str) -> None:
        self.send({"is": "said", "text": text})

    def _answer_compare(self, message: Mapping[str, Any]) -> None:
        """Create a comparison that replaces the panel on the page, or send its code if the page cannot show it."""
        made = self._compare(*self._session.compared(message))
        if message["shows"]:
            self._forget_comparison(message["who"])
            self._comparisons[message["who"]] = made
            self.send({"is": "compared", "who": message["who"], "id": made.model_id})
        else:
            self.send({"is": "code", "text": made.to_python()})
            made.close()

    def _answer_compared(self, message: Mapping[str, Any]) -> None:
        self._forget_comparison(message["who"])

    def _forget_comparison(self, who: str) -> None:
        if (made := self._comparisons.pop(who, None)) is not None:
            made.close()
