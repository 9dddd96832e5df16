"""Commands that run a server until they are stopped: JupyterLab, and the demo project."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from seggwat_nb.cli.options import echo
from seggwat_nb.progress import say

__all__ = ["demo", "lab"]


def lab(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="Folder for your copy of the notebooks.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            metavar="PORT", min=0, max=65535, help="The port to serve on; by default 8888, or the next free one."
        ),
    ] = None,
    browser: Annotated[bool | None, typer.Option(help="Open a browser; the default if there is a display.")] = None,
) -> None:
    """Open JupyterLab with the first notebook.

    Without settings, the notebooks show the demo project.
    """
    from seggwat_nb import lab as notebooks
    from seggwat_nb.extras import require

    require("Notebooks")

    sys.exit(notebooks.launch(notebooks.working_copy(folder), port=port, browser=browser))


def demo(
    *,
    port: Annotated[
        int, typer.Option(metavar="PORT", min=0, max=65535, help="The port to serve on; 0 picks a free one.")
    ] = 8765,
    limit: Annotated[
        int, typer.Option(metavar="N", min=0, help="Requests per minute that the server allows; 0 for no limit.")
    ] = 0,
) -> None:
    """Serve the demo project until Ctrl-C.

    Prints the settings to connect to it.
    """
    from seggwat_nb.demo import DemoServer, Limit, demo_service

    with DemoServer(demo_service(), port=port, limit=Limit(requests=limit)) as server:
        echo(f"export SEGGWAT_API_URL={server.url}")
        echo(f"export SEGGWAT_API_KEY={server.token}")
        echo(f"export SEGGWAT_PROJECT_ID={server.project_id}")
        echo(f"export SEGGWAT_NB_REQUESTS_PER_MINUTE={limit}")
        say("# The demo project, with synthetic data. Press Ctrl-C to stop.")
        server.wait()
