"""What a report says in words and figures; each sentence is true for any data, and for none at all.

Every comparison is like for like: the latest whole days against as many before them, the same weekdays in both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis import changes, ratings, release_ratings, releases, spikes
from seggwat_nb.analysis.churn import is_churn
from seggwat_nb.analysis.counts import known_days
from seggwat_nb.charts.changes import usual
from seggwat_nb.charts.events import event_dates
from seggwat_nb.schema import STATUSES, unknown_values
from seggwat_nb.share.report.charts import OLD, open_items
from seggwat_nb.share.report.data import WITHOUT_RATINGS, display_text
from seggwat_nb.share.report.markup import Html, bullet_list, figures, line, quote
from seggwat_nb.share.report.table import Table
from seggwat_nb.share.report.themes import words_in_short
from seggwat_nb.text import counted, listed, percent

if TYPE_CHECKING:
    from collections.abc import Callable

    from seggwat_nb.share.report.data import ReportData

__all__ = ["byline", "headline", "in_words", "items", "methods", "unusual_days"]

_MOST_ITEMS: Final = 500
_MOST_NAMED: Final = 4
_MOST_DAYS: Final = 4
_LEAST_DAYS: Final = 14
"""Whole days from which on it can be said what is usual."""
_MOST_MESSAGES: Final = 4
_LONGEST: Final = 280
_LONGEST_MESSAGE: Final = 1_000


def byline(material: ReportData) -> Html:
    """Return what the report is of."""
    window = material.windows[1]
    demo = " Synthetic demo data." if material.about.demo else ""
    against = f", compared with the previous {window.days} days" if material.reaches_back else ""
    return line(f"{material.name}: {window}{against}. As of {_moment(material)} ({material.filter.describe()}).{demo}")


def headline(material: ReportData) -> Html:
    """Return the figures that come first, each against the days before."""
    before, after = (material.items.filter(material.within(window)) for window in material.windows)
    waiting = open_items(material)
    old = waiting.filter(pl.col("age_days") >= OLD).height
    return figures(
        [
            ("New items", f"{after.height:,}", _against(after.height, before.height, material)),
            ("Bugs", f"{_bugs(after):,}", _against(_bugs(after), _bugs(before), material)),
            *_submitters(before, after, material),
            ("Open now", f"{waiting.height:,}", f"{old:,} for {OLD} days or longer{_unknown_status(material.items)}"),
            *_rating_figures(material),
        ]
    )


def _unknown_status(items: pl.DataFrame) -> str:
    """Say how many items are neither open nor closed, as nobody knows what their status means."""
    unknown = items.filter(~pl.col("status").cast(pl.String).is_in(STATUSES), ~pl.col("archived"))
    return f", {unknown.height:,} more of unknown status" if unknown.height else ""


def in_words(material: ReportData) -> Html:
    """Return what a reader should know, or that there is nothing notable."""
    rated = [*_changed_ratings(material), *_lower_rated_versions(material)]
    if not material.items.height:
        return bullet_list(["No items match. Widen the dates or clear a filter.", *rated], lead=True)
    notable = [
        *_changed_values(material),
        *words_in_short(material),
        *_versions(material),
        *_days(material),
        *rated,
    ]
    table = _change(material)
    if table["complete"] and not notable and table["verdict"] not in {"up", "down"}:
        notable = ["Nothing notable: no change beyond what chance explains."]
    return bullet_list([_total(material), *_churn(material), *notable, *_waiting(material)], lead=True)


def unusual_days(material: ReportData) -> Html:
    """Show the days with far more items than usual, and what was written on them."""
    found = _spikes(material)
    if found.is_empty():
        days = _count_known_days(material)
        young = f"{counted(days, 'complete day')} of data, too few to find unusual days."
        return bullet_list([young if days < _LEAST_DAYS else "No unusual days."])
    shown = found.sort("period", descending=True).head(_MOST_DAYS).with_columns(when=event_dates())
    return Html("".join(_spike(material, spike) for spike in shown.rows(named=True)))


def items(material: ReportData) -> Table:
    """Show the newest items, to be searched and sorted."""
    rows = material.items.sort("created_at", "id", descending=True).head(_MOST_ITEMS)
    links = [material.about.item_url(item, project) for item, project in rows.select("id", "project_id").iter_rows()]
    shown = rows.select(
        pl.col("created_at").dt.convert_time_zone(material.time_zone),
        *(display_text(key).alias(key) for key in ("type", "status")),
        _cut("message", _LONGEST_MESSAGE),
        *(_cut(name, _LONGEST) for name in ("path", "version", "submitted_by")),
        pl.Series("link", links, dtype=pl.String),
    )
    empty = [name for name in ("path", "version", "submitted_by", "link") if not shown[name].drop_nulls().len()]
    labels = {
        "created_at": "Date",
        "type": "Type",
        "status": "Status",
        "message": "Message",
        "path": "Page",
        "version": "Version",
        "submitted_by": "Submitter",
        "link": "Item",
    }
    kept = shown.drop(empty)
    return Table(
        kept,
        labels={name: label for name, label in labels.items() if name in kept.columns},
        links=("link",) if "link" in kept.columns else (),
        filters={"chosen_type": "type", "chosen_status": "status"},
    )


def methods(material: ReportData) -> Html:
    """Return how the figures were made, and what to know before trusting them."""
    about, rated = material.about, material.about_ratings
    before, after = material.windows
    shown = min(material.items.height, _MOST_ITEMS)
    stored = f"{counted(about.rows, 'item')} of feedback and {counted(rated.rows, 'rating')}"
    selected = f"{counted(material.items.height, 'item')} and {counted(material.answers.height, 'rating')}"
    lines = [
        f"As of {_moment(material)}: {stored} stored, including archived ones.",
        f"Selected: {material.filter.describe()} ({selected}). Ratings have no type, status, source, theme or text.",
        f"Figures cover {after}" + (f", compared with {before}." if material.reaches_back else "."),
        f"Statements about change compare up to {after.days} days with up to 24 weeks before.",
        "They leave out cancellation comments (Stripe, Polar) if there are other items. Counts include them.",
        f"Days are in {material.time_zone}.",
        _complete(material),
        *_strange(material),
        f"The table lists the newest {shown:,} of {counted(material.items.height, 'item')}. Charts count all of them.",
        "The page's filters apply to charts and the table. Text, headlines and ratings cover all selected items.",
        "A change is reported only if chance, bursts (one person, one bad day) and slow drift don't explain it.",
        "Words and phrases are tested in the same way. Those of fewer than 5 submitters are left out.",
        *(["An item with several themes counts for each."] if "theme" in material.feedback.columns else []),
        "The test level is 5%, corrected for the number of values tested. Lines in charts are 95% intervals.",
    ]
    return bullet_list([*(["Synthetic demo data."] if about.demo else []), *lines])


# -- sentences --


def _total(material: ReportData) -> str:
    before, after = material.windows
    now, then = _counts(material)
    came = f"{counted(now, 'item')} from {after}"
    table = _change(material)
    words = {"up": "more than chance explains", "down": "fewer than chance explains"}.get(table["verdict"])
    told = f": {words} ({_usually(table)})" if words else ""
    if words and (now, after.days) != (table["after"], table["days_after"]):
        # A younger project has shorter windows, and cancellation comments are not counted in them.
        kept = ", cancellation comments left out" if _churn(material) else ""
        judged = f"{counted(table['after'], 'item')} in the latest {table['days_after']} days{kept}, {words}"
        told = f". {judged} ({_usually(table)})"
    if not material.reaches_back:
        return f"{came}{told}. The data don't cover {before}, so there is no comparison."
    return f"{came} ({then:,} in the previous {before.days} days){told}."


def _usually(table: dict[str, Any]) -> str:
    return f"usually {table['expected']:,.0f} in {table['days_after']} days"


def _count_known_days(material: ReportData) -> int:
    """Count the whole days that the selection covers."""
    span = known_days(material.feedback, where=material.where, as_of=material.about.as_of, time_zone=material.time_zone)
    return 0 if span is None else max((span.covered_last - span.covered_first).days + 1, 0)


def _change(material: ReportData) -> dict[str, Any]:
    """Test whether there were more or fewer items than usual."""
    table = changes.change(
        material.feedback,
        by=None,
        where=material.where,
        days=material.days,
        as_of=material.about.as_of,
        time_zone=material.time_zone,
    )
    return table.row(0, named=True)


def _changed_values(material: ReportData) -> list[str]:
    table = changes.movers(
        material.feedback,
        where=material.where,
        days=material.days,
        as_of=material.about.as_of,
        time_zone=material.time_zone,
    ).with_columns(usual(), name=display_text("value"))
    said = []
    for verdict, words in (("up", "Feedback rose for"), ("down", "Feedback fell for")):
        rows = (
            table.filter(pl.col("verdict") == verdict).select("key", "name", "expected", "after", "days_after").rows()
        )
        if rows:
            told = [
                f"{key} {name} ({now:,} in {days} days, usually {expected})" for key, name, expected, now, days in rows
            ]
            said.append(f"{words} {_some(told)}.")
    return said


def _churn(material: ReportData) -> list[str]:
    """Tell of cancellation comments, which are left out of whatever is compared."""
    churn = material.items.filter(is_churn())
    after = churn.filter(material.within(material.windows[1])).height
    if not after or after == material.items.filter(material.within(material.windows[1])).height:
        return []
    one = after == 1
    return [f"{after:,} of these {'is a cancellation comment' if one else 'are cancellation comments'}."]


def _versions(material: ReportData) -> list[str]:
    """Name the versions with more bugs that people still write about."""
    table = releases.regressions(material.feedback, where=material.where)
    worse = table.filter(pl.col("verdict") == "worse", _is_current(material.items, material)).with_columns(
        name=display_text("version")
    )
    told = [
        f"{name} ({percent(share)} of {counted(n, 'item')}, {percent(was)} in earlier versions)"
        for name, share, n, was in worse.select("name", "share", "n", "share_before").rows()
    ]
    return [f"Higher share of bugs in version {_some(told)}."] if told else []


def _is_current(rows: pl.DataFrame, material: ReportData) -> pl.Expr:
    """Whether rows of the latest window have one of a version's ``spellings``."""
    current = rows.filter(material.within(material.windows[1]))["version"].drop_nulls().unique()
    return pl.col("spellings").list.set_intersection(pl.lit(current).implode()).list.len() > 0


def _days(material: ReportData) -> list[str]:
    window = material.windows[1]
    found = _spikes(material).filter(pl.col("first") <= window.last, pl.col("last") >= window.first)
    told = [
        f"{days} ({counted(count, 'item')}, usually {expected:.0f}, {_behind(verdict)})"
        for days, count, expected, verdict in found.select(event_dates(), "count", "expected", "verdict").rows()
    ]
    return [f"Unusual days: {_some(told)}."] if told else []


def _changed_ratings(material: ReportData) -> list[str]:
    """Name a rating whose intervals before and after do not meet, which errs towards silence."""
    said = []
    for name, rate, column, write in _RATINGS:
        then, now = _pair(rate, material)
        if then is None or now is None or "too few" in {then["verdict"], now["verdict"]}:
            continue
        if not material.rated_before or not (now["low"] > then["high"] or now["high"] < then["low"]):
            continue
        way = "rose" if now[column] > then[column] else "fell"
        said.append(f"{name} {way} from {write(then[column])} to {write(now[column])}{_not_filtered(material)}.")
    return said


def _lower_rated_versions(material: ReportData) -> list[str]:
    """Name the versions with fewer stars than those before them that people still rate."""
    table = release_ratings.by_release(material.ratings, where=material.where)
    lower = table.filter(pl.col("verdict") == "lower", _is_current(material.answers, material)).with_columns(
        name=display_text("version")
    )
    told = [
        f"{name} ({average:.2f} of {scale:g} stars from {counted(n, 'answer')}, previously {was:.2f})"
        for name, average, scale, n, was in lower.select("name", "average", "max_score", "n", "average_before").rows()
    ]
    return [f"Rated lower than earlier versions: {_some(told)}."] if told else []


def _waiting(material: ReportData) -> list[str]:
    waiting = open_items(material)
    old = waiting.filter(pl.col("age_days") >= OLD).height
    if not waiting.height:
        return ["No open items match."]
    return [f"{counted(waiting.height, 'item')} open, {old:,} for {OLD} days or longer."]


# -- figures --


def _against(now: int, then: int, material: ReportData) -> str:
    if not material.reaches_back:
        return "no previous days to compare with"
    if not then:
        return f"none in the previous {material.days} days"
    percent = round(100 * (now / then - 1))
    change = f"{percent:+,}% (" if percent else "unchanged (" if now == then else "about the same ("
    return f"{change}{then:,} in the previous {material.days} days)"


def _counts(material: ReportData) -> tuple[int, int]:
    before, after = material.windows
    return (material.items.filter(material.within(after)).height, material.items.filter(material.within(before)).height)


def _bugs(rows: pl.DataFrame) -> int:
    return rows.filter(pl.col("type") == "Bug").height


def _submitters(before: pl.DataFrame, after: pl.DataFrame, material: ReportData) -> list[tuple[str, str, str]]:
    """Count who signed, unless nobody does: then nobody knows how many people wrote."""
    if not _people(material.items):
        return []
    unsigned = after["submitted_by"].replace("", None).null_count()
    said = _against(_people(after), _people(before), material)
    note = f", {counted(unsigned, 'item')} unsigned" if unsigned else ""
    return [("Unique submitters", f"{_people(after):,}", f"{said}{note}")]


def _people(rows: pl.DataFrame) -> int:
    return rows["submitted_by"].replace("", None).drop_nulls().n_unique()


def _score(value: float) -> str:
    return f"{value:+.0f}"


def _stars(value: float) -> str:
    return f"{value:.2f}"


_RATINGS: Final = (
    ("Net Promoter Score", ratings.nps, "score", _score),
    ("Said “helpful”", ratings.helpful, "share", percent),
    ("Stars", ratings.stars, "average", _stars),
)


def _rating_figures(material: ReportData) -> list[tuple[str, str, str]]:
    """Give each rating's figure for the latest days, with its interval; none if nobody answered."""
    shown = []
    for name, rate, column, write in _RATINGS:
        then, now = _pair(rate, material)
        if now is None:
            continue
        was = f" (previously {write(then[column])})" if then and material.rated_before else ""
        between = f"likely between {write(now['low'])} and {write(now['high'])}"
        shown.append(
            (name, write(now[column]), f"{counted(now['n'], 'response')}, {between}{was}{_not_filtered(material)}")
        )
    return shown


def _not_filtered(material: ReportData) -> str:
    """Say by what the ratings are not filtered although the report is."""
    asked = material.filter.columns
    names = ["text" if name == "message" else name for name in WITHOUT_RATINGS if name in asked]
    return f", not filtered by {listed(names)}" if names else ""


def _pair(
    rate: Callable[..., pl.DataFrame], material: ReportData
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Rate the days before and the latest days; None if nobody answered."""
    before, after = (rate(material.answers.filter(material.within(window))) for window in material.windows)
    then, now = (
        table.filter(pl.col("n") > 0).sort("n", descending=True, maintain_order=True).rows(named=True)
        for table in (before, after)
    )
    if then and now and then[0].get("max_score") != now[0].get("max_score"):  # another scale is another question
        then = [row for row in then if row.get("max_score") == now[0].get("max_score")]
    return (then[0] if then else None), (now[0] if now else None)


# -- days out of the ordinary --


def _spikes(material: ReportData) -> pl.DataFrame:
    return spikes.spikes(
        material.feedback, where=material.where, as_of=material.about.as_of, time_zone=material.time_zone
    )


def _behind(verdict: str) -> str:
    return {"one person": "one person", "unsigned": "unsigned, so the number of people is unknown"}.get(
        verdict, "several people"
    )


def _spike(material: ReportData, spike: dict[str, Any]) -> str:
    rows = material.items.filter(pl.col("id").is_in(spike["ids"])).sort("created_at", "id")
    quotes = [
        (f"{kind}, {path}", _shorten(message))
        for kind, path, message in rows.head(_MOST_MESSAGES)
        .select(display_text("type"), display_text("path"), "message")
        .rows()
    ]
    rest = rows.height - len(quotes)
    heading = (
        f"{spike['when']}: {counted(spike['count'], 'item')}, usually {spike['expected']:.0f}, "
        f"{_behind(spike['verdict'])}"
    )
    return quote(heading, quotes, more=f"And {rest:,} more." if rest else "")


def _cut(column: str, most: int) -> pl.Expr:
    text = pl.col(column)
    return pl.when(text.str.len_chars() > most).then(text.str.head(most - 1) + "…").otherwise(text).alias(column)


def _shorten(message: str | None) -> str:
    text = " ".join((message or "(no message)").split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


# -- how the figures were made --


def _complete(material: ReportData) -> str:
    about = material.about
    parts = [
        "Loaded completely: no gaps, no duplicates"
        if about.verified
        else about.assurance()[:1].upper() + about.assurance()[1:]
    ]
    if about.total is not None and about.total != about.rows:
        parts.append(f"the service counted {about.total:,}")
    if about.removed_during:
        parts.append(f"{counted(about.removed_during, 'item')} removed while loading")
    if about.set_aside:
        parts.append(f"{counted(len(about.set_aside), 'record')} could not be read and set aside")
    return ", ".join(parts) + "."


def _strange(material: ReportData) -> list[str]:
    told = [
        f"{column} {value[:60]} ({number:,})"
        for column, values in unknown_values(material.feedback).items()
        for value, number in values.items()
    ]
    unknown = [f"Unknown values, counted as they are: {_some(told)}."] if told else []
    statuses = material.items["status"].drop_nulls()
    neither = statuses.filter(~statuses.is_in(STATUSES)).len()
    if not neither:
        return unknown
    return [*unknown, f"{counted(neither, 'item')} with an unknown status, counted as not open."]


def _moment(material: ReportData) -> str:
    return f"{material.about.as_of:%-d %b %Y, %H:%M} UTC"


def _some(told: list[str]) -> str:
    shown = told[:_MOST_NAMED]
    more = len(told) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
