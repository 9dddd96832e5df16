"""What commands do with a client: connect, and say what was loaded."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from seggwat_nb.errors import ArgumentError
from seggwat_nb.progress import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seggwat_nb.client import Client
    from seggwat_nb.schema import Provenance

__all__ = ["connected", "new_client", "one_project", "say_load"]


def new_client(*, demo: bool) -> Client:
    """Make a client of the settings at hand, or one of the demo project."""
    if demo:
        from seggwat_nb.demo_client import demo_client

        return demo_client()
    from seggwat_nb.client import Client

    return Client()


@contextmanager
def connected(*, demo: bool, max_requests: int | None = None) -> Iterator[Client]:
    """Give a client for as long as a command runs."""
    with new_client(demo=demo) as client, client.at_most(max_requests):
        yield client


def say_load(client: Client) -> None:
    """Say what was loaded last, and how complete it is."""
    if client.last_load is not None:
        say(client.last_load.describe(after_refreshed=client.last_load.requests > 0))


def one_project(client: Client) -> tuple[Provenance, Path]:
    """Give what was loaded last, and the folder of its project, with its salt and what was sent of it."""
    about = client.last_load
    if about is None or len(about.project_ids) != 1:
        raise ArgumentError("What is shared is of one project; name it: --project ID.")
    return about, client.settings.project_dir(about.project_ids[0])
