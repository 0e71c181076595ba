"""Watched pages: versions, the lines that differ, and what a rule says of itself."""

import time
from dataclasses import replace
from datetime import date, timedelta

import pytest

from crawlers import rule_facts
from crawlers.line_diff import changed_lines
from crawlers.models import PageVersion, WatchedPage
from crawlers.rule_watch import PageSeen, record_page
from crawlers.saving import save_batch
from tests.crawlers.samples import NOW

HOUR = timedelta(hours=1)
A = "第一条 七天退货\n第二条 自2024年2月1日起生效"
B = "第一条 十五天退货\n第二条 自2024年2月1日起生效\n第三条 运费由商家承担"
SEEN = PageSeen("taobao", "rule.example:7", "https://rule.example/7", "退货规则", A, NOW)


def see(*texts, start=0):
    seen = [
        replace(SEEN, text=text, seen_at=NOW + (start + n) * HOUR) for n, text in enumerate(texts)
    ]
    done = save_batch(seen, now=NOW)
    return done.accepted, done.duplicates


def versions():
    return list(PageVersion.objects.order_by("number"))


@pytest.mark.django_db
class TestVersions:
    def test_the_first_sight_is_the_first_version(self):
        assert see(A) == (1, 0)
        (version,) = versions()
        assert (version.number, version.text, version.changes) == (1, A, "")
        assert (version.in_force_on, version.status) == (date(2024, 2, 1), "notice")
        page = WatchedPage.objects.get()
        assert (page.digest, page.versions, page.changed_at) == (version.digest, 1, NOW)

    def test_the_same_text_again_is_only_seen_again(self):
        assert see(A, A) == (1, 1)
        assert see(A, start=5) == (0, 1)
        page = WatchedPage.objects.get()
        assert (page.versions, page.last_seen_at, page.changed_at) == (1, NOW + 5 * HOUR, NOW)

    def test_a_change_is_a_version_with_the_lines_that_differ(self):
        see(A, B)
        _, version = versions()
        assert version.changes == "- 第一条 七天退货\n+ 第一条 十五天退货\n+ 第三条 运费由商家承担"

    def test_a_text_that_comes_back_is_a_third_version(self):
        assert see(A, B, A) == (3, 0)
        assert [version.number for version in versions()] == [1, 2, 3]
        assert versions()[0].digest == versions()[2].digest

    def test_what_is_older_than_the_last_sight_changes_nothing(self):
        see(B, start=5)
        assert see(A) == (0, 1)
        assert see(B) == (0, 1)
        assert WatchedPage.objects.get().last_seen_at == NOW + 5 * HOUR

    def test_pages_stand_apart(self):
        save_batch([SEEN, replace(SEEN, native_id="x"), replace(SEEN, platform="jd")], now=NOW)
        assert WatchedPage.objects.count() == 3

    def test_a_page_by_hand_is_stored_like_any_other(self):
        brought = {"platform": "jd", "url": "https://rule.jd.com/rule/ruleDetail.action?ruleId=77"}
        first = record_page(**brought, text=f"\n 退货规则 \n\n{A}", seen_at=NOW)
        assert (first.number, first.title, first.page.native_id) == (
            1,
            "退货规则",
            "rule.jd.com:77",
        )
        assert record_page(**brought, text=f"退货规则\n{A}", seen_at=NOW + HOUR) is None
        assert record_page(**brought, text=B, seen_at=NOW + 2 * HOUR).number == 2
        with pytest.raises(ValueError, match="没有正文"):
            record_page(**brought, text=" \n", seen_at=NOW)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("本规则自2024年2月1日起生效。", date(2024, 2, 1)),
        ("自 2024 年 2 月 1 日 起施行", date(2024, 2, 1)),
        ("于2024年02月01日起正式施行", date(2024, 2, 1)),
        ("将于2024-02-01正式生效", date(2024, 2, 1)),
        ("2024年2月1日00:00起生效", date(2024, 2, 1)),
        ("2024年2月1日零点起", None),
        ("生效日期：2024-02-01", date(2024, 2, 1)),
        ("生效时间\n2024/2/1", date(2024, 2, 1)),
        ("原规则自2020年1月1日起施行，本次修订自2024年2月1日起施行", date(2024, 2, 1)),
        ("生效日期：2024-02-01 另：自2025年1月1日起生效的条款", date(2024, 2, 1)),
        ("自发布之日起生效", date(2024, 1, 10)),
        ("自2024年13月40日起生效", None),
        ("2024年2月1日发布", None),
        ("", None),
    ],
)
def test_the_day_that_a_rule_holds_from(text, day):
    assert rule_facts.in_force_on(text, date(2024, 1, 10)) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("发布时间：2024-01-10 09:00:00", date(2024, 1, 10)),
        ("更新日期 2024年1月10日", date(2024, 1, 10)),
        ("本规则2024年1月10日修订", None),
    ],
)
def test_the_day_that_a_rule_was_published(text, day):
    assert rule_facts.published_on(text) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("发布日期：2024-01-10 09:00", date(2024, 1, 10)),
        ("昨天 10:00", date(2024, 1, 19)),
        ("2024年1月10日", date(2024, 1, 10)),
        ("最近", None),
        ("", None),
        ("2024-99-99", None),
    ],
)
def test_the_day_beside_the_text(text, day):
    assert rule_facts.day_in(text, NOW) == day


@pytest.mark.parametrize(
    ("title", "text", "in_force", "status"),
    [
        ("退货规则（征求意见稿）", A, None, "draft"),
        ("关于退货规则变更的公示", A, date(2020, 1, 1), "notice"),
        ("退货规则", "公示期：7 天", None, "notice"),
        ("退货规则", "x", date(2024, 1, 20), "in_force"),
        ("退货规则", "x", date(2024, 1, 21), "notice"),
        ("退货规则", "状态：已生效", None, "in_force"),
        ("退货规则", "x", None, "unknown"),
        ("退货规则", "条款" * 200 + "曾公开征求意见", None, "unknown"),
    ],
)
def test_the_status_of_a_rule(title, text, in_force, status):
    found = rule_facts.status(title, text, in_force, NOW)
    assert found == status
    assert found in PageVersion.Status.values


@pytest.mark.parametrize(
    ("url", "identity"),
    [
        ("https://rule.jd.com/rule/ruleDetail.action?ruleId=100200300", "rule.jd.com:100200300"),
        (
            "https://rulechannel.taobao.com/?type=detail&ruleId=11003997&cId=1132#/rule/detail?ruleId=11003997",
            "rulechannel.taobao.com:11003997",
        ),
        ("https://rule.taobao.com/detail-14.htm", "rule.taobao.com:14"),
        ("https://rule.tmall.com/tdetail-5.htm?x=1", "rule.tmall.com:5"),
        (
            "https://school.jinritemai.com/doudian/web/article/aHabc123",
            "school.jinritemai.com:aHabc123",
        ),
        ("https://rules-center.meituan.com/rules-detail/9", "rules-center.meituan.com:9"),
    ],
)
def test_a_rule_is_known_by_the_id_in_its_address(url, identity):
    assert rule_facts.identity(url) == identity


def test_a_page_without_an_id_is_known_by_its_address():
    assert rule_facts.identity("https://x.example/rules/list").startswith("h:")


def test_only_changed_lines_are_shown():
    before = "\n".join(f"第{n}条" for n in range(100))
    after = before.replace("第50条", "第五十条").replace("第70条\n", "")
    assert changed_lines(before, after) == "- 第50条\n+ 第五十条\n- 第70条"
    assert changed_lines("a", "a") == ""
    assert changed_lines("a\nb", "b\na") in {"- a\n+ a", "+ b\n- b"}


def test_texts_of_many_lines_are_compared_in_time():
    began = time.monotonic()
    before = "\n".join(str(n % 90) for n in range(40_000))
    after = "\n".join(str(n % 91) for n in range(40_000))
    assert "+ 90" in changed_lines(before, after)
    assert time.monotonic() - began < 5
