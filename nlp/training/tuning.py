"""Fine-tuning: the network learns mood, categories and severity from labelled texts at once."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from nlp.training.batches import padded, shuffled
from nlp.training.lessons import Lessons
from nlp.training.names import renamed
from nlp.training.network import Network
from nlp.training.optimiser import Optimiser
from nlp.training.pieces import MASK, SPECIAL, Pieces

PLACES = 6144
MILLE = 1000
"""Steps shown of a round."""

ROUNDS = 4  # passes, each over another sample and other cuts of the texts

_RATE = 5e-4
_WARM = 150  # steps
_SMOOTHED = 0.05
_SMOOTHED_ASPECT = 0.01
_DROPPED_MERGES = 0.1
_HIDDEN = 0.08  # of the pieces of judged rows: they are few and seen often
_LIGHT = 0.5  # a row of less weight is left out of some rounds instead
_ASPECTS = 3.0  # how much their loss counts beside the mood's
_ENOUGH = 8  # judged rows of a batch from which their loss counts fully
_FROM_TEACHER = 0.5  # of the mood's loss, where a teacher has spoken
_FROM_TEACHER_IF_JUDGED = 0.2  # where a reader judged as we do, who is to be believed more

Cut = Callable[[list[str], float], list[Pieces]]


def tune(
    network: Network,
    lessons: Lessons,
    cut: Cut,
    progress: Callable[[int], None],
    rounds: int = ROUNDS,
    seed: int = 0,
) -> None:
    """Train `network`; `cut` makes pieces of texts.

    `progress` is told of thousandths of each of `rounds`.
    """
    chance = np.random.default_rng(seed + 1)
    torch.manual_seed(seed + 1)
    network.train()
    optimiser = Optimiser(network)
    step = 0
    for number in range(rounds):
        rows, weights = _sample(lessons, chance)
        pieces = cut([renamed(lessons.texts[row], chance) for row in rows], _DROPPED_MERGES)
        batches = shuffled(pieces, PLACES, chance)
        for done, batch in enumerate(batches):
            own = rows[batch.rows]
            ids = _hidden(padded(batch, pieces), lessons.judged[own], chance)
            mood, aspects = network(torch.from_numpy(ids))
            loss = _mood_loss(mood.float(), lessons, own, weights[batch.rows])
            loss = loss + _aspect_loss(aspects.float(), lessons, own)
            loss.backward()
            passed = (number + done / len(batches)) / rounds
            optimiser.step(_RATE * min(1.0, (step + 1) / _WARM) * (1 - passed))
            step += 1
            progress((done + 1) * MILLE // len(batches) - done * MILLE // len(batches))
    optimiser.finish(network)
    network.eval()


def _sample(
    lessons: Lessons, chance: np.random.Generator
) -> tuple[NDArray[np.int64], torch.Tensor]:
    """Return the rows of a round, judged ones twice, and how much each counts."""
    light = lessons.weights < _LIGHT
    times = np.where(light, chance.random(len(light)) < lessons.weights / _LIGHT, 1)
    times = np.where(lessons.judged, 2, times).astype(np.int64)
    rows = np.repeat(np.arange(len(times)), times)
    return rows, torch.from_numpy(np.maximum(lessons.weights[rows], _LIGHT))


def _hidden(
    ids: NDArray[np.int64], judged: NDArray[np.bool_], chance: np.random.Generator
) -> NDArray[np.int64]:
    luck = chance.random(ids.shape) < _HIDDEN
    return np.where(luck & judged[:, None] & (ids >= len(SPECIAL)), MASK, ids)


def _mood_loss(
    logits: torch.Tensor, lessons: Lessons, rows: NDArray[np.int64], weights: torch.Tensor
) -> torch.Tensor:
    labels = torch.from_numpy(lessons.labels[rows])
    taught = torch.from_numpy(lessons.taught[rows])
    told = labels >= 0
    own = functional.cross_entropy(
        logits, labels.clamp(min=0), reduction="none", label_smoothing=_SMOOTHED
    )
    asked = taught.sum(1) > 0
    other = -(taught * logits.log_softmax(-1)).sum(1)
    judged = torch.from_numpy(lessons.judged[rows])
    beside = torch.where(judged, _FROM_TEACHER_IF_JUDGED, _FROM_TEACHER)
    share = torch.where(asked, torch.where(told, beside, 1.0), 0.0)
    losses = share * other + (1 - share) * own * told
    counts = weights * (told | asked)
    return (losses * counts).sum() / counts.sum().clamp(min=1)


def _aspect_loss(logits: torch.Tensor, lessons: Lessons, rows: NDArray[np.int64]) -> torch.Tensor:
    known = torch.from_numpy(lessons.known[rows])
    wanted = torch.from_numpy(lessons.aspects[rows])
    wanted = wanted * (1 - 2 * _SMOOTHED_ASPECT) + _SMOOTHED_ASPECT
    losses = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    mean = (losses * known).sum() / known.sum().clamp(min=logits.shape[1])
    return mean * _ASPECTS * (known[:, -1].sum() / _ENOUGH).clamp(max=1)
