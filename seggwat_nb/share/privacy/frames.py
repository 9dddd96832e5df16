"""Prepares frames for sharing: masks every column with user text, and merges small groups."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from seggwat_nb.analysis.column_types import with_known_types
from seggwat_nb.analysis.page_names import as_page, with_page_names
from seggwat_nb.analysis.submitters import signer
from seggwat_nb.analysis.validation import check_least
from seggwat_nb.filter_queries import MISSING, column_of, parse, write_search
from seggwat_nb.filter_search import is_excluded
from seggwat_nb.schema import VOCABULARIES
from seggwat_nb.share.privacy.aliases import People
from seggwat_nb.share.privacy.masking import WITHHELD, mask_texts, replace_masked
from seggwat_nb.share.privacy.sanitize import one_line
from seggwat_nb.text import ALIAS, MARK, RARE, count_of, rest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from seggwat_nb.filter_queries import Term
    from seggwat_nb.filters import FeedbackFilter
    from seggwat_nb.provenance import Provenance

__all__ = [
    "SMALLEST_GROUP",
    "Masking",
    "as_text",
    "describe_filter",
    "describe_masking",
    "mask",
    "mask_filter",
    "mask_known",
    "mask_path",
    "mask_text",
    "merge_small",
    "submitters",
]

SMALLEST_GROUP: Final = 5
"""Groups with fewer rows reveal too much about individual people."""

_LONGEST: Final = 1_000
"""Maximum length of a filter's description."""

_FREE_TEXT: Final = ("message", "resolution_note")
_MASKED: Final = (*_FREE_TEXT, *VOCABULARIES)
_HANDLED: Final = frozenset(
    {*_MASKED, "id", "ids", "project_id", "submitted_by", "path", "version", "extra", "language", "field"}
)
"""Columns that are masked in another way, and IDs and codes, which stay."""
_VALUES: Final = ("path", "version", *VOCABULARIES)
_SELECTED_BY: Final = ("submitted_by", "path", "version", "type", "status", "source", "theme")


def mask_text(text: pl.Expr) -> pl.Expr:
    """Mask personal data and secrets in free text, as `seggwat_nb.share.privacy.mask_texts` does.

    Examples
    --------
    >>> frame = pl.DataFrame({"message": ["Write to jo@example.org or call +1 555 0142.", "Version 2.4.0 fails"]})
    >>> frame.select(mask_text(pl.col("message")))["message"].to_list()
    ['Write to [e-mail] or call [phone].', 'Version 2.4.0 fails']
    """
    return text.map_batches(mask_texts, return_dtype=pl.String)


def mask_path(path: pl.Expr) -> pl.Expr:
    """Mask a page's path: remove its query and fragment, and mask the rest with `mask_text`.

    Examples
    --------
    >>> frame = pl.DataFrame({"path": ["/invite/jo@example.org?step=2", "/checkout"]})
    >>> frame.select(mask_path(pl.col("path")))["path"].to_list()
    ['/invite/[e-mail]?[query]', '/checkout']
    """
    whole = mask_text(as_page(path).str.replace(r"(?s)[?#].*", ""))
    return pl.when(path.str.contains(r"[?#]")).then(whole + pl.lit("?[query]")).otherwise(whole)


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Convert categories to text and arrays of texts to lists, so that secrets in them are masked, too.

    So are integers in a column of texts, such as numeric IDs of submitters. What may hold anything becomes null.
    """
    frame = with_known_types(frame)
    frame = frame.with_columns(
        pl.lit(None, pl.String).alias(name) for name, kind in frame.schema.items() if _holds_anything(kind)
    )
    kinds = {name: _text_kind(kind) for name, kind in frame.schema.items()}
    return frame.cast({name: kind for name, kind in kinds.items() if kind is not None and kind != frame.schema[name]})


def _text_kind(kind: Any) -> Any:  # noqa: ANN401  # types of polars
    """Return String, or a possibly nested list of it, for a type that contains texts. None for any other."""
    if isinstance(kind, pl.List | pl.Array):
        inner = _text_kind(kind.inner)
        return None if inner is None else pl.List(inner)
    return pl.String() if isinstance(kind, pl.String | pl.Categorical | pl.Enum) else None


def _holds_anything(kind: Any) -> bool:  # noqa: ANN401  # as below
    """Return whether a column may hold texts that cannot be masked: objects, bytes and structures."""
    if isinstance(kind, pl.List | pl.Array):
        return _holds_anything(kind.inner)
    return isinstance(kind, pl.Object | pl.Binary | pl.Struct)


def _each_text(column: pl.Expr, kind: Any, way: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:  # noqa: ANN401  # as above
    """Apply a function to each text of a column prepared by `as_text`."""
    return way(column) if kind == pl.String else column.list.eval(_each_text(pl.element(), kind.inner, way))


def _flat(column: pl.Series) -> pl.Series:
    """Return the texts of a column, including those in lists."""
    while column.dtype == pl.List:
        column = column.explode()
    return column


def mask(frame: pl.DataFrame, *, salt: bytes | None, people: Iterable[str] = ()) -> pl.DataFrame:
    """Mask a frame for sharing.

    Parameters
    ----------
    frame
        Feedback or ratings, or a part of them.
    salt
        The project's salt, as returned by `salt`. If None, every submitter becomes ``[submitter]``.
    people
        Additional submitters: if the frame is a part of a project, all submitters of the project.

    Returns
    -------
    pl.DataFrame
        The same rows and columns, categories as text and arrays of texts as lists. ``submitted_by`` is an alias
        (``user-`` and ten hex digits), and so is each submitter's id where it stands in ``message``,
        ``resolution_note``, ``path`` or a vocabulary column; an id that is an ordinary word, in its own rows only. The
        rest of these columns is masked as by `mask_texts`, and paths are decoded and lose their query; text that could not be made safe
        reads ``[withheld]``. ``version`` keeps its numbers, since most versions are nothing else; names of themes are
        masked as by `mask_texts`, and so are the texts of any other column; ``extra`` is null, since its content is
        unknown, and so are columns of objects, bytes and structures. Numbers stay, except as IDs of submitters. IDs
        stay, also in ``ids``: they lead people with access to the item.

    Examples
    --------
    >>> shown = mask(pl.DataFrame({"message": ["I am jo84 (jo@example.org)"], "submitted_by": ["jo84"]}), salt=b"1")
    >>> shown.rows()
    [('I am user-bc4e24be45 ([e-mail])', 'user-bc4e24be45')]
    """
    return mask_known(frame, People([*submitters(frame), *people], salt=salt))


def mask_known(frame: pl.DataFrame, known: People) -> pl.DataFrame:
    """Mask a frame as `mask` does, if its submitters are among the people; they learn from its texts."""
    return Masking(frame, known).as_frame()


class Masking:
    """Masks a frame in two steps, because to mask what people wrote takes most of the time.

    Parameters
    ----------
    frame
        The frame.
    known
        People, its submitters among them. They learn from its texts.

    Attributes
    ----------
    values : pl.DataFrame
        All columns but what people wrote.
    """

    def __init__(self, frame: pl.DataFrame, known: People) -> None:
        self._known = known
        self._frame = frame = with_page_names(as_text(frame))
        self._texts = [name for name, kind in frame.schema.items() if kind == pl.String()]
        self._nothing = pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
        writers = _submitters(frame["submitted_by"]) if "submitted_by" in self._texts else self._nothing
        for name in (name for name in (*_FREE_TEXT, *_VALUES) if name in self._texts):
            if name in _FREE_TEXT:
                known.learn(frame[name], writers)
            else:
                known.learn_values(frame[name], writers, made_up=name != "path")
            if name == "path":
                known.learn(frame[name], writers, numbers=False)
        self._own = known.with_own_words(writers)  # of few, which are found sooner in one column than in several
        self.values = self._mask_values()

    def _mask_values(self) -> pl.DataFrame:
        frame = self._frame.drop(name for name in _FREE_TEXT if name in self._texts)
        ways = self._masked_columns(*VOCABULARIES, "path", "version")
        for name in (name for name in frame.columns if _has_names(name, frame.schema)):
            said = _flat(frame[name]).drop_nulls().unique()
            nobody = pl.repeat(None, said.len(), dtype=pl.String, eager=True)
            shown = _mask_together(with_page_names(pl.DataFrame({name: said})), [name], nobody, self._known)[name]
            ways[name] = _replace_texts(frame[name], said, shown)
        if "extra" in frame.columns:
            ways["extra"] = self._nothing
        if _text_kind(frame.schema.get("submitted_by")) is not None:
            # An ID such as "anonymous" names nobody and stays.
            ids = _submitters(_flat(frame["submitted_by"])).drop_nulls().unique()
            ways["submitted_by"] = _replace_texts(frame["submitted_by"], ids, self._known.aliases(ids))
        return frame.with_columns(way.alias(name) for name, way in ways.items())

    def as_frame(self) -> pl.DataFrame:
        """Return all columns, in their order."""
        written = self._masked_columns(*_FREE_TEXT)
        masked = self.values.with_columns(way.alias(name) for name, way in written.items())
        return masked.select(self._frame.columns)

    def _masked_columns(self, *names: str) -> dict[str, pl.Series]:
        return _mask_together(self._frame, [name for name in names if name in self._texts], self._own, self._known)


def _has_names(name: str, schema: Mapping[str, Any]) -> bool:
    """Return whether a column has other texts to mask: names of themes, lists of texts, and columns that you added."""
    left = _HANDLED if schema[name] == pl.String else {"id", "ids", "submitted_by"}
    return _text_kind(schema[name]) is not None and name not in left


def _replace_texts(column: pl.Series, texts: pl.Series, ways: pl.Series) -> pl.Series:
    """Replace texts in a column, also in lists."""
    replaced = _each_text(pl.col(column.name), column.dtype, lambda text: text.replace(texts, ways))
    return column.to_frame().select(replaced).to_series()


def _mask_together(frame: pl.DataFrame, names: list[str], own: pl.Series, people: People) -> dict[str, pl.Series]:
    """Mask several columns in one pass, which takes little longer than one. Queries of paths are removed.

    `own` has the writers of rows that are masked unlike other people's.
    """
    if not names:
        return {}
    bare = {name: frame[name] for name in names}
    is_cut = None
    if "path" in bare:
        is_cut = bare["path"].str.contains(r"[?#]")
        bare["path"] = bare["path"].str.replace(r"(?s)[?#].*", "")
    # Most columns have few values. All rows of all columns at once would take long, and much memory.
    distinct = [pl.DataFrame({"text": bare[name], "writer": own}).unique(maintain_order=True) for name in names]
    texts = pl.concat(distinct)
    numbers = pl.concat(
        pl.Series([name != "version"]).new_from_index(0, one.height) for name, one in zip(names, distinct, strict=True)
    )
    masked = mask_texts(texts["text"], writers=texts["writer"], people=people, numbers=numbers, in_threads=True)
    ways, start = {}, 0
    for name, one in zip(names, distinct, strict=True):
        each = one.with_columns(masked=masked.slice(start, one.height))
        ways[name] = replace_masked(pl.DataFrame({"text": bare[name], "writer": own}), each)
        start += one.height
    if is_cut is not None:
        path = ways["path"]
        ways["path"] = pl.select(pl.when(is_cut).then(path + pl.lit("?[query]")).otherwise(path)).to_series()
    return ways


def submitters(frame: pl.DataFrame) -> list[str]:
    """Return the submitters of a frame in any order, without IDs that name nobody. Empty if there is no such column."""
    if "submitted_by" not in frame.columns:
        return []
    return _submitters(_flat(as_text(frame.select("submitted_by"))["submitted_by"])).drop_nulls().unique().to_list()


def _submitters(submitted_by: pl.Series) -> pl.Series:
    """Return the submitters of a column, null where an ID names nobody."""
    return submitted_by.to_frame().select(signer(pl.col(submitted_by.name))).to_series()


def mask_filter(where: FeedbackFilter, *, salt: bytes | None, people: Iterable[str] = ()) -> FeedbackFilter:
    """Mask the values of a filter as `mask` does those of a frame, to show other people what was selected.

    The result is for display only: apply the original filter first. `people` are the submitters of the project, whose
    ids may occur in a path or a text.

    Examples
    --------
    >>> from seggwat_nb.filters import FeedbackFilter
    >>> mask_filter(FeedbackFilter(submitted_by="jo@example.org", text="jo@example.org"), salt=b"1").describe()
    'submitter user-d528c6ff96, text "[e-mail]"'
    """
    known = list(people)

    allow = [*(where.allow or ())]

    def mask_values(name: str, given: Sequence[str]) -> tuple[str, ...]:
        shown = tuple(mask(pl.DataFrame({name: given}, schema={name: pl.String}), salt=salt, people=known)[name])
        if name in VOCABULARIES:
            allow.extend(shown)
        return shown

    fields: dict[str, Any] = {}
    for name in _SELECTED_BY:
        chosen, excluded = getattr(where, name), getattr(where, f"not_{name}")
        fields[name] = shown = None if chosen is None else mask_values(name, chosen)
        # Two values may be alike once they are masked; a filter cannot select and exclude the same.
        others = () if excluded is None else mask_values(name, excluded)
        kept = (one for one in others if not any(is_excluded(name, value, one) for value in shown or ()))
        fields[f"not_{name}"] = tuple(kept) or None
    if where.text is not None:
        (text,), regex = _mask_pattern(where.text, lambda text: mask_values("message", [text]), regex=where.regex)
        fields |= {"text": text, "regex": regex}
    if where.search is not None:
        clauses = [[_mask_term(term, mask_values) for term in clause] for clause in parse(where.search)]
        fields["search"] = write_search([tuple(clause) for clause in clauses])
    return replace(where, **fields, allow=allow)


def _mask_pattern(text: str, masked: Callable[[str], tuple[str, ...]], *, regex: bool) -> tuple[tuple[str, ...], bool]:
    """Mask a text or a regular expression; one in which something was masked is shown as a text."""
    plain = re.sub(r"\\([^\w\s])", r"\1", text) if regex else text
    shown = masked(plain)
    return ((text,), regex) if shown == (plain,) else (shown, False)


def _mask_term(term: Term, masked: Callable[[str, Sequence[str]], tuple[str, ...]]) -> Term:
    """Mask the values of a term of a search."""
    if term.is_regex:
        values, regex = _mask_pattern(term.values[0], lambda text: masked("message", [text]), regex=True)
        return replace(term, values=values, is_regex=regex)
    if term.key == MISSING:
        return term
    name = column_of(term.key)
    return replace(term, values=masked(name, term.values)) if name in {*_SELECTED_BY, "message"} else term


def describe_filter(where: FeedbackFilter, about: Provenance | None = None, *, people: Collection[str] = ()) -> str:
    """Describe a selection for sharing: masked, including the IDs of `people`, with only the number of submitters."""
    nobody: dict[str, Any] = dict.fromkeys(("submitted_by", "not_submitted_by"))
    masked = mask_filter(replace(where, **nobody), salt=None, people=people)
    named: dict[str, Any] = {name: getattr(where, name) for name in nobody}
    said = [replace(masked, **named).describe(people=False)]
    if about and about.loaded != "all items":
        known = "submitter" not in about.selection  # the description would reveal who it is
        said.append(f"loaded: {about.loaded}" if known else "loaded in part")
    text = mask_texts(pl.Series([", ".join(said)]), people=People(people, salt=None))
    return str(pl.select(one_line(pl.lit(text), most=_LONGEST)).item())


def describe_masking(frame: pl.DataFrame, masked: pl.DataFrame) -> str:
    """Describe how much `mask` has hidden in a frame.

    Examples
    --------
    >>> frame = pl.DataFrame({"message": ["I am jo@example.org", "[e-mail]"], "submitted_by": ["jo84", None]})
    >>> describe_masking(frame, mask(frame, salt=b"1"))
    '1 place in texts and paths, 1 submitter ID, 0 values in extra'
    """
    before, after = as_text(frame), as_text(masked)
    known = [name for name in ("path", "version", *_MASKED) if after.schema.get(name) == pl.String]
    pairs = [
        (_flat(before[name]), _flat(after[name]))
        for name in (*known, *(name for name in after.columns if _has_names(name, after.schema)))
    ]
    # To search all texts takes long, and most are unchanged.
    changed = [(text.filter(is_new), new.filter(is_new)) for text, new in pairs for is_new in [text.ne_missing(new)]]

    def count_added(pattern: str) -> int:
        return sum(
            int(new.str.count_matches(pattern).sum()) - int(text.str.count_matches(pattern).sum())
            for text, new in changed
        )

    def count_filled(name: str) -> int:
        if name not in frame.columns:
            return 0
        column = _flat(as_text(frame.select(name))[name])
        if name == "submitted_by":
            return _submitters(column).count()
        return (column.replace("", None) if column.dtype == pl.String else column).count()

    pattern = f"{MARK}|{ALIAS}"
    places = count_of(count_added(pattern), "place")
    ids, extras = count_of(count_filled("submitted_by"), "submitter ID"), count_of(count_filled("extra"), "value")
    withheld = count_added(re.escape(WITHHELD))
    unsafe = f", {count_of(withheld, 'text')} withheld" if withheld else ""
    return f"{places} in texts and paths, {ids}, {extras} in extra{unsafe}"


def merge_small(frame: pl.DataFrame, *, by: str | Sequence[str], least: int = SMALLEST_GROUP) -> pl.DataFrame:
    """Merge groups that have too few rows to be shared.

    Parameters
    ----------
    frame
        The rows, before counting.
    by
        String columns to merge values of, each separately.
    least
        The minimum number of rows in a group, 2 or more.

    Returns
    -------
    pl.DataFrame
        The same rows. Values with fewer than `least` rows become ``Rare (2 values)``. If these are still too few
        together, the next smallest group is merged as well. Nulls stay.

    Raises
    ------
    ArgumentError
        `least` is too small to merge anything.

    Examples
    --------
    >>> frame = pl.DataFrame({"path": ["/a"] * 6 + ["/b"] * 4 + ["/c"]})
    >>> merge_small(frame, by="path")["path"].value_counts(sort=True).rows()
    [('/a', 6), ('Rare (2 values)', 5)]
    """
    check_least("least", least, 2)  # least=2 is the smallest value that merges anything
    for column in [by] if isinstance(by, str) else by:
        sizes = frame.get_column(column).drop_nulls().value_counts(name="rows").sort("rows", column)
        merged = sizes.with_columns(before=pl.col("rows").cum_sum() - pl.col("rows")).filter(
            (pl.col("rows") < least) | pl.col("before").is_between(1, least - 1)
        )
        small = pl.col(column).is_in(merged.get_column(column).implode())
        label = rest_of(merged.height, sizes.get_column(column).to_list(), called=RARE)
        frame = frame.with_columns(pl.when(small).then(pl.lit(label)).otherwise(pl.col(column)).alias(column))
    return frame
