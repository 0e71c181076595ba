"""A crawl that is killed at any moment and run again loses nothing and stores nothing twice."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from tests.crawlers.promises.kills import Killer, seed_of
from tests.crawlers.replay import Replay
from tests.crawlers.replayed import REFUND_EVERY, Things, native_id

pytestmark = pytest.mark.slow
KILLS = 10  # of each of the two: twenty in all
LISTS = ("100001", "100002")


def kill_again_and_again(killer: Killer, slug: str, walk: int) -> None:
    """Kill ten runs of the source, the spider or its parent; then run it until it ends well.

    A whole walk takes `walk` requests, one that finds the list as it left it takes a few: half of
    the moments lie among the first requests, so that both kinds are hit.
    """
    killed = 0
    while killed < KILLS:
        after = killer.dice.randint(1, killer.dice.choice([6, walk]))
        parent = killer.dice.random() < 0.4
        struck = killer.crawl(slug, after=after, parent=parent)
        killed += struck
        print(f"{killed}: {'parent' if parent else 'spider'} after {after}: {struck}")  # noqa: T201
        killer.forget_the_lease()
        killer.grow()
    killer.wait_for_strays()
    killer.site.before = killer.site.after = None
    for _ in range(2):
        done = killer.world.command("crawl", slug)
        assert done.returncode == 0, done.stdout + done.stderr


def stored(world, table):
    statement = f"select native_id from {table}"  # noqa: S608 (a table's name, named below)
    return [one for (one,) in world.rows(statement)]


def growing(site, dice):
    def grow() -> None:
        for name in LISTS:
            site.things.sizes[name] += dice.choice([0, 1, 2, 7, 25])

    return grow


def test_kills_lose_nothing_of_a_list_that_grows(world):
    dice = random.Random(seed_of("KILL_SEED"))
    things = Things(page_size=10, sizes=dict.fromkeys(LISTS, 150))
    with Replay(things) as site:
        params = {"keywords": list(LISTS), "cookie": "SUB=x", "max_pages": 1000}
        world.source("s", "weibo_search", params | {"replay": site.url}, "weibo")
        kill_again_and_again(Killer(world, site, dice, growing(site, dice)), "s", walk=40)
    ids = stored(world, "crawlers_post")
    there = {native_id(name, n) for name in LISTS for n in range(1, things.sizes[name] + 1)}
    assert len(ids) == len(set(ids))
    assert there - set(ids) == set()
    assert set(ids) - there == set()


def test_kills_lose_nothing_of_what_is_read_by_windows_of_time(world):
    dice = random.Random(seed_of("KILL_SEED"))
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    with Replay(Things(since=began)) as site:
        params = {"app_key": "k", "app_secret": "s", "session": "t", "replay": site.url}
        world.source("s", "taobao_refunds", params, "taobao")
        kill_again_and_again(Killer(world, site, dice, lambda: None), "s", walk=25)
        (until,) = world.rows("select checkpoint ->> '$.until' from crawlers_source")[0]
    last = (datetime.fromisoformat(until) - began) // REFUND_EVERY
    ids = stored(world, "crawlers_aftersale")
    assert len(ids) == len(set(ids))
    assert {native_id("refunds", n) for n in range(last)} - set(ids) == set()


@pytest.mark.parametrize(
    "jumps", [[0, 10, 10], [0, 0, 25, 25, 3], [0, 0, 0, 0, 40], [0] * 9 + [80]]
)
def test_a_list_that_moves_on_by_whole_pages_while_it_is_walked_loses_nothing(world, jumps):
    """A page that only repeats what the run has met proves nothing of what lies behind it."""
    things = Things(page_size=10, sizes={LISTS[0]: 60})
    with Replay(things) as site:
        world.source(
            "s", "sandbox_shop", {"url": f"{site.url}/api", "products": [LISTS[0]], "max_pages": 99}
        )
        assert world.command("crawl", "s").returncode == 0
        things.sizes[LISTS[0]] += 140
        coming = iter(jumps)

        def jump(number: int, path: str) -> None:
            if path.startswith("/api"):
                things.sizes[LISTS[0]] += next(coming, 0)

        site.after = jump
        for _ in range(3):
            assert world.command("crawl", "s").returncode == 0
    there = {native_id(LISTS[0], n) for n in range(1, 201 + sum(jumps))}
    assert there - set(stored(world, "crawlers_post")) == set()
