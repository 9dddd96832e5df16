"""A client for the demo project, with its server in this process and a history of earlier loads."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Unpack

import polars as pl

from seggwat_nb import demo
from seggwat_nb.client import Client
from seggwat_nb.errors import LockedError
from seggwat_nb.schema import FEEDBACK, HISTORY
from seggwat_nb.source.erasure import forget_older
from seggwat_nb.source.frames import feedback_frame
from seggwat_nb.source.snapshots import Facts, Store

if TYPE_CHECKING:
    from seggwat_nb.config import Folders, Settings
    from seggwat_nb.demo import DemoServer

__all__ = ["demo_client"]


def demo_client(**folders: Unpack[Folders]) -> Client:
    """Start the demo server in this process, without a rate limit, and connect to it."""
    return _client_of(demo.start(), **folders)


def _client_of(server: DemoServer, **folders: Unpack[Folders]) -> Client:
    """Connect to a demo server. Stored data from earlier weeks are removed, since each week has its own story."""
    client = Client(
        api_key=server.token,
        project_id=server.project_id,
        base_url=server.url,
        requests_per_minute=0,
        demo=True,
        **folders,
    )
    monday, _ = demo.week_of(datetime.now(UTC))
    forget_older(client.settings, [project["id"] for project in server.service.projects()], than=monday)
    _store_past(client.settings, server.project_id)
    return client


def _store_past(settings: Settings, project: str) -> None:
    """If no demo data are stored, store what earlier loads would have seen."""
    store = Store(settings.project_dir(project), "feedback", FEEDBACK, keep_gone=settings.keep_gone)
    if store.manifest() is not None:
        return
    seen = demo.past_loads(datetime.now(UTC))
    decoded = feedback_frame([seen.records], project_id=project)
    facts = Facts(
        total=len(seen.records),
        started=seen.moment,
        finished=seen.moment,
        requests=0,
        removed_during=0,
        inserted_during=0,
        set_aside=decoded.set_aside,
    )
    try:
        store.begin(decoded.frame, facts, history=pl.DataFrame(seen.changes, schema=HISTORY))
    except (OSError, LockedError) as error:
        warnings.warn(f"The demo project's history could not be stored ({error}).", stacklevel=4)
