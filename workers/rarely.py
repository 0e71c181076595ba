"""Saying a thing that goes on for hours once a minute."""

import time
from threading import Lock


class Rarely:
    """Answers yes at most once in `seconds` for each key; safe to share between threads."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._said: dict[object, float] = {}
        self._lock = Lock()

    def __call__(self, key: object = None) -> bool:
        """Return whether it is time to say `key` again."""
        moment = time.monotonic()
        with self._lock:
            last = self._said.get(key)
            if last is not None and moment - last < self._seconds:
                return False
            self._said[key] = moment
            return True
