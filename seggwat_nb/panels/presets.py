"""Saves filters by name in a JSON file in the notebook's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from seggwat_nb.errors import ArgumentError
from seggwat_nb.files import write_output
from seggwat_nb.filters import FeedbackFilter

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FILE", "delete", "load", "names", "restore", "save"]

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
    _write(place, {**_read(place), name.strip(): where.to_dict()})
    return place


def delete(name: str, file: Path | None = None) -> object:
    """Delete a preset, and return what the file had under its name, which `restore` takes.

    Raises
    ------
    ArgumentError
        It does not exist.
    """
    place = file or Path(FILE)
    kept = {**_read(place)}
    content = _get(kept, name)
    del kept[name]
    _write(place, kept)
    return content


def restore(name: str, content: object, file: Path | None = None) -> None:
    """Undo `delete`.

    Raises
    ------
    ArgumentError
        Another preset has been saved under the name.
    """
    place = file or Path(FILE)
    kept = _read(place)
    if name in kept:
        raise ArgumentError(f"“{name}” has been saved again since it was deleted, so it stays as it is.")
    _write(place, {**kept, name: content})


def load(name: str, file: Path | None = None) -> FeedbackFilter:
    """Return the filter saved under a name.

    Raises
    ------
    ArgumentError
        It does not exist, or cannot be read.
    """
    content = _get(_read(file or Path(FILE)), name)
    if not isinstance(content, dict):
        raise ArgumentError(f"The preset {name!r} cannot be read. Save it again, or edit {file or FILE}.")
    return FeedbackFilter.from_dict(content)


def _get(kept: Mapping[str, object], name: str) -> object:
    if name not in kept:
        saved = (
            f"Saved presets: {', '.join(sorted(kept))}." if kept else "This folder has none: save one in the explorer."
        )
        raise ArgumentError(f"No preset is named {name!r}. {saved}")
    return kept[name]


def _write(file: Path, kept: Mapping[str, object]) -> None:
    content = json.dumps({"presets": kept}, indent=1, ensure_ascii=False, sort_keys=True)
    write_output(file, content.encode())


def _read(file: Path) -> Mapping[str, object]:
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
