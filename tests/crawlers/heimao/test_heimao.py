"""黑猫投诉: rows and pages to exact complaints; the proof that none was missed; refusals."""

import json
from datetime import timedelta

import pytest
from scrapy import Request
from scrapy.exceptions import CloseSpider, IgnoreRequest
from twisted.python.failure import Failure

from crawlers.drafts import Refused, clean
from crawlers.models import BlockReason
from crawlers.spiders.base import Job
from crawlers.spiders.heimao.feed import HeimaoSpider
from tests.crawlers.heimao.answers import (
    END,
    FEED,
    LOGIN,
    NEWEST,
    OLDEST,
    PAGE,
    SUMMARY,
    URL,
    ago,
    feed,
    followed,
    page_of,
    pages,
    rows,
    search,
    search_page,
)
from tests.crawlers.samples import NOW, PAGES, outputs, response


def test_feed_page_leads_to_the_pages_of_its_hits_alone_and_to_the_next_page():
    one = feed()
    found = page_of(one, FEED)
    assert followed(found) == ["17300000061", "17300000059"]
    assert found[0].url == URL
    assert found[0].cb_kwargs["record"] == SUMMARY
    assert found[1].url == "https://tousu.sina.com.cn/complaint/view/17300000059/"
    assert pages(found) == [2]
    assert found[-1].priority > found[0].priority  # the window moves on while pages are read
    assert one.rows_seen >= 3


def test_feed_is_asked_for_page_by_page_with_its_own_referer():
    (asked,) = outputs(feed().start())
    assert asked.url == "https://tousu.sina.com.cn/api/index/feed?type=1&page_size=10&page=1"
    assert asked.headers["Referer"] == b"https://tousu.sina.com.cn/"
    assert "Cookie" not in asked.headers


def test_keywords_match_whatever_their_width_and_case_also_the_company_alone():
    assert followed(page_of(feed(keywords="xx电器"), FEED)) == ["17300000059"]
    assert followed(page_of(feed(keywords=["没有这个词"]), FEED)) == []


def test_what_is_stored_or_was_met_in_this_run_is_not_asked_for_again():
    assert followed(page_of(feed(stored=["17300000061"]), FEED)) == ["17300000059"]
    one = feed()
    page_of(one, FEED)
    assert followed(page_of(one, FEED, page=2)) == []


def test_complaint_page_adds_the_steps_and_the_reply():
    (record,) = outputs(feed().parse_detail(response(PAGE, URL), record=SUMMARY))
    assert record == SUMMARY | {
        "text": "某牌吸尘器三天就坏\n还漏水 & 有异味\n用了三天就坏，客服拒绝退款\n"
        "对象：某牌旗舰店；问题：质量问题；要求：退款",
        "extra": SUMMARY["extra"]
        | {
            "cost": "1999元",
            "steps": [
                {
                    "who": "某牌旗舰店",
                    "status": "回复",
                    "at": "2024年01月20日 12:28:00",
                    "text": "正在核实\n请等待",
                },
                {
                    "who": "黑猫消费者服务平台",
                    "status": "分配商家",
                    "at": "2024年01月20日 12:24:00",
                    "text": "",
                },
                {
                    "who": "张**丰",
                    "status": "补充投诉",
                    "at": "2024年01月20日 12:23:00",
                    "text": "还漏水 & 有异味",
                },
                {
                    "who": "张**丰",
                    "status": "发起投诉",
                    "at": "2024年01月20日 12:20:00",
                    "text": "用了三天就坏，客服拒绝退款",
                },
            ],
            "reply": "正在核实\n请等待",
        },
    }
    assert clean(record, now=NOW).likes == 8


def test_complaint_page_in_gb18030_reads_alike():
    expected = outputs(feed().parse_detail(response(PAGE, URL), record=SUMMARY))
    page = response(PAGE.encode("gb18030"), URL)
    assert outputs(feed().parse_detail(page, record=SUMMARY)) == expected


def test_the_longest_page_still_fits_the_extra_of_a_post():
    step = (
        '<div class="ts-d-item"><span class="u-name">某牌</span><span class="u-status">回复</span>'
    )
    step += f'<div class="ts-d-cont">{"“很抱歉”" * 2000}</div></div>'
    page = PAGE.replace("</body>", f'<div class="ts-d-steplist">{step * 40}</div></body>')
    (record,) = outputs(feed().parse_detail(response(page, URL), record=SUMMARY))
    assert clean(record, now=NOW)


def test_a_complaint_deleted_meanwhile_is_kept_as_the_feed_had_it():
    gone = (PAGES / "heimao/gone.html").read_text(encoding="utf-8")
    (record,) = outputs(feed().parse_detail(response(gone, URL), record=SUMMARY))
    assert record["text"] == SUMMARY["text"]
    assert record["extra"]["detail"] == "详情页没有取到"


def test_a_page_that_changed_blocks_behind_the_complaint_itself():
    one = feed()
    found = one.parse_detail(response("<html><p>新版</p></html>", URL), record=SUMMARY)
    assert next(found)["native_id"] == "17300000061"
    with pytest.raises(CloseSpider):
        next(found)
    assert one.blocked.reason is BlockReason.SHAPE


def failure_of(error):
    failure = Failure(error)
    failure.request = Request(URL, cb_kwargs={"record": SUMMARY})
    return failure


def test_a_page_that_is_404_leaves_the_complaint_and_the_run_goes_on():
    one = feed()
    (record,) = outputs(one.detail_failed(failure_of(IgnoreRequest("HTTP 404"))))
    assert record["native_id"] == "17300000061"
    assert one.blocked is None


def test_a_page_that_cannot_be_had_leaves_the_complaint_and_ends_the_run():
    one = feed()
    found = one.detail_failed(failure_of(TimeoutError()))
    assert next(found)["native_id"] == "17300000061"
    with pytest.raises(CloseSpider):
        next(found)
    assert one.blocked.reason is BlockReason.UNREACHABLE


def test_paging_stops_where_the_last_run_began():
    one = feed(checkpoint={"newest": OLDEST})
    assert pages(page_of(one, FEED)) == []
    assert one.gap == ""
    assert one.checkpoint["newest"] == NEWEST


def test_paging_goes_on_until_the_last_runs_newest_is_met():
    one = feed(checkpoint={"newest": "2024-01-20T03:00:00+00:00"})
    assert pages(page_of(one, FEED)) == [2]
    assert pages(page_of(one, rows(ago(minutes=80), ago(minutes=90)), page=2)) == []
    assert (one.gap, one.checkpoint["newest"]) == ("", NEWEST)


def test_a_window_that_ends_before_the_last_runs_newest_leaves_a_gap():
    one = feed(checkpoint={"newest": "2024-01-20T03:00:00+00:00"})
    assert pages(page_of(one, FEED, page=50)) == []
    assert one.gap == "只翻到 01-20 12:00 的投诉，上次最新到 01-20 11:00，其间的可能漏了"
    assert one.checkpoint["newest"] == NEWEST


@pytest.mark.parametrize("body", [END, rows()])
def test_pages_that_end_early_leave_a_gap_too(body):
    one = feed(checkpoint={"newest": "2024-01-20T03:00:00+00:00"})
    page_of(one, FEED)
    assert page_of(one, body, page=2) == []
    assert "01-20 11:00" in one.gap


def test_the_first_run_takes_the_whole_window_without_a_gap():
    one = feed()
    assert pages(page_of(one, FEED, page=49)) == [50]
    assert pages(page_of(one, FEED, page=50)) == []
    assert one.gap == ""


def test_a_window_chosen_smaller_ends_earlier():
    one = feed(checkpoint={"newest": "2024-01-20T03:00:00+00:00"}, max_pages=1)
    assert pages(page_of(one, FEED)) == []
    assert one.gap


def test_an_old_complaint_pinned_on_top_proves_nothing():
    one = feed(checkpoint={"newest": OLDEST})
    body = rows(ago(days=9), ago(minutes=5), ago(minutes=6))
    assert pages(page_of(one, body)) == [2]


def test_a_time_in_the_future_does_not_become_the_newest():
    one = feed(checkpoint={"newest": OLDEST})
    page_of(one, rows(ago(days=-400), ago(minutes=5)))
    assert one.checkpoint["newest"] == (NOW - timedelta(minutes=5)).isoformat()


@pytest.mark.parametrize("newest", ["2099-01-01T00:00:00+00:00", "gestern", None, 5, []])
def test_a_checkpoint_that_cannot_be_true_does_not_end_the_walk(newest):
    one = feed(checkpoint={"newest": newest})
    assert pages(page_of(one, FEED)) == [2]


def test_since_walks_behind_the_last_run_and_says_when_the_window_is_too_short():
    since = NOW - timedelta(days=2)
    job = Job("s", "heimao", {"keywords": ["某牌"]}, {"newest": OLDEST}, since=since)
    one = HeimaoSpider(job=job, clock=lambda: NOW, lookup=lambda *_: set())
    assert pages(page_of(one, FEED)) == [2]
    page_of(one, FEED, page=50)
    assert one.gap == "只翻到 01-20 12:00 的投诉，要求从 01-18 12:30 起，其间的取不到"


def test_a_list_under_its_other_name_is_read():
    body = FEED.replace('"lists"', '"complaints"')
    assert followed(page_of(feed(), body)) == ["17300000061", "17300000059"]


def test_rows_that_cannot_be_read_are_refused_and_the_rest_goes_on():
    data = json.loads(FEED)
    lists = data["result"]["data"]["lists"]
    lists[0]["main"]["sn"] = "x"
    lists[1] = None
    found = page_of(feed(), json.dumps(data))
    assert [isinstance(one, Refused) for one in found] == [True, True, False, False]
    assert followed(found[2:]) == ["17300000059"]


@pytest.mark.parametrize("link", ["//evil.example/complaint/view/17300000061/?sld=ab12", 3, "//["])
def test_a_link_to_elsewhere_is_not_followed(link):
    data = json.loads(FEED)
    data["result"]["data"]["lists"][0]["main"]["url"] = link
    found = page_of(feed(), json.dumps(data))
    assert found[0].url == "https://tousu.sina.com.cn/complaint/view/17300000061/"


def refused(code, message=""):
    status = {"code": code, "msg": message}
    return json.dumps({"result": {"status": status, "data": {}}})


REFUSALS = [
    (LOGIN, BlockReason.LOGIN),
    (refused("10005"), BlockReason.LOGIN),
    (refused(10003, "签名错误"), BlockReason.SIGNATURE),
    (refused(10003, "invalid signature"), BlockReason.SIGNATURE),
    (refused(10004, "操作过于频繁，请稍后再试"), BlockReason.RATE),
    (refused(10004, "请输入验证码"), BlockReason.CAPTCHA),
    (refused(500, "出错了"), BlockReason.SHAPE),
    (refused(None), BlockReason.SHAPE),
    ('{"result":{"status":{"code":0},"data":{}}}', BlockReason.SHAPE),
    ('{"result":{"status":{"code":0},"data":{"lists":{"a":1}}}}', BlockReason.SHAPE),
    ('{"result":null}', BlockReason.SHAPE),
    ("[]", BlockReason.SHAPE),
    ("<html><title>系统繁忙</title></html>", BlockReason.RATE),
    ("<html><title>黑猫</title></html>", BlockReason.NOT_JSON),
]


@pytest.mark.parametrize(("body", "reason"), REFUSALS)
@pytest.mark.parametrize(("make", "read"), [(feed, page_of), (search, search_page)])
def test_refusals_block_the_run(body, reason, make, read):
    one = make()
    with pytest.raises(CloseSpider):
        read(one, body)
    assert one.blocked.reason is reason


@pytest.mark.parametrize("body", [END, rows()])
def test_an_empty_feed_is_a_page_that_changed(body):
    one = feed()
    with pytest.raises(CloseSpider):
        page_of(one, body)
    assert one.blocked.reason is BlockReason.SHAPE
