"""A synthetic project that tells a story, and a server that speaks the API."""

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
    """Tell when the week of a moment begins and ends, on Mondays of UTC: the demo's story ends with it."""
    day = moment.astimezone(UTC).date()
    monday = datetime.combine(day - timedelta(days=day.weekday()), time(), UTC)
    return monday, monday + timedelta(weeks=1)


def demo_service(*, seed: int = SEED, now: datetime | None = None, end: datetime | None = None) -> Service:
    """Make the demo's two projects, as they are by now.

    Parameters
    ----------
    seed
        The same seed and end give the same records.
    now
        What comes later is left out (aware). The end if that is given, else the time it is.
    end
        When the story ends (aware); with the week of `now` by default. So whoever asks within a week is told one story,
        and what differs between two of its moments is what came to pass.
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
    """Tell what two loads a week would have seen of the demo project so far.

    Parameters
    ----------
    now
        The last of them was some days before (aware), so that there is something new since; yet in the same week, which
        tells one story.
    """
    monday, end = week_of(now)
    moments = load_moments(last=max(monday, now - timedelta(days=2)))
    return past(shop_feedback(seed=SEED, end=end, project_id=PROJECT_ID), moments, end=end)


@cache
def start() -> DemoServer:
    """Start this process's demo server; asked again, it is the same one."""
    server = DemoServer(demo_service()).start()
    atexit.register(server.stop)
    return server
