"""A list whose ties come in another order with every answer, and which changes between any two requests."""

from __future__ import annotations

import random
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

from seggwat_nb.source.responses import Page, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class TiedList:
    """Rows in groups of one moment, newest group first.

    ``events`` changes happen before each request but the first: a new row at the top, one with a moment that stands in
    the list already, one between, a row archived, a row un-archived. What is un-archived was archived before the first
    request; with ``returning`` rows that were archived meanwhile come back as well.
    """

    def __init__(
        self, sizes: Sequence[int], *, seed: int, events: float = 0.0, clamp: int = 100, returning: bool = False
    ) -> None:
        self.random = random.Random(seed)
        self.events, self.clamp, self.returning = events, clamp, returning
        self.requests = self.singles = 0
        self.groups: dict[float, list[str]] = {}
        self.where: dict[str, float] = {}
        self.next_id = 0
        for place, size in enumerate(sizes):
            self.groups[-place] = [self._add(-place) for _ in range(size)]
        self.archived = [(self._new_id(), self.random.choice(list(self.groups))) for _ in range(sum(sizes) // 10 + 3)]
        self.required = set(self.where)
        self._arrange()

    def _new_id(self) -> str:
        self.next_id += 1
        return f"row-{self.next_id}"

    def _add(self, moment: float) -> str:
        row = self._new_id()
        self.where[row] = moment
        return row

    def _arrange(self) -> None:
        self.groups = {
            moment: self.groups[moment] for moment in sorted(self.groups, reverse=True) if self.groups[moment]
        }
        self._moments = list(self.groups)
        self._ends = list(accumulate(map(len, self.groups.values())))

    def _change(self) -> None:
        kind = self.random.choice(["new", "same moment", "between", "archive", "archive", "un-archive"])
        if kind == "archive" and self.where:
            row = self.random.choice(list(self.where))
            moment = self.where.pop(row)
            self.groups[moment].remove(row)
            self.required.discard(row)
            if self.returning:
                self.archived.append((row, moment))
        elif kind == "un-archive" and self.archived:
            row, moment = self.archived.pop(self.random.randrange(len(self.archived)))
            self._insert(row, moment)
        elif kind != "archive":
            top = self._moments[0] if self._moments else 0.0
            bottom = self._moments[-1] if self._moments else 0.0
            moment = {"new": top + 1, "between": self.random.uniform(bottom, top)}.get(
                kind, self.random.choice(self._moments or [0.0])
            )
            self._insert(self._new_id(), moment)
        self._arrange()

    def _insert(self, row: str, moment: float) -> None:
        self.where[row] = moment
        self.groups.setdefault(moment, []).append(row)

    def _pass_time(self) -> None:
        if self.requests + self.singles:
            for _ in range(int(self.events) + (self.random.random() < self.events % 1)):
                self._change()

    def fetch(self, page: int, limit: int) -> Page:
        self._pass_time()
        self.requests += 1
        limit = min(limit, self.clamp)
        start, total = (page - 1) * limit, len(self.where)
        end = min(start + limit, total)
        rows: list[Row] = []
        place = bisect_right(self._ends, start)
        at = start
        while at < end:
            group = self.groups[self._moments[place]]
            taken = self.random.sample(group, min(end, self._ends[place]) - at)
            moment = EPOCH + timedelta(seconds=self._moments[place])
            rows.extend(Row(row, moment) for row in taken)
            at, place = at + len(taken), place + 1
        return Page(page, limit, total, tuple(rows))

    def is_there(self, row: str) -> bool:
        self._pass_time()
        self.singles += 1
        return row in self.where
