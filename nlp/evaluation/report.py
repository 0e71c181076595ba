"""Shows an evaluation: tables for people, a plain dict for programs."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich import box
from rich.table import Table

from nlp.categories import Category
from nlp.evaluation.answers import Quality
from nlp.evaluation.copies import Copies
from nlp.evaluation.corpus import Count, Retrieval, together
from nlp.evaluation.run import Beside, Findings, PhenomenonReport, Report, SetReport
from nlp.evaluation.texts import CORPUS, JUDGED, STRANGERS

_DIGITS = 4
_NOTHING = "–"
_EVERYTHING = "合计"

SET_NAMES = {
    CORPUS: "corpus（自写语料）",
    JUDGED: "judged（公开数据，自判）",
    STRANGERS: "strangers（外人所写）",
    "own": "own（自写句子）",
}
PHENOMENON_NAMES = {
    "advert": "广告",
    "censored": "变体字",
    "comparison": "比较",
    "contrast": "转折",
    "default_review": "默认好评",
    "denied_rumour": "辟谣",
    "double_negation": "双重否定",
    "emoji": "表情",
    "followup": "追评",
    "homophone": "谐音字",
    "hypothetical": "假设",
    "implicit": "没有明说的抱怨",
    "long_aspects": "一文说多事",
    "mixed_english": "夹杂英文",
    "negation": "否定",
    "news": "新闻",
    "other_brand": "说的是别家",
    "plain": "平铺直叙",
    "policy": "规章说明",
    "question": "提问",
    "quoted_rumour": "转述传闻",
    "resolved": "已经解决",
    "safety_event": "安全事故",
    "safety_lookalike": "貌似安全事故",
    "sarcasm": "反话",
    "shop_reply": "商家回复",
    "slang": "网络用语",
    "traditional": "繁体字",
    "very_short": "极短",
}

_NAMES = {CORPUS: "自写语料", STRANGERS: "没看过语料的人写的", JUDGED: "公开数据里我们判过的"}

_QUALITY_HEADINGS = {
    "accuracy": "三类\n准确",
    "polarity": "正负\n准确",
    "macro_f1": "宏观\nF1",
    "negative_precision": "负面\n精确",
    "negative_recall": "负面\n召回",
    "auc": "AUC",
    "calibration_error": "校准\n误差",
    "called_negative": "判为\n负面",
}
_BESIDE = {
    "accuracy": "准确",
    "macro_f1": "宏观F1",
    "negative_precision": "负面精确",
    "negative_recall": "负面召回",
    "auc": "AUC",
    "calibration_error": "校准误差",
}


# --- for programs -----------------------------------------------------------------------------


def as_dict(report: Report) -> dict[str, Any]:
    """Return what JSON can hold. Keys stay as they are; shares run from 0 to 1, null is unknown."""
    return {
        "versions": report.versions,
        "sets": [_set_dict(one) for one in report.sets],
        "phenomena": [_rounded(asdict(one)) for one in report.phenomena],
        **{one.name: _findings_dict(one) for one in report.findings},
        "copies": {
            **asdict(report.copies),
            "counts": [
                _rounded({**asdict(one), "recall": one.recall}) for one in report.copies.counts
            ],
        },
        "unreadable_lines": {str(path): found.count for path, found in report.malformed.items()},
    }


def _set_dict(one: SetReport) -> dict[str, Any]:
    return {
        "name": one.name,
        "two_classes": one.two_classes,
        "model": _rounded(asdict(one.model)),
        "beside_snownlp": _rounded(asdict(one.beside)) if one.beside else None,
    }


def _findings_dict(one: Findings) -> dict[str, Any]:
    return {
        "whole": _rounded(asdict(one.whole)),
        "severity": {
            name: _count_dict(getattr(one.severity, name)) for name in asdict(one.severity)
        },
        "categories": {name: _retrieval_dict(found) for name, found in one.categories.items()},
        "all_categories": _retrieval_dict(together(one.categories.values())),
    }


def _count_dict(count: Count) -> dict[str, Any]:
    return _rounded({**asdict(count), "share": count.share})


def _retrieval_dict(one: Retrieval) -> dict[str, Any]:
    more = {"precision": one.precision, "recall": one.recall, "f1": one.f1}
    return _rounded({**asdict(one), **more})


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _rounded(value)
        if isinstance(value, dict)
        else (round(value, _DIGITS) if isinstance(value, float) else value)
        for key, value in values.items()
    }


# --- for people -------------------------------------------------------------------------------


def tables(report: Report) -> Iterator[Table]:
    """Yield the tables, from the sets to the severity."""
    yield _sets_table(report)
    if any(one.beside for one in report.sets):
        yield _beside_table(report)
    yield _phenomena_table(report)
    for one in report.findings:
        yield _categories_table(one)
        yield _severity_table(one)
    yield _copies_table(report.copies)


def _sets_table(report: Report) -> Table:
    table = _table("留出文字上的成绩，模型单独判断，%", "数据集", "条数")
    for heading in _QUALITY_HEADINGS.values():
        table.add_column(heading, justify="right")
    for one in report.sets:
        table.add_row(SET_NAMES.get(one.name, one.name), *_quality_cells(one.model))
        for found in report.findings:
            if found.name == one.name:
                table.add_row(f"{one.name}（加规则）", *_quality_cells(found.whole))
    return table


def _quality_cells(quality: Quality) -> list[str]:
    figures = [_percent(getattr(quality, name)) for name in _QUALITY_HEADINGS]
    return [str(quality.rows), *figures]


def _beside_table(report: Report) -> Table:
    title = "同样的文字，模型/SnowNLP，%（没有中性的数据集，两者都只分正负）"
    table = _table(title, "数据集", "条数")
    for heading in _BESIDE.values():
        table.add_column(heading, justify="right")
    for one in report.sets:
        if one.beside:
            table.add_row(SET_NAMES.get(one.name, one.name), *_beside_cells(one.beside))
    return table


def _beside_cells(beside: Beside) -> list[str]:
    pairs = [(getattr(beside.ours, name), getattr(beside.snownlp, name)) for name in _BESIDE]
    cells = [
        _NOTHING if ours is theirs is None else f"{_percent(ours)}/{_percent(theirs)}"
        for ours, theirs in pairs
    ]
    return [str(beside.ours.rows), *cells]


def _phenomena_table(report: Report) -> Table:
    compared = any(one.snownlp for one in report.phenomena)
    table = _table("自写语料，按难点，%", "难点", "条数", "模型\n准确", "加规则\n准确")
    if compared:
        table.add_column("SnowNLP\n准确", justify="right")
    for heading in ("加规则\n宏观F1", "负面\n精确", "负面\n召回", "判为\n负面"):
        table.add_column(heading, justify="right")
    for one in sorted(report.phenomena, key=lambda one: one.whole.accuracy or 0.0):
        table.add_row(*_phenomenon_cells(one, compared=compared))
    return table


def _phenomenon_cells(one: PhenomenonReport, *, compared: bool) -> list[str]:
    cells = [PHENOMENON_NAMES.get(one.name, one.name), str(one.whole.rows)]
    cells += [_percent(one.model.accuracy), _percent(one.whole.accuracy)]
    if compared:
        cells.append(_percent(one.snownlp.accuracy if one.snownlp else None))
    whole = one.whole
    rest = (whole.macro_f1, whole.negative_precision, whole.negative_recall, whole.called_negative)
    return [*cells, *map(_percent, rest)]


def _categories_table(found: Findings) -> Table:
    title = f"{_NAMES[found.name]}，风险类别，模型加规则，%"
    table = _table(title, "类别", "应有", "判出", "精确", "召回", "F1")
    for name, one in found.categories.items():
        label = Category(name).label if name in set(Category) else name
        table.add_row(label, *_retrieval_cells(one))
    table.add_section()
    table.add_row(_EVERYTHING, *_retrieval_cells(together(found.categories.values())))
    return table


def _retrieval_cells(one: Retrieval) -> list[str]:
    figures = map(_percent, (one.precision, one.recall, one.f1))
    return [str(one.texts), str(one.said), *figures]


def _severity_table(found: Findings) -> Table:
    title = f"{_NAMES[found.name]}，严重级别，模型加规则，%"
    table = _table(title, "项目", "判为严重", "共", "比例")
    named = {
        "应为严重的": found.severity.severe_found,
        "不该严重的": found.severity.falsely_severe,
        "真实的安全事故": found.severity.safety_events_found,
        "貌似安全事故的": found.severity.lookalikes_severe,
    }
    for name, count in named.items():
        if count.of:
            table.add_row(name, str(count.count), str(count.of), _percent(count.share))
    return table


def _copies_table(copies: Copies) -> Table:
    title = f"近似重复，改动过的副本（{copies.others} 对不同的文字里误认 {copies.mistaken} 对）"
    table = _table(title, "字数", "副本", "找到", "召回%")
    for one in copies.counts:
        span = f"{one.begin}–{one.end - 1}"
        table.add_row(span, str(one.copies), str(one.found), _percent(one.recall))
    return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", padding=(0, 0, 0, 1))
    table.add_column(first, no_wrap=True)
    for heading in others:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _percent(share: float | None) -> str:
    return _NOTHING if share is None else f"{100 * share:.1f}"
