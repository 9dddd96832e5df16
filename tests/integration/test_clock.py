"""A clock that was ahead once, and is right again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import time_machine

from seggwat_nb.demo.plans import Archive, Edit
from seggwat_nb.demo.server import PROJECT_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from seggwat_nb.client import Client
    from seggwat_nb.demo.server import DemoServer

    Serve = Callable[..., DemoServer]
    Connect = Callable[..., Client]

AHEAD = timedelta(days=400)


def test_the_past_is_known_from_the_first_load_after_the_clock_was_ahead(serve: Serve, connect: Connect) -> None:
    server = serve(5)
    client = connect(server, max_age_seconds=0)
    now = datetime.now(UTC)
    rows = server.service.feedback[PROJECT_ID]
    with time_machine.travel(now + AHEAD, tick=True):
        client.load(ratings=False)
        rows.change(Edit("item-000001", {"status": "Hold"}))
        client.load(ratings=False, refresh="full")
    rows.change(Edit("item-000002", {"status": "Hold", "message": "Another"}))
    loads = []
    for day in range(2):
        with time_machine.travel(now + timedelta(days=day), tick=True):
            loads.append(client.load(ratings=False))
        rows.change(Edit("item-000003", {"status": "Active", "message": "Later"}))
    with time_machine.travel(now + timedelta(days=3), tick=True):
        for loaded in loads:
            past = client.load(ratings=False, as_of=loaded.as_of).feedback
            assert past["is_known"].all()
            assert past.drop("is_known").equals(loaded.feedback)
        history = client.history()
        assert history.filter(pl.col("earliest") >= pl.col("latest")).is_empty()
        created = loads[0].feedback.select("id", "created_at")
        ahead = history.filter(pl.col("id") != "item-000003").join(created, on="id")
        assert ahead["earliest"].equals(ahead["created_at"].rename("earliest"))  # The last reading's time is unknown.
        assert history["latest"].max() < datetime.now(UTC)  # type: ignore[operator]
        assert history.filter(field="status")["id"].to_list() == ["item-000001", "item-000002", "item-000003"]


def test_a_load_with_the_clock_ahead_removes_nothing_that_is_to_be_kept(serve: Serve, connect: Connect) -> None:
    server = serve(5)
    client = connect(server, max_age_seconds=0)
    now = datetime.now(UTC)
    first = client.load(ratings=False)
    server.service.feedback[PROJECT_ID].change(Archive("item-000003"))
    with time_machine.travel(now + timedelta(days=1), tick=True):
        client.load(ratings=False)
    with time_machine.travel(now + AHEAD, tick=True):
        client.load(ratings=False)
    for day in (2, 3):
        with time_machine.travel(now + timedelta(days=day), tick=True):
            client.load(ratings=False)
            assert client.gone()["id"].to_list() == ["item-000003"]
            past = client.load(ratings=False, as_of=first.as_of).feedback
            assert past.drop("is_known").equals(first.feedback)
    with time_machine.travel(now + timedelta(days=32), tick=True):
        client.load(ratings=False, refresh="full")
        assert client.gone().is_empty()
