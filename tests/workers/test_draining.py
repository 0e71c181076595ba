"""A drain empties its queue, one thread at a time, and forgets no wake-up."""

import threading
from collections.abc import Iterator

import pytest
from celery.worker import state

from workers.draining import Drain


@pytest.fixture(autouse=True)
def _going_on() -> Iterator[None]:
    yield
    state.should_stop = None


def test_a_drain_goes_on_until_nothing_is_found() -> None:
    left = [200, 200, 7, 0]
    assert Drain(lambda: left.pop(0)).run() == 407
    assert left == []


def test_a_drain_ends_when_its_time_is_over() -> None:
    assert Drain(lambda: 1, seconds=0).run() == 0


def test_a_drain_ends_when_the_worker_is_told_to_stop() -> None:
    def step() -> int:
        state.should_stop = 0
        return 1

    assert Drain(step).run() == 1


def test_a_failure_leaves_the_drain_usable() -> None:
    answers: list[int | Exception] = [ValueError("bad row"), 3, 0]

    def step() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    drain = Drain(step)
    with pytest.raises(ValueError, match="bad row"):
        drain.run()
    assert drain.run() == 3


def test_a_wake_up_during_a_drain_makes_it_look_once_more() -> None:
    inside, go_on = threading.Event(), threading.Event()
    rows = [1]

    def step() -> int:
        found = len(rows)
        rows.clear()
        if not found:  # it has just seen an empty queue ...
            inside.set()
            assert go_on.wait(20)
        return found

    drain = Drain(step)
    done: list[int] = []
    thread = threading.Thread(target=lambda: done.append(drain.run()))
    thread.start()
    assert inside.wait(20)
    rows.append(1)  # ... when a row arrives, and its wake-up finds the drain busy
    assert drain.run() == 0
    go_on.set()
    thread.join(20)
    assert done == [2]
    assert rows == []
