"""Which subjects a text is about."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick

from catalog.models import Subject


@dataclass
class _Pattern:
    """What it means to find one string: whose alias it is, and whom it rules out."""

    names: list[int] = field(default_factory=list)
    rules_out: list[int] = field(default_factory=list)


class Matcher:
    """Finds the subjects that a post is about; built once, then fast for many posts.

    A subject's name and its aliases find it, whatever their case or width; Latin letters and digits
    only as whole words ("K3" is not in "K30"). Where aliases overlap, the longest wins. One of its
    excluded words anywhere in the text rules a subject out.
    """

    def __init__(self, subjects: Iterable[Subject]) -> None:
        self._subjects = list(subjects)
        self._by_slug = {subject.slug: subject for subject in self._subjects}
        self._by_product: dict[tuple[str, str], list[Subject]] = {}
        patterns: dict[str, _Pattern] = {}
        for number, subject in enumerate(self._subjects):
            for name in {_fold(name) for name in (subject.name, *subject.aliases)} - {""}:
                patterns.setdefault(name, _Pattern()).names.append(number)
            for word in {_fold(word) for word in subject.excludes} - {""}:
                patterns.setdefault(word, _Pattern()).rules_out.append(number)
            for platform, ids in subject.platform_ids.items():
                for product_id in {str(product_id) for product_id in ids}:
                    self._by_product.setdefault((platform, product_id), []).append(subject)
        self._patterns = list(patterns.values())
        self._automaton = AhoCorasick(list(patterns)) if patterns else None

    def match(
        self, text: str, *, platform: str = "", product_id: str = "", hint: str = ""
    ) -> list[Subject]:
        """Return the subjects of a post, in the order they were given; none is a valid answer.

        `hint` is the slug that the source or the sender names, `product_id` the platform's own
        number. Either, where it is known, decides alone: a review on a product's page speaks of
        that product even when it names a competitor.
        """
        if hint in self._by_slug:
            return [self._by_slug[hint]]
        if product_id and (platform, product_id) in self._by_product:
            return list(self._by_product[platform, product_id])
        return self._match_names(_fold(text))

    def _match_names(self, text: str) -> list[Subject]:
        if self._automaton is None:
            return []
        spans = [
            (pattern, start, end)
            for pattern, start, end in self._automaton.find_matches_as_indexes(
                text, overlapping=True
            )
            if _whole_word(text, start, end)
        ]
        if not spans:
            return []
        ruled_out = {who for pattern, _, _ in spans for who in self._patterns[pattern].rules_out}
        covered = bytearray(len(text))
        found: set[int] = set()
        for pattern, start, end in sorted(spans, key=lambda span: (span[1] - span[2], span[1])):
            names = self._patterns[pattern].names
            if names and not any(covered[start:end]):
                covered[start:end] = b"\x01" * (end - start)
                found.update(names)
        return [self._subjects[number] for number in sorted(found - ruled_out)]


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower().strip()


def _whole_word(text: str, start: int, end: int) -> bool:
    return not (
        (start > 0 and _is_word(text[start]) and _is_word(text[start - 1]))
        or (end < len(text) and _is_word(text[end - 1]) and _is_word(text[end]))
    )


def _is_word(character: str) -> bool:
    return character.isascii() and character.isalnum()
