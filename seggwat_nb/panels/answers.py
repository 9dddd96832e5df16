"""Answers the requests of panel pages: items, charts, presets, files, comparisons and errors."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from seggwat_nb.errors import ArgumentError, SeggwatError
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.panels import moves, presets
from seggwat_nb.panels.moves import State
from seggwat_nb.panels.reading import details, lines
from seggwat_nb.panels.rest import names_of_sides
from seggwat_nb.panels.sides import with_previous
from seggwat_nb.panels.similar import Similar, same
from seggwat_nb.text import count_of
from seggwat_nb.web import script
from seggwat_nb.web.bundle import bundle_script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from threading import RLock

    from seggwat_nb.panels.compare import Compare
    from seggwat_nb.panels.crossfilter import Crossfilter
    from seggwat_nb.panels.explorer import Explorer
    from seggwat_nb.panels.session import Session
    from seggwat_nb.provenance import Provenance

__all__ = ["Answers", "PageAnswers"]

_MOST_SIMILAR: Final = 50


class Answers:
    """The part of a panel that answers its page."""

    busy: RLock
    send: Callable[..., None]
    to_html: Callable[..., Path]
    _about: Provenance | None
    _beside: dict[str, Explorer | Compare]
    """The panels that replace this one, by page."""
    _closed: bool
    _deleted: tuple[str, object] | None = None
    """The preset deleted last, with its content."""
    _own: tuple[str, ...]
    """The panel's own attributes that are replaced when anything changes."""
    _rows: Crossfilter
    _similar: Similar | None
    _states: Callable[[], list[object]]
    """Return the objects that the rest of its state is in."""
    _tell: Callable[..., None]

    def _hear(self, message: Mapping[str, Any]) -> None:
        """Handle a request of the page. Errors are shown to the person who clicked."""
        with self.busy:
            if self._closed:
                return
            try:
                if (answer := self._answers.get(message["do"])) is not None:
                    answer(message)
                else:
                    self._act(message)
            except Exception as error:  # noqa: BLE001  # the person who clicked should see any error
                text = str(error) if isinstance(error, SeggwatError) else f"{type(error).__name__}: {error}"
                self._reply(message, {"is": "failed", "text": text, "do": message.get("do"), "seq": message.get("seq")})

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """Undo a change if an error is raised on the way, so that the page, the filters and the rows still agree."""
        held = [(self, name) for name in self._own] + [(one, name) for one in self._states() for name in vars(one)]
        before = [getattr(one, name) for one, name in held]
        try:
            yield
        except Exception:
            if any(getattr(one, name) is not was for (one, name), was in zip(held, before, strict=True)):
                for (one, name), was in zip(held, before, strict=True):
                    setattr(one, name, was)
                self._tell()  # the page may have been sent some of it
            raise

    def _act(self, message: Mapping[str, Any]) -> None:
        """Handle a change of what is shown."""
        raise NotImplementedError

    def _session_of(self, message: Mapping[str, Any]) -> Session:
        """Return the selection that a request is about."""
        raise NotImplementedError

    def _reply(self, message: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Send an answer, to the requesting side if there are two."""
        self.send({**answer, **{name: message[name] for name in ("side",) if name in message}})

    @property
    def _answers(self) -> Mapping[str, Callable[[Mapping[str, Any]], None]]:
        """The requests that do not change the filter, with their handlers."""
        return {
            "rows": self._answer_rows,
            "open": self._answer_open,
            "back": self._answer_back,
            "vega": self._answer_vega,
            "failed": self._answer_failed,
            "presets": self._answer_presets,
            "save": self._answer_save,
            "load": self._answer_load,
            "delete": self._answer_delete,
            "restore": self._answer_restore,
            "page": self._answer_page,
        }

    def _answer_rows(self, message: Mapping[str, Any]) -> None:
        start, end = max(0, int(message["from"])), int(message["to"])
        items = self._session_of(message).items(start, min(500, end - start))
        self._reply(message, {"is": "rows", "of": message["of"], "items": items})

    def _answer_open(self, message: Mapping[str, Any]) -> None:
        at, session = int(message["at"]), self._session_of(message)
        if not 0 <= at < self._rows.frame.height:
            return
        where = session.where
        told = details(self._rows.frame, at, where, parts=session.list_facets(), about=self._about)
        again = bool(message.get("again"))
        told |= {"same": same(session, at), "place": session.place(at), "again": again}
        self._reply(message, {"is": "opened", **told})
        if "message" in self._rows.frame.columns and not again:
            if self._similar is None:
                time = session.engine.time
                self._similar = Similar(self._rows.frame, time.newest(time.all, 0, self._rows.frame.height))
            near, people, unsigned = self._similar.to(str(self._rows.frame["message"][at] or ""), row=at)
            shown = lines(self._rows.frame, near[:_MOST_SIMILAR], FeedbackFilter(time_zone=where.time_zone), start=0)
            number = {"number": len(near), "people": people, "unsigned": unsigned}
            self._reply(message, {"is": "similar", "at": at, **number, "items": shown})

    def _answer_vega(self, _: Mapping[str, Any]) -> None:
        self.send({"is": "vega", "code": bundle_script("explorer", script("explorer/charts.js"))})

    def _answer_failed(self, message: Mapping[str, Any]) -> None:
        raise ArgumentError(f"The chart could not be drawn ({message['text']}). Reload the page.")

    def _answer_presets(self, _: Mapping[str, Any]) -> None:
        self.send({"is": "presets", "names": presets.names()})

    def _answer_save(self, message: Mapping[str, Any]) -> None:
        name = str(message["name"]).strip()
        if name in presets.names() and not message.get("over"):
            self._ask_first(message, name)
            return
        place = presets.save(name, self._session_of(message).where)
        self._say(message, f"Saved as “{name}” in {place}.")
        self._answer_presets(message)

    def _answer_load(self, message: Mapping[str, Any]) -> None:
        self._act(message)
        self._say(message, f"Loaded “{message['name']}”.")

    def _answer_delete(self, message: Mapping[str, Any]) -> None:
        name = str(message["name"])
        self._deleted = name, presets.delete(name)
        self.send({"is": "presets", "names": presets.names(), "deleted": name})

    def _answer_restore(self, message: Mapping[str, Any]) -> None:
        """Undo the deletion of a preset."""
        if self._deleted is not None:
            presets.restore(*self._deleted)
            self._deleted = None
        self._answer_presets(message)

    def _ask_first(self, message: Mapping[str, Any], name: str) -> None:
        """Ask whether to replace what has this name."""
        self._reply(message, {"is": "exists", "name": name, "do": message["do"]})

    def _write(self, message: Mapping[str, Any], write: Callable[[str], Path]) -> Path | None:
        """Write a file, or ask first if it exists. Returns None in this case."""
        file = str(message["file"]).strip()
        if os.path.isfile(file) and not message.get("over"):  # noqa: PTH113  # Path.is_file raises where it may not look
            self._ask_first(message, file)
            return None
        return write(file)

    def _answer_page(self, message: Mapping[str, Any]) -> None:
        """Write the page to share."""
        if (file := self._write(message, self.to_html)) is not None:
            self._say(message, f"Written to {file}: masked counts and charts, without the items.")

    def _say(self, message: Mapping[str, Any], text: str) -> None:
        self.send({"is": "said", "text": text, "do": message["do"]})

    def _show_beside(self, message: Mapping[str, Any], made: Explorer | Compare) -> None:
        """Show another panel in place of this one, or send its code if the page cannot show it."""
        if message["shows"]:
            self._answer_back(message)
            self._beside[message["who"]] = made
            self.send({"is": "beside", "who": message["who"], "id": made.model_id, "do": message["do"]})
        else:
            self.send({"is": "code", "text": made.to_python(), "do": message["do"]})
            made.close()

    def _answer_back(self, message: Mapping[str, Any]) -> None:
        if (made := self._beside.pop(message["who"], None)) is not None:
            made.close()

    def _close_beside(self) -> None:
        for made in getattr(self, "_beside", {}).values():
            made.close()


class PageAnswers(Answers):
    """The part of the explorer that answers its page."""

    to_python: Callable[[], str]
    """Return Python code that makes the same selection and chart without the panel."""
    _triage_code: Callable[[], str]
    _show_filter: Callable[[], None]
    _open: Callable[[Mapping[str, Any]], None]
    _compare: Callable[..., Compare]
    _compare_with_rest: Callable[[FeedbackFilter, str | None], Compare]
    _is_live: bool
    _picks: Mapping[str, tuple[str, tuple[str, ...]]]
    _session: Session

    def _act(self, message: Mapping[str, Any]) -> None:
        self._change(message, self._session.act)

    def _change(self, message: Mapping[str, Any], act: Callable[[Mapping[str, Any]], bool]) -> None:
        """Change the filter, and show it to observers together with the page: before the chart, which takes longer."""
        wrong: list[Exception] = []

        def show() -> None:
            try:
                self._show_filter()
            except Exception as error:  # noqa: BLE001  # of an observer, for which nothing is undone
                wrong.append(error)

        try:
            with self._all_or_nothing():
                if not act(message):
                    return
                self._is_live = True
                self._tell(message, show)
        except Exception:
            self._show_filter()  # as it was before
            raise
        for error in wrong:
            raise error

    def _session_of(self, _: Mapping[str, Any]) -> Session:
        return self._session

    @property
    def _answers(self) -> Mapping[str, Callable[[Mapping[str, Any]], None]]:
        """The requests that do not change the filter, with their handlers."""
        return {
            **super()._answers,
            "tab": self._answer_tab,
            "pick": self._answer_pick,
            "code": self._answer_code,
            "export": self._answer_export,
            "compare": self._answer_compare,
        }

    def _answer_tab(self, message: Mapping[str, Any]) -> None:
        with self._all_or_nothing():
            self._open(message)
            self._tell(message)

    def _answer_pick(self, message: Mapping[str, Any]) -> None:
        """Select the value of a mark in a chart. A second click deselects it."""
        self._change(message, self._pick)

    def _pick(self, message: Mapping[str, Any]) -> bool:
        if message["name"] in self._picks:
            part, values = self._picks[message["name"]]
            state = self._session.history.now
            self._session.change_to(State(moves.pick(state.where, part, values), state.off - {part}))
        return True

    def _answer_code(self, message: Mapping[str, Any]) -> None:
        ways = {"filter": self._session.where.to_python, "triage": self._triage_code}
        code = ways.get(message.get("what", ""), self.to_python)()
        self.send({"is": "code", "text": code, "do": message["do"]})

    def _answer_export(self, message: Mapping[str, Any]) -> None:
        from seggwat_nb.share.export import export

        rows = self._rows.frame.filter(self._session.mask())
        if (file := self._write(message, partial(export, rows))) is not None:
            unmasked = "Personal data is not masked: don't share this file." if rows.height else ""
            self._say(message, f"{count_of(rows.height, 'item')} written to {file}. {unmasked}".strip())

    def _answer_compare(self, message: Mapping[str, Any]) -> None:
        """Compare with the rest, the previous period or another value, in a panel in place of this one on the page."""
        session = self._session
        if message.get("previous"):
            (now, a), (before, b) = with_previous(session.where, last=session.calendar.last).items()
            made = self._compare(a, b, names=(now, before))
        elif "against" in message:
            pair = [session.parse_comparison({**message, "value": message[which]})[0] for which in ("value", "against")]
            name, other = (names_of_sides(session.describe_part(where, message["part"]))[0] for where in pair)
            made = self._compare(*pair, names=(name, other if other != name else f"Not {name}"))
        else:
            made = self._compare_with_rest(*session.parse_comparison(message))
        self._show_beside(message, made)
