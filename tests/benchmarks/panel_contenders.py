"""Those whom `panel_peers` measures: the cells that make a panel of a million rows, and what a person does in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page


@dataclass(frozen=True, kw_only=True)
class Contender:
    """How one is set up, and what a person does in it."""

    packages: tuple[str, ...] = ()
    """What an environment of its own has; none where it runs in ours."""
    setup: str
    """Imports and definitions, with the ``rows`` in hand."""
    show: str
    """The cell that shows the panel."""
    change: Callable[[Page, int], None]
    """What is done at each turn."""
    drawn: str = "svg"
    """Where it can be seen that something changed."""
    long: bool = False
    """Whether the heap is looked at along many changes."""


_VALUES: Final = {
    "type": ("Bug", "Feature", "Improvement", "Question", "Praise", "Other"),
    "status": ("New", "Active", "Resolved", "Closed"),
}
"""What is chosen among: a type and a status in turn, so that no selection comes twice in a page that keeps answers."""

_BOXES: Final = f"""
import altair as alt
import ipywidgets as widgets
from seggwat_nb import FeedbackFilter, charts
from seggwat_nb import trends
from seggwat_nb.panels.crossfilter import Crossfilter

def boxes(draw):
    ticked = {{
        name: [widgets.Checkbox(description=value, indent=False) for value in values]
        for name, values in {_VALUES!r}.items()
    }}
    def told(_=None):
        chosen = {{name: tuple(box.description for box in of if box.value) or None for name, of in ticked.items()}}
        draw(FeedbackFilter(**chosen))
    for box in sum(ticked.values(), []):
        box.observe(told, "value")
    told()
    return widgets.HBox(sum(ticked.values(), []))

def chart(feedback, where):
    columns = feedback.columns.select("created_at").with_columns(feedback.most_frequent("type", 8))
    return charts.volume(trends.volume(columns, by="type", every="1w", where=feedback.chosen(where)))
"""
_SHOW_JUPYTER_CHART: Final = """
feedback = Crossfilter(rows)
drawn = alt.JupyterChart(chart(feedback, FeedbackFilter()), embed_options={"renderer": "svg", "actions": False})
def draw(where):
    drawn.chart = chart(feedback, where)
widgets.VBox([boxes(draw), drawn])
"""
_SHOW_OUTPUT: Final = """
from IPython.display import clear_output, display
feedback, drawn = Crossfilter(rows), widgets.Output()
def draw(where):
    with drawn:
        clear_output(wait=True)
        display(chart(feedback, where))
widgets.VBox([boxes(draw), drawn])
"""
_ECHO: Final = '''
import anywidget

class Echo(anywidget.AnyWidget):
    _esm = """
        export default {
            render({model, el}) {
                const [button, heard] = ["button", "output"].map(tag => document.createElement(tag));
                let number = 0;
                button.textContent = "Send";
                button.addEventListener("click", () => model.send({}));
                model.on("msg:custom", () => { heard.textContent = String(++number); });
                el.append(button, heard);
            },
        };
    """

    def __init__(self):
        super().__init__()
        self.on_msg(lambda *_: self.send({}))
'''
_ONE_THREAD: Final = "ipykernel<7"
"""Without subshells. JupyterLab has a widget's messages handled in the main thread until a subshell is up, and in that
one's thread from then on; where both query at once, DuckDB refuses, and mosaic-widget never draws."""
_SHOW_MOSAIC: Final = f"""
MosaicWidget(
    {{
        "params": {{"where": {{"select": "intersect"}}}},
        "vconcat": [
            {{
                "hconcat": [
                    {{"input": "menu", "from": "rows", "column": key, "as": "$where"}} for key in {tuple(_VALUES)}
                ]
            }},
            {{
                "plot": [
                    {{
                        "mark": "rectY",
                        "data": {{"from": "rows", "filterBy": "$where"}},
                        "x": {{"bin": "created_at", "interval": "week"}},
                        "y": {{"count": None}},
                        "fill": "type",
                    }}
                ],
                "width": 800,
                "height": 260,
            }},
        ],
    }},
    data={{"rows": rows}},
)
"""


def _box(turn: int) -> tuple[str, str]:
    """The box that is ticked or unticked: by a Gray code for each column, so that no set of boxes comes twice."""
    name = tuple(_VALUES)[turn % 2]
    step = turn // 2 + 1
    place = (step & -step).bit_length() - 1  # of the lowest bit
    return name, _VALUES[name][place % len(_VALUES[name])]


def _tick(page: Page, turn: int) -> None:
    page.get_by_role("checkbox", name=_box(turn)[1]).click()


def _tick_explorer(page: Page, turn: int) -> None:
    page.locator(f'[data-key="value/{"/".join(_box(turn))}"]').click()


def _choice(turn: int) -> tuple[int, int]:
    """Column, and which of its values is chosen; 0 is none. There are 7 and 5, so all pairs come."""
    column = turn % 2
    return column, (turn // 2 + 1) % (len(tuple(_VALUES.values())[column]) + 1)


def _choose(page: Page, turn: int) -> None:
    menu, value = _choice(turn)
    page.locator(".jp-OutputArea-output select").nth(menu).select_option(index=value)


def _click_bar(page: Page, turn: int) -> None:
    """Click a bar above a column; one is chosen in a column, and a click on that one lets go of it."""
    column, value = _choice(turn)
    name = tuple(_VALUES.values())[column][value - 1]  # the last one, where it is let go
    bar = page.locator(f'.jp-OutputArea-output th [title="{name}"]')
    bar.click(force=True)  # what hears the mouse lies above the bars


def _search(page: Page, turn: int) -> None:
    """Search another word in all texts, as the box offers no filter of a column."""
    box = page.locator(".jp-OutputArea-output .FakeSearchEditor input")
    box.fill(f"user{turn}")
    box.press("Enter")


CONTENDERS: Final = {
    "explorer": Contender(
        setup="from seggwat_nb import Explorer",
        show="panel = Explorer(rows)\npanel",
        change=_tick_explorer,
        drawn="svg.chart",
        long=True,
    ),
    # What no panel can do without: an empty message to the kernel, one back, and a number that changes.
    "echo": Contender(
        setup=_ECHO,
        show="Echo()",
        change=lambda page, _: page.get_by_role("button", name="Send").click(),
        drawn="output",
    ),
    "JupyterChart": Contender(
        setup=f"{_BOXES}\nalt.JupyterChart.enable_offline()", show=_SHOW_JUPYTER_CHART, change=_tick, long=True
    ),
    "Output": Contender(setup=_BOXES, show=_SHOW_OUTPUT, change=_tick, long=True),
    # A crossfilter of all rows: DuckDB queries the whole table.
    "quak": Contender(
        packages=("quak",),
        setup="import quak",
        show="quak.Widget(rows)",
        change=_click_bar,
        drawn="tbody",
    ),
    # A search in all rows: its widgets for polars take no sample, those for pandas one above a million rows.
    "buckaroo": Contender(
        packages=("buckaroo[polars]", "six"),  # it imports six without asking for it
        setup="from buckaroo.polars_buckaroo import PolarsBuckarooInfiniteWidget",
        show="PolarsBuckarooInfiniteWidget(rows)",
        change=_search,
        drawn=".df-viewer .ag-center-cols-container",
    ),
    # A filter of all rows: DuckDB counts the whole table once for each menu, then those counts.
    "mosaic-widget": Contender(
        packages=("mosaic-widget", _ONE_THREAD),
        setup="from mosaic_widget import MosaicWidget",
        show=_SHOW_MOSAIC,
        change=_choose,
    ),
}
"""Name in the table to a contender."""
