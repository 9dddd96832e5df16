"""A client that has what it is given: for tests of what is made of rows, whoever loads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import polars as pl

import seggwat_nb as sw
from seggwat_nb.dataset import Dataset
from seggwat_nb.provenance import Provenance
from seggwat_nb.schema import FEEDBACK, RATINGS, unknown_values
from seggwat_nb.share.report import key_findings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seggwat_nb.share.report.data import ReportData

AS_OF = datetime(2026, 11, 23, 9, tzinfo=UTC)
PROJECT = "shop-1"


@dataclass
class StubClient:
    """Feedback and ratings as they are given, as of 23 November 2026, 9:00 UTC."""

    items: Sequence[dict[str, Any]] = ()
    answers: Sequence[dict[str, Any]] = ()
    name: str = "Shop"
    last_load: Provenance | None = None
    settings: Any = field(
        default_factory=lambda: SimpleNamespace(
            project_id=PROJECT, token=None, project_dir=lambda project: Path("data", project).absolute()
        )
    )

    def projects(self) -> pl.DataFrame:
        return pl.DataFrame({"id": [PROJECT], "name": [self.name]})

    def feedback(self, **_: object) -> pl.DataFrame:
        return self._loaded("feedback", pl.DataFrame(list(self.items), schema=FEEDBACK))

    def ratings(self, **_: object) -> pl.DataFrame:
        return self._loaded("ratings", pl.DataFrame(list(self.answers), schema=RATINGS))

    def load(self, *, time_zone: str = "UTC", **_: object) -> Dataset:
        feedback, about = self.feedback(), self.last_load
        ratings, about_ratings = self.ratings(), self.last_load
        assert about is not None
        assert about_ratings is not None
        sources = {"feedback": about, "ratings": about_ratings}
        return Dataset(feedback, ratings, time_zone=time_zone, sources=sources, client=self)  # type: ignore[arg-type]

    def _loaded(self, resource: str, frame: pl.DataFrame) -> pl.DataFrame:
        self.last_load = Provenance(
            resource=resource,
            as_of=AS_OF,
            finished=AS_OF,
            served_from="api",
            requests=1,
            rows=frame.height,
            total=frame.height,
            project_ids=(PROJECT,),
            unknown=unknown_values(frame),
        )
        return frame


def item(number: int, **values: object) -> dict[str, Any]:
    """Write an item, the higher the number the older."""
    return {
        "id": f"item-{number}",
        "project_id": PROJECT,
        "message": f"Message {number}",
        "type": "Bug",
        "status": "New",
        "source": "Widget",
        "path": "/checkout",
        "version": "1.0.0",
        "submitted_by": f"person-{number}",
        "created_at": AS_OF - timedelta(hours=11 * number + 1),
        "archived": False,
    } | values


def answer(number: int, **values: object) -> dict[str, Any]:
    """Write an answer to the question of the Net Promoter Score."""
    return {
        "id": f"answer-{number}",
        "project_id": PROJECT,
        "rating_type": "nps",
        "score": 9.0,
        "max_score": 10.0,
        "nps_category": "promoter",
        "created_at": AS_OF - timedelta(hours=11 * number + 1),
        "archived": False,
    } | values


def found_in(made: ReportData) -> key_findings.Found:
    """Search a report's data for findings as its notebook does."""
    top = key_findings.MOST + len(made.dismissals)
    return key_findings.Found(made, sw.findings(made.dataset, where=made.where, days=made.days, top=top))
