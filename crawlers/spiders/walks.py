"""How far back a list has to be walked when one post may stand in several of a run's lists."""

from collections import Counter, OrderedDict
from collections.abc import Hashable, Set
from typing import NamedTuple

from crawlers.spiders.base import RECENT, PostSpider

REPEATS = 2
"""So often in a row a page may be the same again: a site that says so to any number has ended."""

MOVED = 10
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
    `moves` tells whether new posts push the lists on; of others a repeated page is the end.
    """

    def __init__(self, spider: PostSpider, kind: str, *, moves: bool = True) -> None:
        self._spider = spider
        self._kind = kind
        self._moves = moves
        self._shown: dict[Hashable, OrderedDict[str, None]] = {}
        self._last: dict[Hashable, Set[str]] = {}
        self._same: Counter[Hashable] = Counter()
        self._repeats: Counter[Hashable] = Counter()

    async def page(self, of: Hashable, ids: Set[str], *, kind: str = "") -> Page:
        """Take a page's ids; `of` names its list. A page without ids holds nothing unknown."""
        shown = self._shown.setdefault(of, OrderedDict())
        known = ids & shown.keys()
        repeated = known == ids
        if self._may_have_moved(of, ids, repeated):
            return Page(unknown=True, repeated=False)
        if not self._spider.resuming and self._spider.job.since is None:
            known |= await self._spider.stored(
                ids - known, kind=kind or self._kind, before_run=True
            )
        shown.update(dict.fromkeys(ids))
        while len(shown) > RECENT:
            shown.popitem(last=False)
        return Page(known < ids, repeated)

    def _may_have_moved(self, of: Hashable, ids: Set[str], repeated: bool) -> bool:
        """Tell whether a page repeats its list only because the list was pushed on meanwhile."""
        self._same[of] = self._same[of] + 1 if ids == self._last.get(of) else 0
        self._repeats[of] = self._repeats[of] + 1 if ids and repeated else 0
        self._last[of] = ids
        few = self._same[of] <= REPEATS and self._repeats[of] <= MOVED
        return self._moves and self._repeats[of] > 0 and few
