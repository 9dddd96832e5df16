"""Themes are a key like any other, though an item has several: counts and shares rest on items."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

import seggwat_nb as sw
from seggwat_nb.analysis.counts import counts_several
from seggwat_nb.errors import ArgumentError

START = datetime(2026, 3, 2, tzinfo=UTC)
NAMES = ["Checkout", "Checkout / Payment", "Export", "Speed"]


def tagged(days: int = 196, *, seed: int = 0, grows: str | None = None) -> pl.DataFrame:
    """Five items a day with none to three themes; one theme may grow in the last four weeks."""
    chance = np.random.default_rng(seed)
    themes, moments = [], []
    for day in range(days):
        for _ in range(5):
            some = [name for name in NAMES if chance.random() < 0.3]
            themes.append([*some, "Other"] if len(some) == 3 else some)
            moments.append(START + timedelta(days=day, hours=float(chance.uniform(0, 24))))
        if grows is not None and day >= days - 28:
            themes += [[grows, "Speed"], [grows]] * 2
            moments += [START + timedelta(days=day, hours=12)] * 4
    return pl.DataFrame(
        {"id": [f"i{n}" for n in range(len(themes))], "created_at": moments, "theme": themes},
        schema_overrides={"theme": pl.List(pl.String)},
    )


END = START + timedelta(days=196)


def test_volume_counts_items_and_shares_are_of_items() -> None:
    rows = tagged()
    shown = sw.trends.volume(rows, by="theme", every="1mo", as_of=END)
    months: dict[Any, list[list[str]]] = {}
    for moment, themes in rows.select("created_at", "theme").iter_rows():
        months.setdefault(moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0), []).append(themes)
    for row in shown.iter_rows(named=True):
        of_month = months[row["period"]]
        name = row["theme"]
        expected = sum(not themes if name is None else name in themes for themes in of_month)
        assert row["count"] == expected
        assert row["share"] == pytest.approx(expected / len(of_month))
    assert shown["theme"].n_unique() == 6
    assert shown.group_by("period").agg(pl.col("share").sum())["share"].max() > 1  # type: ignore[operator]


def test_the_rest_of_the_themes_counts_an_item_once() -> None:
    rows = tagged(60).with_columns(version=pl.lit("1.0"))
    frequent = (
        rows["theme"]
        .explode()
        .drop_nulls()
        .value_counts(sort=True, name="n")
        .sort("n", "theme", descending=[True, False])
    )
    kept = frequent["theme"].head(2).to_list()
    rest = sum(bool({*themes} - {*kept}) for themes in rows["theme"])
    volume = sw.trends.volume(rows, by="theme", top=2, as_of=END)
    cells = sw.trends.breakdown(rows, by=("theme", "version"), top=2)
    for shown in (volume, cells):
        totals = shown.group_by("theme", maintain_order=True).agg(pl.col("count").sum())
        assert totals["theme"].to_list() == [*kept, "Other (3 values)", None]
        assert totals["count"].to_list()[2] == rest
        assert totals["count"].to_list()[0] == frequent["n"][0]
    assert volume.drop("theme").columns == sw.trends.volume(rows, by=None, as_of=END).columns[:1] + volume.columns[2:]


def test_two_keys_of_which_one_is_a_theme_count_items() -> None:
    rows = tagged(60).with_columns(
        version=pl.int_range(pl.len()).map_elements(lambda at: ["1.0", "v1.0", "2.0", None][at % 4], pl.String)
    )
    shown = {keys: sw.trends.breakdown(rows, by=keys) for keys in (("theme", "version"), ("version", "theme"))}
    spelt = {"1.0": {"1.0", "v1.0"}, "v1.0": {"1.0", "v1.0"}}
    for (outer, _), cells in shown.items():
        for cell in cells.iter_rows(named=True):
            name, version = cell["theme"], cell["version"]
            of_theme = {
                row["id"]
                for row in rows.iter_rows(named=True)
                if (name in row["theme"] if name is not None else not row["theme"])
            }
            of_version = {
                row["id"] for row in rows.iter_rows(named=True) if row["version"] in spelt.get(version, {version})
            }
            assert cell["count"] == len(of_theme & of_version)
            assert cell["share"] == pytest.approx(cell["count"] / rows.height)
            within = of_theme if outer == "theme" else of_version
            assert cell["share_within"] == pytest.approx(cell["count"] / len(within))
    one, other = (cells.select("theme", "version", "count").sort("theme", "version") for cells in shown.values())
    assert one.equals(other)


@pytest.mark.parametrize("engine", ["lazy", "duckdb"])
def test_two_keys_and_the_rest_are_counted_alike_on_engines_that_have_lists(engine: str) -> None:
    import duckdb

    rows = tagged(30).with_columns(version=pl.format("{}.0", pl.int_range(pl.len()) % 3))
    connection = duckdb.connect()
    connection.sql("SET TimeZone = 'UTC'")
    connection.register("given", rows.to_arrow())
    frame = rows.lazy() if engine == "lazy" else connection.sql("SELECT * FROM given")
    both = ("theme", "version")
    assert sw.trends.breakdown(frame, by=both, top=2).equals(sw.trends.breakdown(rows, by=both, top=2))
    one = {"by": "theme", "as_of": END, "top": 2}
    assert sw.trends.volume(frame, **one).equals(sw.trends.volume(rows, **one))  # type: ignore[arg-type]  # as above
    connection.close()


@pytest.mark.filterwarnings("ignore:No row has")
@pytest.mark.parametrize(
    "where",
    [
        sw.FeedbackFilter(theme="Checkout"),
        sw.FeedbackFilter(theme=("Speed", "Export")),
        sw.FeedbackFilter(not_theme="Checkout"),
        sw.FeedbackFilter(theme="Orders"),
        sw.FeedbackFilter(not_theme="Orders"),
        sw.FeedbackFilter(search='theme:"Checkout / Payment" OR -theme:Checkout,Speed'),
    ],
)
def test_every_engine_selects_the_same_themes(where: sw.FeedbackFilter) -> None:
    import duckdb

    lists = [["Checkout / Payment"], ["Checkout", "Speed"], ["Checkouts"], ["Export"], [], None]
    rows = pl.DataFrame({"id": [*"abcdef"], "message": [*"uvwxyz"], "theme": lists})
    expected = where.apply(rows)["id"].to_list()
    assert where.apply(rows.to_arrow())["id"].to_pylist() == expected
    for pandas in (rows.to_pandas(use_pyarrow_extension_array=True), rows.to_pandas()):
        assert where.apply(pandas)["id"].to_list() == expected
    assert where.apply(rows.reverse().to_pandas().sort_values("id"))["id"].to_list() == expected
    with duckdb.connect() as connection:
        connection.register("given", rows.to_arrow())
        assert sorted(where.apply(connection.sql("SELECT * FROM given")).pl()["id"]) == expected
    with pytest.raises(ArgumentError, match="requires a list of themes"):
        where.apply(rows.with_columns(theme=pl.lit("Checkout")).to_arrow())


def test_change_counts_items_and_shares_are_of_items() -> None:
    rows = tagged(grows="Export")
    shown = sw.trends.change(rows, by="theme", as_of=END)
    late = rows.filter(pl.col("created_at") >= END - timedelta(days=28))
    early = rows.filter(
        pl.col("created_at") >= END - timedelta(days=196), pl.col("created_at") < END - timedelta(days=28)
    )
    for row in shown.iter_rows(named=True):
        for side, name in ((early, "before"), (late, "after")):
            of_theme = [
                themes
                for themes in side["theme"]
                if row["theme"] in themes or (row["theme"] is None and not len(themes))
            ]
            assert row[name] == len(of_theme)
            assert row[f"share_{name}"] == pytest.approx(len(of_theme) / side.height)
    verdicts = dict(shown.select("theme", "verdict").iter_rows())
    assert verdicts["Export"] == "up"
    assert verdicts["Checkout"] == "unclear"


def test_each_theme_changes_as_a_column_of_its_own_would() -> None:
    rows = tagged(grows="Export")
    together = sw.trends.change(rows, by="theme", as_of=END)
    for name in NAMES:
        own = rows.with_columns(own=pl.when(pl.col("theme").list.contains(name)).then(pl.lit(name)))
        alone = sw.trends.change(own, by="own", as_of=END).filter(own=name)
        same = ["before", "after", "share_before", "share_after", "ratio", "low", "high", "p", "dispersion"]
        assert together.filter(theme=name).select(same).equals(alone.select(same)), name
        moved = sw.trends.movers(rows, by=["theme"], as_of=END).filter(value=name)
        moved_alone = sw.trends.movers(own, by=["own"], as_of=END).filter(value=name)
        assert moved.select(same[:7]).equals(moved_alone.select(same[:7]))
        volume = sw.trends.volume(rows, by="theme", as_of=END).filter(theme=name)
        volume_alone = sw.trends.volume(own, by="own", as_of=END).filter(own=name)
        assert volume.drop("theme").equals(volume_alone.drop("own"))


def test_a_theme_that_grows_with_another_explains_it() -> None:
    shown = sw.trends.movers(tagged(grows="Export"), by=["theme"], as_of=END)
    assert shown.filter(verdict="up")["value"].to_list() == ["Export"]


def test_a_burst_of_a_theme_is_a_spike_of_it() -> None:
    rows = tagged()
    burst = pl.DataFrame(
        {
            "id": [f"b{n}" for n in range(60)],
            "created_at": [START + timedelta(days=100, hours=n % 24) for n in range(60)],
            "theme": [["Export", "Speed"]] * 60,
        }
    )
    found = sw.trends.spikes(pl.concat([rows, burst]), by="theme", as_of=END)
    assert sorted(found["theme"]) == ["Export", "Speed"]
    assert found["period"].dt.date().unique().to_list() == [(START + timedelta(days=100)).date()]
    together = sw.trends.spikes(pl.concat([rows, burst]), as_of=END)
    own = rows.with_columns(own=pl.when(pl.col("theme").list.contains("Export")).then(pl.lit("Export")))
    assert together["count"][0] < 60 + 5 * 2
    assert sw.trends.spikes(own, by="own", as_of=END).is_empty()


def test_a_filter_selects_a_theme_and_what_lies_within_it() -> None:
    rows = tagged(28)
    payment = sw.FeedbackFilter(theme="Checkout / Payment").apply(rows)
    assert payment.equals(rows.filter(pl.col("theme").list.contains("Checkout / Payment")))
    within = rows.filter(
        pl.col("theme").list.contains("Checkout") | pl.col("theme").list.contains("Checkout / Payment")
    )
    for frame in (rows, rows.lazy()):
        assert sw.FeedbackFilter(theme="Checkout").apply(frame).lazy().collect().equals(within)
    assert rows.filter(sw.FeedbackFilter(theme="Checkout").expr()).equals(within)
    with pytest.warns(UserWarning, match=r"No row has theme Check\. Values in the data: .*Checkout"):
        assert sw.FeedbackFilter(theme="Check").apply(rows).is_empty()
    assert sw.FeedbackFilter(theme="checkout").apply(rows).equals(within)
    two = sw.FeedbackFilter(theme=("Export", "Speed"))
    assert (
        two.apply(rows).height
        == rows.filter(pl.col("theme").list.set_intersection(["Export", "Speed"]).list.len() > 0).height
    )
    assert sw.FeedbackFilter.from_dict(two.to_dict()) == two
    assert two.describe() == "theme Export or Speed"
    assert two.to_python() == 'sw.FeedbackFilter(theme=("Export", "Speed"))'
    whole = sw.trends.volume(rows, where=sw.FeedbackFilter(theme="Checkout"), as_of=END)
    assert whole["count"].sum() == within.height


def test_a_panel_selects_by_theme() -> None:
    from seggwat_nb.schema import FEEDBACK

    rows = tagged(28).with_columns(message=pl.lit("a"))
    full = FEEDBACK.to_frame().drop("id", "created_at", "message")
    frame = rows.with_columns(pl.lit(None, kind).alias(name) for name, kind in full.schema.items())
    panel = sw.Explorer(frame, where=sw.FeedbackFilter(theme="Export"))
    assert panel.selected["id"].to_list() == sw.FeedbackFilter(theme="Export").apply(frame)["id"].to_list()
    panel.close()


def test_what_cannot_count_by_several_values_says_so() -> None:
    rows = tagged(28).with_columns(version=pl.lit("1.0"))
    assert counts_several(rows, "theme")
    assert not counts_several(rows, "version")
    for frame in (rows, rows.to_arrow(), rows.to_pandas()):
        with pytest.raises(ArgumentError, match="has several values per row"):
            sw.trends.daily_counts(frame, by="theme")
    with pytest.raises(ArgumentError, match="by must be"):
        sw.trends.breakdown(rows, by=("theme", "versoin"))
    labelled = rows.with_columns(labels=pl.col("theme"))
    assert sw.trends.volume(labelled, by=["theme", "labels"])["count"].sum() > 0  # type: ignore[arg-type]  # two keys with several values each
    text = rows.with_columns(theme=pl.lit("Export"))
    for frame in (rows.drop("theme"), rows.drop("theme").to_pandas(), text):
        with pytest.raises(ArgumentError, match=r"sw\.themes\.tag"):
            sw.FeedbackFilter(theme="Export").apply(frame)


def test_every_engine_in_memory_counts_by_theme() -> None:
    rows = tagged(28).with_columns(version=pl.lit("1.0")).select("created_at", "version", "theme")
    where = sw.FeedbackFilter(theme=("Export", "Speed"))
    for other in (rows.to_arrow(), rows.to_pandas(), rows.to_pandas(use_pyarrow_extension_array=True)):
        assert counts_several(other, "theme")
        assert sw.trends.volume(other, by="theme").equals(sw.trends.volume(rows, by="theme"))
        told, expected = (sw.trends.breakdown(one, by=("version", "theme"), where=where) for one in (other, rows))
        assert told.equals(expected)


def test_a_null_in_a_list_is_no_theme_and_no_item_more() -> None:
    """Every count takes a list of nothing but nulls as an item without a theme, and passes over other nulls."""
    moment = [datetime(2026, 3, 2, tzinfo=UTC)] * 4
    themes = [["A", None], ["A"], [None], []]
    frame = pl.DataFrame({"message": ["x"] * 4, "created_at": moment, "theme": themes})
    weeks = sw.trends.volume(frame, by="theme", as_of=datetime(2026, 3, 9, tzinfo=UTC))
    assert sorted(weeks.select("theme", "count").rows(), key=str) == [("A", 2), (None, 2)]
    assert sorted(sw.themes.texts(frame, by="theme").select("theme", "count").rows(), key=str) == [("A", 2), (None, 2)]
