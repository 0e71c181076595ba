"""Ending a crawl at chosen moments, as a power cut would: by the number of a request."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from tests.crawlers.conftest import World
from tests.crawlers.replay import Replay

PATIENCE_S = 120


def seed_of(name: str) -> int:
    """Return the seed that the environment names, or a new one; say which it is."""
    seed = int(os.environ.get(name) or random.SystemRandom().randrange(1_000_000))
    print(f"{name}={seed}")  # noqa: T201 (pytest shows it when the test fails)
    return seed


@dataclass
class Killer:
    """Runs a source again and again, and kills some of the runs."""

    world: World
    site: Replay
    dice: random.Random
    grow: Callable[[], None]
    """Lets the site's lists grow; called now and then while a run goes on."""
    strays: list[psutil.Process] = field(default_factory=list)
    """Spiders whose parents were killed: they were told to end, and take their time."""

    def crawl(self, slug: str, *, after: int | None, parent: bool = False) -> bool:
        """Run the source; kill it when it has made so many requests. False: it came to its end."""
        process = subprocess.Popen(
            [sys.executable, "-m", "django", "crawl", slug],
            env=self.world.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        struck = threading.Event()
        moment = None if after is None else self.site.served + after
        early = self.dice.random() < 0.5

        def strike(number: int, path: str) -> None:
            if number == moment and not struck.is_set():
                struck.set()
                self._kill(process, parent=parent)

        def go_on(number: int, path: str) -> None:
            if not early:
                strike(number, path)
            if self.dice.random() < 0.05:
                self.grow()

        self.site.before, self.site.after = (strike if early else None), go_on
        _, err = process.communicate(timeout=PATIENCE_S)
        assert b"Traceback" not in err, err.decode()
        return struck.is_set()

    def _kill(self, process: "subprocess.Popen[bytes]", *, parent: bool) -> None:
        children = psutil.Process(process.pid).children()
        if parent:
            self.strays += children
            process.kill()
            return
        for child in children:
            child.send_signal(signal.SIGKILL)

    def forget_the_lease(self) -> None:
        """Let the source be run at once, as if the time of a killed run's lease had passed."""
        self.world.rows("update crawlers_source set lease_token = '', lease_until = null")

    def wait_for_strays(self) -> None:
        """Wait until no spider of a killed run is left."""
        psutil.wait_procs(self.strays, timeout=PATIENCE_S)
