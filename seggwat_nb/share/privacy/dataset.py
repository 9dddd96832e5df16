"""Masks a `Dataset` or a frame, so that everything made from it can be shared."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, overload

import polars as pl

from seggwat_nb.analysis.threads import side_by_side
from seggwat_nb.analysis.validation import check_columns
from seggwat_nb.dataset import Dataset
from seggwat_nb.share.privacy import frames
from seggwat_nb.share.privacy.aliases import People
from seggwat_nb.share.privacy.aliases import salt as project_salt
from seggwat_nb.share.privacy.masking import mask_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seggwat_nb.provenance import Provenance

__all__ = ["Masking", "mask", "mask_lists"]


@overload
def mask(data: Dataset) -> Dataset: ...
@overload
def mask(data: pl.DataFrame) -> pl.DataFrame: ...
def mask(data: Dataset | pl.DataFrame) -> Dataset | pl.DataFrame:
    """Mask personal data, so that charts, tables and files made from the result can be shared.

    E-mail addresses, telephone numbers, tokens and other sensitive data in texts, paths and values are replaced. Each
    submitter gets an alias (``user-`` and ten hex digits), which is the same in everything shared from the project.
    Names of people and social accounts stay. `report` masks data itself, so pass it the data as loaded.

    Parameters
    ----------
    data
        What `seggwat_nb.load` returned, or a frame of feedback or ratings. Aliases require a single known project: in a
        frame, and in a `Dataset` of several projects, each submitter becomes ``[submitter]``.

    Returns
    -------
    Dataset or pl.DataFrame
        The same rows and columns, with categorical columns as text. Texts in columns that you added are masked, too.
        ``extra`` and columns of objects, bytes and structures are null.

    Raises
    ------
    FileError
        The aliases cannot be stored in the project's folder, so they would differ each time.

    Examples
    --------
    >>> mask(pl.DataFrame({"message": ["Call me on +1 202 555 0142"], "submitted_by": ["jo84"]})).rows()
    [('Call me on [phone]', '[submitter]')]
    """
    if not isinstance(data, Dataset):
        check_columns(data, (), wanted="a Dataset, or a frame of feedback or ratings")
        return frames.mask(data, salt=None)
    return replace(mask_lists(data, salt=_salt(data)), client=None)


def mask_lists(data: Dataset, *, salt: bytes | None, people: Iterable[str] | None = None) -> Dataset:
    """Mask the lists of a `Dataset` and their provenance. Without a salt, each submitter becomes ``[submitter]``.

    `people` are the submitters of both lists, if they are known already.
    """
    return Masking(data, salt=salt, people=people).as_dataset()


class Masking:
    """Masks a `Dataset` as `mask_lists` does, in two steps, since messages take most of the time.

    Attributes
    ----------
    values : Dataset
        The masked lists without ``message`` and ``resolution_note``.
    """

    def __init__(self, data: Dataset, *, salt: bytes | None, people: Iterable[str] | None = None) -> None:
        if people is None:
            people = [*frames.submitters(data.feedback), *frames.submitters(data.ratings)]
        known = People(people, salt=salt)
        # Each list learns from its own texts.
        feedback, ratings = side_by_side(
            lambda frame: frames.Masking(frame, known.copy()),
            [data.feedback, data.ratings],
            rows=min(data.feedback.height, data.ratings.height),
        )
        self._feedback = feedback
        self.values = replace(
            data,
            feedback=feedback.values,
            ratings=ratings.as_frame(),
            history=data.history.with_columns(
                frames.mask_text(pl.col(name)) for name in ("old", "new") if name in data.history.columns
            ),
            sources={name: _mask_source(one, known) for name, one in data.sources.items()},
        )

    def as_dataset(self) -> Dataset:
        """Return the masked lists."""
        return replace(self.values, feedback=self._feedback.as_frame())


def _salt(data: Dataset) -> bytes | None:
    projects = {project for source in data.sources.values() for project in source.project_ids}
    if data.client is None or len(projects) != 1:
        return None
    return project_salt(data.client.settings.project_dir(projects.pop()))


def _mask_source(source: Provenance, people: People) -> Provenance:
    """Hide which submitter was selected, and mask unknown values."""
    selection = "a part of the list" if "submitter" in source.selection else source.selection
    told = [selection, *(value for counts in source.unknown.values() for value in counts)]
    masked = dict(zip(told, mask_texts(pl.Series(told), people=people), strict=True))
    unknown = {
        name: _merge_counts((masked[value] for value in counts), counts) for name, counts in source.unknown.items()
    }
    return replace(source, selection=masked[selection], unknown=unknown)


def _merge_counts(values: Iterable[str], counts: Mapping[str, int]) -> dict[str, int]:
    """Sum the counts of values that are identical once they are masked."""
    found = Counter[str]()
    for value, count in zip(values, counts.values(), strict=True):
        found[value] += count
    return dict(found)
