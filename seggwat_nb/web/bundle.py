"""Scripts with Vega, Vega-Lite and Vega-Embed in them, as ``vl-convert`` carries them: nothing is fetched.

Each is put together once on a machine, which takes a second or two, and kept in the user's cache folder under its name
and the digest of what it is made from, with its own digest in front. What was damaged is made again, and what an older
release has left is removed.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from typing import TYPE_CHECKING

from seggwat_nb.config import cache_folder
from seggwat_nb.files import private_folder, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["bundle_script"]


def bundle_script(name: str, snippet: str) -> str:
    """Bundle a script with what draws charts.

    Parameters
    ----------
    name
        What the script is for.
    snippet
        JavaScript without imports, which finds ``vegaEmbed`` by this name.

    Returns
    -------
    str
        A module with the exports of the snippet, which leaves nothing on ``window``.
    """
    made_from = f"{version('vl-convert-python')}\n{snippet}"
    place = cache_folder() / "scripts" / f"{name}-{hashlib.sha256(made_from.encode()).hexdigest()[:32]}.js"
    kept = _read_cached(place)
    if kept is not None:
        return kept
    import vl_convert

    made: str = vl_convert.javascript_bundle(snippet)
    content = made.encode()
    try:
        private_folder(place.parent)
        for old in place.parent.glob(f"{name}-*.js"):
            old.unlink(missing_ok=True)
        write_atomically(place, hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
    except OSError:
        return made  # a full or read-only disk costs these seconds again
    return made


def _read_cached(place: Path) -> str | None:
    try:
        digest, _, content = place.read_bytes().partition(b"\n")
    except OSError:
        return None
    return content.decode() if hashlib.sha256(content).hexdigest().encode() == digest else None
