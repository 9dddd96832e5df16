"""A clock that was ahead once, and is right again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import time_machine

from seggwat_nb.demo.plans import Archive, Edit
from seggwat_nb.demo.server import PROJECT_ID
from seggwat_nb.source.list_requests import ListRequests

if TYPE_CHECKING:
    from collections.abc import Callable

    from seggwat_nb.client import Client
    from seggwat_nb.demo.server import DemoServer
    from seggwat_nb.source.responses import Page

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


@pytest.mark.parametrize("jumps", [(30, -30), (-30, 30)])
def test_a_clock_that_jumps_during_two_loads_hides_no_change(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch, jumps: tuple[int, int]
) -> None:
    server = serve(300)
    client = connect(server, max_age_seconds=0)
    rows = server.service.feedback[PROJECT_ID]
    page = ListRequests.page
    with time_machine.travel(datetime.now(UTC), tick=True) as clock:
        for days, status in zip(jumps, ("Hold", "Closed"), strict=True):

            def slow(*args: Any, days: int = days) -> Page:
                read = page(*args)
                if args[-2] == 2:
                    clock.shift(timedelta(days=days))
                return read

            monkeypatch.setattr(ListRequests, "page", slow)
            rows.change(Edit("item-000290", {"status": status}))
            client.load(ratings=False, refresh="full")
            clock.shift(timedelta(hours=3))
        stored = client.load(ratings=False, refresh="never").feedback
        assert stored.filter(id="item-000290")["status"].item() == "Closed"
        history = client.history()
        assert history.select("old", "new").rows() == [("Hold", "Closed")]
        assert (history["earliest"] < history["latest"]).all()


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
