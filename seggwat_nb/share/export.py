"""Writes a frame to a Parquet, CSV, JSON lines or Excel file, atomically, and masked if it is for others."""

from __future__ import annotations

import io
import itertools
import os
import re
import warnings
from datetime import datetime
from typing import TYPE_CHECKING, Final

import polars as pl

from seggwat_nb import progress
from seggwat_nb.analysis.counts import select_rows
from seggwat_nb.analysis.periods import check_periods
from seggwat_nb.analysis.validation import check_frame
from seggwat_nb.dataset import Dataset
from seggwat_nb.errors import ArgumentError
from seggwat_nb.extras import require
from seggwat_nb.files import expand_home, write_output
from seggwat_nb.share import privacy
from seggwat_nb.share.privacy import leaks
from seggwat_nb.text import count_of, join_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from seggwat_nb.analysis.counts import Selection
    from seggwat_nb.secret import Secret

__all__ = ["NOT_MASKED", "SUFFIXES", "check_target", "export", "share"]

NOT_MASKED: Final = "Names of people, streets, coordinates and details spelled out in words are not masked."

SUFFIXES: Final = (".parquet", ".csv", ".jsonl", ".xlsx")

_SIGNS: Final = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212\u207a\u207b\u207c\u208a\u208b\u208c"
_FORMULA: Final = rf"(?P<before>\A|[;|\t\r\n])(?P<cell>[[\s\"'\p{{Cf}}]--[\t\r\n]]*[{_SIGNS}])"
_CALL: Final = r"(?P<before>[ ,:])(?P<cell>[[\s\"'\p{Cf}]--[ \t\r\n]]*(?:=[^\s=,:;|]|[-+@][\p{L}_.]{1,40}[(|!]))"
"""Places where a program may see a cell that begins with a formula character, or with a Unicode equivalent of one.

A cell begins with the text, and after each character that some program uses as a separator, since half of Europe reads
CSV files with semicolons. Some programs trim white space, quotation marks and invisible characters before the formula
character. Blanks, commas and colons are rarely separators and occur in every sentence, so they only count if what
follows can only be a formula. These are looked for separately, since what they match may end with another separator.
Based on OWASP, "CSV Injection".
"""

_LINE_END: Final = r"\r\n?"
_CONTROL: Final = r"[[\p{Cc}\u{FFFE}\u{FFFF}]--[\n\t]]"
"""Control characters: spreadsheets do not show them, some stop there, and ``.xlsx`` files spell them (``_x000D_``)."""
_UNSEEN: Final = rf"{_CONTROL}|[\u{{202A}}-\u{{202E}}\u{{2066}}-\u{{2069}}\u{{200E}}\u{{200F}}\u{{FEFF}}]"
"""The same, and characters that change the text direction."""

_ISO: Final = "%Y-%m-%dT%H:%M:%S%.6f"

_SHEET_ROWS: Final = 1_048_575
_CELL_UNITS: Final = 32_767
"""Excel's limits: rows below a header, and UTF-16 code units per cell ("Excel specifications and limits")."""

_CALENDAR: Final = (datetime(1900, 3, 1), datetime(9999, 12, 31, 23, 59, 59))  # noqa: DTZ001  # cells have no zone
"""The first and the last moment of which every spreadsheet program shows the right day."""

_LONGEST_HEADER: Final = 200
"""Maximum length of a column name: Excel allows 255 characters, some of which a number may need."""

_LONGEST_NAME: Final = 200
"""Maximum length of a file name in bytes. The temporary file next to it has a longer one."""
_LONGEST_PATH: Final = 3_000
_ELLIPSIS: Final = " […]"
"""Marks the end of a text that was cut to fit into a cell."""


def check_target(path: object, *, suffixes: Sequence[str] = SUFFIXES) -> Path:
    """Check the path of an output file before doing any work.

    Parameters
    ----------
    path
        The file; ``~`` at its start is the home folder.
    suffixes
        The allowed suffixes.

    Raises
    ------
    ArgumentError
        It is not a file name, the suffix is unknown, or the folder does not exist or is not writable.
    MissingExtraError
        It is a spreadsheet, and the extra ``xlsx`` is not installed.
    """
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        raise ArgumentError(f"{path!r} is not a file name. Pass a path that ends in {join_words(suffixes, 'or')}.")
    target = expand_home(path)
    sizes = [len(part.encode("utf-8", "replace")) for part in target.absolute().parts]
    if "\0" in str(target) or max(sizes) > _LONGEST_NAME or sum(sizes) > _LONGEST_PATH:
        raise ArgumentError(f"The file name {target.name[:40]!r}… is empty or too long. Choose another.")
    if not target.name.isprintable():
        raise ArgumentError(f"The file name {target.name!r} contains unprintable characters. Choose another.")
    if os.sep == "/" and "\\" in target.name:
        raise ArgumentError(f"The file name {target.name!r} contains a backslash. Write / between folders.")
    if target.suffix.lower() not in suffixes:
        raise ArgumentError(
            f"The format of {target.name!r} is unknown. Choose a name that ends in {join_words(suffixes, 'or')}."
        )
    if target.suffix.lower() == ".xlsx":
        require("Spreadsheets")
    _check_folder(target)
    return target


def _check_folder(target: Path) -> None:
    """Raise `ArgumentError` if a file cannot be written where it is to be."""
    if not os.path.isdir(target.absolute().parent):  # noqa: PTH112  # Path.is_dir raises where it may not look
        if os.path.isfile(target.absolute().parent):  # noqa: PTH113  # as above
            raise ArgumentError(f"{target.parent} is a file, not a folder. Choose a folder.")
        raise ArgumentError(f"The folder {target.parent} does not exist. Create it, or choose another.")
    if os.path.isdir(target):  # noqa: PTH112  # as above
        raise ArgumentError(f"{target} is a folder. Choose a file name.")
    if not os.access(target.absolute().parent, os.W_OK):
        raise ArgumentError(f"The folder {target.parent} is not writable. Choose another.")


def export(
    data: Dataset | pl.DataFrame,
    path: str | os.PathLike[str],
    *,
    where: Selection | None = None,
    time_zone: str | None = None,
    plain: bool = False,
) -> Path:
    """Write items or any frame to a file in the format of its suffix, without masking.

    To write a file for other people, pass ``seggwat_nb.mask(data)``.

    Parameters
    ----------
    data
        A `seggwat_nb.Dataset`, of which the feedback is written, or any frame. ``.parquet`` preserves it exactly.
        ``.jsonl`` has one object per line and times in ISO 8601. The other formats write a list of texts, such as an
        item's themes, to one cell: ``Export; Speed``. ``.csv`` is for
        spreadsheets: UTF-8 with a byte-order mark, ISO times, no control characters, and an apostrophe wherever a
        spreadsheet could see the start of a formula, with any separator. Empty texts are quoted, nulls are not.
        ``.xlsx`` has types, filters and a frozen header. Its times have milliseconds and name their zone; columns with
        times before March 1900, which spreadsheets do not have, are ISO text. No text
        becomes a formula or a link, control characters are left out, empty texts are empty cells, and texts too long
        for a cell are cut with a warning. In both, a line ends with a line feed alone.
    path
        The file. An existing one is replaced when the new one is complete.
    where
        A filter; only rows that it selects are written.
    time_zone
        IANA name of the zone in which times are written, with the offset or the name of the zone. By default, that of
        the `Dataset`, or UTC.
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
        The suffix is unknown, the folder does not exist, or there are too many rows for a spreadsheet.
    FileError
        The file cannot be written. An existing one is unchanged.
    """
    target = check_target(path)
    frame, zone = (data.feedback, data.time_zone) if isinstance(data, Dataset) else (data, "UTC")
    rows = select_rows(check_frame(frame, wanted="a Dataset or a frame"), where)
    write_output(target, _content(rows, target.suffix.lower(), time_zone=time_zone or zone, plain=plain))
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
    """Write a masked frame to a file for others, and print how much was masked. Fails if it contains the token.

    Parameters
    ----------
    frame, path, time_zone, plain
        A frame that is not masked, and as for `export`.
    salt
        The project's salt (`seggwat_nb.share.privacy.salt`).
    people
        Other submitters than those of the frame. If it is a selection, those of the whole project.
    token
        The API token, which must not be in the file.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    LeakError
        The file would contain the token. Nothing was written.
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
    """Raise `ArgumentError` if the format does not support the type of a column."""
    never = {".parquet": ("Object",), ".jsonl": ("Object", "Binary")}
    never |= dict.fromkeys((".csv", ".xlsx"), ("Object", "Binary", "List", "Array", "Struct", "Duration"))
    if unfit := [name for name, kind in frame.schema.items() if any(word in str(kind) for word in never[suffix])]:
        raise ArgumentError(
            f"A {suffix} file cannot hold the columns {', '.join(unfit)}. Write a .parquet file, or drop these columns."
        )


def _write_sheet(frame: pl.DataFrame, buffer: io.BytesIO, *, time_zone: str) -> None:
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # no annotations

    if frame.height > _SHEET_ROWS:
        raise ArgumentError(
            f"A spreadsheet holds at most {_SHEET_ROWS:,} rows, and there are {frame.height:,}. Write a .csv file "
            "instead."
        )
    # Text stays text: none of it becomes a formula, a link or a number.
    as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    frame = _fit_cells(_with_early_times_as_text(frame))
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


def _with_early_times_as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Write columns with times outside a spreadsheet's calendar as ISO text, so that no time is lost or a day off."""
    times = frame.select(
        pl.selectors.datetime().dt.replace_time_zone(None), pl.selectors.date().cast(pl.Datetime("us"))
    )
    fits = times.select(pl.all().is_between(*_CALENDAR).all())
    unfit = [name for name in fits.columns if not fits[name].item()]
    return frame.with_columns(_in_iso(frame.select(unfit)).select(pl.all().cast(pl.String)))


def _fit_cells(frame: pl.DataFrame) -> pl.DataFrame:
    """Remove control characters, cut texts that are too long, and remove the zone from times: their format names it."""
    frame = frame.with_columns(pl.col(pl.String).str.replace_all(_LINE_END, "\n").str.replace_all(_CONTROL, ""))
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
            f"{count_of(cut, 'text')} truncated to fit a spreadsheet cell. A .csv file keeps everything.", stacklevel=4
        )
    return frame.with_columns(pl.selectors.datetime().dt.replace_time_zone(None).dt.cast_time_unit("ms"))


def _beginning(text: str) -> str:
    """Cut a text to the UTF-16 code units that fit into a cell, never within a character."""
    kept = 2 * (_CELL_UNITS - len(_ELLIPSIS))
    return text.encode("utf-16-le", "surrogatepass")[:kept].decode("utf-16-le", "ignore") + _ELLIPSIS


def _without_formulas(text: pl.Expr) -> pl.Expr:
    text = text.str.replace_all(_LINE_END, "\n").str.replace_all(_UNSEEN, "")
    for pattern in (_FORMULA, _CALL):
        text = text.str.replace_all(pattern, "${before}'${cell}")
    return text


_harmless: Final = _without_formulas(pl.col(pl.String))


def _harmless_names(names: Sequence[str]) -> dict[str, str]:
    """Make column names harmless as well: those of a pivoted frame are values."""
    return _unique(names, pl.select(_without_formulas(pl.lit(pl.Series(names, dtype=pl.String)))).to_series(), same=str)


def _header(names: Sequence[str]) -> dict[str, str]:
    """Make column names valid in Excel: short, without control characters, and unique regardless of case."""
    return _unique(
        names,
        [re.sub(r"[\x00-\x1f\ufffe\uffff]", " ", name)[:_LONGEST_HEADER] or " " for name in names],
        same=str.casefold,
    )


def _unique(names: Sequence[str], wanted: Iterable[str], *, same: Callable[[str], str]) -> dict[str, str]:
    """Make names unique by adding a number to duplicates."""
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
