"""A frame written to a file: Parquet, CSV or JSON lines, whole or not at all."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb.errors import ArgumentError
from seggwat_nb.files import write_atomically

if TYPE_CHECKING:
    import os

__all__ = ["SUFFIXES", "check_target", "export"]

SUFFIXES: Final = (".parquet", ".csv", ".jsonl")

_FORMULA: Final = r"^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20\t\r\n]"
"""How a cell begins that a spreadsheet takes for a formula: the signs, their full-width twins, tab and line break.

After OWASP, "CSV Injection"; white space before a sign is taken as well, since some programs trim it.
"""

_ISO: Final = "%Y-%m-%dT%H:%M:%S%.6fZ"


def check_target(path: str | os.PathLike[str]) -> Path:
    """Check where a file is to go, before any work.

    Raises
    ------
    ArgumentError
        The suffix is not known, or the folder does not exist.
    """
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        raise ArgumentError(f"{target.name!r} has no known format; end the name with {', '.join(SUFFIXES)}.")
    if not target.absolute().parent.is_dir():
        raise ArgumentError(f"There is no folder {target.parent}; make it, or name another.")
    if target.is_dir():
        raise ArgumentError(f"{target} is a folder; name a file.")
    return target


def export(frame: pl.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a frame to a file, in the format that its suffix names.

    Parameters
    ----------
    frame
        Any frame. ``.parquet`` keeps it as it is. ``.jsonl`` has one object a line, times in ISO 8601 (UTC).
        ``.csv`` is for spreadsheets: UTF-8 with a byte-order mark, ISO times, and an apostrophe before each text
        that a spreadsheet would take for a formula; an empty text is quoted, a null is not.
    path
        The file; one that stands there is replaced once the new one is whole.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ArgumentError
        The suffix is not known, or the folder does not exist.
    """
    target = check_target(path)
    buffer = io.BytesIO()
    match target.suffix.lower():
        case ".parquet":
            frame.write_parquet(buffer)
        case ".csv":
            _plain(frame).with_columns(_harmless).write_csv(buffer, include_bom=True, quote_style="non_numeric")
        case _:
            _plain(frame).write_ndjson(buffer)
    write_atomically(target, buffer.getvalue())
    return target


_harmless: Final = (
    pl.when(pl.col(pl.String).str.contains(_FORMULA))
    .then(pl.lit("'") + pl.col(pl.String))
    .otherwise(pl.col(pl.String))
    .name.keep()
)


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.selectors.datetime().dt.convert_time_zone("UTC").dt.strftime(_ISO))
