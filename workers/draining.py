"""Emptying a queue of work in the database, however many wake-ups ask for it."""

import time
from collections.abc import Callable
from threading import Lock

from celery.worker import state


class Drain:
    """Calls `step` until it finds nothing, or for `seconds` at most.

    One thread of a process drains at a time. A wake-up that comes meanwhile does not wait: the
    drain that runs looks once more, so what that wake-up stood for is never left behind.
    """

    def __init__(self, step: Callable[[], int], seconds: float = 20.0) -> None:
        self._step = step
        self._seconds = seconds
        self._running = Lock()
        self._asked = False

    def run(self) -> int:
        """Return how much was done; 0 also when another thread is at it. Raises what `step` raises.

        What is left when the time is over waits for the next sweep, so that other work in the same
        process gets its turn.
        """
        end = time.monotonic() + self._seconds
        done = 0
        self._asked = True
        while self._asked and self._running.acquire(blocking=False):
            try:
                self._asked = False
                while time.monotonic() < end and not stopping():
                    count = self._step()
                    done += count
                    if not count:
                        break
                else:
                    return done
            finally:
                self._running.release()
        return done


def stopping() -> bool:
    """Return whether this worker was asked to stop; the rest of its work is for the next one."""
    asked = (state.should_stop, state.should_terminate)
    # Celery puts an exit code there, so 0 means "stop".
    return any(code is not None and code is not False for code in asked)
