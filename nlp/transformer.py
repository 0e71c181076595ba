"""Any sequence-classification model of `transformers` as a scorer. Needs the extra `model`.

Named as `PATH-OR-NAME` or `PATH-OR-NAME|neg=0,neu=1,pos=2`, where the numbers are the model's
outputs and `+` joins several (`neg=0+1`). Without them they are guessed from the names that the
model gives its labels. A model of two classes has no neutral: its p_neu is 0.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from nlp.scorer import LABELS, NOTHING_SAID, ModelError, Score

_BATCH = 32
_MOST_TOKENS = 256
_READ_AT_MOST = 2_000  # characters; more than that many tokens ever need

_NAMES = {
    "neg": ("neg", "负", "消极", "差评", "bad"),
    "neu": ("neu", "中性", "中立", "无情感"),
    "pos": ("pos", "正", "积极", "好评", "good"),
}
_STARS = re.compile(r"^([1-5])[ _]?(?:stars?|星)$")
_BY_STARS = {1: "neg", 2: "neg", 3: "neu", 4: "pos", 5: "pos"}

Outputs = dict[str, list[int]]
"""Which outputs of a model stand for each label."""


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model's path or hub name, and its outputs where they are given."""

    path: str
    outputs: Outputs | None

    @classmethod
    def parse(cls, name: str) -> "ModelName":
        """Raises ModelError when the part after `|` cannot be read."""
        path, bar, mapping = name.partition("|")
        if not bar:
            return cls(path.strip(), None)
        outputs: Outputs = {label: [] for label in LABELS}
        for entry in mapping.split(","):
            found = re.fullmatch(r"\s*(neg|neu|pos)\s*=\s*(\d+(?:\+\d+)*)\s*", entry)
            if found is None or outputs[found[1]]:
                raise ModelError(f"情感模型的标签对应读不懂：“{entry}”；写法如 neg=0,neu=1,pos=2")
            outputs[found[1]] = [int(number) for number in found[2].split("+")]
        return cls(path.strip(), outputs)


class TransformerScorer:
    """Scores with a transformers model on the processor at hand (a GPU when there is one)."""

    def __init__(self, model: Any, tokenizer: Any, outputs: Outputs, version: str) -> None:
        self._torch = _module("torch")
        self._device = "cuda" if self._torch.cuda.is_available() else "cpu"
        self._model = model.eval().to(self._device)
        self._tokenizer = tokenizer
        self._outputs = outputs
        self.version = version

    @classmethod
    def load(cls, name: str) -> "TransformerScorer":
        """Raises ModelError: packages missing, no such model, or labels that cannot be told."""
        wanted = ModelName.parse(name)
        transformers = _module("transformers")
        _module("torch")
        transformers.logging.set_verbosity_error()
        transformers.utils.logging.disable_progress_bar()
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(wanted.path)
            model = transformers.AutoModelForSequenceClassification.from_pretrained(wanted.path)
        except (OSError, ValueError, KeyError) as exc:
            reason = str(exc).strip().split("\n", 1)[0]
            raise ModelError(f"装不上情感模型 {wanted.path}：{reason}") from None
        outputs = _checked(wanted, model.config.num_labels) or guess(model.config.id2label)
        if outputs is None:
            raise ModelError(
                f"看不出模型 {wanted.path} 的各个输出是什么情感（{dict(model.config.id2label)}），"
                f"请在名字后写明，如 {wanted.path}|neg=0,neu=1,pos=2"
            )
        return cls(model, tokenizer, outputs, _version(wanted.path, model, outputs))

    def score(self, texts: Sequence[str]) -> list[Score]:
        """See `Scorer.score`. Only the first tokens of a long text count."""
        scores = [NOTHING_SAID] * len(texts)
        order = sorted(
            (place for place, text in enumerate(texts) if text.strip()),
            key=lambda place: len(texts[place]),  # texts alike in length need little padding
        )
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            found = self._score_batch([texts[place][:_READ_AT_MOST] for place in places])
            for place, score in zip(places, found, strict=True):
                scores[place] = score
        return scores

    def _score_batch(self, texts: list[str]) -> Iterator[Score]:
        length = min(_MOST_TOKENS, self._tokenizer.model_max_length)
        encoded = self._tokenizer(
            texts, padding=True, truncation=True, max_length=length, return_tensors="pt"
        ).to(self._device)
        with self._torch.inference_mode():
            chances = self._model(**encoded).logits.float().softmax(dim=-1).cpu().tolist()
        for row in chances:
            sums = [sum(row[output] for output in self._outputs[label]) for label in LABELS]
            total = sum(sums)
            yield Score(*(value / total for value in sums)) if total else NOTHING_SAID


def guess(names: Mapping[int, str]) -> Outputs | None:
    """Return which outputs mean what by their names; None when that cannot be told."""
    outputs: Outputs = {label: [] for label in LABELS}
    for number, name in names.items():
        label = _label_named(str(name).strip().lower())
        if label is None:
            return None
        outputs[label].append(int(number))
    return outputs if outputs["neg"] and outputs["pos"] else None


def _label_named(name: str) -> str | None:
    stars = _STARS.match(name)
    if stars is not None:
        return _BY_STARS[int(stars[1])]
    found = [label for label, starts in _NAMES.items() if name.startswith(starts)]
    return found[0] if found else None


def _checked(wanted: ModelName, count: int) -> Outputs | None:
    if wanted.outputs is None:
        return None
    given = [number for numbers in wanted.outputs.values() for number in numbers]
    if len(set(given)) != len(given) or max(given, default=0) >= count:
        raise ModelError(
            f"模型 {wanted.path} 的输出是 0 到 {count - 1}，标签对应用了别的或重复的号"
        )
    if not (wanted.outputs["neg"] and wanted.outputs["pos"]):
        raise ModelError(f"模型 {wanted.path} 的标签对应要写明 neg 和 pos")
    return wanted.outputs


def _version(path: str, model: Any, outputs: Outputs) -> str:
    whole = hashlib.sha256(repr(sorted(outputs.items())).encode())
    for name, values in sorted(model.state_dict().items()):
        whole.update(name.encode())
        whole.update(values.detach().cpu().float().contiguous().numpy().tobytes())
    return f"{path.rstrip('/').rsplit('/', 1)[-1][:40]}-{whole.hexdigest()[:10]}"


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise ModelError(
            f"用 transformers 模型需要 {name}，请先安装：pip install 'fenghuo[model]'"
        ) from None
