"""Which tasks there are, which queue each goes to, and how often each is swept.

A message is only a wake-up: the sweeps find what a lost one left, so they may be late or doubled.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Sweep:
    """One task, run by the scheduler every `seconds` whether or not anything woke it."""

    task: str
    queue: str
    seconds: float
    heartbeat: str = ""

    @property
    def kind(self) -> str:
        """Return the name under which its heartbeat is kept."""
        return self.heartbeat or self.queue


SWEEPS = (
    Sweep("crawl.run_due", "crawl", 5),
    Sweep("score.pending", "score", 2),
    Sweep("alert.fire_timers", "alert", 2),
    # Not where sources run: a queue full of hanging crawls is what it has to notice.
    Sweep("alert.watch_sources", "alert", 60, heartbeat="sources"),
    Sweep("notify.deliver", "notify", 1),
    Sweep("report.housekeeping", "report", 60),
)
QUEUES = tuple(dict.fromkeys(sweep.queue for sweep in SWEEPS))
ROUTES = {sweep.task: {"queue": sweep.queue} for sweep in SWEEPS}

# A wake-up that nobody took within a minute has nothing to say that the next sweep does not.
WAKE_UP_EXPIRES = timedelta(minutes=1)


def beat_schedule() -> dict[str, dict[str, object]]:
    """Return the schedule as Celery wants it. What waited long behind a busy worker expires."""
    return {
        sweep.task: {
            "task": sweep.task,
            "schedule": sweep.seconds,
            "options": {"expires": max(10.0, 2 * sweep.seconds)},
        }
        for sweep in SWEEPS
    }
