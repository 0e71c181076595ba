"""Trains the encoder: pieces, pre-training, tuning, export and the joint with the linear model."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from pickle import UnpicklingError
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from nlp.compact import Encoder
from nlp.scorer import LABELS
from nlp.stages import Stages
from nlp.training import pretraining, tuning
from nlp.training.batches import in_order, padded
from nlp.training.exporting import agreement, export
from nlp.training.joining import join
from nlp.training.network import Network, Size
from nlp.training.pieces import Pieces, cut, learn_pieces
from nlp.training.rows import DataError
from nlp.training.sets import judging_weight
from nlp.training.teachers import with_teachers, with_unlabelled

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from nlp.training.run import Examples, Linear, Plan

Floats = NDArray[np.float32]

_VOCABULARY_TEXTS = 400_000
_MOST_OF_A_SET = 60_000  # texts, of those that pre-train
_DROPPED_MERGES = 0.05
_MARK = "about.json"  # makes a folder a model
_TUNED = "tuned.pt"


def train_encoder(
    plan: "Plan",
    unseen: "Examples",
    training: "Examples",
    judging: "Examples",
    linear: "Linear",
    stages: Stages,
) -> float:
    """Write the model folder; return the share of moods that rounding to bytes left alike.

    `unseen` are all texts that may be learnt from, `training` those with labels; `judging` joins
    and calibrates.
    """
    if plan.teachers:
        training = with_unlabelled(training, unseen)
    lessons = with_teachers(training.lessons(), plan.teachers, stages)
    texts = _some_of_each(unseen)
    tokenizer = _pieces(plan, texts, stages)
    network = _begun(plan, tokenizer, texts, stages)
    with stages.stage("训练编码器", plan.rounds * tuning.MILLE) as done:
        pieces = partial(cut, tokenizer)
        tuning.tune(network, lessons, pieces, done, plan.rounds, plan.seed)
    torch.save(network.state_dict(), plan.work / _TUNED)
    if _further(plan).exists():
        _further(plan).replace(_kept(plan))
    with stages.stage("导出", 2) as done, _whole(plan.out) as part:
        export(network, part / "encoder.onnx")
        tokenizer.save(str(part / "tokenizer.json"), pretty=False)
        linear.mood.write(part / "linear.npz")
        linear.aspects.write(part / "aspects.npz")
        done(1)
        alike = _join(part, network, tokenizer, judging, linear)
        done(1)
    return alike


@contextmanager
def _whole(out: Path) -> Iterator[Path]:
    """Give a folder beside `out`; its files move to `out` once all are written.

    A folder without `about.json` is no model, so the old one goes first and the new one comes last.
    """
    with TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as folder:
        yield Path(folder)
        out.mkdir(exist_ok=True)
        (out / _MARK).unlink(missing_ok=True)
        for file in sorted(Path(folder).iterdir(), key=lambda file: file.name == _MARK):
            file.replace(out / file.name)


def _some_of_each(unseen: "Examples") -> list[str]:
    """Return texts in random order, so many of a set that none drowns the others."""
    taken: Counter[str] = Counter()
    texts = []
    for n in np.random.default_rng(0).permutation(len(unseen.texts)):
        dataset, text = unseen.rows[n].dataset, unseen.texts[n]
        if text.strip() and taken[dataset] < _MOST_OF_A_SET:
            taken[dataset] += 1
            texts.append(text)
    return texts


def _pieces(plan: "Plan", texts: Sequence[str], stages: Stages) -> "Tokenizer":
    from tokenizers import Tokenizer

    kept = plan.work / "tokenizer.json"
    with stages.stage("学习词片", 1) as done:
        if not kept.exists():
            part = kept.with_suffix(".part")
            learn_pieces(texts[:_VOCABULARY_TEXTS]).save(str(part))
            part.replace(kept)
        done(1)
    return Tokenizer.from_file(str(kept))


def _begun(plan: "Plan", tokenizer: "Tokenizer", texts: Sequence[str], stages: Stages) -> Network:
    """Return what the tuning begins with: learning from teachers goes on from the tuned weights."""
    kept = plan.work / _TUNED
    if not plan.teachers or not kept.exists():
        return _pretrained(plan, tokenizer, texts, stages)
    network = _untrained(plan, tokenizer)
    _load(network, kept)
    if plan.further > 0:
        _add_further(network, plan, tokenizer, texts, stages)
    return network


def _add_further(
    network: Network, plan: "Plan", tokenizer: "Tokenizer", texts: Sequence[str], stages: Stages
) -> None:
    """Give tuned weights what more pre-training changes, without tuning them from the beginning.

    The difference of weights before and after is added to them (Ilharco et al. 2023, "Editing
    models with task arithmetic").
    """
    before = _pretrained(plan, tokenizer, texts, stages)
    after = _untrained(plan, tokenizer)
    if _further(plan).exists():
        _load(after.encoder, _further(plan))
    else:
        after.load_state_dict(before.state_dict())
        _pretrain(after, plan.further, _further(plan), tokenizer, texts, stages)
    parts = (network.encoder, before.encoder, after.encoder)
    with torch.no_grad():
        for own, old, new in zip(*(part.parameters() for part in parts), strict=True):
            own += new - old


def _untrained(plan: "Plan", tokenizer: "Tokenizer") -> Network:
    size = Size(tokenizer.get_vocab_size(), plan.width, plan.layers, max(1, plan.width // 64))
    torch.manual_seed(plan.seed)  # the same data gives the same model
    return Network(size)


def _load(module: torch.nn.Module, kept: Path) -> None:
    try:
        module.load_state_dict(torch.load(kept, weights_only=True))
    except (RuntimeError, UnpicklingError):
        raise DataError(f"{kept} 不能接着用，请删去它再来") from None


def _pretrained(
    plan: "Plan", tokenizer: "Tokenizer", texts: Sequence[str], stages: Stages
) -> Network:
    network = _untrained(plan, tokenizer)
    if _kept(plan).exists():
        _load(network.encoder, _kept(plan))
    elif plan.epochs > 0:
        _pretrain(network, plan.epochs, _kept(plan), tokenizer, texts, stages)
    return network


def _pretrain(
    network: Network,
    epochs: float,
    kept: Path,
    tokenizer: "Tokenizer",
    texts: Sequence[str],
    stages: Stages,
) -> None:
    """Pre-train the encoder of `network`, and keep its weights in the file `kept`."""
    pieces = cut(tokenizer, texts, _DROPPED_MERGES)
    with stages.stage("预训练编码器", pretraining.steps(pieces, epochs)) as done:
        pretraining.pretrain(network, pieces, epochs, done)
    part = kept.with_suffix(".part")
    torch.save(network.encoder.state_dict(), part)
    part.replace(kept)


def _kept(plan: "Plan") -> Path:
    return plan.work / f"pretrained-{plan.layers}x{plan.width}.pt"


def _further(plan: "Plan") -> Path:
    return plan.work / f"further-{plan.layers}x{plan.width}.pt"


def _join(
    out: Path, network: Network, tokenizer: "Tokenizer", judging: "Examples", linear: "Linear"
) -> float:
    """Write `about.json`; the encoder is asked as it will be served, rounded to bytes."""
    pieces = cut(tokenizer, judging.texts)
    rounded = Encoder.load(out / "encoder.onnx").logits(pieces)
    weights = np.array([judging_weight(row) for row in judging.rows], np.float32)
    lessons = replace(judging.lessons(), weights=weights)
    about = join(lessons, rounded, linear.log_odds(judging.texts))
    about.write(out / _MARK)
    return agreement(_exact(network, pieces), rounded[0])


def _exact(network: Network, pieces: Sequence[Pieces]) -> Floats:
    found = np.zeros((len(pieces), len(LABELS)), np.float32)
    with torch.inference_mode():
        for batch in in_order(pieces, tuning.PLACES):
            found[batch.rows] = network(torch.from_numpy(padded(batch, pieces)))[0].numpy()
    return found
