"""Saves filters by name in a JSON file in the notebook's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from seggwat_nb.errors import ArgumentError
from seggwat_nb.files import write_output
from seggwat_nb.filters import FeedbackFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FILE", "load", "names", "save"]

FILE: Final = "seggwat-presets.json"


def names(file: Path | None = None) -> list[str]:
    """List the names of the saved filters."""
    return sorted(_read(file or Path(FILE)))


def save(name: str, where: FeedbackFilter, file: Path | None = None) -> Path:
    """Save a filter under a name, replacing an existing one.

    Raises
    ------
    ArgumentError
        The name is blank, or the file does not contain presets.
    """
    if not name.strip():
        raise ArgumentError("Name the preset first.")
    place = file or Path(FILE)
    kept = {**_read(place), name.strip(): where.to_dict()}
    content = json.dumps({"presets": kept}, indent=1, ensure_ascii=False, sort_keys=True)
    write_output(place, content.encode())
    return place


def load(name: str, file: Path | None = None) -> FeedbackFilter:
    """Return the filter saved under a name.

    Raises
    ------
    ArgumentError
        It does not exist, or cannot be read.
    """
    kept = _read(file or Path(FILE))
    if name not in kept:
        saved = f"Saved presets: {', '.join(sorted(kept))}." if kept else "No presets are saved yet."
        raise ArgumentError(f"No preset is named {name!r}. {saved}")
    if not isinstance(kept[name], dict):
        raise ArgumentError(f"The preset {name!r} cannot be read. Save it again, or edit {file or FILE}.")
    return FeedbackFilter.from_dict(kept[name])


def _read(file: Path) -> Mapping[str, Mapping[str, Any]]:
    try:
        kept = json.loads(file.read_bytes())["presets"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArgumentError(
            f"{file} could not be read as presets ({type(error).__name__}). Correct, rename or delete it."
        ) from error
    if not isinstance(kept, dict):
        raise ArgumentError(f"{file} contains no presets. Correct, rename or delete it.")
    return kept
