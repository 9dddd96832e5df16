"""A frame written to a file: Parquet, CSV, JSON lines or a spreadsheet, whole or not at all; masked for others."""

from __future__ import annotations

import io
import itertools
import os
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb import progress
from seggwat_nb.analysis.periods import check_periods
from seggwat_nb.errors import ArgumentError
from seggwat_nb.extras import require
from seggwat_nb.files import write_output
from seggwat_nb.share import privacy
from seggwat_nb.share.privacy import leaks
from seggwat_nb.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from seggwat_nb.secret import Secret

__all__ = ["NOT_MASKED", "SUFFIXES", "check_target", "export", "share"]

NOT_MASKED: Final = "Names of people and details spelled out in words are not masked."

SUFFIXES: Final = (".parquet", ".csv", ".jsonl", ".xlsx")

_SIGNS: Final = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212\u207a\u207b\u207c\u208a\u208b\u208c"
_FORMULA: Final = (
    rf"(?P<before>\A|[;|\t\r\n])(?P<cell>[[\s\"'\p{{Cf}}]--[\t\r\n]]*[{_SIGNS}])"
    r"|(?P<between>[ ,:])(?P<call>[\"'\p{Cf}]*(?:=[^\s=]|[-+@][\p{L}_.]{1,40}[(|!]))"
)
"""Where a program may see a cell that begins with a formula's sign, or a sign that Unicode counts as the same.

A cell begins with the text, and behind each sign that some program takes for a separator: a file written with commas is
read with semicolons in half of Europe. White space, quotation marks and invisible characters before the sign are
trimmed by some programs. Blanks, commas and colons, which separate hardly anywhere and stand in every sentence, count
where what follows can only be a formula. After OWASP, "CSV Injection".
"""

_UNSEEN: Final = r"[\p{Cc}--\n\t]|[\u{202A}-\u{202E}\u{2066}-\u{2069}\u{200E}\u{200F}\u{FEFF}]"
"""Control characters and those that turn the direction of reading: no spreadsheet shows them, some stop at them."""

_ISO: Final = "%Y-%m-%dT%H:%M:%S%.6f"

_SHEET_ROWS: Final = 1_048_575
_CELL_UNITS: Final = 32_767
"""What Excel holds below a header, and in a cell in units of UTF-16 ("Excel specifications and limits")."""

_LONGEST_HEADER: Final = 200
"""Characters of a column's name; Excel takes no more than 255, of which a number may need some."""

_LONGEST_NAME: Final = 200
"""Bytes of a file's name; what is written beside it has a longer one."""
_LONGEST_PATH: Final = 3_000
_ENDS: Final = " […]"
"""What stands at the end of a text that no cell holds."""


def check_target(path: object, *, suffixes: Sequence[str] = SUFFIXES) -> Path:
    """Check where a file is to go, before any work.

    Parameters
    ----------
    path
        The file.
    suffixes
        How its name may end.

    Raises
    ------
    ArgumentError
        It is no name of a file, the suffix is not known, or the folder does not exist or is not to be written to.
    MissingExtraError
        It is a spreadsheet, and the extra ``xlsx`` is not installed.
    """
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        raise ArgumentError(f"{path!r} is not a file name. Pass a path that ends in {listed(suffixes, 'or')}.")
    target = Path(path)
    sizes = [len(part.encode("utf-8", "replace")) for part in target.absolute().parts]
    if "\0" in str(target) or max(sizes) > _LONGEST_NAME or sum(sizes) > _LONGEST_PATH:
        raise ArgumentError(f"The file name {target.name[:40]!r}… is empty or too long. Choose another.")
    if not target.name.isprintable():
        raise ArgumentError(f"The file name {target.name!r} contains unprintable characters. Choose another.")
    if target.suffix.lower() not in suffixes:
        raise ArgumentError(
            f"The format of {target.name!r} is unknown. Choose a name that ends in {listed(suffixes, 'or')}."
        )
    if target.suffix.lower() == ".xlsx":
        require("Spreadsheets")
    if not os.path.isdir(target.absolute().parent):  # noqa: PTH112  # Path.is_dir raises where it may not look
        raise ArgumentError(f"The folder {target.parent} does not exist. Create it, or choose another.")
    if os.path.isdir(target):  # noqa: PTH112  # as above
        raise ArgumentError(f"{target} is a folder. Choose a file name.")
    if not os.access(target.absolute().parent, os.W_OK):
        raise ArgumentError(f"The folder {target.parent} is not writable. Choose another.")
    return target


def export(frame: pl.DataFrame, path: str | os.PathLike[str], *, time_zone: str = "UTC", plain: bool = False) -> Path:
    """Write a frame to a file in the format of its suffix, without masking.

    Parameters
    ----------
    frame
        Any frame. ``.parquet`` keeps it as it is. ``.jsonl`` has one object a line, times in ISO 8601. The others write
        a list of texts, such as an item's themes, in one cell: ``Export; Speed``. ``.csv`` is for spreadsheets: UTF-8
        with a byte-order mark, ISO times, no control characters, and an apostrophe wherever a spreadsheet could see a
        formula begin, whichever separator it reads the file with; an empty text is quoted, a null is not. ``.xlsx`` has
        types, a header that stays in sight, and filters; times are to the millisecond, and name their zone; no text is
        a formula or a link; an empty text is an empty cell, and a text longer than a cell holds is cut, with a warning.
    path
        The file; an existing one is replaced once the new one is complete.
    time_zone
        IANA name of the zone in which times are written, each with its offset or the zone's name.
    plain
        Write a ``.csv`` for programs: text unchanged, without apostrophes and without a byte-order mark. Do not
        open such a file in a spreadsheet.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ArgumentError
        The suffix is not known, the folder does not exist, or a spreadsheet cannot hold so many rows.
    FileError
        The file cannot be written; one that was there before is unchanged.
    """
    target = check_target(path)
    write_output(target, _content(frame, target.suffix.lower(), time_zone=time_zone, plain=plain))
    return target


def share(
    frame: pl.DataFrame,
    path: str | os.PathLike[str],
    *,
    salt: bytes,
    people: Iterable[str] = (),
    time_zone: str = "UTC",
    plain: bool = False,
    token: Secret | None = None,
) -> Path:
    """Write a masked frame to a file to share, unless the token stands in it, and print how much was masked.

    Parameters
    ----------
    frame, path, time_zone, plain
        As for `export`; the frame as it is loaded.
    salt
        The project's (`seggwat_nb.share.privacy.salt`).
    people
        Submitters besides those of the frame: of a selection, those of the whole project.
    token
        The API token, which is looked for as well.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    LeakError
        The token would have been left in the file; nothing was written.
    ArgumentError, FileError
        As `export`.
    """
    target = check_target(path)
    frame = privacy.as_text(frame)
    masked = privacy.mask(frame, salt=salt, people=people)
    hidden = privacy.describe_masking(frame, masked)
    content = _content(masked, target.suffix.lower(), time_zone=time_zone, plain=plain)
    readable = _content(masked, ".jsonl") if target.suffix.lower() == ".parquet" else content
    leaks.check(readable, name=target.name, secrets=[token])
    write_output(target, content)
    progress.say(f"Masked: {hidden}. {NOT_MASKED}")
    return target


def _content(frame: pl.DataFrame, suffix: str, *, time_zone: str = "UTC", plain: bool = False) -> bytes:
    check_periods(time_zone=time_zone)
    if suffix in {".csv", ".xlsx"}:
        frame = privacy.as_text(frame).with_columns(pl.col(pl.List(pl.String)).list.join("; ", ignore_nulls=True))
    if plain and suffix != ".csv":
        raise ArgumentError(f"plain applies to .csv files only. A {suffix} file keeps all text unchanged.")
    _check_fit(frame, suffix)
    frame = frame.with_columns(pl.selectors.datetime().dt.convert_time_zone(time_zone))
    buffer = io.BytesIO()
    match suffix:
        case ".parquet":
            frame.write_parquet(buffer)
        case ".csv":
            rows = _in_iso(frame)
            if not plain:
                rows = rows.with_columns(_harmless).rename(_harmless_names(rows.columns))
            rows.write_csv(buffer, include_bom=not plain, quote_style="non_numeric")
        case ".xlsx":
            _write_sheet(frame, buffer, time_zone=time_zone)
        case _:
            _in_iso(frame).write_ndjson(buffer)
    return buffer.getvalue()


def _check_fit(frame: pl.DataFrame, suffix: str) -> None:
    """Raise `ArgumentError` where a column has what the format cannot hold."""
    never = {".parquet": ("Object",), ".jsonl": ("Object", "Binary")}
    never |= dict.fromkeys((".csv", ".xlsx"), ("Object", "Binary", "List", "Array", "Struct", "Duration"))
    if unfit := [name for name, kind in frame.schema.items() if any(word in str(kind) for word in never[suffix])]:
        raise ArgumentError(
            f"A {suffix} file cannot hold the columns {', '.join(unfit)}. Write a .parquet file, or drop these columns."
        )


def _write_sheet(frame: pl.DataFrame, buffer: io.BytesIO, *, time_zone: str) -> None:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has no annotations

    if frame.height > _SHEET_ROWS:
        raise ArgumentError(
            f"A spreadsheet holds at most {_SHEET_ROWS:,} rows, and there are {frame.height:,}. Write a .csv file "
            "instead."
        )
    # Text stays text: none of it becomes a formula, a link or a number.
    as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    frame = _fit_cells(frame)
    frame = frame.rename(_header(frame.columns))
    with Workbook(buffer, as_text | {"in_memory": True, "nan_inf_to_errors": True}) as book:
        frame.write_excel(
            book,
            "Rows",
            freeze_panes=(1, 0),
            autofilter=True,
            table_style="Table Style Light 1",
            dtype_formats={pl.Datetime: f'yyyy-mm-dd hh:mm:ss "{time_zone}"'},
            column_widths={name: 480 if name == "message" else 140 for name in frame.columns},
        )


def _fit_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """Cut what no cell holds, and leave times without their zone, which their format names."""
    units = pl.col(pl.String).str.len_chars() + pl.col(pl.String).str.count_matches(r"[\x{10000}-\x{10FFFF}]")
    texts = frame.select(pl.selectors.string())
    cut = 0
    for name, is_long in zip(texts.columns, texts.select(units > _CELL_UNITS), strict=True):
        long = texts[name].filter(is_long.fill_null(value=False)).unique()
        cut += int(is_long.sum())
        frame = (
            frame.with_columns(pl.col(name).replace(long, [_beginning(text) for text in long])) if len(long) else frame
        )
    if cut:
        warnings.warn(
            f"{counted(cut, 'text')} truncated to fit a spreadsheet cell. A .csv file keeps everything.", stacklevel=4
        )
    return frame.with_columns(pl.selectors.datetime().dt.replace_time_zone(None).dt.cast_time_unit("ms"))


def _beginning(text: str) -> str:
    """Cut a text to what a cell holds, in units of UTF-16, and never within a character."""
    kept = 2 * (_CELL_UNITS - len(_ENDS))
    return text.encode("utf-16-le", "surrogatepass")[:kept].decode("utf-16-le", "ignore") + _ENDS


def _without_formulas(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(_UNSEEN, "").str.replace_all(_FORMULA, "${before}${between}'${cell}${call}")


_harmless: Final = _without_formulas(pl.col(pl.String))


def _harmless_names(names: Sequence[str]) -> dict[str, str]:
    """Name columns so that none begins a formula either: a pivoted frame has values for names."""
    return _apart(names, pl.select(_without_formulas(pl.lit(pl.Series(names, dtype=pl.String)))).to_series(), same=str)


def _header(names: Sequence[str]) -> dict[str, str]:
    """Name columns as a table in a spreadsheet can: without control characters, short, and apart in any case."""
    return _apart(
        names,
        [re.sub(r"[\x00-\x1f\ufffe\uffff]", " ", name)[:_LONGEST_HEADER] or " " for name in names],
        same=str.casefold,
    )


def _apart(names: Sequence[str], wanted: Iterable[str], *, same: Callable[[str], str]) -> dict[str, str]:
    """Keep names apart, with a number where two would be the same."""
    taken: set[str] = set()
    result = {}
    for name, free in zip(names, wanted, strict=True):
        numbered = (f"{free} ({number})" for number in itertools.count(2))
        result[name] = next(one for one in itertools.chain([free], numbered) if same(one) not in taken)
        taken.add(same(result[name]))
    return result


def _in_iso(frame: pl.DataFrame) -> pl.DataFrame:
    offset = pl.selectors.datetime().dt.strftime("%:z").replace("+00:00", "Z")
    return frame.with_columns(pl.selectors.datetime().dt.strftime(_ISO) + offset)
