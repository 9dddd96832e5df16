"""Composes a digest of new feedback in Slack's Block Kit.

Items are new if no digest has reported them, whatever their date, so that imported and backdated items are included.
User text is only put into ``plain_text`` objects, escaped and made inert. ``mrkdwn`` only contains our own text.
Slack's limits are 50 blocks per message, 150 characters per header and 3,000 per section (see its block reference).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import partial
from html import unescape
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis import changes
from seggwat_nb.analysis.churn import without_churn
from seggwat_nb.analysis.finding_words import dates, describe_weeks
from seggwat_nb.analysis.returning import returning
from seggwat_nb.analysis.silences import silences
from seggwat_nb.finding_file import read_entries
from seggwat_nb.share import privacy
from seggwat_nb.share.delivery.outbox import due, in_flight
from seggwat_nb.share.dismissals import count_dismissed, describe_end, describe_return, mask_entries, split_dismissed
from seggwat_nb.share.privacy import leaks
from seggwat_nb.share.privacy.sanitize import JOINER, inert, one_line
from seggwat_nb.share.rising import against_before, alike, find_rising, how_many, shareable, with_words
from seggwat_nb.text import count_of, format_day, with_minus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from seggwat_nb.provenance import Provenance
    from seggwat_nb.secret import Secret
    from seggwat_nb.share.delivery.outbox import Delivery, Ledger

__all__ = ["Message", "compose", "mark_repeated", "readable_text"]

LISTED: Final = 20
"""Maximum number of items listed in a message: with two blocks each and five others, this stays below Slack's limit of
fifty. A digest has at most two messages, and the second one counts the items that are not listed."""

_WINDOW: Final = 7
_WORDS: Final = 300
_VALUE: Final = 60
"""Maximum length of a message, and of any other field."""

_NAMED: Final = 8
"""Maximum number of types named in a sentence."""

_RISING: Final = 2
"""Maximum number of words and topics named that rose."""

_BACK: Final = 2
"""Maximum number of groups named that were reported again."""

_PUT_ASIDE: Final = 4
"""Maximum number of dismissed findings named."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message and its items.

    Attributes
    ----------
    keys : tuple of str
        IDs of the items, including those that are only counted.
    payload : dict
        The content to send to Slack.
    delivery : Delivery or None
        The earlier message that this one repeats, if it was in flight when a run ended.
    """

    keys: tuple[str, ...]
    payload: dict[str, Any]
    delivery: Delivery | None = None


def compose(
    frame: pl.DataFrame,
    *,
    about: Provenance,
    salt: bytes | None,
    ledger: Ledger | None = None,
    since: datetime | None = None,
    everything: pl.DataFrame | None = None,
    people: Iterable[str] = (),
    selection: str = "",
    history: pl.DataFrame | None = None,
    token: Secret | None = None,
) -> list[Message]:
    """Compose the digest: messages that may not have arrived last time, then new items.

    Parameters
    ----------
    frame
        Feedback of the project (`seggwat_nb.schema.FEEDBACK`), all or a part of it.
    about
        Where the frame comes from.
    salt
        The project's (`seggwat_nb.share.privacy.salt`); None switches masking off.
    ledger
        The items reported before. None for none.
    since
        Start of the first digest, by default a day before the load. Ignored by later digests.
    everything
        All feedback of the project, if the frame is a part of it. What was in flight is sent again, even if the frame
        has it no more.
    people
        Additional submitters: if the frame is a part of a project, all submitters of the project.
    selection
        Description of the filter, safe to share. Empty if the frame has all feedback.
    history
        What ``client.history()`` returned; it shows which new items report again what was closed.
    token
        The API token, to check that no message contains it.

    Returns
    -------
    list of Message
        Empty if there is nothing to report.

    Raises
    ------
    LeakError
        A message contains a secret.
    """
    both = pl.concat([frame, in_flight(everything, ledger, beside=frame)])
    people = [*people, *privacy.submitters(both)]
    masked = both if salt is None else privacy.mask(both, salt=salt, people=people)
    shown = masked.head(frame.height)
    again, new = due(masked.sort("created_at", "id", descending=True), ledger, as_of=about.as_of, since=since)
    messages = [
        _message(rows, about, title=count_of(rows.height, "item"), delivery=delivery) for delivery, rows in again
    ]
    if new.height:
        messages.append(
            _message(
                new.head(LISTED),
                about,
                title=count_of(new.height, "new item"),
                summary=[
                    *([f"Only {selection}."] if selection else []),
                    *_summary(new, shown, about, history, _dismissals(salt, people)),
                ],
            )
        )
    if new.height > LISTED:
        messages.append(_message(new.slice(LISTED), about))
    for message in messages:
        text = json.dumps(message.payload, ensure_ascii=False).replace(JOINER, "")
        leaks.check(text, name="the Slack message", secrets=[token])
    return messages


def mark_repeated(payload: dict[str, Any]) -> dict[str, Any]:
    """Mark a message as possibly repeated."""
    title = f"Possibly repeated: {payload['text']}"
    notice = _context("An earlier attempt got no response, so this message may already be here.")
    return payload | {
        "text": title,
        "blocks": [{"type": "header", "text": _plain(title)}, notice, *payload["blocks"][1:]],
    }


def readable_text(message: Message) -> str:
    """Return a message as Slack shows it: its title, its sentences, and each item with its address, if it has one."""
    blocks = (block.get("elements", [block]) for block in message.payload["blocks"])
    texts = (
        part["text"]["text"] if isinstance(part.get("text"), dict) else part.get("text", "")
        for parts in blocks
        for part in parts
    )
    return unescape("\n\n".join(_LINK.sub(r"\2: \1", text) for text in texts if text))


_LINK: Final = re.compile(r"<(https?://[^|>]*)\|([^>]*)>")
"""A link in ``mrkdwn``. Texts of users are escaped, so it is our own."""


def _message(
    rows: pl.DataFrame,
    about: Provenance,
    *,
    title: str = "continued",
    summary: Sequence[str] = (),
    delivery: Delivery | None = None,
) -> Message:
    title = f"Feedback{' (demo data)' if about.demo else ''}: {title}"
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(title)}]
    if summary:
        blocks += [{"type": "section", "text": _plain("\n".join(summary))}, {"type": "divider"}]
    for text, moment, identity, project in _present(rows.head(LISTED)).iter_rows():
        blocks += [{"type": "section", "text": _plain(text)}, _context(_link(about, identity, project) + moment)]
    if rows.height > LISTED:
        rest = rows.slice(LISTED)
        blocks.append(_note(f"and {count_of(rest.height, 'more item')}, not listed: {_by_type(rest)}"))
    payload = {"text": title, "blocks": blocks, "unfurl_links": False, "unfurl_media": False, "link_names": False}
    return Message(tuple(rows["id"]) if delivery is None else delivery.keys, payload, delivery)


def _present(rows: pl.DataFrame) -> pl.DataFrame:
    """Format each item as ``text`` and ``moment``, sanitized and within the limits."""
    facts = [one_line(pl.col(name), most=_VALUE) for name in ("type", "status", "path", "version")]
    facts = [pl.when(fact != "").then(fact) for fact in facts]
    text = pl.concat_str(
        pl.concat_str(facts, separator=" · ", ignore_nulls=True),
        one_line(pl.col("message"), most=_WORDS),
        separator="\n",
        ignore_nulls=True,
    )
    return rows.select(
        text=_escape(inert(pl.when(text != "").then(text).otherwise(pl.lit("(no text)")))),
        moment=pl.col("created_at").dt.strftime("%Y-%m-%d %H:%M UTC"),
        id="id",
        project_id="project_id",
    )


def _escape(text: pl.Expr) -> pl.Expr:
    return (
        text.str.replace_all("&", "&amp;", literal=True)
        .str.replace_all("<", "&lt;", literal=True)
        .str.replace_all(">", "&gt;", literal=True)
    )


def _summary(
    new: pl.DataFrame,
    shown: pl.DataFrame,
    about: Provenance,
    history: pl.DataFrame | None,
    entries: Sequence[Mapping[str, Any]],
) -> list[str]:
    """Summarize in sentences what is new, what changed most, what was reported again, and what fell silent."""
    part = partial(split_dismissed, entries=entries, frame=shown, as_of=about.as_of)
    (moved, moved_aside), (rising, rising_aside), (silent, silent_aside) = (
        part(found(shown, about)) for found in (_movers, _find_rising, _find_silences)
    )
    return [
        f"By type: {_by_type(new)}.",
        *_week(shown, about, moved),
        *_rising(rising),
        *_back(new, shown, about, history),
        *_silent(silent),
        *_aside([moved_aside, rising_aside, silent_aside]),
    ]


def _dismissals(salt: bytes | None, people: Iterable[str]) -> list[dict[str, Any]]:
    """Read the dismissed findings, and mask them."""
    entries = read_entries() if salt is None else mask_entries(read_entries(), salt=salt, people=people)
    reasons = pl.Series("reason", [entry["reason"] for entry in entries], dtype=pl.String).to_frame()
    shown = reasons.select(_escape(inert(one_line(pl.col("reason"), most=_VALUE)))).to_series()
    return [entry | {"reason": reason} for entry, reason in zip(entries, shown, strict=True)]


def _aside(found: Sequence[pl.DataFrame]) -> list[str]:
    """Say how many findings are dismissed, and why."""
    rows = pl.concat([one.select("key", "value", "reason", "until") for one in found]).unique(maintain_order=True)
    place = pl.concat_str(pl.col("key").fill_null("all feedback"), "value", separator=" ", ignore_nulls=True)
    shown = rows.head(_PUT_ASIDE).select(_escape(inert(one_line(place, most=_VALUE))).alias("place"), "until", "reason")
    said = [f"{row['place']} {describe_end(row)}" for row in shown.rows(named=True)]
    more = "…" if rows.height > len(said) else "."
    return [f"{count_dismissed(rows.height)}: {', '.join(said)}{more}"] if said else []


def _week(shown: pl.DataFrame, about: Provenance, moved: pl.DataFrame) -> list[str]:
    """Compare the last week with usual, and name what changed most, if there is something to compare it with."""
    row = changes.change(shown, by=None, days=_WINDOW, as_of=about.as_of).row(0, named=True)
    if not row["complete"]:
        return ["There is no complete previous week to compare with."]
    sure = {"up": "more than chance explains", "down": "fewer than chance explains"}.get(
        row["verdict"], "may be chance"
    )
    more = with_minus(f"{row['difference']:+,.0f}")
    said = (
        f"{dates(row['after_first'], row['after_last'])}: {count_of(row['after'], 'item')}, "
        f"usually {row['expected']:,.0f} a week ({more}, {sure})."
    )
    days = without_churn(shown, include_churn=False)["created_at"].dt.date()
    return [said, *filter(None, [describe_weeks(row["left_out"], days)]), _largest_change(moved)]


def _movers(shown: pl.DataFrame, about: Provenance) -> pl.DataFrame:
    return changes.movers(shown, days=_WINDOW, as_of=about.as_of).filter(pl.col("verdict").is_in(["up", "down"]))


def _largest_change(moved: pl.DataFrame) -> str:
    if not moved.height:
        return "No type, page or source changed by more than chance explains."
    first = moved.head(1).with_columns(_escape(inert(one_line(pl.col("value"), most=_VALUE)))).row(0, named=True)
    value = "(none)" if first["value"] is None else first["value"]
    said = f"Largest change: {first['key']} {value}, usually {first['expected']:.0f}, now {first['after']} a week."
    return _with_back(said, first)


def _find_rising(shown: pl.DataFrame, about: Provenance) -> pl.DataFrame:
    return shareable(find_rising(shown, days=_WINDOW, as_of=about.as_of), shown)


def _rising(found: pl.DataFrame) -> list[str]:
    """Name what people write about more than usual, if anything."""
    safe = found.head(_RISING).with_columns(
        pl.col("terms").list.eval(_escape(inert(one_line(pl.element(), most=_VALUE)))),
        _escape(inert(one_line(pl.col("term"), most=_VALUE))),
    )
    return [_with_back(f"{_describe_rise(row)}.", row) for row in safe.rows(named=True)]


def _describe_rise(finding: dict[str, Any]) -> str:
    many, before = how_many(finding), against_before(finding)
    if (similar := alike(finding)) is None:
        return f"Used more than chance explains: “{finding['term']}”, {many}, {before}"
    about = ", ".join(filter(None, (f"{similar}, more than chance explains", with_words(finding))))
    return f"{about}: {many} ({before})"


def _with_back(said: str, finding: Mapping[str, Any]) -> str:
    """Add why a dismissed finding is named again."""
    return f"{said} {describe_return(finding)}" if finding["back"] else said


def _back(new: pl.DataFrame, shown: pl.DataFrame, about: Provenance, history: pl.DataFrame | None) -> list[str]:
    """Name what was reported again by new items after it was closed."""
    if history is None or history.is_empty():
        return []
    found = returning(shown, history=history, as_of=about.as_of).filter("is_known")
    found = found.with_columns(pl.col("ids").list.set_intersection(new["id"].to_list()).list.len().alias("count"))
    back = found.filter(pl.col("count") > 0).head(_BACK)
    values = back.select(_escape(inert(one_line(pl.col("value"), most=_VALUE)))).to_series()
    return [
        f"Reported again after it was closed: “{value}” "
        f"({count_of(row['count'], 'new item')}, {row['closed']:,} closed)."
        for value, row in zip(values, back.rows(named=True), strict=True)
    ]


def _find_silences(shown: pl.DataFrame, about: Provenance) -> pl.DataFrame:
    found = silences(shown, as_of=about.as_of).filter(pl.col("verdict") == "silent")
    return found.with_columns(kind=pl.lit("silence"))


def _silent(found: pl.DataFrame) -> list[str]:
    """Name the path, source or version that stopped sending, since a broken widget looks like good news."""
    first = found.with_columns(_escape(inert(one_line(pl.col("value").fill_null(""), most=_VALUE)))).head(1)
    return [
        _with_back(
            f"Silent since {format_day(row['silent_since'])}: {row['key'] or 'all feedback'} {row['value']}".rstrip()
            + f", {count_of(row['came'], 'item')}, about {row['expected']:,.0f} expected.",
            row,
        )
        for row in first.rows(named=True)
    ]


def _by_type(rows: pl.DataFrame) -> str:
    counts = rows.select(_escape(inert(one_line(pl.col("type").fill_null("no type"), most=_VALUE)))).to_series()
    listed = counts.value_counts(name="rows").sort("rows", "type", descending=[True, False])
    named = [f"{count} {value}" for value, count in listed.head(_NAMED).iter_rows()]
    return ", ".join(named) + ("…" if listed.height > _NAMED else "")


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def _note(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [_plain(text)]}


def _link(about: Provenance, identity: str, project: str | None) -> str:
    url = about.item_url(identity, project)
    return "" if url is None else f"<{url}|Open on the dashboard> · "
