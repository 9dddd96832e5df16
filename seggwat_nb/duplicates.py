"""Groups of messages that say the same.

The function takes a frame of feedback or a `seggwat_nb.Dataset`.
"""

from __future__ import annotations

from seggwat_nb.analysis import duplicates
from seggwat_nb.public import of_feedback

__all__ = ["groups"]

groups = of_feedback(duplicates.groups)
