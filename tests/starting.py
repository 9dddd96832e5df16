"""Servers of other programs that tests start, which listen when they are ready: on a busy machine after a minute."""

from __future__ import annotations

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry


def first_answer(address: str, *, headers: dict[str, str] | None = None) -> requests.Response:
    """Ask until somebody listens, for up to three minutes."""
    asking = Retry(total=None, connect=180, read=0, backoff_factor=0.1, backoff_max=1)
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=asking))
        return session.get(address, headers=headers, timeout=120)
