"""The script that draws a panel's charts: Vega, Vega-Lite and Vega-Embed as ``vl-convert`` carries them, and ours.

It is put together once on a machine, takes a second, and is kept in the user's cache folder under the digest of what
it is made from, with its own digest in front. What was damaged is made anew. Nothing is fetched from anywhere.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Final

import vl_convert

from seggwat_nb.config import cache_folder
from seggwat_nb.files import private_folder, write_atomically

__all__ = ["script"]

_OURS: Final = Path(__file__).with_name("charts.js")


def script() -> str:
    """Return the module that `anywidget` runs: one default export, nothing on ``window``."""
    ours = _OURS.read_text(encoding="utf-8")
    made_from = f"{version('vl-convert-python')}\n{ours}"
    place = cache_folder() / "bundles" / f"{hashlib.sha256(made_from.encode()).hexdigest()[:32]}.js"
    kept = _kept(place)
    if kept is not None:
        return kept
    made: str = vl_convert.javascript_bundle(ours)
    content = made.encode()
    try:
        private_folder(place.parent)
        for old in place.parent.glob("*.js"):
            old.unlink(missing_ok=True)
        write_atomically(place, hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
    except OSError:
        return made  # a full or read-only disk costs a second the next time
    return made


def _kept(place: Path) -> str | None:
    try:
        digest, _, content = place.read_bytes().partition(b"\n")
    except OSError:
        return None
    return content.decode() if hashlib.sha256(content).hexdigest().encode() == digest else None
