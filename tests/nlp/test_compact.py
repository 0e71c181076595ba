"""The shipped model: whatever it is asked, in any company, and whatever lies in its folder."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from nlp.categories import Category
from nlp.compact import About, CompactScorer
from nlp.normalise import normalise
from nlp.scorer import NOTHING_READ, NOTHING_SAID, SHIPPED, ModelError, Reading, load_scorer
from nlp.training.corpus import read_corpus
from nlp.training.rows import own_rows
from tests.processes import ROOT

pytestmark = pytest.mark.model

LARGEST = 24_000_000
FILES = ("about.json", "aspects.npz", "encoder.onnx", "linear.npz", "tokenizer.json")
WATCHED_TEXTS = [
    "烧到一半壶底漏水，差点烫到孩子",
    "发货很快，包装也好，家里人都喜欢",
    "请问这款水壶多少钱",
    "客服态度恶劣，退款一直不给退",
]


def read(texts: Sequence[str]) -> list[Reading]:
    scorer = load_scorer()
    assert isinstance(scorer, CompactScorer)
    return scorer.readings(texts)


def moods(readings: Sequence[Reading]) -> np.ndarray:
    return np.array([(r.score.p_neg, r.score.p_neu, r.score.p_pos) for r in readings])


def aspects(readings: Sequence[Reading]) -> np.ndarray:
    return np.array([(*r.aspects.values(), r.severe) for r in readings])


def copied(folder: Path, **changed: bytes | None) -> Path:
    """Make a folder of the shipped files, some of them others, or lacking."""
    folder.mkdir()
    for name in FILES:
        content = changed.get(name.replace(".", "_"), b"as it is")
        if content == b"as it is":
            (folder / name).symlink_to(SHIPPED / name)
        elif content is not None:
            (folder / name).write_bytes(content)
    return folder


def told(**changes: object) -> bytes:
    about = json.loads((SHIPPED / "about.json").read_text(encoding="utf-8"))
    return json.dumps({**about, **changes}).encode()


# --- texts ----------------------------------------------------------------------------------------


def test_no_texts_give_no_readings():
    assert read([]) == []
    assert load_scorer().score([]) == []


@pytest.mark.parametrize("text", ["", " ", "  \n", "\u3000", "\t\r\n"])
def test_an_empty_text_is_neutral_and_complains_of_nothing(text):
    assert read([text, "壶底漏水", text])[::2] == [NOTHING_READ] * 2
    assert load_scorer().score([text]) == [NOTHING_SAID]


def test_readings_come_in_the_order_of_the_texts_whatever_their_lengths():
    texts = ["好用" * 90, *WATCHED_TEXTS, "", "差", "漏水" * 300]
    forward, backward = read(texts), read(texts[::-1])[::-1]
    assert moods(forward) == pytest.approx(moods(backward), abs=0.03)
    assert [reading.score.label for reading in forward[1:5]] == ["neg", "pos", "neu", "neg"]


def test_each_text_is_read_nearly_as_if_it_were_alone():
    """Bytes stand for activations at a scale of the whole batch: a text may move by 0.023 here."""
    texts = [normalise(example.text).text for example in read_corpus()][::120]
    together, alone = read(texts), [read([text])[0] for text in texts]
    assert moods(together) == pytest.approx(moods(alone), abs=0.03)
    assert aspects(together) == pytest.approx(aspects(alone), abs=0.04)


def test_a_very_long_text_in_the_batch_changes_the_others_little():
    together = read([*WATCHED_TEXTS, "很长的一段话，" * 15_000])[: len(WATCHED_TEXTS)]
    assert moods(together) == pytest.approx(moods(read(WATCHED_TEXTS)), abs=0.03)


def test_the_same_texts_are_read_the_same_each_time():
    assert read(WATCHED_TEXTS) == read(WATCHED_TEXTS)


@pytest.mark.parametrize(
    "text",
    [
        "\0",
        "坏\0了",
        "\ud83d",
        "漏\udfff水",
        "漏" * 100_000,
        "\U0010ffff",
        "a" * 100_000,
        "[笑cry]",
    ],
    ids=["null", "null inside", "half a pair", "half inside", "long", "last", "latin", "emoji"],
)
def test_odd_and_long_texts_are_read_and_sum_to_one(text):
    first, second = read([text, "好"])
    for reading in (first, second):
        chances = [*reading.aspects.values(), reading.severe]
        assert moods([reading]).sum() == pytest.approx(1)
        assert moods([reading]).min() >= 0
        assert len(chances) == len(Category) + 1
        assert all(0 <= chance <= 1 for chance in chances)


def test_of_a_long_text_both_ends_count_and_the_middle_does_not():
    praise, trouble = "很好用，家里人都喜欢。" * 200, "壶底漏水，客服态度恶劣，退款不给退！" * 12
    ends = [trouble + praise, praise + trouble, praise + trouble + praise]
    started, ended, _ = moods(read(ends))[:, 0]
    plain = moods(read([praise]))[0, 0]
    assert min(started, ended) > plain


# --- how good it is -------------------------------------------------------------------------------

EVERYDAY_QUESTIONS = [
    "请问这款水壶多少钱",
    "这个怎么清洗？",
    "什么时候发货呀",
    "请问有质量问题怎么退",
    "可以开发票吗",
    "有黑色的吗",
    "尺寸多大，放得进橱柜吗？",
    "支持七天无理由吗",
    "怎么联系售后",
    "电池能用多久？",
    "哪个型号适合两个人用",
    "保修几年",
]


def test_everyday_questions_are_not_negative():
    scores = load_scorer().score([normalise(text).text for text in EVERYDAY_QUESTIONS])
    wrong = [t for t, s in zip(EVERYDAY_QUESTIONS, scores, strict=True) if s.label == "neg"]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("烧到一半壶底漏水，差点烫到孩子", "neg"),
        ("質量太差了，用了兩天就壞了", "neg"),
        ("客服态度恶劣，退款一直不给退！！！", "neg"),
        ("不會再買了", "neg"),
        ("没有任何质量问题，推荐", "pos"),
        ("用了半年，从来没坏过，很满意", "pos"),
        ("发货很快，包装也好，家里人都喜欢", "pos"),
        ("昨天收到，还没用", "neu"),
    ],
)
def test_plain_cases(text, label):
    assert load_scorer().score([normalise(text).text])[0].label == label


@pytest.mark.parametrize(("dataset", "floor"), [("own", 0.8), ("corpus", 0.7)])
def test_most_of_the_held_out_sentences_get_their_label(dataset, floor):
    rows = [row for row in own_rows() if row.held_out and row.dataset == dataset][::3]
    scores = load_scorer().score([normalise(row.text).text for row in rows])
    right = sum(score.label == row.label for row, score in zip(rows, scores, strict=True))
    assert right / len(rows) > floor


def test_held_out_complaints_mostly_rank_their_category_above_texts_without_it():
    examples = [example for example in read_corpus() if example.held_out][::3]
    readings = read([normalise(example.text).text for example in examples])
    for category in (Category.QUALITY, Category.SERVICE, Category.LOGISTICS, Category.SAFETY):
        chances = np.array([reading.aspects[category] for reading in readings])
        own = np.array([category in example.categories for example in examples])
        assert np.mean(chances[own][:, None] > chances[~own][None]) > 0.75, category


# --- the folder -----------------------------------------------------------------------------------


def test_the_folder_is_small():
    assert sum((SHIPPED / name).stat().st_size for name in FILES) < LARGEST


def test_the_version_names_the_kind_and_fits_its_column():
    version = load_scorer().version
    assert version.startswith("compact-")
    assert len(version) <= 60


def test_a_copy_has_the_same_version_and_any_change_gives_another(tmp_path):
    same = CompactScorer.load(copied(tmp_path / "same"))
    other = CompactScorer.load(copied(tmp_path / "other", about_json=told(head=100)))
    assert same.version == load_scorer().version != other.version


@pytest.mark.parametrize("name", FILES)
def test_a_folder_that_lacks_a_file_is_refused_with_the_name_of_both(tmp_path, name):
    folder = copied(tmp_path / "partial", **{name.replace(".", "_"): None})
    with pytest.raises(ModelError, match=rf"partial.*{name}"):
        CompactScorer.load(folder)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04", b"{}", b"\xff\xfe\0"])
def test_a_damaged_file_is_refused_by_name(tmp_path, name, content):
    folder = copied(tmp_path / "damaged", **{name.replace(".", "_"): content})
    with pytest.raises(ModelError, match=rf"damaged.{name}"):
        CompactScorer.load(folder)


def test_a_file_that_was_cut_off_is_refused_by_name(tmp_path):
    half = (SHIPPED / "encoder.onnx").read_bytes()[:1_000_000]
    with pytest.raises(ModelError, match=r"encoder\.onnx"):
        CompactScorer.load(copied(tmp_path / "cut", encoder_onnx=half))


@pytest.mark.parametrize(
    "changes",
    [
        {"mood": [[0.0] * 6] * 3},
        {"mood": []},
        {"mood": [[0.0] * 7, [0.0]]},
        {"aspects": [[1.0] * 13, [0.0] * 13]},
        {"aspects": "x"},
        {"head": "many"},
        {"tail": None},
    ],
    ids=str,
)
def test_an_about_that_tells_something_else_is_refused_by_name(tmp_path, changes):
    folder = copied(tmp_path / "odd", about_json=told(**changes))
    with pytest.raises(ModelError, match=r"about\.json"):
        CompactScorer.load(folder)


def test_what_about_writes_it_reads(tmp_path):
    about = About.read(SHIPPED / "about.json")
    about.write(tmp_path / "about.json")
    assert (tmp_path / "about.json").read_text() == (SHIPPED / "about.json").read_text()


def test_a_folder_with_an_about_but_no_weights_is_no_transformers_model(tmp_path):
    folder = copied(
        tmp_path / "bare", aspects_npz=None, encoder_onnx=None, linear_npz=None, tokenizer_json=None
    )
    with pytest.raises(ModelError, match=r"encoder\.onnx、linear\.npz、tokenizer\.json"):
        load_scorer(str(folder))


def test_scoring_imports_neither_torch_nor_transformers():
    code = (
        "import sys; from nlp.scorer import load_scorer; load_scorer().score(['壶底漏水']);"
        "print(sorted({'torch', 'transformers', 'sklearn', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout.decode().strip()) == (0, "[]"), done.stderr.decode()
