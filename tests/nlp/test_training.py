"""`fenghuo train`, from a data directory to a model folder, on as little as will do."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from nlp.commands import train as command
from nlp.compact import CompactScorer
from nlp.normalise import normalise
from nlp.scorer import ModelError, load_scorer
from nlp.training.rows import own_rows
from tests.nlp.tiny import make_bert, rows, write

TINY = ["--width", "64", "--layers", "1", "--rounds", "1", "--epochs", "0.05"]
ASKED = ["这个太差了，坏了", "请问多少钱", "很好，推荐", "", "垃圾，要退货", "什么颜色，在哪"]
FILES = ["about.json", "aspects.npz", "encoder.onnx", "linear.npz", "tokenizer.json"]
CORRECTED = "快递员把鼹鼠踩扁了"


def make_data(folder: Path) -> Path:
    write(folder / "shop.train.jsonl.gz", [*rows(120)])
    write(folder / "shop.dev.jsonl.gz", [*rows(40, start=1000)])
    unlabelled = [{"id": f"u-{n}", "text": f"鼯鼠飞过{n}次", "label": None} for n in range(30)]
    write(folder / "more" / "wild.jsonl.gz", [*unlabelled])
    return folder


def shrink(patch: pytest.MonkeyPatch) -> None:
    """Let a training take one in a hundred of the project's own texts, and few features."""
    few = list(islice(own_rows(), 0, None, 100))
    patch.setattr("nlp.training.run.own_rows", lambda: iter(few))
    patch.setattr("nlp.training.fitting.BITS", 14)


@dataclass(frozen=True)
class Trained:
    """One training that all tests share: nobody may change its folders."""

    data: Path
    out: Path
    work: Path
    code: int

    def again(self, out: Path, *more: str, work: Path | None = None) -> int:
        """Train once more on the same data, from a copy of the work folder unless told one."""
        if work is None:
            work = out.with_name("work-copied")
            shutil.copytree(self.work, work)
        return run(self.data, out, work, *more)


def run(data: Path, out: Path, work: Path, *more: str) -> int:
    return command.main([str(data), "--out", str(out), "--work", str(work), *TINY, *more])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trained]:
    folder = tmp_path_factory.mktemp("training")
    data, out, work = make_data(folder / "data"), folder / "model", folder / "work"
    with pytest.MonkeyPatch.context() as patch:
        shrink(patch)
        yield Trained(data, out, work, run(data, out, work))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shrink(monkeypatch)
    return make_data(tmp_path / "data")


def labels(folder: Path) -> list[str]:
    scores = CompactScorer.load(folder).score([normalise(text).text for text in ASKED])
    return [score.label for score in scores]


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


# --- what it writes -------------------------------------------------------------------------------


@pytest.mark.model
def test_training_writes_a_folder_that_is_served(trained):
    assert trained.code == 0
    assert sorted(path.name for path in trained.out.iterdir()) == FILES
    assert leftovers(trained.out.parent) == []
    scorer = load_scorer(str(trained.out))
    assert isinstance(scorer, CompactScorer)
    assert labels(trained.out)[:4] == ["neg", "neu", "pos", "neu"]


@pytest.mark.model
def test_texts_without_a_label_are_learnt_from_before_tuning(trained):
    pieces = json.loads((trained.out / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    assert "鼯" in pieces
    assert (trained.work / "pretrained-1x64.pt").is_file()


@pytest.mark.model
def test_the_same_data_gives_the_same_labels(trained, tmp_path):
    assert trained.again(tmp_path / "model", work=tmp_path / "fresh") == 0
    assert labels(tmp_path / "model") == labels(trained.out)
    same = ("tokenizer.json", "linear.npz", "aspects.npz")
    for name in same:
        assert (tmp_path / "model" / name).read_bytes() == (trained.out / name).read_bytes()


@pytest.mark.model
def test_what_the_work_folder_has_is_not_done_again(trained, tmp_path, monkeypatch, capsys):
    def learn(*given: object) -> None:
        raise AssertionError("learnt again")

    monkeypatch.setattr("nlp.training.encoder.learn_pieces", learn)
    monkeypatch.setattr("nlp.training.encoder.pretraining.pretrain", learn)
    assert trained.again(tmp_path / "model") == 0
    told = capsys.readouterr()
    assert "预训练编码器" not in told.err
    assert "训练编码器……" in told.err
    assert f"--model {tmp_path / 'model'}" in told.out
    assert f"FENGHUO_SENTIMENT_MODEL={tmp_path / 'model'}" in told.out


# --- teacher and corrections ----------------------------------------------------------------------


@pytest.mark.model
def test_the_answers_of_a_teacher_and_the_corrections_of_people_are_taught(
    trained, tmp_path, monkeypatch
):
    from nlp.training import tuning

    taught = []

    def tune(network, lessons, *more):
        taught.append(lessons)
        return original(network, lessons, *more)

    original = tuning.tune
    monkeypatch.setattr(tuning, "tune", tune)
    teacher = str(make_bert(tmp_path / "teacher", ["negative", "neutral", "positive"]))
    record = {"text": CORRECTED, "label": None, "categories": ["logistics"], "severe": False}
    feedback = tmp_path / "feedback.jsonl"
    feedback.write_text(json.dumps(record) + "\nno json\n", encoding="utf-8")
    more = ["--teacher", teacher, "--feedback", str(feedback)]
    assert trained.again(tmp_path / "model", *more) == 0

    (lessons,) = taught
    place = lessons.texts.index(normalise(CORRECTED).text)
    assert (lessons.labels[place], bool(lessons.judged[place])) == (-1, True)
    assert lessons.aspects[place].sum() == 1
    score = load_scorer(teacher).score([lessons.texts[place]])[0]
    expected = (score.p_neg, score.p_neu, score.p_pos)
    assert lessons.taught[place].tolist() == pytest.approx(expected, abs=1e-4)
    assert lessons.taught.sum(axis=1).tolist() == pytest.approx([1.0] * len(lessons.texts))


@pytest.mark.model
def test_teachers_of_our_own_tell_categories_too_also_of_texts_that_nobody_labelled(
    trained, tmp_path, monkeypatch
):
    from nlp.training import tuning

    taught = []
    monkeypatch.setattr(tuning, "tune", lambda network, lessons, *more: taught.append(lessons))
    bert = str(make_bert(tmp_path / "bert", ["negative", "neutral", "positive"]))
    teachers = [load_scorer(str(trained.out)), load_scorer(bert)]
    assert trained.again(tmp_path / "m", "--teacher", str(trained.out), "--teacher", bert) == 0

    (lessons,) = taught
    wild = [n for n, text in enumerate(lessons.texts) if "鼯鼠" in text]
    assert len(wild) == 27  # of thirty; the others are held out
    scores = [one.score([lessons.texts[wild[0]]])[0] for one in teachers]
    mean = np.mean([(one.p_neg, one.p_neu, one.p_pos) for one in scores], axis=0)
    assert lessons.taught[wild[0]] == pytest.approx(mean, abs=0.02)
    reading = teachers[0].readings([lessons.texts[wild[0]]])[0]
    told = [*reading.aspects.values(), reading.severe]
    assert lessons.aspects[wild[0]] == pytest.approx(told, abs=0.02)
    assert set(lessons.known[wild[0]]) == {0.25}
    # What a reader judged keeps most of its weight, and stays known as judged.
    assert lessons.judged.any()
    assert not lessons.judged[wild].any()
    judged = lessons.aspects[lessons.judged]
    assert ((judged <= 0.2) | (judged >= 0.8)).all()


@pytest.mark.model
def test_learning_from_teachers_goes_on_from_the_tuned_weights(trained, tmp_path, monkeypatch):
    def learn(*given: object) -> None:
        raise AssertionError("begun anew")

    monkeypatch.setattr("nlp.training.encoder._pretrained", learn)
    assert trained.again(tmp_path / "model", "--teacher", str(trained.out)) == 0
    (tmp_path / "work-copied" / "tuned.pt").write_bytes(b"damaged")
    again = ("--teacher", str(trained.out))
    assert trained.again(tmp_path / "other", *again, work=tmp_path / "work-copied") == 1


@pytest.mark.model
def test_a_teaching_may_begin_with_more_pre_training_added_to_the_tuned_weights(
    trained, tmp_path, monkeypatch
):
    import torch

    from nlp.training import tuning

    begun = []

    def tune(network, *more):
        begun.append({name: value.clone() for name, value in network.state_dict().items()})

    monkeypatch.setattr(tuning, "tune", tune)
    tuned = torch.load(trained.work / "tuned.pt", weights_only=True)
    before = torch.load(trained.work / "pretrained-1x64.pt", weights_only=True)
    more = ["--teacher", str(trained.out), "--further", "1"]
    assert trained.again(tmp_path / "model", *more) == 0

    # What the next further passes begin with; only a finished teaching leaves it.
    after = torch.load(tmp_path / "work-copied" / "pretrained-1x64.pt", weights_only=True)
    assert sorted(path.name for path in (tmp_path / "work-copied").glob("*.pt")) == [
        "pretrained-1x64.pt",
        "tuned.pt",
    ]
    assert any(not torch.equal(after[name], before[name]) for name in before)
    for name in before:
        expected = tuned[f"encoder.{name}"] + after[name] - before[name]
        assert torch.allclose(begun[0][f"encoder.{name}"], expected, atol=1e-5)


@pytest.mark.model
def test_another_seed_gives_another_teacher(trained, tmp_path):
    assert trained.again(tmp_path / "model", "--seed", "7") == 0
    first, other = trained.out / "encoder.onnx", tmp_path / "model" / "encoder.onnx"
    assert first.read_bytes() != other.read_bytes()


@pytest.mark.model
def test_a_teacher_that_does_not_exist_fails_by_name_and_leaves_no_model(trained, tmp_path, capsys):
    assert trained.again(tmp_path / "model", "--teacher", str(tmp_path / "nobody")) == 1
    assert "nobody" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()


@pytest.mark.model
def test_a_feedback_file_that_cannot_be_read_fails_by_name(data, tmp_path, capsys):
    out, work = tmp_path / "model", tmp_path / "work"
    assert run(data, out, work, "--feedback", str(tmp_path / "gone.jsonl")) == 1
    assert "gone.jsonl" in capsys.readouterr().err


# --- trainings that fail --------------------------------------------------------------------------


@pytest.mark.model
@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError(28, "no space", "x")])
def test_a_training_that_fails_while_writing_leaves_no_model(
    trained, tmp_path, monkeypatch, capsys, failure
):
    def fail(*given: object) -> None:
        raise failure

    monkeypatch.setattr("nlp.training.encoder.join", fail)
    assert trained.again(tmp_path / "model") == 1
    assert "fenghuo train" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()
    assert leftovers(tmp_path) == []
    with pytest.raises(ModelError):
        load_scorer(str(tmp_path / "model"))


@pytest.mark.model
def test_a_training_that_fails_leaves_the_model_that_was_there(trained, tmp_path, monkeypatch):
    def fail(*given: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "model"
    shutil.copytree(trained.out, out)
    monkeypatch.setattr("nlp.training.encoder.join", fail)
    assert trained.again(out) == 1
    assert CompactScorer.load(out).version == CompactScorer.load(trained.out).version


@pytest.mark.model
def test_files_come_together_or_the_folder_is_no_model(tmp_path, monkeypatch):
    from nlp.training.encoder import _whole

    def stop(self: Path, target: Path) -> None:
        raise OSError(5, "broken", str(target))

    out = tmp_path / "model"
    out.mkdir()
    for name in (*FILES, "notes.txt"):
        (out / name).write_text("old")

    def write_new() -> None:
        with _whole(out) as part:
            for name in FILES:
                (part / name).write_text("new")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stop)
        with pytest.raises(OSError, match="broken"):
            write_new()
    assert not (out / "about.json").exists()
    write_new()
    assert {name: (out / name).read_text() for name in FILES} == dict.fromkeys(FILES, "new")
    assert (out / "notes.txt").read_text() == "old"
    assert leftovers(tmp_path) == []


@pytest.mark.model
def test_malformed_rows_are_told_and_training_goes_on(trained, tmp_path, capsys):
    messy = shutil.copytree(trained.data, tmp_path / "messy")
    write(messy / "messy.train.jsonl.gz", ["oops", "oops", *rows(3, start=50)])
    work = shutil.copytree(trained.work, tmp_path / "work")
    assert run(messy, tmp_path / "model", work) == 0
    told = capsys.readouterr().err
    assert "messy.train.jsonl.gz：2 行读不了" in told
    assert "第 1 行" in told


@pytest.mark.model
@pytest.mark.parametrize("content", [b"plain", b""])
def test_a_broken_file_fails_with_its_name_and_without_a_model(data, tmp_path, capsys, content):
    (data / "broken.dev.jsonl.gz").write_bytes(content)
    (data / "broken.train.jsonl.gz").write_bytes(b"plain")
    assert run(data, tmp_path / "model", tmp_path / "work") == 1
    assert "broken" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()


@pytest.mark.model
def test_a_label_that_never_occurs_fails_by_name(tmp_path, capsys, monkeypatch):
    shrink(monkeypatch)
    folder = tmp_path / "few"
    write(folder / "a.train.jsonl.gz", [*rows(20)])
    write(folder / "a.dev.jsonl.gz", [row for row in rows(20) if row["label"] != "neu"])
    assert run(folder, tmp_path / "model", tmp_path / "work") == 1
    assert "neu" in capsys.readouterr().err


# --- usage ----------------------------------------------------------------------------------------


def test_without_the_extra_the_message_says_what_to_install(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command, "find_spec", lambda name: None)
    assert run(make_data(tmp_path / "data"), tmp_path / "model", tmp_path / "work") == 1
    told = capsys.readouterr().err
    assert "fenghuo[model]" in told
    assert all(name in told for name in ("sklearn", "torch", "onnx"))
    assert not (tmp_path / "work").exists()


def test_the_work_folder_stands_beside_the_model_unless_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for out, work in (("model", "model.work"), (str(tmp_path / "m"), "m.work")):
        assert command._options([".", "--out", out]).work == tmp_path / work
    assert command._options([".", "--out", "."]).work.parent == tmp_path.parent
    assert command._options([".", "--work", "w"]).work == Path("w")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "DATA_DIR"),
        (["{tmp}/nowhere"], "nowhere"),
        (["{tmp}", "--out", "{tmp}/model.bin"], "model.bin"),
        (["{tmp}", "--work", "{tmp}/model.bin"], "model.bin"),
        (["{tmp}", "--out", "{tmp}/no/such/model"], "such"),
        (["{tmp}", "--work", "{tmp}/no/such/work"], "such"),
        (["{tmp}", "--rounds", "0"], "--rounds"),
        (["{tmp}", "--layers", "0"], "--layers"),
        (["{tmp}", "--epochs", "-1"], "--epochs"),
        (["{tmp}", "--further", "-1", "--teacher", "m"], "--further"),
        (["{tmp}", "--further", "1"], "--teacher"),
        (["{tmp}", "--width", "100"], "--width"),
        (["{tmp}", "--width", "0"], "--width"),
        (["{tmp}", "--width", "wide"], "--width"),
    ],
)
def test_wrong_usage_ends_with_2(arguments, said, tmp_path, capsys):
    (tmp_path / "model.bin").touch()
    with pytest.raises(SystemExit) as ended:
        command.main([argument.replace("{tmp}", str(tmp_path)) for argument in arguments])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
