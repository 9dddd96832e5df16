"""Synthetic demo projects with a planted story, and a server that implements the API."""

from __future__ import annotations

import atexit
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Final

from seggwat_nb.config import DEMO_PROJECT_IDS
from seggwat_nb.demo.handler import ORG_ID
from seggwat_nb.demo.limits import Limit
from seggwat_nb.demo.replay import Past, load_moments, past
from seggwat_nb.demo.server import PROJECT_ID, DemoServer, single_project
from seggwat_nb.demo.state import Service, moment_of
from seggwat_nb.demo.story import as_of, docs_feedback, shop_feedback, shop_ratings

__all__ = [
    "DOCS_PROJECT_ID",
    "SEED",
    "DemoServer",
    "Limit",
    "demo_service",
    "past_loads",
    "single_project",
    "start",
    "week_of",
]

SEED: Final = 2
DOCS_PROJECT_ID: Final = DEMO_PROJECT_IDS[1]


def week_of(moment: datetime) -> tuple[datetime, datetime]:
    """Return the start and end of a time's week, on Mondays in UTC. The demo's story ends with the week."""
    day = moment.astimezone(UTC).date()
    monday = datetime.combine(day - timedelta(days=day.weekday()), time(), UTC)
    return monday, monday + timedelta(weeks=1)


def demo_service(*, seed: int = SEED, now: datetime | None = None, end: datetime | None = None) -> Service:
    """Create the demo's two projects in their current state.

    Parameters
    ----------
    seed
        The same seed and end always produce the same records.
    now
        Records after this time (timezone-aware) are left out. By default the end if given, otherwise the current time.
    end
        When the story ends (timezone-aware), by default at the end of the week of `now`. So the story stays the same
        within a week, and only time passing makes a difference.
    """
    now = now or end or datetime.now(UTC)
    end = end or week_of(now)[1]
    shop = {
        "id": PROJECT_ID,
        "key": "shop",
        "name": "Demo shop",
        "description": "Synthetic feedback on a made-up shop system",
        "allowed_origins": ["https://shop.example"],
        "org_id": ORG_ID,
    }
    docs = {"id": DOCS_PROJECT_ID, "key": "docs", "name": "Demo manual", "allowed_origins": [], "org_id": ORG_ID}
    return Service(
        [shop, docs],
        {
            PROJECT_ID: as_of(shop_feedback(seed=seed, end=end, project_id=PROJECT_ID), now, end=end),
            DOCS_PROJECT_ID: as_of(docs_feedback(seed=seed, end=end, project_id=DOCS_PROJECT_ID), now, end=end),
        },
        {PROJECT_ID: [one for one in shop_ratings(seed=seed, end=end, project_id=PROJECT_ID) if moment_of(one) <= now]},
    )


def past_loads(now: datetime) -> Past:
    """Return what two loads a week would have seen of the demo project so far.

    Parameters
    ----------
    now
        The current time (timezone-aware). The last of the loads is some days earlier, so that there is something new,
        but in the same week, so that the story is the same.
    """
    monday, end = week_of(now)
    moments = load_moments(last=max(monday, now - timedelta(days=2)))
    return past(shop_feedback(seed=SEED, end=end, project_id=PROJECT_ID), moments, end=end)


@cache
def start() -> DemoServer:
    """Start this process's demo server, or return the running one."""
    server = DemoServer(demo_service()).start()
    atexit.register(server.stop)
    return server
