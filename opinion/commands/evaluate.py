"""`fenghuo evaluate --feedback`: how right rules and labels were where people judged them."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from config.pipes import reader_may_leave

if TYPE_CHECKING:
    from rich.table import Table

    from opinion.scorecard import Scorecard, Tally


def main(arguments: list[str]) -> int:
    """Print the scorecard; return the exit code."""
    options = _options(arguments)
    import django

    django.setup()
    from opinion import feedback, scorecard

    card = scorecard.measure(feedback.all_verdicts())
    with reader_may_leave():
        if options.json:
            sys.stdout.write(json.dumps(as_json(card), ensure_ascii=False, indent=2) + "\n")
        else:
            _print(card)
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="fenghuo evaluate --feedback",
        description="按人工改判，给出每条规则的精确率，以及情感、类别判得对不对",
    )
    parser.add_argument("--feedback", action="store_true", help="看人工改判（这一项）")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    return parser.parse_args(arguments)


def as_json(card: "Scorecard") -> dict[str, Any]:
    """Return the scorecard under stable English keys; the rule "" is the model without a hit."""
    confusion: dict[str, dict[str, int]] = {}
    for (machine, people), count in sorted(card.confusion.items()):
        confusion.setdefault(machine, {})[people] = count
    return {
        "mentions": card.mentions,
        "rules": [
            {"rule": rule, "category": tally.category, **_tally(tally, "precision")}
            for rule, tally in _by_weight(card)
        ],
        "label": {**_tally(card.labels, "accuracy"), "confusion": confusion},
        "categories": {
            category: {"right": t.right, "wrong": t.wrong, "missed": t.missed}
            for category, t in sorted(card.categories.items())
        },
    }


def _tally(tally: "Tally", name: str) -> dict[str, Any]:
    low, high = tally.interval or (None, None)
    counts = {"judged": tally.count, "right": tally.right, "wrong": tally.wrong}
    return {**counts, name: tally.share, "low": low, "high": high}


def _by_weight(card: "Scorecard") -> list[tuple[str, Any]]:
    """The rules that were wrong most often first."""
    return sorted(card.rules.items(), key=lambda item: (-item[1].wrong, -item[1].count, item[0]))


def _print(card: "Scorecard") -> None:
    from rich.console import Console

    console = Console()
    if not card.mentions:
        console.print("还没有人改判过帖文：在事件页的帖文下点「改判」，这里就有数")
        return
    console.print(f"人工看过 {card.mentions} 条提及。改判的多是看着不对的，数字只说明看过的这些。")
    if card.rules:
        console.print(_rules_table(card))
    if card.labels.count:
        console.print(
            f"情感判对 {card.labels.right} / {card.labels.count}，{_percents(card.labels)}"
        )
        console.print(_confusion_table(card))
    if card.categories:
        console.print(_categories_table(card))


def _rules_table(card: "Scorecard") -> "Table":
    table = _table("规则精确率", ("规则", "类别"), ("判过", "命中对", "误报", "精确率", "95% 区间"))
    for rule, tally in _by_weight(card):
        low, high = tally.interval
        name = rule or "（没有命中词，只凭情感）"
        counts = (str(tally.count), str(tally.right), str(tally.wrong))
        span = f"{low:.0%}–{high:.0%}"
        table.add_row(name, _category(tally.category), *counts, f"{tally.share:.1%}", span)
    return table


def _confusion_table(card: "Scorecard") -> "Table":
    from opinion.models import Mention

    names = dict(Mention.Label.choices)
    seen = [label for label in names if any(label in pair for pair in card.confusion)]
    table = _table("情感", ("机器判",), tuple(f"人判{names[label]}" for label in seen))
    for machine in seen:
        row = [str(card.confusion[machine, people]) for people in seen]
        table.add_row(names[machine], *row)
    return table


def _categories_table(card: "Scorecard") -> "Table":
    table = _table("类别", ("类别",), ("判对", "多判", "漏判"))
    for category, tally in sorted(card.categories.items(), key=lambda item: -item[1].wrong):
        counts = (str(tally.right), str(tally.wrong), str(tally.missed))
        table.add_row(_category(category), *counts)
    return table


def _table(title: str, words: tuple[str, ...], numbers: tuple[str, ...]) -> "Table":
    from rich.table import Table

    table = Table(title=title)
    for heading in words:
        table.add_column(heading)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _category(value: str) -> str:
    from nlp.categories import Category

    return Category(value).label if value else "–"


def _percents(tally: "Tally") -> str:
    if tally.share is None or tally.interval is None:
        return "–"
    low, high = tally.interval
    return f"{tally.share:.1%}（95% 区间 {low:.0%}–{high:.0%}）"
