"""Groups of messages that say the same thing, and those that are reported again after they were closed.

Every function takes a frame of feedback or a `seggwat_nb.Dataset`.
"""

from __future__ import annotations

from seggwat_nb.analysis import duplicates
from seggwat_nb.analysis import returning as _returning
from seggwat_nb.public import of_feedback, of_statuses

__all__ = ["groups", "returning"]

groups = of_feedback(duplicates.groups)
returning = of_statuses(_returning.returning)
