"""One complaint of 黑猫投诉: what its row in a list tells, and what its own page adds."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from parsel import Selector, SelectorList

from crawlers import authors
from crawlers.cleaning import clean_line, clean_text
from crawlers.spiders.rows import object_of

STATES = {
    "1": "已受理",
    "3": "待分配",
    "4": "处理中",
    "6": "已回复",
    "7": "已完成",
    "8": "已关闭",
}
_BY_CONSUMER = frozenset({"发起投诉", "补充投诉"})
_OF_CONSUMER = _BY_CONSUMER | {"评价"}
_REPLY = "回复"
_MOST_STEPS = 12
_STEP_CHARS = 300
_REPLY_CHARS = 1000
_LINE_CHARS = 200

Record = dict[str, Any]


def worded(title: str, said: Sequence[str], about: Mapping[str, str]) -> str:
    """Return a complaint's text: title, the consumer's words, then against whom and for what.

    The labels are 对象 and so on, not 投诉对象: every text would hold a word that rules look for.
    """
    facts = "；".join(f"{name}：{value}" for name, value in about.items() if value)
    return "\n".join(filter(None, [title, *said, facts]))


def about(main: Mapping[str, Any]) -> dict[str, str]:
    """Return against whom a row's complaint is, why, and what it asks for."""
    names = {"对象": "cotitle", "问题": "issue", "要求": "appeal"}
    return {name: line(main.get(key)) for name, key in names.items()}


def facts_of_row(main: Mapping[str, Any], title: str) -> Record:
    """Return the rest of a row: status, issue, appeal, cost, company, the consumer's verdict."""
    status = line(main.get("status"))
    return _filled(
        {
            "title": title,
            "status": STATES.get(status, status),
            "issue": line(main.get("issue")),
            "appeal": line(main.get("appeal")),
            "cost": line(main.get("cost")),
            "company": line(main.get("cotitle")),
            "couid": line(main.get("couid")),
            "evaluation": _verdict(object_of(main.get("evaluate_u"))),
        }
    )


def with_page(record: Record, question: SelectorList[Selector], page: Selector) -> Record:
    """Return a row's record with the facts and the steps that the complaint's page shows."""
    facts = _facts(question)
    steps = [_step(item) for item in page.css(".ts-d-steplist .ts-d-item")]
    said = [step["text"] for step in steps if step["status"] in _BY_CONSUMER and step["text"]]
    replies = [step["text"] for step in steps if step["status"] == _REPLY and step["text"]]
    extra = record["extra"]
    title = extra.get("title") or clean_line(question.css("h1").get(default=""), limit=300)
    told = {
        "对象": facts.get("投诉对象") or extra.get("company", ""),
        "问题": facts.get("投诉问题") or extra.get("issue", ""),
        "要求": facts.get("投诉要求") or extra.get("appeal", ""),
    }
    added = {
        "title": title,
        "status": facts.get("投诉进度") or extra.get("status", ""),
        "issue": told["问题"],
        "appeal": told["要求"],
        "cost": facts.get("涉诉金额") or extra.get("cost", ""),
        "company": told["对象"],
        "steps": [_kept(step) for step in steps[:_MOST_STEPS]],
        "reply": replies[-1][:_REPLY_CHARS] if replies else "",
    }
    return record | {
        "text": worded(title, said, told) if said else record["text"] or worded(title, [], told),
        "author": record["author"] or question.css(".u-name::text").get(default=""),
        "published_at": record["published_at"] or question.css(".u-date::text").get(default=""),
        "extra": _filled(extra | added),
    }


def without_page(record: Record) -> Record:
    """Return a row's record, marked: its own page could not be read."""
    return record | {"extra": record["extra"] | {"detail": "详情页没有取到"}}


def line(value: Any) -> str:
    """Return a fact as one short line; "" for what is no text or number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return clean_line(str(value), limit=_LINE_CHARS)


def _verdict(evaluation: Mapping[str, Any]) -> dict[str, str]:
    names = ("attitude", "process", "satisfaction", "evalContent")
    return _filled({name: line(evaluation.get(name)) for name in names})


def _facts(question: SelectorList[Selector]) -> dict[str, str]:
    """Return the page's table of facts. Its `li` are never closed, so the labels divide it."""
    html = question.css("ul.ts-q-list").get(default="")
    facts = {}
    for part in re.split(r"<label[^>]*>", html)[1:]:
        name, _, value = part.partition("</label>")
        facts[clean_line(name, limit=20).strip("：: ")] = clean_line(value, limit=_LINE_CHARS)
    return facts


def _step(item: Selector) -> dict[str, str]:
    return {
        "who": clean_line(item.css(".u-name").get(default=""), limit=80),
        "status": clean_line(item.css(".u-status").get(default=""), limit=20),
        "at": clean_line(item.css(".u-date").get(default=""), limit=40),
        "text": clean_text(item.css(".ts-d-cont").get(default=""))[:5000],
    }


def _kept(step: Mapping[str, str]) -> dict[str, str]:
    """Return a step as it is stored: short, and without a consumer's full name."""
    who = step["who"]
    return {
        "who": authors.masked(who) if step["status"] in _OF_CONSUMER else who,
        "status": step["status"],
        "at": step["at"],
        "text": step["text"][:_STEP_CHARS],
    }


def _filled(facts: Mapping[str, Any]) -> Record:
    return {name: value for name, value in facts.items() if value not in ("", None, [], {})}
