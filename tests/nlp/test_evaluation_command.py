"""`fenghuo evaluate`, with a small random model and a yardstick that knows nothing."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlp.commands import evaluate as command
from nlp.evaluation import snownlp
from nlp.evaluation.report import PHENOMENON_NAMES
from nlp.linear import Weights
from nlp.training.corpus import read_corpus
from tests.processes import ROOT

HEAVY = {"torch", "transformers", "sklearn", "scipy", "snownlp", "rich"}


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "model.npz"
    Weights.of(np.random.default_rng(0).normal(size=(256, 3)), np.zeros(3)).write(path)
    return str(path)


@pytest.fixture(autouse=True)
def undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snownlp, "load_snownlp", lambda: lambda text: 0.55)


@pytest.fixture
def data(tmp_path: Path) -> str:
    folder = tmp_path / "data"
    folder.mkdir()
    for part in ("train", "dev"):
        with gzip.open(folder / f"shop.{part}.jsonl.gz", "wt", encoding="utf-8") as file:
            for number in range(10):
                row = {"text": f"第{number}条", "label": "neg" if number < 4 else "pos"}
                file.write(json.dumps(row) + "\n")
            file.write("not json\n")
    return str(folder)


def measured(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert command.main(["--json", "--most", "40", *arguments]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_json_has_the_promised_keys(capsys, model, data):
    found = measured(capsys, "--model", model, "--data", data)
    assert list(found) == [
        "versions",
        "sets",
        "phenomena",
        "corpus",
        "strangers",
        "copies",
        "unreadable_lines",
    ]
    assert [one["name"] for one in found["sets"]] == ["corpus", "strangers", "own", "shop"]
    assert list(found["sets"][0]) == ["name", "two_classes", "model", "beside_snownlp"]
    assert list(found["sets"][0]["model"]) == [
        "rows", "accuracy", "polarity", "macro_f1", "negative_precision", "negative_recall",
        "auc", "calibration_error", "called_negative",
    ]  # fmt: skip
    assert list(found["corpus"]) == [
        "whole", "severity", "categories", "all_categories",
    ]  # fmt: skip
    assert list(found["phenomena"][0]) == ["name", "model", "whole", "snownlp"]
    assert list(found["corpus"]["all_categories"]) == [
        "texts", "said", "right", "precision", "recall", "f1",
    ]  # fmt: skip
    assert list(found["corpus"]["severity"]["severe_found"]) == ["count", "of", "share"]
    assert list(found["unreadable_lines"].values()) == [1]


def test_phenomena_add_up_to_the_corpus(capsys, model):
    found = measured(capsys, "--model", model)
    phenomena = found["phenomena"]
    assert sum(one["whole"]["rows"] for one in phenomena) == found["corpus"]["whole"]["rows"] == 40
    assert sum(one["whole"]["rows"] * one["whole"]["accuracy"] for one in phenomena) == (
        pytest.approx(40 * found["corpus"]["whole"]["accuracy"], abs=0.1)
    )


def test_in_a_set_without_neutral_texts_both_must_take_sides(capsys, model, data):
    shop = measured(capsys, "--model", model, "--data", data)["sets"][3]
    assert shop["two_classes"] is True
    assert shop["beside_snownlp"]["ours"]["rows"] == 10
    assert shop["beside_snownlp"]["ours"]["accuracy"] == shop["model"]["polarity"]
    assert shop["beside_snownlp"]["snownlp"]["accuracy"] == 0.6  # 0.55 is positive


def test_without_snownlp_the_figures_stay_and_the_comparison_goes(capsys, model):
    compared = measured(capsys, "--model", model)
    alone = measured(capsys, "--model", model, "--no-snownlp")
    assert compared["sets"][0]["beside_snownlp"] is not None
    assert alone["sets"][0]["beside_snownlp"] is None
    assert alone["phenomena"][0]["snownlp"] is None
    assert alone["sets"][0]["model"] == compared["sets"][0]["model"]


def test_when_snownlp_is_missing_one_line_says_so(capsys, model, monkeypatch):
    monkeypatch.setattr(snownlp, "load_snownlp", lambda: None)
    assert command.main(["--json", "--most", "5", "--model", model]) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if "snownlp" in line]
    assert len(told) == 1
    assert "fenghuo[model]" in told[0]


def test_people_get_tables_in_their_language(capsys, model, data):
    assert command.main(["--most", "40", "--model", model, "--data", data]) == 0
    told = capsys.readouterr()
    for word in ("数据集", "SnowNLP", "难点", "类别", "貌似安全事故的", "校准"):
        assert word in told.out
    assert "…" not in told.out  # no figure is cut off
    assert "1 行读不了" in told.err


def test_every_phenomenon_of_the_corpus_has_a_name_for_people():
    assert {example.phenomenon for example in read_corpus()} <= set(PHENOMENON_NAMES)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", "/nowhere"], "没有这个数据目录"),
        (["--most", "0"], "--most"),
        (["--most", "many"], "--most"),
    ],
)
def test_wrong_usage_is_refused(capsys, arguments, said):
    with pytest.raises(SystemExit) as exit_:
        command.main(arguments)
    assert exit_.value.code == 2
    assert said in capsys.readouterr().err


def test_a_directory_or_a_model_that_is_no_good_is_said_in_one_line(capsys, model, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert command.main(["--model", model, "--data", str(empty)]) == 1
    assert str(empty) in capsys.readouterr().err.splitlines()[-1]
    assert command.main(["--model", str(tmp_path / "none.npz")]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_what_it_imports_is_in_the_default_install():
    code = (
        "import sys, nlp.commands.evaluate, nlp.evaluation.run\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert HEAVY & set(done.stdout.split()) == set()
