"""One program at a time, and an interrupt that leaves nothing held."""

from __future__ import annotations

import random
import signal
import threading
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from seggwat_nb.locks import alone, hold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


PATIENCE = 60.0
"""Seconds within which even a busy machine gets a free lock; only a test that fails waits for so long."""


def is_free(path: Path) -> bool:
    """Whether another thread gets the lock; one that hangs does not."""
    got: list[bool] = []

    def take() -> None:
        with FileLock(path, timeout=PATIENCE):
            got.append(True)

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    thread.join(timeout=2 * PATIENCE)
    return bool(got)


@pytest.fixture(autouse=True)
def came() -> Iterator[list[int]]:
    """Let an alarm be what Ctrl-C is, which is the test runner's own. Gives the alarms that came."""
    came: list[int] = []

    def stop(number: int, _: object) -> None:
        came.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    yield came
    signal.signal(signal.SIGALRM, before)


def take_until_interrupted(path: Path, how: str, seconds: float, came: list[int]) -> bool:
    """Take the lock again and again; tell whether the interrupt reached us, and no finalizer, which swallows it."""
    came.clear()

    def take() -> None:  # in Python 3.13, what is raised between two rounds of a loop passes a `try` around it
        while not came:
            if how == "alone":
                alone(path, lambda: None, seconds=PATIENCE)
            else:
                with hold(path):
                    pass

    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        take()
    except KeyboardInterrupt:
        return True
    else:
        return False


@pytest.mark.parametrize("how", ["alone", "held"])
def test_an_interrupt_at_any_moment_leaves_the_lock_to_others(tmp_path: Path, how: str, came: list[int]) -> None:
    chance = random.Random(7)
    path = tmp_path / "lock"
    reached = 0
    for _ in range(150):
        reached += take_until_interrupted(path, how, chance.uniform(0.0005, 0.004), came)
        assert is_free(path)
    assert reached > 100


def test_an_interrupt_comes_after_what_is_done_alone(tmp_path: Path) -> None:
    begun, finish, main = threading.Event(), threading.Event(), threading.get_ident()
    done: list[str] = []

    def act() -> None:
        begun.set()
        finish.wait(PATIENCE)
        done.append("whole")

    def interrupt() -> None:
        begun.wait(PATIENCE)
        signal.pthread_kill(main, signal.SIGALRM)
        finish.set()

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        alone(tmp_path / "lock", act, seconds=PATIENCE)
    assert done == ["whole"]
    assert is_free(tmp_path / "lock")


def test_what_another_holds_is_a_timeout_and_what_goes_wrong_is_raised(tmp_path: Path) -> None:
    with FileLock(tmp_path / "lock"):
        with pytest.raises(TimeoutError):
            alone(tmp_path / "lock", lambda: None, seconds=0)
        with pytest.raises(TimeoutError), hold(tmp_path / "lock"):
            pass
    with pytest.raises(ZeroDivisionError):
        alone(tmp_path / "lock", lambda: 1 // 0, seconds=0)
    assert alone(tmp_path / "lock", lambda: 7, seconds=0) == 7
