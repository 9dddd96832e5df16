"""A panel's page without a browser: it tells the panel what is done, and keeps what it is sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.panels.compare import Compare
    from seggwat_nb.panels.explorer import Explorer

__all__ = ["PanelPage"]


class PanelPage:
    """The page of a panel.

    Attributes
    ----------
    view : dict
        What is shown.
    told : dict of str to dict
        The latest message of each other kind.
    """

    def __init__(self, panel: Explorer | Compare) -> None:
        self.panel: Any = panel
        self.view: dict[str, Any] = {}
        self.told: dict[str, dict[str, Any]] = {}
        self._counts: dict[str, list[int]] = {}
        panel.send = self._receive  # as the messages to a browser
        self.do("start")

    def _receive(self, message: dict[str, Any], buffers: Sequence[bytes] = ()) -> None:
        message = json.loads(json.dumps(message))  # it is what a browser can be sent
        if message["is"] != "view":
            self.told[message["is"]] = message
            return
        if "sides" in message:
            drawn = message["charts"] or self.view["charts"]  # null where they are those of before
            self.view = {**message, "charts": drawn}
            return
        self.view = message
        packed = np.frombuffer(buffers[0], np.uint32).tolist()
        self._counts = {}
        for name, long in message["layout"]:
            self._counts[name], packed = packed[:long], packed[long:]

    def do(self, what: str, /, **more: Any) -> dict[str, Any]:
        """Tell the panel what is done; what is shown then."""
        self.told.pop("failed", None)
        self.panel._hear({"do": what, "seq": 1, "who": "test", **more})
        return self.view

    @property
    def failed(self) -> str:
        """What went wrong with what was done last."""
        return str(self.told.get("failed", {}).get("text", ""))

    @property
    def setup(self) -> dict[str, Any]:
        setup: dict[str, Any] = json.loads(self.panel.setup)
        return setup

    @property
    def time(self) -> dict[str, Any]:
        """The chart over time but for its counts."""
        time: dict[str, Any] = json.loads(self.panel.time)
        return time

    def mark(self, how: str, *, label: str = "", period: int = 0, seen: dict[str, Any] | None = None) -> dict[str, Any]:
        """Choose from the menu of a mark in the chart over time, as it is or was seen: its value or period, or both."""
        time = seen or self.time
        start = time["starts"][period]
        span = [start, start + time["days"][period]]
        if how == "period":
            return self.do("dates", span=span)
        more = {"span": span} if how == "both" else {}
        value = time["values"][time["labels"].index(label)]
        return self.do("choose", part=time["by"], value=value, how="not" if how == "not" else "only", **more)

    def counts(self, name: str) -> dict[str | None, int]:
        """Counts beside the values of a facet; None counts the items without one."""
        (facet,) = (one for one in self.setup["facets"] if one["name"] == name)
        marks = self.view["facets"][name]
        if facet["many"]:
            shown: dict[str | None, int] = {value: number for value, _, _, number in marks["rows"]}
            return shown | ({None: marks["none"][0]} if marks["none"] else {})
        values = [value for value, *_ in facet["options"]] + [None] * facet["none"]
        return dict(zip(values, self._counts[name], strict=True))

    def over_time(self) -> dict[str, list[int]]:
        """Counts by band and period."""
        periods = len(self.time["starts"])
        counts = self._counts["time"]
        return {label: counts[at * periods : (at + 1) * periods] for at, label in enumerate(self.time["labels"])}

    def chosen(self, name: str, how: str = "in") -> set[str]:
        """Values of a facet that are shown as selected, excluded or in part so."""
        (facet,) = (one for one in self.setup["facets"] if one["name"] == name)
        marks = self.view["facets"][name]
        rows = marks["rows"] if facet["many"] else facet["options"]
        return {rows[place][0] for place in marks[how]}

    def messages(self) -> list[str]:
        """Messages of the lines that are shown."""
        return ["".join(line["text"]) for line in self.view["items"]]
