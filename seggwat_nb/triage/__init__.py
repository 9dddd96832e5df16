"""Change many items at once: plan, apply, and undo.

Nothing is sent before ``apply()`` is called, and nothing is ever deleted. Each change is recorded on this machine
before its request is sent, so a batch that was stopped can be continued, and a finished one can be undone.
"""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from seggwat_nb.analysis.column_types import with_known_types
from seggwat_nb.analysis.validation import check_columns
from seggwat_nb.dataset import Dataset
from seggwat_nb.errors import ArgumentError
from seggwat_nb.filter_fields import to_write
from seggwat_nb.filters import FeedbackFilter
from seggwat_nb.public import public
from seggwat_nb.schema import FEEDBACK, HISTORY, UTC_TIME
from seggwat_nb.source.snapshots import Store
from seggwat_nb.text import count_of, is_text
from seggwat_nb.triage.batch import Batch, TriagePlan, journals_of, run
from seggwat_nb.triage.journal import batches_in, hold_alone
from seggwat_nb.triage.planning import CHANGES, NEEDED, Change, changes_of, cost_of, plan_changes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seggwat_nb.client import Client
    from seggwat_nb.triage.journal import Journal

__all__ = ["Batch", "TriagePlan", "batches", "history", "plan", "resume", "undo"]


@public
def plan(
    data: Dataset | pl.DataFrame,
    where: FeedbackFilter | pl.DataFrame | None = None,
    *,
    status: str | None = None,
    type: str | None = None,  # noqa: A002  # the API's word
    note: str | None = None,
    allow: str | Sequence[str] | None = None,
) -> TriagePlan:
    """Plan the same change for many items; sends no request.

    Parameters
    ----------
    data
        A `seggwat_nb.Dataset`, or feedback as ``client.feedback()`` returned it.
    where
        The items to change: a `FeedbackFilter`, or a frame with their ``id``. All by default.
    status, type, note
        The new status, type and resolution note; those left out stay as they are. An empty note removes the note.
    allow
        Values of status and type to write even though they are neither known nor in the data.

    Returns
    -------
    TriagePlan
        ``frame`` says what would change, and why items are left out; ``cost`` how many requests that takes; ``apply()``
        makes the changes.

    Raises
    ------
    ArgumentError
        An argument is invalid, or there is nothing to change.

    Examples
    --------
    >>> rows = pl.DataFrame(
    ...     {"id": ["a", "b", "c"], "project_id": "p", "message": "Crash", "status": ["New", "Resolved", "New"],
    ...      "type": "Bug", "resolution_note": None, "archived": [False, False, True]}
    ... )
    >>> planned = plan(rows, FeedbackFilter(type="Bug"), status="resolved")
    >>> print(planned)
    1 item: 2 requests, 6 s at 20 a minute. Left out: 1 already set, 1 archived.
    >>> planned.frame.select("id", pl.col("after").struct.field("status"), "reason").rows()
    [('a', 'Resolved', None), ('b', 'Resolved', 'already set'), ('c', 'Resolved', 'archived')]
    """
    if all(value is None for value in (status, type, note)):
        raise ArgumentError("There is nothing to change. Pass status=, type= or note=.")
    if note is not None and not is_text(note):
        raise ArgumentError("note is not text. Pass a str that can be written as UTF-8.")
    frame = data.feedback if isinstance(data, Dataset) else with_known_types(data)
    check_columns(frame, NEEDED, wanted="what client.feedback() returned")
    seen = {name: frame[name].cast(pl.String).drop_nulls().unique().sort() for name in ("status", "type")}
    wanted = to_write(status=status, type=type, allow=allow, seen=seen)
    wanted |= {} if note is None else {"resolution_note": note}
    chosen = _select(frame, where)
    client = data.client if isinstance(data, Dataset) else None
    return _make_plan(plan_changes(chosen, wanted), chosen, client)


@public
def undo(batch: Batch | str, data: Dataset | Client | None = None) -> TriagePlan:
    """Plan to undo a batch; sends no request.

    Parameters
    ----------
    batch
        What ``apply()`` returned, or the name of a batch on this machine.
    data
        A `seggwat_nb.Dataset` or a client; required with a name.

    Returns
    -------
    TriagePlan
        Changes the items of the batch back to what they were. Items known to have changed since are left out, and
        ``apply()`` skips others that it finds changed. A status or type that was missing before cannot be restored.

    Raises
    ------
    ArgumentError
        There is no such batch.
    TriageError
        Its journal is damaged.
    """
    name, client = _find_batch(batch, data)
    plans, changes = [CHANGES.to_frame()], dict[str, list[Change]]()
    for journal in journals_of(name, [client.settings.project_dir(one) for one in _projects(batch, data, client)]):
        frame, found = _way_back(journal, _stored_rows(client, journal.project_id))
        plans.append(frame)
        changes[journal.project_id] = found
    changes = {project: found for project, found in changes.items() if found}
    return _with_cost(pl.concat(plans), changes, client, undoes=name)


@public
def resume(batch: Batch | str, data: Dataset | Client | None = None) -> Batch:
    """Continue a batch that was stopped.

    Parameters
    ----------
    batch, data
        As for `undo`.

    Returns
    -------
    Batch
        What was changed and what was skipped, over all runs.

    Raises
    ------
    ArgumentError, TriageError, LockedError
        As for `TriagePlan.apply`.
    """
    name, client = _find_batch(batch, data)
    folders = [client.settings.project_dir(project) for project in _projects(batch, data, client)]
    journals_of(name, folders)
    with ExitStack() as locks:
        for folder in sorted(folders):
            locks.enter_context(hold_alone(folder))
        return run(name, journals_of(name, folders), client)


@public
def batches(data: Dataset | Client) -> pl.DataFrame:
    """List the batches of this machine, the latest first; sends no request.

    Parameters
    ----------
    data
        A `seggwat_nb.Dataset` or a client.

    Returns
    -------
    pl.DataFrame
        One row per batch and project: ``batch``, ``project_id`` (String), ``begun_at`` (Datetime, UTC); ``changed``,
        ``skipped``, ``failed``, ``to_do`` (Int64, items); ``undoes`` (String, the batch that it undoes, or null).
        Batches whose journal is damaged are left out, with a warning that names the file.
    """
    client = _client_of(data)
    journals = [
        one for project in _projects(None, data, client) for one in batches_in(client.settings.project_dir(project))
    ]
    outcomes = ("changed", "skipped", "failed", "to do")
    rows = [
        (
            *(journal.batch, journal.project_id, journal.begun_at),
            *(journal.frame().filter(pl.col("outcome") == outcome).height for outcome in outcomes),
            journal.undoes,
        )
        for journal in journals
    ]
    schema = {
        **dict.fromkeys(("batch", "project_id"), pl.String()),
        "begun_at": UTC_TIME,
        **dict.fromkeys((outcome.replace(" ", "_") for outcome in outcomes), pl.Int64()),
        "undoes": pl.String(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row").sort("begun_at", descending=True)


@public
def history(data: Dataset) -> pl.DataFrame:
    """Mark the changes of a history that were made by batches of this machine.

    Parameters
    ----------
    data
        A `seggwat_nb.Dataset` with its connection.

    Returns
    -------
    pl.DataFrame
        The history with one more column, ``batch`` (String): the batch that made the change, null for those of others
        and of batches whose journal is damaged, about which there is a warning.
    """
    client = _client_of(data)
    made = [
        (journal.batch, journal.project_id, item, field, change.after[field], done["asked"], done["at"])
        for project in _projects(None, data, client)
        for journal in batches_in(client.settings.project_dir(project))
        for item, done in journal.made.items()
        for change in [journal.changes[item]]
        for field in change.to_send
    ]
    columns = ("batch", "project_id", "id", "field", "new", "asked", "at")
    times = pl.col("asked", "at").str.to_datetime(time_unit="us", time_zone="UTC")
    own = pl.DataFrame(made, schema=dict.fromkeys(columns, pl.String()), orient="row").with_columns(times)
    place = data.history.with_row_index("_place")
    found = (
        place.join(own, on=["project_id", "id", "field", "new"])
        .filter(pl.col("at") >= pl.col("earliest"), pl.col("asked") <= pl.col("latest"))
        .group_by("_place")
        .agg(pl.col("batch").sort_by("at").last())
    )
    marked = place.join(found, on="_place", how="left", maintain_order="left")
    return marked.select(*HISTORY, "batch")


def _select(frame: pl.DataFrame, where: object) -> pl.DataFrame:
    if where is None:
        return frame
    if isinstance(where, FeedbackFilter):
        return where.apply(frame)
    if isinstance(where, pl.DataFrame):
        keys = [name for name in ("project_id", "id") if name in where.columns]
        if "id" not in keys:
            raise ArgumentError("where has no column id. Pass a FeedbackFilter, or rows of the data.")
        named, known = (one.select(pl.col(keys).cast(pl.String)) for one in (where, frame))
        unknown = named.join(known, on=keys, how="anti").height
        if unknown:
            are = "is" if unknown == 1 else "are"
            raise ArgumentError(
                f"where has {count_of(unknown, 'item')} that {are} not in the data. Pass rows of the data."
            )
        return frame[known.with_row_index().join(named, on=keys, how="semi", maintain_order="left")["index"]]
    raise ArgumentError(f"where must be a FeedbackFilter or a frame with the column id, got {where!r}.")


def _make_plan(plan: pl.DataFrame, frame: pl.DataFrame, client: Client | None) -> TriagePlan:
    return _with_cost(plan, changes_of(plan, frame), client)


def _with_cost(
    plan: pl.DataFrame, changes: Mapping[str, Sequence[Change]], client: Client | None, *, undoes: str | None = None
) -> TriagePlan:
    items = plan["reason"].null_count()
    if client is None:
        cost = cost_of(items)
    else:
        cost = cost_of(items, seconds=client.seconds_for(2 * items), per_minute=client.settings.requests_per_minute)
    name = f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}-{secrets.token_hex(2)}"
    return TriagePlan(plan, cost, name, undoes, changes, client)


def _way_back(journal: Journal, stored: pl.DataFrame) -> tuple[pl.DataFrame, list[Change]]:
    """Plan to undo what a journal has changed."""
    asked = {item: datetime.fromisoformat(done["asked"]) for item, done in journal.made.items()}
    # A row that was read before the change says nothing, such as where the changed one could not be stored.
    known = {
        row["id"]: row
        for row in stored.filter(pl.col("id").is_in([*asked])).rows(named=True)
        if row["read_at"] >= asked[row["id"]]
    }
    rows, changes = [], []
    for item in journal.made:
        change, row = journal.changes[item], known.get(item)
        back = Change(item, change.after, change.before, change.seen)
        reason = None
        if any(back.after[name] is None for name in back.to_send if name != "resolution_note"):
            reason = "had none before"
        elif row is not None and not back.is_due_in(row):
            reason = "changed since"
        rows.append(
            (item, journal.project_id, None if row is None else row["message"], back.before, back.after, reason)
        )
        changes += [back] * (reason is None)
    return pl.DataFrame(rows, schema=CHANGES, orient="row"), changes


def _stored_rows(client: Client, project: str) -> pl.DataFrame:
    snapshot = Store(client.settings.project_dir(project), "feedback", FEEDBACK).read()
    return FEEDBACK.to_frame().with_columns(read_at=pl.lit(None, UTC_TIME)) if snapshot is None else snapshot.listed


def _find_batch(batch: object, data: Dataset | Client | None) -> tuple[str, Client]:
    if isinstance(batch, Batch):
        return batch.name, batch.client if data is None else _client_of(data)
    if not isinstance(batch, str):
        raise ArgumentError(f"batch must be a Batch or the name of one, got {batch!r}.")
    if data is None:
        raise ArgumentError("With the name of a batch, pass the data or a client too: undo(name, data).")
    return batch, _client_of(data)


def _client_of(data: Dataset | Client) -> Client:
    if not isinstance(data, Dataset):
        return data
    if data.client is None:
        raise ArgumentError("The data has no connection. Pass a client, such as sw.connect().")
    return data.client


def _projects(batch: object, data: Dataset | Client | None, client: Client) -> list[str]:
    """Return the projects whose batches are requested."""
    if isinstance(batch, Batch):
        return batch.frame["project_id"].unique().sort().to_list()
    if isinstance(data, Dataset):
        sources = [project for source in data.sources.values() for project in source.project_ids]
        return sorted({*sources, *data.feedback["project_id"].drop_nulls().unique()})
    return [] if client.settings.project_id is None else [client.settings.project_id]
