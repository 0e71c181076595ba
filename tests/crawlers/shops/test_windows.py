"""Windows cut and halved; walks from the checkpoint to now, to the end of each window."""

from datetime import UTC, datetime, timedelta

import pytest
from scrapy import Request
from scrapy.exceptions import CloseSpider

from crawlers.drafts import Refused
from crawlers.models import BlockReason
from crawlers.spiders.base import BadParams
from crawlers.spiders.shops.jd_refunds import JdRefundsSpider
from crawlers.spiders.shops.kuaishou_refunds import KuaishouRefundsSpider
from crawlers.spiders.shops.pdd_refunds import PddRefundsSpider
from crawlers.spiders.shops.taobao_refunds import TaobaoRefundsSpider
from crawlers.spiders.shops.taobao_reviews import TaobaoReviewsSpider
from crawlers.spiders.shops.windows import Window, cut
from tests.crawlers.samples import NOW
from tests.crawlers.shops.shop import WINDOW, first_calls, form, parsed, sample, shop, window

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def empty(total=0):
    return {"refund_increment_get_response": {"total_count": total, "refund_list": []}}


def full(total):
    data = sample("pdd_refunds")
    data["refund_increment_get_response"]["total_count"] = total
    return data


def follow(of, call, answer):
    """Answer a call; return the one call that comes of it, or None."""
    calls = [one for one in parsed(of, answer, **call.cb_kwargs) if isinstance(one, Request)]
    assert len(calls) <= 1
    return calls[0] if calls else None


def test_windows_touch_and_cover_the_span():
    assert cut(NOW - 2.5 * HOUR, NOW, HOUR) == [
        Window(NOW - 2.5 * HOUR, NOW - 1.5 * HOUR),
        Window(NOW - 1.5 * HOUR, NOW - 0.5 * HOUR),
        Window(NOW - 0.5 * HOUR, NOW),
    ]
    assert cut(NOW, NOW, HOUR) == []


@pytest.mark.parametrize("seconds", [61, 90, 3600, 86401])
def test_halves_touch_in_whole_seconds(seconds):
    whole = Window(NOW, NOW + timedelta(seconds=seconds))
    left, right = whole.halves()
    assert (left.start, left.end, right.end) == (whole.start, right.start, whole.end)
    assert left.end.microsecond == 0
    assert left.start < left.end < right.end


def test_a_minute_is_not_halved():
    assert Window(NOW, NOW + timedelta(minutes=1)).halves() is None


def test_the_first_run_begins_days_back():
    (call,) = first_calls(shop(PddRefundsSpider, days=2))
    assert window(call) == Window(NOW - 2 * DAY, NOW - 2 * DAY + HOUR / 2)
    (call,) = first_calls(shop(PddRefundsSpider))
    assert window(call).start == NOW - 30 * DAY


def test_the_next_run_begins_a_little_before_where_the_last_one_ended():
    until = (NOW - HOUR).isoformat()
    (call,) = first_calls(shop(PddRefundsSpider, checkpoint={"until": until}))
    assert window(call).start == NOW - HOUR - timedelta(minutes=10)


@pytest.mark.parametrize("until", ["", "nonsense", 7, None, []])
def test_a_checkpoint_that_is_none_is_a_first_run(until):
    (call,) = first_calls(shop(PddRefundsSpider, checkpoint={"until": until}, days=1))
    assert window(call).start == NOW - DAY


def test_what_lies_beyond_the_platforms_reach_is_a_gap_that_is_said():
    one = shop(PddRefundsSpider, checkpoint={"until": (NOW - 200 * DAY).isoformat()})
    (call,) = first_calls(one)
    assert window(call).start == NOW - 90 * DAY
    assert "2023-07-04" in one.gap


def test_a_checkpoint_of_the_future_is_now():
    (call,) = first_calls(shop(PddRefundsSpider, checkpoint={"until": (NOW + DAY).isoformat()}))
    assert window(call) == Window(NOW - timedelta(minutes=10), NOW)


def test_since_begins_there():
    one = shop(PddRefundsSpider, since=NOW - HOUR, checkpoint={"until": NOW.isoformat()})
    assert window(first_calls(one)[0]).start == NOW - HOUR


def test_each_window_is_read_and_the_checkpoint_moves_on():
    one = shop(PddRefundsSpider, since=NOW - HOUR)
    (first,) = first_calls(one)
    second = follow(one, first, empty())
    assert window(second) == Window(NOW - HOUR / 2, NOW)
    assert one.checkpoint == {"until": (NOW - HOUR / 2).isoformat()}
    assert follow(one, second, empty()) is None
    assert one.checkpoint == {"until": NOW.isoformat()}
    assert one.nothing_new


def test_pages_are_read_from_the_last_back_to_the_first():
    one = shop(PddRefundsSpider, since=NOW - HOUR / 2)
    (call,) = first_calls(one)
    pages = []
    while call is not None:
        pages.append(form(call)["page"])
        call = follow(one, call, full(250))
    assert pages == ["1", "3", "2", "1"]
    assert one.checkpoint == {"until": NOW.isoformat()}
    assert one.rows_seen == 8


def test_has_next_pages_are_read_to_the_end():
    one = shop(TaobaoReviewsSpider, since=NOW - DAY)
    more, last = sample("taobao_reviews"), sample("taobao_reviews")
    last["traderates_get_response"]["has_next"] = False
    (call,) = first_calls(one)
    call = follow(one, call, more)
    assert form(call)["page_no"] == "2"
    assert follow(one, call, last) is None
    assert one.checkpoint == {"until": NOW.isoformat()}


def test_a_window_that_is_too_full_is_halved_and_both_halves_are_read():
    one = shop(PddRefundsSpider, since=NOW - HOUR / 2)
    (call,) = first_calls(one)
    left = follow(one, call, full(5001))
    assert window(left) == Window(NOW - HOUR / 2, NOW - HOUR / 4)
    assert one.rows_seen == 0
    assert one.checkpoint == {}
    right = follow(one, left, empty())
    assert window(right) == Window(NOW - HOUR / 4, NOW)
    assert follow(one, right, empty()) is None
    assert one.checkpoint == {"until": NOW.isoformat()}


def test_taobao_shows_1500_rows_of_a_query():
    one = shop(TaobaoRefundsSpider, since=NOW - DAY)
    data = sample("taobao_refunds")
    data["refunds_receive_get_response"]["total_results"] = 1500
    (call,) = first_calls(one)
    assert form(follow(one, call, data))["page_no"] == "15"
    data["refunds_receive_get_response"]["total_results"] = 1501
    one = shop(TaobaoRefundsSpider, since=NOW - DAY)
    (call,) = first_calls(one)
    assert window(follow(one, call, data)) == Window(NOW - DAY, NOW - DAY / 2)


def test_taobao_reviews_halve_where_the_fifteenth_page_has_a_next():
    one = shop(TaobaoReviewsSpider, since=NOW - DAY)
    (call,) = first_calls(one)
    for _ in range(14):
        call = follow(one, call, sample("taobao_reviews"))
    assert form(call)["page_no"] == "15"
    call = follow(one, call, sample("taobao_reviews"))
    assert (form(call)["page_no"], window(call)) == ("1", Window(NOW - DAY, NOW - DAY / 2))


def test_a_minute_that_is_too_full_is_read_as_far_as_it_goes_and_said():
    one = shop(PddRefundsSpider)
    minute = Window(NOW - timedelta(minutes=1), NOW)
    refused, *found = parsed(one, full(6000), window=minute)
    assert isinstance(refused, Refused)
    assert "5000" in refused.reason
    assert form(found[-1])["page"] == "50"
    assert one.gap


def test_cursors_are_followed_to_nomore():
    one = shop(KuaishouRefundsSpider, since=NOW - DAY)
    (call,) = first_calls(one)
    assert '"pcursor":""' in form(call)["param"]
    call = follow(one, call, sample("kuaishou_refunds"))
    assert '"pcursor":"1705550400000_2"' in form(call)["param"]
    last = sample("kuaishou_refunds")
    last["data"]["pcursor"] = "nomore"
    assert follow(one, call, last) is None
    assert one.checkpoint == {"until": NOW.isoformat()}


def test_a_cursor_that_stands_still_blocks():
    one = shop(KuaishouRefundsSpider)
    with pytest.raises(CloseSpider):
        parsed(one, sample("kuaishou_refunds"), page="1705550400000_2")
    assert one.blocked.reason is BlockReason.SHAPE


def test_a_run_out_of_time_ends_well_where_it_stands():
    times = iter([NOW] + [NOW] * 2 + [NOW + timedelta(minutes=9)] * 9)
    one = shop(PddRefundsSpider, since=NOW - 2 * HOUR, clock=lambda: next(times))
    (first,) = first_calls(one)
    assert follow(one, first, empty()) is None
    assert one.checkpoint == {"until": (NOW - 1.5 * HOUR).isoformat()}
    assert one.blocked is None


def test_reading_again_never_moves_the_checkpoint_back():
    until = NOW.isoformat()
    one = shop(PddRefundsSpider, since=NOW - HOUR, checkpoint={"until": until})
    (first,) = first_calls(one)
    follow(one, first, empty())
    assert one.checkpoint == {"until": until}


def test_a_run_too_short_for_what_is_read_again_says_so():
    times = iter([NOW] + [NOW] * 2 + [NOW + timedelta(minutes=9)] * 9)
    until = (NOW - HOUR / 4).isoformat()
    one = shop(
        PddRefundsSpider,
        since=NOW - 2 * HOUR,
        checkpoint={"until": until},
        clock=lambda: next(times),
    )
    (first,) = first_calls(one)
    assert follow(one, first, empty()) is None
    assert one.checkpoint == {"until": until}
    assert "2024-01-20" in one.gap


def test_keys_in_the_address_of_a_call_are_kept_out_of_the_reason():
    one = shop(KuaishouRefundsSpider, access_token="to/ken+1=")
    (call,) = first_calls(one)
    with pytest.raises(CloseSpider):
        one.block(BlockReason.UNREACHABLE, f"Getting {call.url[:250]} took longer")
    assert "access_token=***" in one.blocked.detail


def test_what_jd_lists_by_application_only_is_read_again_for_a_fortnight():
    (call,) = first_calls(shop(JdRefundsSpider, checkpoint={"until": NOW.isoformat()}))
    assert window(call).start == NOW - 15 * DAY


@pytest.mark.parametrize("days", [0, 91, "7", 7.5, True, [7]])
def test_days_beyond_the_platform_are_refused(days):
    with pytest.raises(BadParams, match="days"):
        shop(PddRefundsSpider, days=days)


def test_a_gateway_must_be_an_address():
    with pytest.raises(BadParams, match="gateway"):
        shop(PddRefundsSpider, gateway="sandbox")


def test_a_gateway_and_a_replay_stand_in_for_the_platform():
    (call,) = first_calls(shop(PddRefundsSpider, gateway="https://sandbox.example/api/router"))
    assert call.url == "https://sandbox.example/api/router"
    (call,) = first_calls(shop(KuaishouRefundsSpider, replay="http://127.0.0.1:9/"))
    assert call.url.startswith("http://127.0.0.1:9/openapi.kwaixiaodian.com/open/seller/order/")


def test_missing_keys_are_named():
    with pytest.raises(BadParams, match="sign_secret"):
        shop(KuaishouRefundsSpider, sign_secret="")
    with pytest.raises(BadParams, match="session"):
        shop(TaobaoReviewsSpider, session=None)


@pytest.mark.parametrize(
    ("spider", "params"),
    [
        (TaobaoReviewsSpider, {"sign_method": "sha1"}),
        (KuaishouRefundsSpider, {"sign_method": "md5"}),
        (JdRefundsSpider, {"style": "new"}),
        (JdRefundsSpider, {"method": "jingdong.pay.everything"}),
        (JdRefundsSpider, {"fields": {"colour": "x"}}),
        (JdRefundsSpider, {"request": ["x"]}),
        (TaobaoReviewsSpider, {"follow_up_days": -1}),
    ],
)
def test_parameters_that_mean_nothing_are_named(spider, params):
    with pytest.raises(BadParams, match=next(iter(params))):
        shop(spider, **params)


def test_calls_are_not_redirected_and_not_filtered():
    (call,) = first_calls(shop(TaobaoReviewsSpider))
    assert call.meta["dont_redirect"]
    assert call.dont_filter
    assert call.method == "POST"


def test_times_are_those_of_shanghai():
    (call,) = first_calls(shop(TaobaoReviewsSpider, days=1))
    asked = form(call)
    assert asked["timestamp"] == "2024-01-20 12:30:00"
    assert asked["start_date"] == "2024-01-19 12:30:00"
    assert asked["app_key"] == "12345678"
    assert WINDOW.end == datetime(2024, 1, 20, 4, 30, tzinfo=UTC)
