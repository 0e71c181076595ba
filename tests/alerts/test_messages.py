import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import messages
from alerts.notice import Kind

NOW = datetime(2026, 11, 21, 6, 2, tzinfo=UTC)
FACTS = {
    "number": "E-1187",
    "url": "https://console.example/incidents/1187",
    "queue_url": "https://console.example/incidents",
    "level": "severe",
    "subject": "星禾小家电",
    "category": "质量",
    "summary": "电热水壶漏水",
    "at": NOW.isoformat(),
    "posts": 46,
    "owner": {"name": "林晓", "userid": "linxiao", "team": "公关组"},
    "response_due": (NOW + timedelta(minutes=30)).isoformat(),
    "resolution_due": (NOW + timedelta(hours=4)).isoformat(),
    "acknowledged": False,
    "index": {"value": 72.4, "change": 31.2, "mentions": 46, "thin": False, "hours": 1},
    "why": ["关键词“漏水” 17 条", "近 1 小时负面 23 条，往常约 2 条"],
    "telling": [
        {
            "platform": "京东",
            "rating": 1,
            "text": "烧到一半壶底漏水，差点烫到孩子",
            "count": "赞 38",
            "url": "https://item.example/1",
        },
        {"platform": "微博", "text": "客服让我自己擦干", "count": "转 120", "url": ""},
    ],
    "measures": ["下架并发停售公告"],
    "tasks": {"service": ["联系发帖用户"], "engineering": ["排查 K3 批次"], "pr": ["备致歉口径"]},
}


def render(kind=Kind.OPENED, **facts):
    return messages.render(kind, {**FACTS, **facts}, now=NOW)


def test_an_opened_incident_says_all_that_the_duty_person_needs():
    assert render() == "\n".join(
        [
            '<font color="warning">🔥🔥🔥【严重】</font>**星禾小家电 · 质量**',
            "电热水壶漏水",
            '负面情绪指数 <font color="warning">72</font>（1 小时升 31，依据 46 条）',
            "为什么：关键词“漏水” 17 条；近 1 小时负面 23 条，往常约 2 条",
            "> 京东 1★ “烧到一半壶底漏水，差点烫到孩子” 赞 38 [查看](https://item.example/1)",
            "> 微博 “客服让我自己擦干” 转 120",
            "**先做** 下架并发停售公告",
            "**客服** 联系发帖用户",
            "**技术** 排查 K3 批次",
            "**公关** 备致歉口径",
            '负责人 <@linxiao>　首次响应 <font color="warning">14:32 前</font>　解决 18:02 前',
            "[去处理 E-1187](https://console.example/incidents/1187)",
        ]
    )


def test_thin_evidence_is_called_thin():
    index = {"value": 61.0, "change": 20.0, "mentions": 4, "thin": True, "hours": 1}
    assert "负面情绪指数 61（4 条，证据不足，仅供参考）" in render(index=index)


def test_an_unknown_index_is_left_out():
    assert "指数" not in render(index=None)


def test_an_owner_without_wecom_id_is_named_and_an_empty_duty_is_the_team():
    assert "负责人 林晓" in render(owner={"name": "林晓", "userid": "", "team": "公关组"})
    assert "负责人 公关组（未排值班）" in render(owner={"team": "公关组"})
    assert "负责人 未定" in render(owner={})


def test_without_mentions_everyone_is_named():
    text = messages.render(Kind.OPENED, FACTS, now=NOW, mentions=False)
    assert "<@" not in text
    assert "负责人 林晓" in text


def test_the_duty_person_of_the_team_is_called_beside_the_owner():
    text = render(Kind.LEVEL_UP, also={"name": "周敏", "userid": "zhoumin"}, from_level="normal")
    assert "负责人 <@linxiao>　值班 <@zhoumin>" in text
    assert "级别由普通升为严重" in text


def test_a_passed_due_moment_is_not_called_ahead():
    late = (NOW - timedelta(minutes=3)).isoformat()
    assert '首次响应 <font color="warning">已超时 3 分钟</font>' in render(response_due=late)


def test_an_answered_incident_shows_no_response_time():
    assert "首次响应" not in render(acknowledged=True)


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        (
            {"clock": "response", "stage": "half", "due": FACTS["response_due"], "next": "陈一鸣"},
            "> 14:32 前认领，还剩 30 分钟；超时升级到 陈一鸣",
        ),
        (
            {"clock": "resolution", "stage": "late", "due": (NOW - timedelta(1)).isoformat()},
            "> 昨天 14:02 前解决，已到时",
        ),
    ],
)
def test_a_reminder_says_by_when_and_what_follows(facts, line):
    assert line in render(Kind.REMINDER, **facts).splitlines()


def test_an_escalation_calls_the_next_rung_and_the_owner():
    text = render(
        Kind.OVERDUE,
        clock="response",
        due=NOW.isoformat(),
        also={"name": "陈一鸣", "userid": "chen"},
    )
    assert "响应已超时" in text
    assert "> 14:02 到时，仍无人认领，已升级到 <@chen>" in text
    assert "负责人 <@linxiao>" in text


def test_a_digest_counts_what_is_new_and_calls_nobody():
    text = render(Kind.NEW_POSTS, new=12, since=(NOW - timedelta(minutes=15)).isoformat())
    assert "13:47 以来新增 12 条，共 46 条" in text
    assert "<@" not in text


def test_a_transfer_calls_the_new_owner():
    text = render(Kind.ASSIGNED, by="陈一鸣", reason="你离工厂近")
    assert "<@linxiao> 陈一鸣 转交给你" in text
    assert "> 你离工厂近" in text


def test_a_resolution_says_what_was_done_and_how_long_it_took():
    text = render(
        Kind.RESOLVED, by="周敏", reason="召回 212 台", took_seconds=14160.0, on_time=True
    )
    assert "> 用时 3 小时 56 分，在时限内。召回 212 台" in text
    assert "待验证" in text
    assert "误报，已关闭" in render(Kind.RESOLVED, outcome="false_alarm", reason="说的是别家")


def test_a_reopening_says_who_and_why():
    assert "林晓 重新打开：仍在发货" in render(Kind.REOPENED, by="林晓", reason="仍在发货")


def test_a_list_has_a_line_an_incident_the_worst_first():
    price = {**FACTS, "number": "E-2", "level": "normal", "category": "价格", "summary": "要补差价"}
    text = messages.render_list(
        [
            (Kind.OPENED, price),
            (Kind.NEW_POSTS, {**FACTS, "new": 3}),
            (Kind.REMINDER, {**price, "clock": "response", "stage": "half"}),
        ],
        now=NOW,
    )
    lines = text.splitlines()
    assert lines[0] == "**2 件事件有新动态**"
    assert "E-1187" in lines[1]
    assert "（新增 3 条）" in lines[1]
    assert "<@" not in lines[1]
    assert "（新事件、响应时限过半）" in lines[2]
    assert "<@linxiao>" in lines[2]
    assert lines[3] == "[打开队列](https://console.example/incidents)"


def test_a_long_list_says_how_many_are_missing():
    rows = [(Kind.OPENED, {**FACTS, "number": f"E-{n}"}) for n in range(100)]
    text = messages.render_list(rows, now=NOW)
    assert len(text.encode()) <= 4096
    shown = text.count("> ")
    assert f"另有 {100 - shown} 件，见队列" in text
    assert text.startswith("**100 件")


def test_the_hourly_summary_names_its_hour_and_calls_nobody():
    facts = {**FACTS, "level": "watch"}
    text = messages.render_summary([(Kind.OPENED, facts)], now=NOW + timedelta(hours=1))
    assert text.startswith("🔥 **关注汇总 14:00–15:00**　1 件")
    assert "<@" not in text


def test_the_bare_message_holds_no_word_from_outside():
    text = messages.render_bare([{**FACTS, "subject": "<@all>", "summary": "违禁词"}])
    assert text == (
        "🔥🔥🔥【严重】事件 E-1187 有新动态，详情见 https://console.example/incidents/1187"
    )
    assert "E-1、E-2" in messages.render_bare([{"number": "E-1"}, {"number": "E-2"}])


hostile = st.text(max_size=400) | st.sampled_from(
    [
        "<@all>",
        "</font>",
        '<font color="info">',
        "[x](https://evil.example)",
        "漏" * 500,
        "🔥" * 300,
    ]
)
anything = hostile | st.none() | st.integers() | st.floats()
who = st.fixed_dictionaries({}, optional={"name": hostile, "userid": hostile, "team": hostile})
post = st.fixed_dictionaries(
    {},
    optional={
        "platform": hostile,
        "rating": anything,
        "text": hostile,
        "count": hostile,
        "url": hostile | st.text(max_size=3000).map(lambda tail: "https://a.example/" + tail),
    },
)
facts_of_any_kind = st.fixed_dictionaries(
    {},
    optional={
        "number": hostile,
        "url": hostile,
        "queue_url": hostile,
        "level": st.sampled_from(["severe", "normal", "watch", "?"]),
        "subject": hostile,
        "category": hostile,
        "summary": hostile,
        "at": hostile,
        "posts": anything,
        "owner": who | st.none(),
        "also": who,
        "response_due": st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat) | hostile,
        "resolution_due": st.none() | hostile,
        "index": st.none()
        | st.fixed_dictionaries(
            {"value": st.floats(0, 100)},
            optional={"change": st.floats(-100, 100), "mentions": anything, "thin": st.booleans()},
        ),
        "why": st.lists(hostile, max_size=5),
        "telling": st.lists(post, max_size=5),
        "measures": st.lists(hostile, max_size=5),
        "tasks": st.dictionaries(
            st.sampled_from(["pr", "service", "engineering", "brand", "x"]),
            st.lists(hostile, max_size=4),
        ),
        "clock": hostile | st.sampled_from(["response", "resolution"]),
        "stage": hostile,
        "due": hostile,
        "next": hostile,
        "new": anything,
        "since": hostile,
        "by": hostile,
        "reason": hostile,
        "outcome": hostile,
        "took_seconds": st.none() | st.floats(0, 1e9),
        "on_time": st.none() | st.booleans(),
    },
)


def assert_harmless(text, limit):
    assert len(text.encode()) <= limit
    tags = re.findall(r"</?font[^>]*>", text)
    opened = [tag for tag in tags if not tag.startswith("</")]
    assert tags == [tag for opener in opened for tag in (opener, "</font>")]
    assert set(opened) <= {f'<font color="{tone}">' for tone in ("info", "comment", "warning")}
    rest = re.sub(r"</?font[^>]*>", "", text)
    for userid in re.findall(r"<@([^>]*)>", rest):
        assert re.fullmatch(r"[A-Za-z0-9_.@-]{1,64}", userid)
        assert userid.lower() not in {"all", "@all"}
    assert "<" not in re.sub(r"<@[A-Za-z0-9_.@-]{1,64}>", "", rest)


@settings(max_examples=150)
@given(st.sampled_from(list(Kind)), facts_of_any_kind, st.sampled_from([4096, 2000]))
def test_any_facts_make_a_message_that_fits_and_does_no_harm(kind, facts, limit):
    assert_harmless(messages.render(kind, facts, now=NOW, limit=limit), limit)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(list(Kind)), facts_of_any_kind), min_size=1, max_size=40),
    st.sampled_from([4096, 2000]),
)
def test_any_facts_make_a_list_that_fits_and_does_no_harm(rows, limit):
    assert_harmless(messages.render_list(rows, now=NOW, limit=limit), limit)
    assert_harmless(messages.render_summary(rows, now=NOW, limit=limit), limit)
    assert_harmless(messages.render_bare([facts for _, facts in rows]), limit)


@given(st.text(min_size=1, max_size=40))
def test_no_text_from_a_post_can_call_anyone(text):
    for foreign in (f"<@{text}>", f"{text}<@all>"):
        rendered = render(
            owner={}, summary=foreign, telling=[{"text": foreign}], subject=foreign, why=[foreign]
        )
        assert "<@" not in rendered
