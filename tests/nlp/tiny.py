"""Models that are made in a moment and know nothing, and labelled texts to train on."""

import gzip
import json
from pathlib import Path

WORDS = {
    "neg": ["太差了", "坏了", "垃圾", "退货", "失望"],
    "neu": ["请问", "多少钱", "什么颜色", "几号", "在哪"],
    "pos": ["很好", "喜欢", "满意", "推荐", "不错"],
}


def rows(count: int, start: int = 0) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for label, words in WORDS.items():
        for number in range(start, start + count):
            text = f"{words[number % 5]}，这是第{number}条{words[(number + 2) % 5]}"
            found.append({"id": f"{label}-{number}", "text": text, "label": label})
    return found


def write(path: Path, lines: list[object]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for line in lines:
            file.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
    return path


def make_bert(folder: Path, labels: list[str]) -> Path:
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"不好用坏了漏水推荐"]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    return folder
