"""The first run shows the product: within minutes the demo's story is told."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.house import up
from tests.waiting import eventually

pytestmark = [pytest.mark.services, pytest.mark.slow]

# Two minutes is what a person waits on an idle machine; a busy one takes longer to tell the story.
PATIENCE_S = 240


def ask(folder: Path, sql: str) -> list[Any]:
    """Return the first column of a query over the embedded database, without disturbing anyone."""
    with sqlite3.connect(f"file:{folder / 'fenghuo.sqlite3'}?mode=ro", uri=True) as connection:
        rows = connection.execute(sql).fetchall()
    connection.close()
    return [row[0] for row in rows]


def test_the_demo_reaches_incidents_of_all_levels_and_a_wecom_message(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with up(folder, "--demo") as house:
        assert "/demo/inbox" in house.said()
        assert "make up DEMO=no" in house.said()
        levels = "SELECT DISTINCT level FROM alerts_incident"

        def told() -> bool:
            return set(ask(folder, levels)) == {"severe", "normal", "watch"}

        eventually(told, PATIENCE_S, "incidents of all three levels")
        inbox = folder / "demo-site" / "inbox.jsonl"
        eventually(inbox.exists, 60, "a message")
        entries = [json.loads(line) for line in inbox.read_text(encoding="utf-8").splitlines()]
        assert any("严重" in json.dumps(entry, ensure_ascii=False) for entry in entries)
        assert {entry["errcode"] for entry in entries} == {0}
    with up(folder, "--no-demo") as house:
        assert "演示数据已移到" in house.said()
        assert house.login()
        assert ask(folder, "SELECT count(*) FROM catalog_subject") == [0]
        assert ask(next(folder.glob("demo-2*")), "SELECT count(*) FROM crawlers_post")[0] > 0
