"""JupyterLab on the notebooks: a working copy of the user's own, and the server that opens it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seggwat_nb.files import write_atomically
from seggwat_nb.progress import say

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FIRST", "command", "launch", "notebooks", "working_copy"]

FIRST: Final = "01_explore.ipynb"
"""The notebook that opens."""

_FOLDER: Final = "seggwat-notebooks"


def notebooks() -> Path:
    """Find the notebooks that the package carries."""
    with as_file(files("seggwat_nb") / "notebooks") as folder:
        return folder


def working_copy(folder: Path | None = None) -> Path:
    """Copy the notebooks to a folder of the user's; one that is there already is left as it is.

    Parameters
    ----------
    folder
        Where; ``seggwat-notebooks`` in the home folder by default.

    Returns
    -------
    Path
        The folder.
    """
    target = (folder or Path.home() / _FOLDER).expanduser().absolute()
    target.mkdir(parents=True, exist_ok=True)
    kept = []
    for source in sorted(notebooks().glob("*.ipynb")):
        place = target / source.name
        if not place.exists():
            write_atomically(place, source.read_bytes())
        elif place.read_bytes() != source.read_bytes():
            kept.append(place.name)
    if kept:
        say(f"Kept as you left them: {', '.join(kept)}. To begin anew, rename or delete them in {target}.")
    return target


def launch(folder: Path, *, port: int | None = None, browser: bool | None = None) -> int:
    """Serve JupyterLab on a folder until it is stopped; prints the address to open.

    Parameters
    ----------
    folder
        What `working_copy` gave.
    port
        8888 or the next free one by default.
    browser
        Whether to open one; where there is a display by default.

    Returns
    -------
    int
        JupyterLab's exit status, 130 where it was interrupted.
    """
    opens = has_display() if browser is None else browser
    say(f"Your notebooks are in {folder}. Ctrl-C ends JupyterLab.")
    if not opens:
        say("Open the address with the token that JupyterLab prints below.")
    environment = os.environ | {"JUPYTER_PATH": os.pathsep.join(_kernel_paths())}
    process = subprocess.Popen(command(folder, port=port, browser=opens), env=environment)  # noqa: S603  # our own Python
    try:
        return process.wait()
    except KeyboardInterrupt:
        # JupyterLab has heard it too, and asks nothing when it is told to end.
        process.terminate()
        process.wait()
        return 130


def command(folder: Path, *, port: int | None, browser: bool) -> Sequence[str]:
    """Write the command that serves JupyterLab with this Python."""
    options = [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--KernelSpecManager.ensure_native_kernel=True",
    ]
    if port is not None:
        options.append(f"--ServerApp.port={port}")
    if not browser:
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    return [sys.executable, "-m", "jupyterlab", *options]


def has_display() -> bool:
    """Tell whether a browser could be shown."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _kernel_paths() -> list[str]:
    return [path for path in (os.environ.get("JUPYTER_PATH"), str(Path(sys.prefix) / "share" / "jupyter")) if path]
