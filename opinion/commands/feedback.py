"""`fenghuo feedback export`: what people corrected, as JSON lines for `fenghuo train --feedback`.

A line is {"id", "text", "platform", "kind", "rating", "subject", "label", "categories", "severe",
"wrong_rules", "said", "at"}. `label` is null where nobody judged the mood, `categories` is null
where nobody judged them, `severe` is null where the judgements do not tell. Personal data is
masked, and who judged is left out.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from config.pipes import reader_may_leave

if TYPE_CHECKING:
    from opinion.feedback import Verdict


def main(arguments: list[str]) -> int:
    """Write the corrections to standard output; return the exit code."""
    _options(arguments)
    import django

    django.setup()
    from opinion.feedback import all_verdicts

    count = 0
    try:
        with reader_may_leave():
            for line in _lines(all_verdicts()):
                sys.stdout.buffer.write(line)
                count += 1
            sys.stdout.buffer.flush()
    except OSError as exc:
        sys.stderr.write(f"fenghuo feedback: 写不出去：{exc.strerror or exc}\n")
        return 1
    sys.stderr.write(f"{count} 条改判\n" if count else "还没有人改判过帖文\n")
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fenghuo feedback", description="人工改判的进出")
    commands = parser.add_subparsers(dest="command", required=True, metavar="export")
    commands.add_parser(
        "export", help="把改判写到标准输出，每行一个 JSON；fenghuo train --feedback 用它"
    )
    return parser.parse_args(arguments)


def _lines(verdicts: Iterator["Verdict"]) -> Iterator[bytes]:
    for verdict in verdicts:
        text = json.dumps(as_row(verdict), ensure_ascii=False)
        yield text.encode("utf-8", "backslashreplace") + b"\n"


def as_row(verdict: "Verdict") -> dict[str, Any]:
    """Return a verdict as a line of the export holds it."""
    from nlp.masking import mask

    mention, post = verdict.mention, verdict.mention.post
    return {
        "id": f"feedback-{mention.pk}",
        "text": mask(post.text),
        "platform": post.platform,
        "kind": post.kind,
        "rating": post.rating,
        "subject": mention.subject.slug,
        "label": None if verdict.label == "none" else verdict.label,
        "categories": verdict.categories,
        "severe": severe(verdict),
        "wrong_rules": verdict.wrong_rules or [],
        "said": {**verdict.said, "hits": [_hit(hit) for hit in verdict.said["hits"]]},
        "at": verdict.at.isoformat(),
    }


def severe(verdict: "Verdict") -> bool | None:
    """Return whether the text is severe by what people judged; None where that does not tell.

    It is when a rule that called it so was right. It is not when all those were wrong, or when
    the machine called it milder and people found its rules and categories right.
    """
    judged = verdict.judged_rules
    loud = {str(hit["rule"]) for hit in verdict.said["hits"] if hit["level"] == "severe"}
    if any(judged.get(rule) for rule in loud):
        return True
    if loud:
        return False if loud <= judged.keys() else None
    unchanged = verdict.categories is not None and set(verdict.categories) == set(
        verdict.said["categories"]
    )
    return False if unchanged else None


def _hit(hit: dict[str, Any]) -> dict[str, Any]:
    """Leave out the places, which are those of the text before masking."""
    from nlp.masking import mask

    kept = {name: hit[name] for name in ("rule", "category", "level")}
    return {**kept, "text": mask(str(hit["text"]))}
