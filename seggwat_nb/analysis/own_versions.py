"""Leaves versions out of messages that name their own, where a form or an app puts it into each of them.

After a release, its version is a word that nobody wrote before, and all recent messages have it in common. But it only
says what the column ``version`` says. If messages hardly named their versions before, those that people name are news.
"""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["without_own_version"]

_AS_OFTEN: Final = 0.5
"""Minimum share of other messages that name their version, relative to the recent ones."""


def without_own_version(messages: pl.Series, versions: pl.Series, recent: pl.Series) -> pl.Series:
    """Leave out each message's own version, if other messages name theirs about as often as recent ones.

    Examples
    --------
    >>> messages, versions = pl.Series(["Slow (1.2.0)", "Crash (1.3.0)"]), pl.Series(["1.2.0", "1.3.0"])
    >>> without_own_version(messages, versions, pl.Series([False, True])).to_list()
    ['Slow ()', 'Crash ()']
    """
    version = pl.col("version").cast(pl.String).str.strip_chars().str.strip_prefix("v")
    table = pl.DataFrame({"text": messages.cast(pl.String), "version": versions, "recent": recent}).with_columns(
        version=pl.when(version.str.contains(r"\d\D\d")).then(version)  # a lone number may be any number
    )
    table = table.with_columns(names=pl.col("text").str.contains(pl.col("version"), literal=True))
    share = dict(table.group_by("recent").agg(pl.col("names").mean()).iter_rows())
    if (share.get(False) or 0.0) <= _AS_OFTEN * (share.get(True) or 0.0) or not share.get(False):
        return messages
    own = pl.col("text").str.split(pl.col("version")).list.join("")
    return table.select(pl.when("names").then(own).otherwise("text").alias(messages.name)).to_series()
