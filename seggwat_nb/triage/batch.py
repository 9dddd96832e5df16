"""A plan of changes, and the result of applying it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb import progress
from seggwat_nb.errors import ArgumentError, SeggwatError, TriageError
from seggwat_nb.text import join_words
from seggwat_nb.triage.applying import apply_journal
from seggwat_nb.triage.journal import Journal, hold_alone, path_of, paths_in
from seggwat_nb.triage.planning import RESULT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from seggwat_nb.client import Client
    from seggwat_nb.triage.planning import Change

__all__ = ["Batch", "TriagePlan", "journals_of", "run"]

_SHOWN: Final = 3
"""Number of batches named if there is none with a name."""


@dataclass(frozen=True, eq=False)
class Batch:
    """The result of a plan: which items were changed, skipped, or not reached.

    Attributes
    ----------
    name : str
        Its name, for `seggwat_nb.triage.undo` and `seggwat_nb.triage.resume`.
    frame : pl.DataFrame
        One row per item that was to be changed: ``id``, ``project_id`` (String); ``before``, ``after`` (Struct of
        String: ``status``, ``type`` and ``resolution_note``, as the service returned them if the item was changed);
        ``outcome`` (String): ``changed``, ``skipped``, ``failed`` or ``to do``; ``reason`` (String): why an item was
        skipped or failed.
    """

    name: str
    frame: pl.DataFrame
    client: Client = field(repr=False)

    @property
    def changed(self) -> int:
        """Items that were changed."""
        return self._with("changed")

    @property
    def is_complete(self) -> bool:
        """Whether no item is left to be changed."""
        return not self._with("to do") and not self._with("failed")

    def _with(self, outcome: str) -> int:
        return self.frame.filter(pl.col("outcome") == outcome).height

    def __str__(self) -> str:
        told = [f"{self.changed:,} changed"]
        told += [
            f"{number:,} {outcome}" for outcome in ("skipped", "failed", "to do") if (number := self._with(outcome))
        ]
        failures = self.frame.filter(pl.col("outcome") == "failed")["reason"].drop_nulls()
        ended = failures.len() and not self._with("to do")
        first = (
            f" The first failure: {failures[0]} To retry, apply the plan again or resume the batch." if ended else ""
        )
        return f"Batch {self.name}: {', '.join(told)}.{first}"

    __repr__ = __str__


@dataclass(frozen=True, eq=False)
class TriagePlan:
    """A plan of changes; nothing has been sent.

    Attributes
    ----------
    frame : pl.DataFrame
        One row per item: ``id``, ``project_id``, ``message`` (String); ``before``, ``after`` (Struct of String:
        ``status``, ``type`` and ``resolution_note``); ``reason`` (String): why an item is left out, else null.
    cost : str
        The number of requests, and how long they take.
    batch : str
        The name of the batch.
    undoes : str or None
        The batch that this plan undoes.
    """

    frame: pl.DataFrame
    cost: str
    batch: str
    undoes: str | None = None
    changes: Mapping[str, Sequence[Change]] = field(default_factory=dict, repr=False)
    client: Client | None = field(default=None, repr=False)

    def apply(self, *, client: Client | None = None) -> Batch:
        """Make the changes; the same call continues after an interruption.

        Each item is read again before it is written, and skipped if someone else has changed it in the meantime. The
        API cannot make a change depend on the item's state, so a change by someone else between the two requests would
        be overwritten. Each change is recorded before it is sent, so a batch that was stopped, in whatever way,
        continues without changing anything twice.

        Parameters
        ----------
        client
            The connection; that of the data by default.

        Returns
        -------
        Batch
            What was changed and what was skipped.

        Raises
        ------
        ArgumentError
            There is no connection.
        TriageError
            Three items in a row could not be changed, or an error occurred that would affect the next item too. The
            error carries ``batch``, with what was done. Apply the plan again to continue.
        LockedError
            Another batch is changing the project's items.
        """
        client = client or self.client
        if client is None:
            raise ArgumentError("The data has no connection. Pass client=, such as client=sw.connect().")
        with ExitStack() as locks:
            folders = {project: client.settings.project_dir(project) for project in self.changes}
            for folder in sorted(folders.values()):
                locks.enter_context(hold_alone(folder))
            journals = [
                Journal.begin(
                    path_of(folders[project], self.batch),
                    changes,
                    batch=self.batch,
                    project_id=project,
                    undoes=self.undoes,
                )
                for project, changes in self.changes.items()
            ]
            return run(self.batch, journals, client)

    def __str__(self) -> str:
        out = self.frame["reason"].drop_nulls().value_counts(sort=True).rows()
        left = f" Left out: {', '.join(f'{number:,} {reason}' for reason, number in out)}." if out else ""
        return f"{self.cost}{left}"

    def __repr__(self) -> str:
        return f"TriagePlan({self})\n{self.frame}"


def journals_of(batch: str, folders: Sequence[Path]) -> list[Journal]:
    """Read the journals of a batch, one for each project that it changes.

    Raises
    ------
    ArgumentError
        There is none.
    """
    if not folders:
        return []
    known = [paths_in(folder) for folder in folders]
    found = [Journal(paths[batch]) for paths in known if batch in paths]
    if not found:
        latest = sorted({name for paths in known for name in paths})[-_SHOWN:]
        others = (
            f"The latest {'are' if len(latest) > 1 else 'is'} {join_words(latest)}." if latest else "There is none yet."
        )
        raise ArgumentError(f"No batch on this machine is named {batch!r}. {others}")
    return found


def run(name: str, journals: Sequence[Journal], client: Client) -> Batch:
    """Carry out what is left of a batch whose projects are locked. Raises like `TriagePlan.apply`."""
    total = sum(len(journal.changes) for journal in journals)
    bar = progress.Bar("Triage", seconds_left=lambda items: client.seconds_for(2 * items), unit="items")
    seen = total - sum(len(journal.to_do) for journal in journals)

    def on_item() -> None:
        nonlocal seen
        seen += 1
        bar(seen, total)

    try:
        with client.waits_shown_in(bar):
            for journal in journals:
                apply_journal(journal, client, on_item=on_item)
    except SeggwatError as error:
        batch = _batch(name, journals, client)
        stopped = TriageError(f"{batch} It stopped: {error} To continue, apply the plan again or resume the batch.")
        stopped.batch, stopped.retry_after = batch, error.retry_after
        raise stopped from error
    except KeyboardInterrupt as stop:
        batch = _batch(name, journals, client)
        progress.say(f"Stopped. {batch} To continue, apply the plan again or resume the batch.")
        stop.add_note(str(batch))
        raise
    finally:
        bar.close()
    return _batch(name, journals, client)


def _batch(name: str, journals: Sequence[Journal], client: Client) -> Batch:
    return Batch(name, pl.concat([RESULT.to_frame(), *(journal.frame() for journal in journals)]), client)
