"""A `Dataset` brings its context along: each figure has its own list's origin, zone and moment, and no other's."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from traceback import walk_tb
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

import seggwat_nb as sw
from seggwat_nb import FeedbackFilter, charts, duplicates, lifecycle, ratings, releases, themes, trends
from seggwat_nb.analysis import times
from seggwat_nb.analysis import trends as pure_trends
from seggwat_nb.dataset import Dataset, Figures
from seggwat_nb.errors import ArgumentError, OptionError
from seggwat_nb.schema import HISTORY
from tests.stub_client import AS_OF, StubClient, answer, item

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ITEMS = [item(n, type="Bug" if n % 2 else "Praise", version="2.0" if n < 20 else "1.0") for n in range(60)]
DATA = StubClient(items=ITEMS, answers=[answer(n) for n in range(9)]).load(time_zone="Europe/Berlin")
MODULES = {
    "trends": trends,
    "releases": releases,
    "ratings": ratings,
    "lifecycle": lifecycle,
    "duplicates": duplicates,
    "themes": themes,
}
NEEDS_MORE = {
    *("compare", "effect", "mix_and_rate", "reconcile"),
    *("Taxonomy", "Theme", "check", "language", "similar", "suggest", "tag", "unthemed"),
}
EVERY = [(module, name) for module, found in MODULES.items() for name in found.__all__ if not name.isupper()]
PUBLIC = [(module, name) for module, name in EVERY if name not in NEEDS_MORE]


@pytest.mark.parametrize(("module", "name"), PUBLIC)
def test_every_function_takes_a_dataset_and_says_where_its_figures_come_from(module: str, name: str) -> None:
    function = getattr(MODULES[module], name)
    options: dict[str, Any] = {"by": ("version", "type")} if name == "breakdown" else {}
    made = function(DATA, **options)
    resource = "ratings" if module == "ratings" else "feedback"
    assert isinstance(made, Figures)
    assert made.provenance is DATA.sources[resource]
    known = inspect.signature(function).parameters
    context = {key: getattr(DATA, key) for key in ("history", "time_zone", "as_of") if key in known}
    plain = function(getattr(DATA, resource), **options, **context)
    assert type(plain) is pl.DataFrame
    assert made.equals(plain)


@pytest.mark.parametrize(("module", "name"), PUBLIC)
@pytest.mark.parametrize("moment", ["2026-03-01", datetime(2026, 3, 1)])  # noqa: DTZ001  # the missing zone is the test
def test_a_moment_that_is_none_is_refused_with_what_to_pass(module: str, name: str, moment: object) -> None:
    function = getattr(MODULES[module], name)
    if "as_of" in inspect.signature(function).parameters:
        with pytest.raises(ArgumentError, match=r"as_of( must be a datetime with a time zone|.* has no time zone)"):
            function(DATA, as_of=moment)


def test_what_is_passed_by_name_counts_more_than_the_dataset() -> None:
    early = AS_OF - timedelta(days=20)
    of_data = trends.volume(DATA, every="1d", time_zone="Asia/Tokyo", as_of=early)
    assert of_data.equals(pure_trends.volume(DATA.feedback, every="1d", time_zone="Asia/Tokyo", as_of=early))
    assert trends.volume(frame=DATA).equals(trends.volume(DATA))  # type: ignore[call-arg]
    waiting = lifecycle.times(DATA, HISTORY.to_frame())
    assert waiting.equals(times.times(DATA.feedback, HISTORY.to_frame(), as_of=DATA.as_of))


ORDER = [
    *("project_id", "where", "search", "by", "every", "days", "time_zone", "week_start", "as_of"),
    *("top", "min_count", "level"),
]
"""How arguments are named and ordered everywhere."""


def public_functions() -> dict[str, Callable[..., Any]]:
    """List all that can be called under a public name: functions, classes except errors, and their methods."""
    homes = {name: home for name in sw.__all__ if inspect.ismodule(home := getattr(sw, name))}
    top = {name: getattr(sw, name) for name in sw.__all__ if name not in homes}
    found = top | {f"{name}.{inner}": getattr(home, inner) for name, home in homes.items() for inner in home.__all__}
    classes = {name: one for name, one in found.items() if inspect.isclass(one) and not issubclass(one, Exception)}
    methods = {
        f"{name}.{inner}": getattr(one, inner)
        for name, one in classes.items()
        for base in one.__mro__
        for inner in vars(base)
        if base.__module__.startswith("seggwat_nb") and not inner.startswith("_")
    }
    routines: dict[str, Any] = {name: one for name, one in (found | methods).items() if inspect.isroutine(one)}
    return {**routines, **classes}


@pytest.mark.parametrize("function", [one for one in public_functions().values() if one is not FeedbackFilter])
def test_arguments_have_one_name_and_one_order(function: Callable[..., Any]) -> None:  # fields of a filter: as columns
    named = [*inspect.signature(function).parameters]
    known = [name for name in named if name in ORDER]
    assert known == sorted(known, key=ORDER.index), f"order them as in ORDER: {sorted(known, key=ORDER.index)}"
    assert not {"least", "project", "tz", "zone", "n", "limit", "alpha", "filter"} & {*named}


@pytest.mark.parametrize(
    "function", [duplicates.returning, lifecycle.ages, lifecycle.open_items, lifecycle.waiting, trends.volume]
)
def test_a_moment_means_the_same_in_every_time_zone(function: Callable[..., pl.DataFrame]) -> None:
    moment = DATA.feedback["created_at"].max()
    assert isinstance(moment, datetime)
    there = moment.astimezone(ZoneInfo("Pacific/Kiritimati"))
    assert function(DATA, as_of=there).equals(function(DATA, as_of=moment))


FUNCTIONS = [
    *(getattr(MODULES[module], name) for module, name in EVERY),
    *(getattr(charts, name) for name in charts.__all__),
]


@pytest.mark.parametrize("function", [*filter(inspect.isfunction, FUNCTIONS)])
def test_a_function_describes_its_arguments_its_result_and_its_errors(function: Callable[..., Any]) -> None:
    parts = re.split(r"^(\w+)\n-+$", inspect.getdoc(function) or "", flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert sections.keys() >= {"Parameters", "Returns", "Raises"}
    named = re.findall(r"^\S.*", sections["Parameters"], re.MULTILINE)
    assert {name for line in named for name in line.split(", ")} == {*inspect.signature(function).parameters}


@pytest.mark.parametrize("function", [getattr(MODULES[module], name) for module, name in EVERY])
def test_help_says_what_a_dataset_supplies(function: Callable[..., Any]) -> None:
    before, _, _ = (inspect.getdoc(function) or "").partition("Parameters\n")
    supplied = {name for name in ("history", "time_zone", "as_of") if name in inspect.signature(function).parameters}
    assert "`seggwat_nb.Dataset`" in before or not supplied
    assert {*re.findall(r"`(\w+)`", before.partition("supplies")[2].partition("unless")[0])} == supplied


@pytest.mark.parametrize("name", charts.__all__)
def test_a_chart_is_named_like_the_function_whose_frame_it_draws(name: str) -> None:
    functions = {one for module in MODULES.values() for one in module.__all__}
    assert name in functions, f"sw.charts.{name} needs the name of the function whose frame it draws."


def test_a_chart_names_the_origin_of_its_own_figures_and_of_no_others() -> None:
    other = StubClient(items=ITEMS[:7]).load()
    volume, stars = trends.volume(DATA), ratings.helpful(DATA, every="1mo")
    assert "60 feedback items" in str(charts.volume(volume).to_dict()["title"])
    assert "60 feedback items" in str(charts.volume(frame=volume).to_dict()["title"])
    assert "9 ratings" in str(charts.helpful(stars).to_dict()["title"])
    assert "7 feedback items" in str(charts.volume(trends.volume(other)).to_dict()["title"])
    assert "feedback items loaded" not in str(charts.volume(volume.filter(pl.col("count") > 0)).to_dict()["title"])
    assert "7 feedback items" in str(charts.volume(volume, about=other.provenance()).to_dict()["title"])


def test_unknown_options_are_refused_on_every_path() -> None:
    functions: list[Any] = [trends.volume, sw.trends.volume, charts.volume, sw.report]
    for function in functions:
        with pytest.raises(OptionError, match="has no option"):
            function(DATA, coluor="red")


def test_a_column_of_ratings_is_said_to_be_one() -> None:
    where = sw.FeedbackFilter()
    hint = r"is a column of ratings\. Pass data\.ratings instead of data"
    with pytest.raises(ArgumentError, match=hint):
        sw.trends.compare(DATA, where, where, by="helpful")
    with pytest.raises(ArgumentError, match=hint):
        sw.trends.volume(DATA, by="nps_category")
    with pytest.raises(ArgumentError, match=hint):
        sw.trends.movers(DATA, by=["type", "rating_type"])
    assert sw.trends.volume(DATA.ratings, by="rating_type").columns[:2] == ["period", "rating_type"]


def test_panels_take_a_dataset_and_write_code_that_loads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def load(**options: Any) -> Dataset:
        asked.append(options)
        return DATA

    monkeypatch.setattr(sw, "load", load)
    panel = sw.Explorer(DATA)
    assert panel.filter.time_zone == "Europe/Berlin"
    assert panel.selected.height == len(ITEMS)
    names: dict[str, Any] = {}
    exec(panel.to_python(), names)  # noqa: S102  # the code that the panel offers
    assert names["selected"].height == len(ITEMS)
    assert "feedback," not in panel.to_python()
    panel.close()
    compared = sw.Compare(DATA, sw.FeedbackFilter(version="2.0"), sw.FeedbackFilter(version="1.0"))
    names = {}
    exec(compared.to_python(), names)  # noqa: S102  # likewise
    assert names["differences"].provenance is DATA.provenance()
    compared.close()
    assert asked == [{"project_id": DATA.sources["feedback"].project_ids[0], "time_zone": "Europe/Berlin"}] * 2


def test_code_says_what_its_rows_are_where_nothing_loads_them() -> None:
    part = replace(DATA, feedback=DATA.feedback.head(3))
    shown: list[tuple[Any, str]] = [
        (part, "# data is the Dataset that the panel shows"),
        (replace(DATA, client=None), "# data is the Dataset that the panel shows"),
        (DATA.feedback, "# feedback is the frame that the panel shows"),
    ]
    for data, said in shown:
        for panel in (sw.Explorer(data), sw.Compare(data)):
            assert said in panel.to_python().splitlines()
            panel.close()


def test_a_report_takes_a_dataset(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"seggwat_nb\.load\(\)"):
        sw.report(Dataset(DATA.feedback), tmp_path / "r.html")
    two = {name: replace(source, project_ids=("p", "q")) for name, source in DATA.sources.items()}
    with pytest.raises(ArgumentError, match="A report covers one project, but this Dataset has 2"):
        sw.report(replace(DATA, sources=two), tmp_path / "r.html")
    with pytest.raises(ArgumentError, match="for a client"):
        sw.report(DATA, tmp_path / "r.html", project_id="p")
    assert not [*tmp_path.glob("*.html")]


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"feedback": [1]}, "feedback requires a polars DataFrame, got list"),
        ({"feedback": DATA.feedback.lazy()}, r"Pass frame\.collect\(\)"),
        ({"feedback": DATA.feedback.to_pandas()}, r"got pandas's DataFrame\. Pass pl\.from_pandas\(frame\)"),
        ({"feedback": DATA.feedback.to_arrow()}, r"got pyarrow's Table\. Pass pl\.from_arrow\(frame\)"),
        ({"feedback": DATA.feedback, "ratings": 1}, "ratings requires a polars DataFrame"),
        ({"feedback": pl.concat([DATA.feedback, DATA.feedback[:2]])}, r"2 rows with the ID of another .* keep='last'"),
        ({"feedback": DATA.feedback, "time_zone": "Mars"}, "not an IANA time zone"),
        ({"feedback": DATA.feedback, "as_of": datetime(2026, 1, 1)}, "tzinfo=UTC"),  # noqa: DTZ001  # the missing zone is the test
    ],
)
def test_what_is_no_dataset_is_refused(options: dict[str, Any], hint: str) -> None:
    with pytest.raises(ArgumentError, match=hint):
        Dataset(**options)


def test_the_same_id_in_two_projects_and_rows_without_an_id_are_several_items() -> None:
    rows = pl.DataFrame({"id": ["1", "1", None, None], "project_id": ["a", "b", "a", "a"], "created_at": AS_OF})
    assert sw.trends.volume(Dataset(rows), every="1d")["count"].to_list() == [4]


def test_columns_in_other_spellings_are_named_by_every_function() -> None:
    rows = pl.DataFrame({"ID": ["1"], "createdAt": [AS_OF], "Message": ["a"], "Type": ["Bug"], "version": ["1"]})
    rows = rows.with_columns(project_id=pl.lit("p"), status=pl.lit("New"), archived=False, submitted_by=pl.lit(None))
    for function in (sw.trends.volume, sw.trends.movers, sw.findings, sw.lifecycle.open_items, sw.themes.terms):
        with pytest.raises(ArgumentError, match=r"'createdAt': 'created_at'"):
            function(Dataset(rows))


def test_as_of_is_the_moment_of_the_list_loaded_first() -> None:
    assert DATA.as_of == AS_OF
    assert Dataset(DATA.feedback).as_of is None
    assert "as of 2026" in repr(DATA)
    assert Dataset(DATA.feedback, as_of=datetime(2026, 2, 1, tzinfo=UTC)).as_of == datetime(2026, 2, 1, tzinfo=UTC)


def test_what_is_missing_or_passed_without_a_name_is_told_with_what_to_pass() -> None:
    items, token = DATA.feedback, "oat_" + "c" * 43
    module: Any = sw
    mistakes: list[tuple[Callable[[], Any], str]] = [
        (lambda: module.lifecycle.backlog(items), r"backlog requires history as well as a frame\. Pass a Dataset"),
        (lambda: module.lifecycle.throughput(items), "throughput requires history"),
        (lambda: module.trends.compare(DATA), r"compare requires a and b\. Pass them: compare\(a=…, b=…\)"),
        (lambda: module.report(DATA), r"report requires path\. Pass it: report\(path=…\)"),
        (module.Explorer, r"Explorer requires data\. Pass it"),
        (
            lambda: module.FeedbackFilter("Bug"),
            "FeedbackFilter takes nothing without a name. Pass all by name: type,",
        ),
        (lambda: module.load(token), "load takes nothing without a name. Pass all by name: project_id,"),
        (lambda: module.connect(token), "connect takes nothing without a name"),
        (lambda: module.trends.volume(DATA, "type"), "volume takes frame without a name"),
    ]
    for call, said in mistakes:
        with pytest.raises(OptionError, match=said) as raised:
            call()
        assert token not in str(raised.value)
        frames = [frame.f_locals for frame, _ in walk_tb(raised.value.__traceback__)][2:]
        assert token not in str(frames)
    for data in (items, None):
        with pytest.raises(ArgumentError, match=r"A report requires a Dataset or a Client, got \w+\. Pass"):
            module.report(data, "x.html")


def test_statuses_of_a_past_moment_are_refused_unless_loaded_for_it() -> None:
    past = AS_OF - timedelta(days=20)
    functions: list[Any] = [lifecycle.open_items, lifecycle.times, lifecycle.backlog, duplicates.returning]
    for function in functions:
        with pytest.raises(ArgumentError, match=r"is before the last item .* sw\.load\(as_of=\.\.\.\)"):
            function(DATA, as_of=past)
        function(DATA, as_of=AS_OF)


def test_names_that_people_use_for_columns_are_understood() -> None:
    for call in (lambda: trends.volume(DATA, by="page"), lambda: FeedbackFilter(page="/a")):  # type: ignore[call-arg]
        with pytest.raises(ArgumentError, match=r"Did you mean '?path"):
            call()
    with pytest.raises(OptionError, match=r"^load has no option days\. Its options are project_id"):
        sw.load(days=30)  # type: ignore[call-arg]
    with pytest.raises(OptionError, match=r"^times has no option every\. Its options"):
        lifecycle.times(DATA, every="1mo")  # type: ignore[call-arg]
