"""Lifecycle of items: how many are open, for how long, and how long a response takes.

An item is open while its status is New, Active, Assigned or Hold and it is not archived. Resolved and Closed are
closed. An unknown status is neither. Answered means that the status is no longer New.

The API only returns the current status. Earlier ones are known from loads on this machine, so figures about the past
have a lower and an upper bound, ``least`` and ``most``. The past of items created before the first load is unknown.

Every function takes a frame of feedback or a `seggwat_nb.Dataset`.
"""

from __future__ import annotations

from seggwat_nb.analysis import effects as _effects
from seggwat_nb.analysis import lifecycle
from seggwat_nb.analysis import throughput as _throughput
from seggwat_nb.analysis import times as _times
from seggwat_nb.analysis.lifecycle import BANDS
from seggwat_nb.public import of_feedback, of_statuses

__all__ = ["BANDS", "ages", "backlog", "effect", "effects", "open_items", "throughput", "times", "waiting"]

ages = of_statuses(lifecycle.ages)
backlog = of_statuses(_throughput.backlog)
effect = of_feedback(_effects.effect)
effects = of_statuses(_effects.effects)
open_items = of_statuses(lifecycle.open_items)
throughput = of_statuses(_throughput.throughput)
times = of_statuses(_times.times)
waiting = of_statuses(_times.waiting)
