"""Rule pages, crawled by a real process against a replay."""

import pytest

from tests.crawlers.rules.cases import PARAMS
from tests.crawlers.samples import PAGES

pytestmark = pytest.mark.slow
PATH = "/rule.example/rule/ruleDetail.action?ruleId=100000000000000000"
VERSIONS = (
    "select p.native_id, v.number, v.status, v.in_force_on, v.changes from crawlers_pageversion v"
    " join crawlers_watchedpage p on p.id = v.page_id order by v.id"
)


def test_rules_are_watched_and_a_frame_is_no_change(site, world):
    rule = (PAGES / "rules/rule.html").read_text(encoding="utf-8")
    site.page("/rule.example/rule/ruleList.action", "rules/list.html")
    site.html(f"{PATH}7", rule)
    site.html(f"{PATH}8", rule)
    world.source("rules", "rule_pages", PARAMS | {"replay": site.url}, "jd")
    done = world.command("crawl", "rules")
    assert "完成，新增 2，重复 0，拒收 0" in done.stdout, done.stdout + done.stderr
    assert {row[1:4] for row in world.rows(VERSIONS)} == {(1, "in_force", "2024-02-01")}
    assert "新增 0，重复 2" in world.command("crawl", "rules").stdout

    site.html(f"{PATH}7", rule.replace("虚假发货", "延迟发货").replace("1,203", "9,999"))
    site.page(f"{PATH}8", "rules/shell.html")
    done = world.command("crawl", "rules")
    assert done.returncode == 1
    assert "受阻，新增 1，重复 0，拒收 1" in done.stdout
    *_, version = world.rows(VERSIONS)
    assert version[0].endswith("7")
    assert version[1] == 2
    assert version[4] == "- 虚假发货 12\n+ 延迟发货 12"
    assert len(world.rows(VERSIONS)) == 3
