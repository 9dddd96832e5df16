"""Describes items for a panel: one line each, and one of them in full.

Texts are split into pieces of which every second one matches the search, so that the page can highlight matches without
searching itself. polars finds them, as it does for the selection, in time linear in the text, whatever the pattern.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis.page_names import with_page_names
from seggwat_nb.panels.facets import FACETS, label, readable
from seggwat_nb.text import page_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.provenance import Provenance

__all__ = ["cut_to_line", "details", "lines", "pieces"]

_LONGEST: Final = 240
"""Maximum length of a message in the list. The open item shows all of it."""
_IN_SIGHT: Final = 60
_BEFORE: Final = 24
"""Number of characters shown before a match that is further along."""
_MARK: Final = "\ue000"
"""Marks both ends of a match while a text is split. A private-use character, removed from texts beforehand."""
_COLUMNS: Final = ("type", "status", "version", "path", "source")
_ADDRESS: Final = re.compile(r"^([^@\s])[^@\s]*(@[^@\s]+)$")
_MOMENT: Final = "%-d %b %Y, %H:%M"


def lines(frame: pl.DataFrame, at: Sequence[int], where: FeedbackFilter, *, start: int) -> list[dict[str, Any]]:
    """Describe rows in one line each: ``place`` in the list, row number ``at`` in the frame, message and columns."""
    columns = [name for name in ("message", *_COLUMNS) if name in frame.columns]
    # Column by column, and with hardly any expressions: polars's threads take longer to wake than to work.
    places = pl.Series(at, dtype=pl.UInt32)
    moments = (
        frame["created_at"][places].to_frame().select_seq(_format_moments(frame, where.time_zone, _MOMENT)).to_series()
    )
    nothing = [None] * moments.len()
    texts = {name: frame[name][places].cast(pl.String).to_list() for name in columns}
    texts["path"] = [text and page_name(text) for text in texts.get("path", nothing)]
    shown = {name: [_readable(text) for text in texts.get(name, nothing)] for name in _COLUMNS}
    cuts = pieces((" ".join((text or "").split()) for text in texts.get("message", nothing)), where)
    return [
        {
            "place": start + step,
            "at": int(number),
            "text": cut_to_line(cut),
            **{name: values[step] for name, values in shown.items()},
            "moment": moment,
        }
        for step, (number, moment, cut) in enumerate(zip(at, moments, cuts, strict=True))
    ]


def details(
    frame: pl.DataFrame, at: int, where: FeedbackFilter, *, parts: Sequence[str], about: Provenance | None
) -> dict[str, Any]:
    """Describe a row in full: its message, the values to filter by, and all fields."""
    row = with_page_names(frame[at])
    record = row.to_dicts()[0]
    fields = [
        {"part": part, "name": FACETS[part], "value": str(record[part]), "said": _format_value(part, str(record[part]))}
        for part in parts
        if part not in {"type", "theme"} and record[part] is not None
    ]
    themes = record["theme"] if "theme" in parts else None
    if themes is not None:
        fields += [
            {"part": "theme", "name": "Theme", "value": one, "said": readable(one)} for one in themes if one is not None
        ]
    item = record.get("id")
    url = None if about is None or item is None else about.item_url(str(item), record.get("project_id"))
    moment = row.select(_format_moments(frame, where.time_zone, _MOMENT)).item()
    return {
        "at": at,
        "text": pieces([record.get("message")], where)[0],
        "type": _readable(record.get("type")),
        "moment": moment,
        "fields": [one for one in fields if one["value"] != ""],
        "all": [
            (name.replace("_", " "), _in_words(value))
            for name, value in row.with_columns(_moments()).to_dicts()[0].items()
            if value not in (None, [], "")
        ],
        "url": url if url and url.startswith(("http://", "https://")) else None,
    }


def pieces(texts: Iterable[str | None], where: FeedbackFilter) -> list[list[str]]:
    """Split texts into pieces of which every second one matches the text search of a filter.

    Examples
    --------
    >>> from seggwat_nb.filters import FeedbackFilter
    >>> pieces(["No way to pay by card", None], FeedbackFilter.parse("pay OR /c.rd/"))
    [['No way to ', 'pay', ' by ', 'card', ''], ['']]
    """
    plain = [_readable(text) or "" for text in texts]
    if not where.texts:
        return [[text] for text in plain]
    patterns = (text if is_pattern else pl.escape_regex(text) for text, is_pattern in where.texts)
    found = "|".join(f"(?:{pattern})" for pattern in patterns)
    try:
        marked = pl.Series(plain, dtype=pl.String).str.replace_all(f"(?i){found}", f"{_MARK}${{0}}{_MARK}")
    except pl.exceptions.ComputeError:  # two patterns name the same group
        return [[text] for text in plain]
    marked = marked.str.replace_all(_MARK * 2, "", literal=True)  # an empty match, or the border of two matches
    return [text.split(_MARK) for text in marked]


def cut_to_line(cut: list[str]) -> list[str]:
    """Shorten a split text to one line around its first match.

    Examples
    --------
    >>> cut_to_line(["a" * 300, "pay", ""])
    ['…aaaaaaaaaaaaaaaaaaaaaaaa', 'pay', '']
    >>> cut_to_line(["We moved to another company that has tools of its own. The ", "export", " helped."])
    ['…tools of its own. The ', 'export', ' helped.']
    """
    begin = len(cut[0]) - _BEFORE if len(cut) > 1 and len(cut[0]) + len(cut[1]) > _IN_SIGHT else 0
    begin = max(0, begin)
    begin += cut[0][begin:-1].find(" ") + 1 if begin else 0  # at a word, in languages that part them
    left, kept = _LONGEST, []
    for place, piece in enumerate(cut):
        shown = piece[begin:] if not place else piece
        kept.append(shown[:left])
        if len(shown) > left:
            kept[-1] += "…" if place % 2 == 0 else ""
            kept += [] if place % 2 == 0 else ["…"]
            break
        left -= len(shown)
    return [("…" if begin else "") + kept[0], *kept[1:]]


def _readable(value: object) -> str | None:
    return None if value is None else readable(str(value)).replace(_MARK, "\N{REPLACEMENT CHARACTER}")


def _format_value(part: str, value: str) -> str:
    """Write a value. Of an e-mail address, only the ends are shown, since others may see the screen."""
    return _ADDRESS.sub(r"\1…\2", readable(value)) if part == "submitted_by" else label(value)


def _format_moments(frame: pl.DataFrame, zone: str, how: str) -> pl.Expr:
    moment = pl.col("created_at")
    kind = frame.schema["created_at"]
    if isinstance(kind, pl.Datetime) and kind.time_zone is None:
        moment = moment.dt.replace_time_zone("UTC")
    return moment.dt.convert_time_zone(zone).dt.strftime(how)


def _moments() -> pl.Expr:
    return pl.selectors.datetime().dt.strftime("%Y-%m-%d %H:%M")


def _in_words(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return readable(text)
