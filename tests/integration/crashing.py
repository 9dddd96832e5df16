"""A load that dies at its n-th change of a file, and prints how many changes there are where it lives."""

from __future__ import annotations

CRASHING = """
import os, sys
at = int(sys.argv[1])
count = 0
def crashing(real):
    def act(*args, **kwargs):
        global count
        count += 1
        if count == at:
            os._exit(9)
        return real(*args, **kwargs)
    return act
from seggwat_nb.client import Client
client = Client(max_age_seconds=0, requests_per_minute=0)
for name in ("replace", "rename", "fsync", "unlink", "mkdir"):
    setattr(os, name, crashing(getattr(os, name)))
client.feedback()
print(count)
"""
