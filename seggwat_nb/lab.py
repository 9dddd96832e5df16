"""Starts JupyterLab with the user's own copy of the notebooks."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seggwat_nb.environment import child_environment
from seggwat_nb.errors import ArgumentError
from seggwat_nb.files import write_atomically
from seggwat_nb.progress import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["FIRST", "command", "launch", "notebooks", "surroundings", "working_copy"]

FIRST: Final = "00_start.ipynb"
"""The notebook that opens."""

_FOLDER: Final = "seggwat-notebooks"


def notebooks() -> Path:
    """Return the folder of the notebooks in the package."""
    return _inside("notebooks")


def working_copy(folder: Path | None = None) -> Path:
    """Copy the notebooks to the user's folder. Existing files are kept, and listed in a message.

    Parameters
    ----------
    folder
        The folder; ``seggwat-notebooks`` in the home folder by default.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ArgumentError
        The folder cannot be created or written, or contains the package's own notebooks.
    """
    try:
        target = (folder or Path.home() / _FOLDER).expanduser().absolute()
    except RuntimeError:
        raise ArgumentError("There is no home folder for the notebooks. Pass the full path of a folder.") from None
    sources = sorted(notebooks().glob("*.ipynb"))
    if target.resolve() in {place.parent for source in sources for place in (source, source.resolve())}:
        raise ArgumentError(f"{target} holds the package's own notebooks. Choose another folder for your copy.")
    try:
        return _copy_files(sources, target)
    except OSError as error:
        raise ArgumentError(
            f"Notebooks cannot be written to {target} ({error.strerror}). Choose another folder."
        ) from error


def _copy_files(sources: Sequence[Path], target: Path) -> Path:
    target.mkdir(parents=True, exist_ok=True)
    kept = []
    for source in sources:
        place = target / source.name
        if not place.exists():
            write_atomically(place, source.read_bytes())
        elif place.read_bytes() != source.read_bytes():
            kept.append(place.name)
    if kept:
        say(f"Not overwritten: {', '.join(kept)}. To start over, rename or delete them in {target}.")
    return target


def launch(folder: Path, *, port: int | None = None, browser: bool | None = None) -> int:
    """Serve JupyterLab on a folder until it is stopped; prints the address to open.

    Parameters
    ----------
    folder
        What `working_copy` returned.
    port
        8888 or the next free one by default; a given port must be free.
    browser
        Whether to open a browser; by default if there is a display.

    Returns
    -------
    int
        JupyterLab's exit status, 130 if it was interrupted.

    Raises
    ------
    ArgumentError
        The port is in use.
    """
    _check_free(port)
    opens = has_display() if browser is None else browser
    environ = surroundings(os.environ | child_environment())
    if not (environ.get("SEGGWAT_API_KEY") or environ.get("SEGGWAT_PROJECT_ID")):
        say("Neither SEGGWAT_API_KEY nor SEGGWAT_PROJECT_ID is set, so the notebooks show the demo project.")
    say(f"Your notebooks are in {folder}. Press Ctrl-C to stop JupyterLab.")
    if not opens:
        say("Open the address with the token that JupyterLab prints below.")
    # Kernels run in the folder of the notebooks, so the settings of a .env in this folder are passed on.
    process = subprocess.Popen(command(folder, port=port, browser=opens), env=environ)  # noqa: S603  # our own Python
    del environ  # Its repr shows the token.
    # Ctrl-C in a terminal reaches both processes, but a signal from a container or service manager only this one.
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        return process.wait()
    except KeyboardInterrupt:
        # In a terminal, JupyterLab has received it as well, but twice does no harm.
        process.terminate()
        process.wait()
        return 130


def _check_free(port: int | None) -> None:
    """Raise an error if another program uses the port, rather than open a page of that program."""
    if port is None:
        return
    with socket.socket() as probe:
        if os.name == "posix":  # allows reusing a port that was just closed, but not one in use
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise ArgumentError(
                f"Port {port} cannot be used ({error}). Pass another as --port, or leave it out for a free one."
            ) from error


def command(folder: Path, *, port: int | None, browser: bool) -> Sequence[str]:
    """Return the command that serves JupyterLab with this Python."""
    options = [
        "--log-level=WARN",  # only the address, warnings and errors
        "-y",  # Ctrl-C ends it without confirmation
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]
    if port is not None:
        options += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if not browser:
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    return [sys.executable, "-m", "jupyterlab", *options]


def surroundings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for JupyterLab: this Python's kernel first, and no prompt about news."""
    ours = {"JUPYTER_PATH": Path(sys.prefix) / "share" / "jupyter", "JUPYTER_CONFIG_PATH": _inside("jupyter")}
    return {
        **environ,
        **{name: os.pathsep.join(filter(None, [str(path), environ.get(name)])) for name, path in ours.items()},
    }


def has_display() -> bool:
    """Return whether there is a display for a browser."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _inside(folder: str) -> Path:
    """Return a folder inside the package."""
    with as_file(files("seggwat_nb") / folder) as place:
        return place
