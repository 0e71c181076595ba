"""How far back a list has to be walked when one post may stand in several of a run's lists."""

from collections import OrderedDict
from collections.abc import Hashable, Set
from typing import NamedTuple

from crawlers.spiders.base import RECENT, PostSpider

REPEATS = 2
"""So many pages in a row may repeat what their list has shown: posts that came meanwhile push a
list on, by whole pages at times, and then a repeated page proves nothing of what lies behind it."""


class Page(NamedTuple):
    """What a page of a list says of the pages behind it."""

    unknown: bool
    """It holds something that was not known before this run: the walk goes on."""
    repeated: bool
    """The list has shown all of it already: it goes round in a circle."""


class Walks:
    """Remembers which ids each list of a run has shown, the last RECENT of them.

    That another list of the same run has brought a post proves nothing of this list, though the
    post be stored by now. Only what was stored before the run, or stood in this list, is known.
    """

    def __init__(self, spider: PostSpider, kind: str, *, repeats: int = REPEATS) -> None:
        self._spider = spider
        self._most_repeats = repeats
        self._kind = kind
        self._shown: dict[Hashable, OrderedDict[str, None]] = {}
        self._repeats: dict[Hashable, int] = {}

    async def page(self, of: Hashable, ids: Set[str], *, kind: str = "") -> Page:
        """Take a page's ids; `of` names its list. A page without ids holds nothing unknown."""
        shown = self._shown.setdefault(of, OrderedDict())
        known = ids & shown.keys()
        repeated = known == ids
        self._repeats[of] = self._repeats.get(of, 0) + 1 if ids and repeated else 0
        if 0 < self._repeats[of] <= self._most_repeats:
            return Page(unknown=True, repeated=False)
        if not self._spider.resuming and self._spider.job.since is None:
            known |= await self._spider.stored(
                ids - known, kind=kind or self._kind, before_run=True
            )
        shown.update(dict.fromkeys(ids))
        while len(shown) > RECENT:
            shown.popitem(last=False)
        return Page(known < ids, repeated)
