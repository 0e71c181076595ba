"""`fenghuo sources`: a line or an object a source."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from crawlers.management.commands import sources as command
from crawlers.models import CrawlRun, Source
from tests.crawlers.samples import NOW

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command.clock, "now", lambda: NOW)


def make(slug: str, **values: Any) -> Source:
    values = {"name": slug, "spider": "feed", "platform": "weibo", "last_ok_at": NOW} | values
    return Source.objects.create(slug=slug, **values)


def said(*options: str) -> str:
    out = StringIO()
    call_command("sources", *options, stdout=out)
    return out.getvalue()


def test_each_source_is_a_line_the_worst_first() -> None:
    well = make("well")
    make("off", enabled=False)
    make("ill", block_reason="login", trouble="接口要求登录", bad_since=NOW - HOUR)
    CrawlRun.objects.create(source=well, started_at=NOW, accepted=3, duplicates=20, rejected=1)
    CrawlRun.objects.create(source=well, started_at=NOW - 25 * HOUR, accepted=9)
    lines = [line.split("\t") for line in said().splitlines()]
    assert [line[:3] for line in lines] == [
        ["受阻", "ill（ill）", "微博"],
        ["正常", "well（well）", "微博"],
        ["已停用", "off（off）", "微博"],
    ]
    assert lines[0][6:] == ["需要登录：接口要求登录", f"{(NOW - HOUR):%m-%d} 11:30"]
    assert lines[1][4:6] == ["马上", "3/20/1"]


def test_json_tells_the_same() -> None:
    make("ill", block_reason="login", bad_since=NOW - HOUR, next_run_at=NOW + HOUR)
    (told,) = json.loads(said("--json"))
    assert told["state"] == "blocked"
    assert told["since"] == (NOW - HOUR).isoformat()
    assert told["next_run_at"] == (NOW + HOUR).isoformat()
    assert told["last_day"] == {"new": 0, "duplicates": 0, "refused": 0}
    assert "params" not in told


def test_a_terminal_gets_a_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "200")
    make("ill", block_reason="shape", trouble="[red]没有预期的 data[/red]")
    call_command("sources", stdout=Terminal())
    shown = capsys.readouterr().out
    assert "故障" in shown
    assert "[red]没有预期的 data[/red]" in shown


def test_what_a_site_says_does_not_drive_the_terminal() -> None:
    make("ill", block_reason="shape", trouble="\x1b[2J\x07x\ny")
    line = said().strip()
    assert "\x1b" not in line
    assert len(line.splitlines()) == 1


def test_no_sources_say_what_to_do() -> None:
    assert "fenghuo load" in said()
    assert json.loads(said("--json")) == []


def test_more_sources_cost_no_more_queries(django_assert_num_queries: Any) -> None:
    for number in range(30):
        make(f"s{number}")
    with django_assert_num_queries(2):
        said("--json")
