import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.fingerprint import bands, fingerprint, near
from nlp.normalise import normalise

POST = "买回来第三天壶底就开始漏水，客服让我自己擦干，打电话也没人接，大家千万别买这个牌子的电热水壶，真的太坑了"
COPIES = [
    POST.replace("，", "！ ") + "！！！",
    "买回来第三天壶底就开始漏水，客服叫我自己擦干，打电话也没人接，大家千万别买这个牌子的电热水壶，真的太坑了",
    "转发：" + POST,
    POST + "求扩散",
    "買回來第三天壺底就開始漏水，客服讓我自己擦乾，打電話也沒人接，大家千萬別買這個牌子的電熱水壺，真的太坑了",
    POST.replace("第三天", "第二天"),
]
OTHERS = [
    "物流很快，包装也好，烧水五分钟就开了，孩子很喜欢这个颜色",
    "买回来用了三个月，煮饭香，容量也够一家人吃，就是内胆有点粘",
    "客服态度不错，有问必答，第二天就补发了配件",
]


@pytest.mark.parametrize("copy", COPIES)
def test_edited_copy_is_near_and_shares_a_band(copy: str) -> None:
    a, b = fingerprint(POST), fingerprint(copy)
    assert near(a, b)
    assert set(bands(a)) & set(bands(b))


@pytest.mark.parametrize("other", OTHERS)
def test_other_text_is_not_near(other: str) -> None:
    assert not near(fingerprint(POST), fingerprint(other))


def test_very_short_texts_are_near_only_when_equal() -> None:
    assert not near(fingerprint("漏水了"), fingerprint("漏水啦"))
    assert near(fingerprint("漏水了！"), fingerprint("漏水了"))


@given(st.text(st.characters(codec=None), max_size=60))
def test_fingerprint_fits_a_signed_column_and_bands_are_distinct(text: str) -> None:
    value = fingerprint(text)
    assert -(1 << 63) <= value < 1 << 63
    assert near(value, value)
    assert len(set(bands(value))) == len(bands(value))


def test_many_repeats_do_not_break_it() -> None:
    assert near(fingerprint("漏水" * 50_000), fingerprint("漏水" * 40_000))


def test_a_normalised_text_has_the_fingerprint_of_the_text() -> None:
    assert [fingerprint(normalise(text)) for text in COPIES] == [fingerprint(t) for t in COPIES]
