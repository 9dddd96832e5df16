"""What people write about: the words and phrases that changed.

Every function takes a frame of feedback or a `seggwat_nb.Dataset`.
"""

from __future__ import annotations

from seggwat_nb.analysis import terms as _terms
from seggwat_nb.public import of_feedback

__all__ = ["terms"]

terms = of_feedback(_terms.terms)
