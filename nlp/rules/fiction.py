"""Told, but not as something that happened: plays, novels, dreams, exam questions, essays."""

import re

from nlp.rules.place import Place

_DREAM = re.compile("梦到|梦见|梦里|做(?:了个)?噩?梦(?!都|也|寐)")
_STORY = re.compile(
    "剧(?:里|中|情里|集里)|(?:电影|片子|影片|动画|动画片|小说|漫画|动漫|游戏|段子|相声|小品|"
    "脱口秀|童话)(?:里|中|剧情|情节)|男主(?!人)|女主(?!人)|男二|女二|反派|那一?集|剧本杀"
)
_STUDY = re.compile(
    "刷题|真题:|考试真题|(?:选择|判断|案例|简答|填空|论述|这道|那道|一道|某道)题|题干|题里|题目(?:里|中|问|说|定|是)|"
    "申论|论文(?:里|题目|选题|开题|定|写)|辩题|素材积累|甲厂|乙厂|某甲"
)
_REAL = re.compile(
    "我家|我的|我们家|刚买|到手|收到|买的|买了|用了|用着|结果|客服|退款|退货|同款.{0,4}(?:就|却|又)|"
    "都不敢|都没这么|现实|真事|亲身"
)
_AHEAD = 24  # characters after a hit that may still say what it is told of


def imagined(place: Place) -> bool:
    """Whether the sentence tells of a story, a dream or a study text."""
    before, after = place.sentence_before, place.sentence_after[:_AHEAD]
    if _DREAM.search(before):
        return not _REAL.search(before)
    told = _STORY.search(before + after) or _STUDY.search(before + after)
    return told is not None and not _REAL.search(before)
