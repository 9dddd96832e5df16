"""A synthetic project that tells a story, and a server that speaks the API."""

from __future__ import annotations

import atexit
from datetime import UTC, datetime
from functools import cache
from typing import Final

from seggwat_nb.demo.server import ORG_ID, PROJECT_ID, DemoServer, Limit, single_project
from seggwat_nb.demo.state import Service
from seggwat_nb.demo.story import docs_feedback, shop_feedback, shop_ratings

__all__ = ["DOCS_PROJECT_ID", "SEED", "DemoServer", "Limit", "demo_service", "single_project", "start"]

SEED: Final = 2
DOCS_PROJECT_ID: Final = "0d9c2f4e-7a51-4c1e-9b1d-5a3f0c7e2b10"


def demo_service(*, seed: int = SEED, end: datetime | None = None, empty: bool = False) -> Service:
    """Make the demo's two projects.

    Parameters
    ----------
    seed
        The same seed and end give the same records.
    end
        When the story ends (aware); now by default.
    empty
        Whether to leave the lists empty, for what is to come.
    """
    end = end or datetime.now(UTC)
    shop = {
        "id": PROJECT_ID,
        "key": "shop",
        "name": "Demo shop",
        "description": "Synthetic feedback on a made-up shop system",
        "allowed_origins": ["https://shop.example"],
        "org_id": ORG_ID,
    }
    docs = {"id": DOCS_PROJECT_ID, "key": "docs", "name": "Demo manual", "allowed_origins": [], "org_id": ORG_ID}
    if empty:
        return Service([shop, docs], {}, {})
    return Service(
        [shop, docs],
        {
            PROJECT_ID: shop_feedback(seed=seed, end=end, project_id=PROJECT_ID),
            DOCS_PROJECT_ID: docs_feedback(seed=seed, end=end, project_id=DOCS_PROJECT_ID),
        },
        {PROJECT_ID: shop_ratings(seed=seed, end=end, project_id=PROJECT_ID)},
    )


@cache
def start() -> DemoServer:
    """Start this process's demo server; asked again, it is the same one."""
    server = DemoServer(demo_service()).start()
    atexit.register(server.stop)
    return server
