"""The texts that measure: what our own corpus holds out, and the dev rows of a data directory."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from nlp.normalise import Normalised, normalise
from nlp.scorer import Label
from nlp.training.corpus import Example, read_corpus
from nlp.training.rows import Malformed, Row, find_files, own_rows, read_rows

CORPUS = "corpus"
JUDGED = "judged"
"""Texts of public sets that we judged, see `nlp.training.judged`."""
STRANGERS = "strangers"
"""Texts by writers who knew the guide alone, neither corpus nor rules; they only measure."""

_STRANGERS = Path(__file__).parent / STRANGERS


@dataclass(frozen=True, slots=True)
class TextSet:
    """Labelled texts of one origin; of those that we judged `examples` says more about each."""

    name: str
    texts: list[str]
    labels: list[Label]
    plain: list[Normalised]
    examples: list[Example] = field(default_factory=list)


def sampled(texts: Sequence[str], most: int | None) -> list[int]:
    """Return the places of at most `most` texts, ascending: always the same ones.

    A text is taken by its hash, so a larger sample holds the smaller one, and rows added to a file
    leave most of the sample as it was.
    """
    if most is None or len(texts) <= most:
        return list(range(len(texts)))
    by_chance = sorted(range(len(texts)), key=lambda place: _digest(texts[place]))
    return sorted(by_chance[:most])


def own_sets(most: int | None) -> list[TextSet]:
    """Return what is held out of the texts written for this project, the corpus first."""
    corpus = _judged_set(CORPUS, [one for one in read_corpus() if one.held_out], most)
    strangers = _judged_set(STRANGERS, list(read_corpus(_STRANGERS)), most)
    others = _by_set(row for row in own_rows() if row.dataset != CORPUS)
    return [corpus, strangers, *(_text_set(name, rows, most) for name, rows in others.items())]


def read_sets(directory: Path, most: int | None, malformed: dict[Path, Malformed]) -> list[TextSet]:
    """Return what is held out of the labelled files in `directory`, those of `more` last.

    Lines that cannot be read are counted in `malformed`. Raises DataError.
    """
    files = [file for file in find_files(directory) if file.use != "train"]
    files.sort(key=lambda file: (file.path.parent != directory, file.dataset))
    sets: dict[str, list[Row]] = {}
    for file in files:
        found = Malformed()
        for name, rows in _by_set(read_rows(file, found)).items():
            sets.setdefault(name, []).extend(rows)
        if found.count:
            malformed[file.path] = found
    return [_text_set(name, rows, most) for name, rows in sets.items()]


def _judged_set(name: str, examples: Sequence[Example], most: int | None) -> TextSet:
    kept = [examples[place] for place in sampled([one.text for one in examples], most)]
    texts, labels = [one.text for one in kept], [one.label for one in kept]
    return TextSet(name, texts, labels, _normalised(texts), kept)


def _by_set(rows: Iterable[Row]) -> dict[str, list[Row]]:
    sets: dict[str, list[Row]] = {}
    for row in rows:
        if row.held_out and row.label is not None:
            sets.setdefault(row.dataset, []).append(row)
    return sets


def _text_set(name: str, rows: Sequence[Row], most: int | None) -> TextSet:
    kept = [rows[place] for place in sampled([row.text for row in rows], most)]
    texts = [row.text for row in kept]
    labels = [row.label for row in kept if row.label is not None]
    examples = list(_examples(kept)) if name == JUDGED else []
    return TextSet(name, texts, labels, _normalised(texts), examples)


def _examples(rows: Iterable[Row]) -> Iterator[Example]:
    for row in rows:
        if row.label is not None and row.aspects is not None:
            named, severe = row.aspects.named, bool(row.aspects.severe)
            yield Example("", row.text, row.label, named, severe, "", "", pair=None)


def _normalised(texts: Iterable[str]) -> list[Normalised]:
    return [normalise(text) for text in texts]


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
