"""300 broken answers to every spider: none crashes a run, and each is counted with a reason."""

import random
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import transaction

from crawlers.known_spiders import SPIDERS
from crawlers.models import BlockReason
from crawlers.observing import Observation
from crawlers.saving import save_batch
from crawlers.spiders.base import PostSpider
from tests.crawlers.promises.answering import Ending, answer_to
from tests.crawlers.promises.breaking import Answer, broken
from tests.crawlers.samples import NOW

pytestmark = pytest.mark.django_db
ANSWERS = 300
SLOWEST_S = 20.0
GOOD = {"records", "nothing new", "goes on", "floor", "blocked"}
CRAWLERS = Path(__file__).parent.parent
Callback = tuple[type[PostSpider], dict[str, Any], str, dict[str, Any], bytes, str]


def callbacks() -> dict[str, list[Callback]]:
    """Return what every `cases` module lists, by the name of the spider."""
    found: dict[str, list[Callback]] = {}
    for path in sorted(CRAWLERS.glob("*/cases.py")):
        for of, params, answers in import_module(f"tests.crawlers.{path.parent.name}.cases").CASES:
            for method, kwargs, sample, kind in answers:
                good = Path(sample).read_bytes()
                found.setdefault(str(of.name), []).append((of, params, method, kwargs, good, kind))
    return found


CALLBACKS = callbacks()


def answers(spider: str) -> Iterator[tuple[int, Callback, Answer]]:
    """Yield the broken answers of a spider, its callbacks taking turns."""
    for index in range(ANSWERS):
        callback = CALLBACKS[spider][index % len(CALLBACKS[spider])]
        dice = random.Random(f"{spider}:{index}")
        yield (
            index,
            callback,
            broken(callback[4], callback[5], index // len(CALLBACKS[spider]), dice),
        )


def test_every_spider_has_answers_to_be_broken():
    missing = sorted(set(SPIDERS) - set(CALLBACKS))
    assert not missing, f"no case in any tests/crawlers/*/cases.py: {', '.join(missing)}"


def test_answers_that_are_whole_are_read():
    """Or the harness itself would be what refuses."""

    @async_to_sync
    async def ending(of, params, method, kwargs, good, kind) -> Ending:
        return await answer_to(of, params, method, kwargs, Answer("whole", good, kind))

    unread = {
        f"{spider} {callback[2]}": f"{one.how} {one.reason}"
        for spider in CALLBACKS
        for callback in CALLBACKS[spider]
        if (one := ending(*callback)).how not in GOOD - {"blocked"}
    }
    assert not unread


@pytest.mark.parametrize("spider", sorted(CALLBACKS))
def test_no_broken_answer_crashes_the_run_and_each_is_counted(spider):
    @async_to_sync
    async def endings() -> list[tuple[str, Ending]]:
        return [
            (
                f"{index} {method}: {answer.what}",
                await answer_to(of, params, method, kwargs, answer),
            )
            for index, (of, params, method, kwargs, _, _), answer in answers(spider)
        ]

    found = endings()
    faults = [
        f"{told}: {one.how} {one.reason}".encode("ascii", "backslashreplace").decode()
        for told, one in found
        if one.how not in GOOD
    ]
    assert not faults, "\n".join([f"{len(faults)} of {ANSWERS}", *faults[:25]])
    assert {one.reason for _, one in found if one.how == "blocked"} <= set(BlockReason)
    slow = {told: one.seconds for told, one in found if one.seconds > SLOWEST_S}
    assert not slow
    stored_and_counted(found)


def stored_and_counted(found: list[tuple[str, Ending]]) -> None:
    """Store what was found: every post is taken, known or refused with a reason."""
    for told, one in found:
        try:
            with transaction.atomic():
                saved = save_batch(one.records, now=NOW)
        except Exception as exc:
            pytest.fail(f"{told}: cannot be stored: {type(exc).__name__} {exc}"[:600])
        assert all(reason for _, reason in saved.rejected)
        posts = [record for record in one.records if not isinstance(record, Observation)]
        assert saved.accepted + saved.duplicates + len(saved.rejected) >= len(posts), told
