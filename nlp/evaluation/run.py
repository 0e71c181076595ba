"""One evaluation: texts through the model, the rules and the yardstick, and what came out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nlp.analysis import NO_OPINION, Analysis, Analyst, Item
from nlp.evaluation.answers import Answers, Quality, quality
from nlp.evaluation.copies import Copies, copies
from nlp.evaluation.corpus import Retrieval, Severity, categories, severity
from nlp.evaluation.snownlp import SAMPLE, Yardstick, ask
from nlp.evaluation.texts import CORPUS, TextSet, own_sets, read_sets, sampled
from nlp.scorer import LABELS, Label, Scorer
from nlp.stages import Stages
from nlp.training.rows import Malformed

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Beside:
    """The model and SnowNLP on the same texts; where no text is neutral neither may say so."""

    ours: Quality
    snownlp: Quality


@dataclass(frozen=True, slots=True)
class SetReport:
    """How the model did on one set."""

    name: str
    two_classes: bool
    model: Quality
    beside: Beside | None


@dataclass(frozen=True, slots=True)
class PhenomenonReport:
    """How the model alone, the whole analysis and SnowNLP did on one difficulty."""

    name: str
    model: Quality
    whole: Quality
    snownlp: Quality | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What model and rules together found in a set of texts that we judged."""

    name: str
    whole: Quality
    severity: Severity
    categories: dict[str, Retrieval]


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured; `versions` names the model and the rules.

    `findings` are of our corpus, of the strangers' texts, and of the judged public texts where they
    are at hand.
    """

    versions: str
    sets: list[SetReport]
    phenomena: list[PhenomenonReport]
    findings: list[Findings]
    copies: Copies
    malformed: dict[Path, Malformed] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Told:
    """What the model and SnowNLP said of a set; SnowNLP only of the texts at `places`."""

    texts: TextSet
    model: Answers
    places: list[int]
    snownlp: Answers | None


def evaluate(
    scorer: Scorer,
    analyst: Analyst,
    stages: Stages,
    *,
    data: Path | None = None,
    most: int | None = None,
    yardstick: Yardstick | None = None,
) -> Report:
    """Measure on our own held-out texts, and on those of `data`; at most `most` texts of a set.

    `analyst` is to read with the same `scorer`. Without a `yardstick` nothing is compared. Lines of
    `data` that cannot be read are counted and left out. Raises DataError.
    """
    malformed: dict[Path, Malformed] = {}
    with stages.stage("读取数据", 2) as done:
        sets = own_sets(most)
        done(1)
        sets += read_sets(data, most, malformed) if data else []
        done(1)
    model = _asked_model(scorer, sets, stages)
    shown = _asked_yardstick(yardstick, sets, stages)
    told = [_Told(*parts) for parts in zip(sets, model, *shown, strict=True)]
    judged = [one for one in told if one.texts.examples]
    analyses = [_analysed(analyst, one.texts, stages) for one in judged]
    return Report(
        versions=analyst.versions,
        sets=[_set_report(one) for one in told],
        phenomena=_phenomena(judged[0], _answers(judged[0].texts, analyses[0])),
        findings=[_findings(*pair) for pair in zip(judged, analyses, strict=True)],
        copies=copies(judged[0].texts.examples),
        malformed=malformed,
    )


def _findings(told: _Told, analyses: Sequence[Analysis]) -> Findings:
    examples = told.texts.examples
    return Findings(
        told.texts.name,
        quality(_answers(told.texts, analyses)),
        severity(examples, analyses),
        categories(examples, analyses),
    )


def _asked_model(scorer: Scorer, sets: Sequence[TextSet], stages: Stages) -> list[Answers]:
    asked = []
    with stages.stage("模型评分", sum(len(one.texts) for one in sets)) as done:
        for one in sets:
            scores = []
            for start in range(0, len(one.plain), _BATCH):
                batch = [plain.text for plain in one.plain[start : start + _BATCH]]
                scores += scorer.score(batch)
                done(len(batch))
            said = [score.label for score in scores]
            p_neg, p_pos = [score.p_neg for score in scores], [score.p_pos for score in scores]
            asked.append(Answers.of(one.labels, said, p_neg, p_pos))
    return asked


def _asked_yardstick(
    yardstick: Yardstick | None, sets: Sequence[TextSet], stages: Stages
) -> tuple[list[list[int]], list[Answers | None]]:
    """Return the places of the texts that were shown, and what was said of them, set by set.

    The corpus is shown whole: a sample would hold too few texts of each phenomenon.
    """
    if yardstick is None:
        return [[] for _ in sets], [None for _ in sets]
    places = [sampled(one.texts, None if one.name == CORPUS else SAMPLE) for one in sets]
    asked: list[Answers | None] = []
    with stages.stage("SnowNLP 对照", sum(map(len, places))) as done:
        for one, shown in zip(sets, places, strict=True):
            texts, labels = [one.texts[i] for i in shown], [one.labels[i] for i in shown]
            asked.append(ask(yardstick, texts, labels, done))
    return places, asked


def _analysed(analyst: Analyst, texts: TextSet, stages: Stages) -> list[Analysis]:
    items = [Item(text, plain=plain) for text, plain in zip(texts.texts, texts.plain, strict=True)]
    analyses: list[Analysis] = []
    with stages.stage("整体分析", len(items)) as done:
        for start in range(0, len(items), _BATCH):
            batch = items[start : start + _BATCH]
            analyses += analyst.analyse(batch)
            done(len(batch))
    return analyses


def _answers(texts: TextSet, analyses: Sequence[Analysis]) -> Answers:
    return Answers.of(
        texts.labels,
        [_label(analysis) for analysis in analyses],
        [analysis.p_neg for analysis in analyses],
        [analysis.p_pos for analysis in analyses],
    )


def _label(analysis: Analysis) -> Label:
    """A text without an opinion is labelled neutral, as `fenghuo score` does."""
    if analysis.label == NO_OPINION:
        return "neu"
    return next(label for label in LABELS if label == analysis.label)


def _set_report(told: _Told) -> SetReport:
    two = told.model.two_classes
    beside = None
    if told.snownlp is not None:
        ours = told.model.at(told.places)
        both = (ours.forced(), told.snownlp.forced()) if two else (ours, told.snownlp)
        beside = Beside(*map(quality, both))
    return SetReport(told.texts.name, two, quality(told.model), beside)


def _phenomena(corpus: _Told, whole: Answers) -> list[PhenomenonReport]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, example in enumerate(corpus.texts.examples):
        places[example.phenomenon].append(place)
    return [
        PhenomenonReport(
            name=name,
            model=quality(corpus.model.at(places[name])),
            whole=quality(whole.at(places[name])),
            snownlp=quality(corpus.snownlp.at(places[name])) if corpus.snownlp else None,
        )
        for name in sorted(places)
    ]
