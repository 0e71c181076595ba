"""A hit and the words around it, cut at clause and sentence ends."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlp.rules.brands import Mark

_CLAUSE_END = re.compile(
    r"[,。!?;:\n…~()]|\.(?!\d)|\[[^\[\]]{1,8}\]|(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])"
)
_SENTENCE_END = re.compile(r"[。!?;\n…~]")
_CLAUSE, _SENTENCE, _PASSAGE = 30, 80, 160  # how far a look goes, in characters


class Page:
    """A normalised text with the ends of its clauses and sentences, and the brands it names."""

    def __init__(self, text: str, marks: "Sequence[Mark]" = ()) -> None:
        self.text, self.marks = text, marks

    @cached_property
    def clauses(self) -> list[tuple[int, int]]:
        return [match.span() for match in _CLAUSE_END.finditer(self.text)]

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        return [match.span() for match in _SENTENCE_END.finditer(self.text)]

    def place(self, start: int, end: int) -> "Place":
        return Place(self, start, end)


class Place:
    """Where `[start:end]` stands: what precedes and follows it in its clause and sentence."""

    def __init__(self, page: Page, start: int, end: int) -> None:
        self.page, self.start, self.end = page, start, end
        self.hit = page.text[start:end]

    def _before(self, cuts: list[tuple[int, int]], reach: int) -> str:
        index = bisect_right(cuts, (self.start, self.start)) - 1
        # A cut of width 1 that ends at the hit sorts before (start, start).
        begin = cuts[index][1] if index >= 0 else 0
        return self.page.text[max(begin, self.start - reach) : self.start]

    def _after(self, cuts: list[tuple[int, int]], reach: int, keep_mark: bool) -> str:
        index = bisect_left(cuts, (self.end, 0))
        finish = cuts[index][1 if keep_mark else 0] if index < len(cuts) else len(self.page.text)
        return self.page.text[self.end : min(finish, self.end + reach)]

    @cached_property
    def before(self) -> str:
        """The clause up to the hit."""
        return self._before(self.page.clauses, _CLAUSE)

    @cached_property
    def after(self) -> str:
        """The clause from the hit on, with the mark that ends it."""
        return self._after(self.page.clauses, _CLAUSE, True)

    @cached_property
    def sentence_before(self) -> str:
        return self._before(self.page.sentences, _SENTENCE)

    @cached_property
    def sentence_after(self) -> str:
        """The sentence from the hit on, with the mark that ends it."""
        return self._after(self.page.sentences, _SENTENCE, True)

    @cached_property
    def previous(self) -> str:
        """What precedes the hit's clause, as far as the sentence goes."""
        return self.sentence_before[: len(self.sentence_before) - len(self.before)]

    @cached_property
    def earlier(self) -> str:
        return self.page.text[max(0, self.start - _PASSAGE) : self.start]

    @cached_property
    def later(self) -> str:
        """What follows the hit, whatever ends between."""
        return self.page.text[self.end : self.end + _PASSAGE]

    @cached_property
    def opening(self) -> str:
        """How the text begins."""
        return self.page.text[:_SENTENCE]
