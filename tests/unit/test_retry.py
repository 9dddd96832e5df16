"""One reader of Retry-After, and one loop of tries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seggwat_nb.errors import NetworkError, RateLimitError, SeggwatError
from seggwat_nb.retry import LONGEST_PAUSE, TRIES, requested_pause, send_until_answered

NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)
DATE = format_datetime(NOW, usegmt=True)
YEAR = 366 * 86_400.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("700", 700.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("3, 30", 30.0),
        ("30 seconds", 30.0),
        ("30s", 30.0),
        ("9" * 400, YEAR),
        (f"{NOW.timestamp() + 90:.0f}", 91.0),
        (f"{NOW.timestamp() - 90:.3f}", 1.0),
        ("999999999", YEAR),
        ("10000000000", YEAR),
        ("-5", None),
        ("", None),
        ("soon", None),
        ("1e3", None),
        ("30 seconds or so", None),
        ("nan", None),
        ("٣", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 91.0),
        ((NOW + timedelta(seconds=90)).strftime("%A, %d-%b-%y %H:%M:%S GMT"), 91.0),
        ((NOW + timedelta(seconds=90)).strftime("%a %b %d %H:%M:%S %Y"), 91.0),
        ((NOW + timedelta(seconds=90)).isoformat(), 91.0),
        ((NOW + timedelta(seconds=90)).strftime("%Y-%m-%dT%H:%M:%SZ"), 91.0),
        (format_datetime(NOW - timedelta(days=9), usegmt=True), 1.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", YEAR),
        ("Fri, 31 Dec 99999 23:59:59 GMT", None),
        ("Fri, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_what_a_service_asks_for_is_read_in_every_form(text: str, seconds: float | None) -> None:
    assert requested_pause({"Retry-After": text, "Date": DATE}, now=0.0) == seconds
    assert requested_pause({"retry-after": text}, now=NOW.timestamp()) == seconds


def test_a_date_is_taken_by_the_services_own_clock() -> None:
    behind = format_datetime(NOW - timedelta(hours=3), usegmt=True)
    until = format_datetime(NOW - timedelta(hours=3) + timedelta(seconds=40), usegmt=True)
    assert requested_pause({"Retry-After": until, "Date": behind}, now=NOW.timestamp()) == 41.0


@settings(deadline=None, derandomize=True, database=None)
@given(headers=st.dictionaries(st.sampled_from(["Retry-After", "Date"]), st.text()), now=st.floats(0, 4e9))
@example(headers={"Retry-After": "Mon, 1 Jan 2026 10:00:00 +9999999999"}, now=0.0)
def test_any_headers_ask_for_a_pause_of_some_length_or_for_none(headers: dict[str, str], now: float) -> None:
    asked = requested_pause(headers, now=now)
    assert asked is None or 0 <= asked <= YEAR


class Failures:
    """Fails as often as it is told to, and notes the attempts and the waits."""

    def __init__(self, *errors: SeggwatError) -> None:
        self.errors, self.attempts, self.waits = [*errors], list[int](), list[int]()

    def send(self, attempt: int) -> str:
        self.attempts.append(attempt)
        if self.errors:
            raise self.errors.pop(0)
        return "answer"

    def wait(self, _: SeggwatError, attempt: int) -> None:
        self.waits.append(attempt)


@pytest.mark.parametrize("failures", range(TRIES + 2))
def test_it_tries_five_times_and_waits_between_them(failures: int) -> None:
    script = Failures(*(NetworkError(f"failure {number}") for number in range(failures)))
    if failures < TRIES:
        assert send_until_answered(script.send, may_help=lambda _: True, wait=script.wait) == "answer"
    else:
        with pytest.raises(NetworkError, match=f"failure {TRIES - 1}") as caught:
            send_until_answered(script.send, may_help=lambda _: True, wait=script.wait)
        assert caught.value.__context__ is None
    assert script.attempts == list(range(1, min(failures + 1, TRIES) + 1))
    assert script.waits == script.attempts[:-1]


def test_it_stops_at_once_where_another_try_cannot_help_or_the_pause_is_too_long() -> None:
    script = Failures(NetworkError("no"))
    with pytest.raises(NetworkError):
        send_until_answered(script.send, may_help=lambda _: False, wait=script.wait)
    script = Failures(RateLimitError("too many.", status=429, retry_after=LONGEST_PAUSE + 1))
    with pytest.raises(RateLimitError, match=r"^too many\. The service requested a pause of 901 s.*Retry after 2"):
        send_until_answered(script.send, may_help=lambda _: True, wait=script.wait)
    assert script.waits == []
