"""One program at a time, and an interrupt that leaves nothing held."""

from __future__ import annotations

import random
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from seggwat_nb.locks import alone, held

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def is_free(path: Path) -> bool:
    """Whether another thread gets the lock; one that hangs does not."""
    got: list[bool] = []

    def take() -> None:
        with FileLock(path, timeout=1):
            got.append(True)

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    thread.join(timeout=5)
    return bool(got)


@pytest.fixture(autouse=True)
def interrupts() -> Iterator[None]:
    """Let an alarm be what Ctrl-C is: that one is the test runner's own."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    yield
    signal.signal(signal.SIGALRM, before)


def take_until_interrupted(path: Path, how: str, seconds: float) -> bool:
    """Take the lock again and again; tell whether the interrupt came in time."""
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        end = time.monotonic() + 1
        while time.monotonic() < end:
            if how == "alone":
                alone(path, lambda: None, seconds=1)
            else:
                with held(path):
                    pass
    except KeyboardInterrupt:
        return True
    else:
        return False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.mark.parametrize("how", ["alone", "held"])
def test_an_interrupt_at_any_moment_leaves_the_lock_to_others(tmp_path: Path, how: str) -> None:
    chance = random.Random(7)
    path = tmp_path / "lock"
    for _ in range(150):
        assert take_until_interrupted(path, how, chance.uniform(0.0005, 0.004))
        assert is_free(path)


def test_an_interrupt_comes_after_what_is_done_alone(tmp_path: Path) -> None:
    begun, finish, main = threading.Event(), threading.Event(), threading.get_ident()
    done: list[str] = []

    def act() -> None:
        begun.set()
        finish.wait(5)
        done.append("whole")

    def interrupt() -> None:
        begun.wait(5)
        signal.pthread_kill(main, signal.SIGALRM)
        finish.set()

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        alone(tmp_path / "lock", act, seconds=1)
    assert done == ["whole"]
    assert is_free(tmp_path / "lock")


def test_what_another_holds_is_a_timeout_and_what_goes_wrong_is_raised(tmp_path: Path) -> None:
    with FileLock(tmp_path / "lock"):
        with pytest.raises(TimeoutError):
            alone(tmp_path / "lock", lambda: None, seconds=0)
        with pytest.raises(TimeoutError), held(tmp_path / "lock"):
            pass
    with pytest.raises(ZeroDivisionError):
        alone(tmp_path / "lock", lambda: 1 // 0, seconds=0)
    assert alone(tmp_path / "lock", lambda: 7, seconds=0) == 7
