"""Ratings: NPS, helpful votes and stars.

Every function takes a frame of ratings or a `seggwat_nb.Dataset`.
"""

from __future__ import annotations

from seggwat_nb.analysis import rating_differences, ratings, release_ratings, totals
from seggwat_nb.public import of_ratings

__all__ = ["by_release", "compare", "helpful", "nps", "reconcile", "stars"]

by_release = of_ratings(release_ratings.by_release)
compare = of_ratings(rating_differences.compare)
helpful = of_ratings(ratings.helpful)
nps = of_ratings(ratings.nps)
reconcile = of_ratings(totals.reconcile)
stars = of_ratings(ratings.stars)
