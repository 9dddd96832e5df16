"""A script with Vega, Vega-Lite and Vega-Embed in it, as ``vl-convert`` carries them: nothing is fetched.

It is put together once on a machine, which takes some seconds, and kept in the user's cache folder under the digest
of what it is made from, with its own digest in front. What was damaged is made anew.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version

import vl_convert

from seggwat_nb.config import cache_folder
from seggwat_nb.files import private_folder, write_atomically

__all__ = ["bundled"]


def bundled(snippet: str) -> str:
    """Bundle a script with what draws charts.

    Parameters
    ----------
    snippet
        JavaScript without imports, which finds ``vegaEmbed``, ``vega`` and ``vegaLite`` by these names.

    Returns
    -------
    str
        One script that leaves nothing on ``window``.
    """
    made_from = f"{version('vl-convert-python')}\n{snippet}"
    place = cache_folder() / "scripts" / f"{hashlib.sha256(made_from.encode()).hexdigest()[:32]}.js"
    try:
        digest, _, content = place.read_bytes().partition(b"\n")
    except OSError:
        digest, content = b"", b""
    if hashlib.sha256(content).hexdigest().encode() == digest:
        return content.decode()
    made = f"(()=>{{{vl_convert.javascript_bundle(snippet)}}})();"
    content = made.encode()
    try:
        private_folder(place.parent)
        write_atomically(place, hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
    except OSError:
        pass  # a full or read-only disk costs these seconds again
    return made
