"""The data of the demo service: lists that change, in the order of the API."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from seggwat_nb.demo.plans import Archive, Edit, Insert, Unarchive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from seggwat_nb.demo.plans import Change

__all__ = ["Collection", "Record", "Service"]

Record: TypeAlias = dict[str, Any]


_PROMOTER: Final = 9
_DETRACTOR: Final = 6


class Collection:
    """One list of one project, newest first, without archived records.

    Parameters
    ----------
    records
        Records in the API's format.
    """

    def __init__(self, records: Iterable[Mapping[str, Any]] = ()) -> None:
        self._records: dict[str, Record] = {record["id"]: dict(record) for record in records}
        self._listed: list[Record] | None = None
        self._lock = threading.RLock()

    def get(self, record_id: str) -> Record | None:
        """Return one record, archived or not."""
        return self._records.get(record_id)

    def list_records(self) -> list[Record]:
        """Return the records that the API lists."""
        with self._lock:
            if self._listed is None:
                shown = [record for record in self._records.values() if not record.get("archived")]
                self._listed = sorted(shown, key=lambda record: (moment_of(record), record["id"]), reverse=True)
            return self._listed

    def change(self, change: Change) -> None:
        """Apply a change. Raises KeyError for an unknown ID."""
        with self._lock:
            match change:
                case Insert(record):
                    self._records[record["id"]] = dict(record)
                case Archive(record_id):
                    self._records[record_id] |= {"archived": True}
                case Unarchive(record_id):
                    self._records[record_id] |= {"archived": False}
                case Edit(record_id, fields):
                    self._records[record_id] |= fields
            self._listed = None


class Service:
    """The projects, their lists and their totals.

    Parameters
    ----------
    projects
        Projects in the API's format. The first one is a client's default.
    feedback, ratings
        Maps project IDs to records.
    now
        Returns the time.
    """

    def __init__(
        self,
        projects: Iterable[Mapping[str, Any]],
        feedback: Mapping[str, Iterable[Mapping[str, Any]]],
        ratings: Mapping[str, Iterable[Mapping[str, Any]]],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._projects = {project["id"]: dict(project) for project in projects}
        self.feedback = {project: Collection(feedback.get(project, ())) for project in self._projects}
        self.ratings = {project: Collection(ratings.get(project, ())) for project in self._projects}
        self.now = now

    def projects(self) -> list[Record]:
        """Return all projects."""
        return [self.project(project) for project in self._projects]

    def project(self, project_id: str) -> Record:
        """Return one project with its current count. Raises KeyError for an unknown ID."""
        return self._projects[project_id] | {"feedback_count": len(self.feedback[project_id].list_records())}

    def stats(self, project_id: str) -> Record:
        """Return the totals of a project's feedback. Months are in UTC."""
        rows = self.feedback[project_id].list_records()
        this_month = self.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        last_month = (this_month - timedelta(days=1)).replace(day=1)
        moments = [moment_of(row) for row in rows]
        return {
            "total": len(rows),
            "current_month": sum(moment >= this_month for moment in moments),
            "last_month": sum(last_month <= moment < this_month for moment in moments),
        }

    def summary(self, project_id: str) -> Record:
        """Return a project and its totals together."""
        rows = self.feedback[project_id].list_records()
        ratings = {kind: self.rating_stats(project_id, kind, None) for kind in ("helpful", "star", "nps")}
        return {
            "project": self.project(project_id),
            "feedback": self.stats(project_id)
            | {f"by_{key}": dict(Counter(row[key] for row in rows)) for key in ("type", "status")},
            "ratings": {kind: stats for kind, stats in ratings.items() if stats},
        }

    def rating_stats(self, project_id: str, kind: str, path: str | None) -> Record | None:
        """Return the totals of one type of rating, or None if there are none."""
        rows = [row for row in self.ratings[project_id].list_records() if path is None or row.get("path") == path]
        answers = [answer for row in rows if rating_type(row) == kind and (answer := rating_answer(row)) is not None]
        if kind == "helpful":
            yes = sum(answers)
            share = 100 * yes / len(answers) if answers else 0.0
            return {"total": len(answers), "helpful": yes, "not_helpful": len(answers) - yes, "percentage": share}
        if not answers:
            return None
        spread = {str(answer): n for answer, n in sorted(Counter(answers).items())}
        if kind == "star":
            return {"total": len(answers), "average": fmean(answers), "distribution": spread}
        up, down = sum(answer >= _PROMOTER for answer in answers), sum(answer <= _DETRACTOR for answer in answers)
        return {
            "total": len(answers),
            "score": round(100 * (up - down) / len(answers)),
            "promoters": up,
            "passives": len(answers) - up - down,
            "detractors": down,
            "distribution": spread,
        }


def moment_of(record: Mapping[str, Any]) -> datetime:
    """Return when a record was created. Records without a valid time come last."""
    try:
        moment = datetime.fromisoformat(record["created_at"])
    except (KeyError, TypeError, ValueError):
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def rating_type(record: Mapping[str, Any]) -> str:
    """Return the type of a rating in either format."""
    value = record.get("value")
    return str(record.get("rating_type") or (value["type"] if isinstance(value, dict) else "helpful"))


def rating_answer(record: Mapping[str, Any]) -> Any:  # noqa: ANN401  # a bool or a number, depending on the type
    """Return the answer of a rating in either format."""
    value = record.get("value")
    return value.get("value") if isinstance(value, dict) else value
