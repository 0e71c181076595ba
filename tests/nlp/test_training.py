import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from nlp.commands import train as command
from nlp.linear import LinearScorer
from nlp.normalise import normalise
from nlp.training.rows import (
    DataError,
    DataFile,
    Malformed,
    Row,
    find_files,
    own_rows,
    read_rows,
)
from nlp.training.sentences import sentences
from nlp.training.sets import weight

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


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    write(folder / "shop.train.jsonl.gz", [*rows(40)])
    write(folder / "shop.dev.jsonl.gz", [*rows(40, start=100)])
    return folder


# --- files ----------------------------------------------------------------------------------------


def test_train_dev_and_further_files_are_found_in_order(data):
    write(data / "more" / "extra.jsonl.gz", [])
    write(data / "more" / "unlabelled-x.jsonl.gz", [])
    write(data / "lone.train.jsonl.gz", [])
    assert [(file.dataset, file.use) for file in find_files(data)] == [
        ("lone", "split"),
        ("extra", "split"),
        ("shop", "dev"),
        ("shop", "train"),
    ]


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere"):
        find_files(tmp_path / "nowhere")


def test_a_directory_without_training_files_is_named(tmp_path):
    with pytest.raises(DataError, match=r"train\.jsonl\.gz"):
        find_files(tmp_path)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("not json", "不是 JSON"),
        ("[" * 100_000, "不是 JSON"),
        ("", "不是 JSON"),
        ("[]", "缺少 text"),
        ('{"label": "neg"}', "缺少 text"),
        ('{"text": 3, "label": "neg"}', "缺少 text"),
        ('{"text": "x"}', "label"),
        ('{"text": "x", "label": "bad"}', "label"),
    ],
)
def test_a_malformed_line_is_counted_and_named_and_the_rest_is_read(tmp_path, line, reason):
    path = write(tmp_path / "a.train.jsonl.gz", [rows(1)[0], line, rows(1)[1]])
    malformed = Malformed()
    found = list(read_rows(DataFile(path, "a", "train"), malformed))
    assert len(found) == 2
    assert malformed.count == 1
    assert malformed.examples[0].startswith("第 2 行")
    assert reason in malformed.examples[0]


def test_rows_without_a_label_are_left_out_silently(tmp_path):
    path = write(tmp_path / "a.train.jsonl.gz", [{"text": "x", "label": None}])
    malformed = Malformed()
    assert list(read_rows(DataFile(path, "a", "train"), malformed)) == []
    assert malformed.count == 0


@pytest.mark.parametrize("content", [b"plain text", b"\x1f\x8b\x08\x00broken"])
def test_a_file_that_is_no_gzip_is_named(tmp_path, content):
    path = tmp_path / "a.train.jsonl.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.train\.jsonl\.gz"):
        list(read_rows(DataFile(path, "a", "train"), Malformed()))


def test_of_a_set_without_dev_file_a_twentieth_is_held_out_always_the_same(tmp_path):
    path = write(tmp_path / "a.train.jsonl.gz", [*rows(400)])
    file = DataFile(path, "a", "split")
    first = [row.held_out for row in read_rows(file, Malformed())]
    assert first == [row.held_out for row in read_rows(file, Malformed())]
    assert 30 <= sum(first) <= 90


# --- weights and own sentences --------------------------------------------------------------------


def row(dataset: str, label: str = "neg", quality: str = "") -> Row:
    return Row(dataset, "x", label, quality, held_out=False)  # type: ignore[arg-type]  # rows of a test


def test_reviews_count_more_than_films_and_emoticons():
    assert weight(row("os10")) > weight(row("weibo_senti")) > weight(row("douban_a"))


def test_a_set_that_is_not_known_counts_fully():
    assert weight(row("our-own-shop")) == 1


@pytest.mark.parametrize("quality", ["noisy", "distant-noisy"])
def test_noisy_rows_count_less(quality):
    assert weight(row("weibo_emotion", quality=quality)) < weight(row("weibo_emotion"))


def test_three_stars_count_half_as_neutral():
    assert weight(row("jd_food", "neu", "star")) == 0.5
    assert weight(row("jd_food", "neg", "star")) == 1


def test_own_sentences_are_many_and_none_stands_on_both_sides():
    own = [row for row in own_rows() if row.dataset == "own"]
    held_out = {row.text for row in own if row.held_out}
    assert len(own) > 200
    assert len(held_out) > 50
    training = {row.text for row in own_rows() if not row.held_out}
    assert not held_out & training


def test_filled_frames_are_the_same_each_time_and_none_stands_twice():
    first = list(sentences())
    assert first == list(sentences())
    assert len({text for _, text in first}) == len(first)
    assert set(Counter(label for label, _ in first)) == {"neg", "neu", "pos"}
    assert not [text for _, text in first if "{" in text]


# --- the command ----------------------------------------------------------------------------------


@pytest.mark.model
def test_training_writes_a_model_that_tells_the_classes_apart(data, tmp_path, capsys):
    out = tmp_path / "own.npz"
    assert command.main([str(data), "--out", str(out)]) == 0
    scorer = LinearScorer.read(out)
    texts = ["这个太差了，坏了", "请问多少钱", "很好，推荐"]
    scores = scorer.score([normalise(text).text for text in texts])
    assert [score.label for score in scores] == ["neg", "neu", "pos"]
    printed = capsys.readouterr()
    assert "shop" in printed.out
    assert "FENGHUO_SENTIMENT_MODEL" in printed.out
    assert "训练……" in printed.err
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.model
def test_training_twice_gives_the_same_model(data, tmp_path):
    versions = []
    for name in ("one.npz", "two.npz"):
        assert command.main([str(data), "--out", str(tmp_path / name)]) == 0
        versions.append(LinearScorer.read(tmp_path / name).version)
    assert versions[0] == versions[1]


@pytest.mark.model
def test_malformed_rows_are_told_and_training_goes_on(data, tmp_path, capsys):
    write(data / "messy.train.jsonl.gz", ["oops", "oops", *rows(3, start=50)])
    assert command.main([str(data), "--out", str(tmp_path / "m.npz")]) == 0
    told = capsys.readouterr().err
    assert "messy.train.jsonl.gz：2 行读不了" in told
    assert "第 1 行" in told


@pytest.mark.model
@pytest.mark.parametrize("content", [b"plain", b""])
def test_a_broken_file_fails_with_its_name_and_without_a_model(data, tmp_path, capsys, content):
    (data / "broken.dev.jsonl.gz").write_bytes(content)
    (data / "broken.train.jsonl.gz").write_bytes(b"plain")
    assert command.main([str(data), "--out", str(tmp_path / "m.npz")]) == 1
    assert "broken" in capsys.readouterr().err
    assert not (tmp_path / "m.npz").exists()


@pytest.mark.model
def test_a_label_that_never_occurs_fails_by_name(tmp_path, capsys):
    folder = tmp_path / "data"
    write(folder / "a.train.jsonl.gz", [*rows(20)])
    write(folder / "a.dev.jsonl.gz", [row for row in rows(20) if row["label"] != "neu"])
    assert command.main([str(folder), "--out", str(tmp_path / "m.npz")]) == 1
    assert "neu" in capsys.readouterr().err


def test_without_the_extra_the_message_says_what_to_install(data, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    assert command.main([str(data), "--out", str(tmp_path / "m.npz")]) == 1
    assert "fenghuo[model]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "DATA_DIR"),
        (["{tmp}/nowhere"], "nowhere"),
        (["{tmp}", "--out", "{tmp}/model.bin"], ".npz"),
        (["{tmp}", "--out", "{tmp}/no/such/m.npz"], "such"),
    ],
)
def test_wrong_usage_ends_with_2(arguments, said, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        command.main([argument.replace("{tmp}", str(tmp_path)) for argument in arguments])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
