"""Whom else a text names: what a post says of a rival is not said of the subject."""

from collections.abc import Iterable
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick

from catalog.models import Subject
from nlp.normalise import normalise


@dataclass(frozen=True, slots=True)
class Company:
    """What a text calls a subject and its kin, and what it calls their rivals; sorted."""

    names: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()


ALONE = Company()


class Brands:
    """The names of all watched subjects, by family: a brand with its products and stores.

    A competitor's family is the rival of ours, and ours of a competitor's. Our own brands are no
    rivals of each other: trouble at one is everybody's.
    """

    def __init__(self, subjects: Iterable[Subject]) -> None:
        watched = list(subjects)
        parents = {subject.pk: subject.parent_id for subject in watched}
        self._family = {subject.pk: _root(subject.pk, parents) for subject in watched}
        theirs = {
            self._family[subject.pk]
            for subject in watched
            if subject.kind == Subject.Kind.COMPETITOR
        }
        self._theirs = frozenset(theirs)
        self._owners: dict[str, set[int]] = {}
        for subject in watched:
            for name in (subject.name, *subject.aliases):
                if plain := normalise(name).text.strip():
                    self._owners.setdefault(plain, set()).add(self._family[subject.pk])
        self._names = list(self._owners)
        self._search = AhoCorasick(self._names) if theirs else None

    def company(self, subject: Subject, text: str) -> Company:
        """Return whom else a normalised text names beside `subject`; ALONE when nobody."""
        if self._search is None:
            return ALONE
        found = {
            self._names[number]
            for number, _, _ in self._search.find_matches_as_indexes(text, overlapping=True)
        }
        family = self._family[subject.pk]
        rivals = tuple(sorted(name for name in found if self._is_rival(name, family)))
        if not rivals:
            return ALONE
        return Company(tuple(sorted(n for n in found if family in self._owners[n])), rivals)

    def _is_rival(self, name: str, family: int) -> bool:
        owners = self._owners[name]
        if family in owners:
            return False
        return family in self._theirs or bool(owners & self._theirs)


def _root(pk: int, parents: dict[int, int | None]) -> int:
    """Return the head of a family; one that is not watched, or a loop, ends the climb."""
    seen = {pk}
    while (parent := parents.get(pk)) is not None and parent not in seen:
        seen.add(parent)
        pk = parent
    return pk
