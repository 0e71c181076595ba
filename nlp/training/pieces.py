"""Word pieces: the vocabulary of the encoder, learnt from texts, and texts cut by it.

Byte-pair encoding within runs of Chinese characters (Sennrich, Haddow and Birch 2016). Pieces are
at most four characters; digits, punctuation and emoji names such as [doge] stand alone. A text
takes two thirds of the places that single characters would take.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PAD, UNKNOWN, BEGIN, MASK = range(4)
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[MASK]")
HEAD, TAIL = 110, 48
"""Of a longer text, the first and the last pieces that are read."""

_SIZE = 20_000
_LEAST = 20  # times a piece must occur
_ALPHABET = 7_000
_LONGEST = 4  # characters; nlp.compact relies on it
_READ = 600  # characters of a text: more than the pieces read ever need, mostly
_BATCH = 20_000
_APART = r"\[[^\[\]]{1,4}\]|[一-鿿]+|[A-Za-z]+|[0-9]|."

Pieces = NDArray[np.uint16]


def learn_pieces(texts: Sequence[str], size: int = _SIZE) -> "Tokenizer":
    """Return a tokenizer whose vocabulary fits `texts`, which are normalised."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(unk_token=SPECIAL[UNKNOWN]))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\s+"), "removed"),
            pre_tokenizers.Split(Regex(_APART), "isolated"),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=_LEAST if len(texts) > 10_000 else 1,
        special_tokens=list(SPECIAL),
        limit_alphabet=_ALPHABET,
        max_token_length=_LONGEST,
        show_progress=False,
    )
    tokenizer.train_from_iterator((text[:_READ] for text in texts), trainer)
    return tokenizer


def cut(tokenizer: "Tokenizer", texts: Sequence[str], dropout: float = 0.0) -> list[Pieces]:
    """Return the ids of each text, BEGIN first, the middle of a long one left out.

    With `dropout` a merge is skipped that often (Provilkov, Emelianenko and Voita 2020), so that
    the same text is cut otherwise each time.
    """
    tokenizer.model.dropout = dropout or None
    found: list[Pieces] = []
    for start in range(0, len(texts), _BATCH):
        batch = [_ends(text) for text in texts[start : start + _BATCH]]
        for encoded in tokenizer.encode_batch_fast(batch):
            ids = encoded.ids
            if len(ids) > HEAD + TAIL:
                ids = ids[:HEAD] + ids[-TAIL:]
            found.append(np.array([BEGIN, *ids], np.uint16))
    tokenizer.model.dropout = None
    return found


def _ends(text: str) -> str:
    reach = _LONGEST * (HEAD + TAIL)
    return text if len(text) <= 2 * reach else f"{text[:reach]} {text[-reach:]}"
