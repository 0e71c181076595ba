"""How the finding of near copies is measured."""

from nlp.evaluation.copies import copies
from nlp.training.corpus import Example


def example(number: int, text: str, pair: str | None = None) -> Example:
    return Example(str(number), text, "neg", (), False, "plain", "review", pair)


LONG = "买回来第三天壶底就开始漏水，客服让我自己擦干，打电话也没人接，大家千万别买这个牌子的电热水壶，真的太坑了"


def test_copies_of_a_long_text_are_found_and_counted_by_length():
    found = copies([example(1, LONG)])
    assert [(one.begin, one.end, one.copies) for one in found.counts] == [
        (15, 30, 0),
        (30, 60, 5),
        (60, 201, 0),
    ]
    assert found.counts[1].found >= 4
    assert found.counts[0].recall is None


def test_different_texts_that_are_near_count_as_mistaken():
    found = copies([example(1, LONG), example(2, LONG + "。")])
    assert (found.others, found.mistaken) == (1, 1)


def test_members_of_a_minimal_pair_do_not_count_as_different():
    found = copies([example(1, LONG, "p"), example(2, LONG.replace("漏水", "渗水"), "p")])
    assert (found.others, found.mistaken) == (0, 0)
