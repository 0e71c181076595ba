"""Negation: 没有质量问题, 不是假货; and what looks like it: 没多久就漏水, 不是没有质量问题.

A negator counts only when nothing but filler stands between it and the hit, so that 没用两天就漏水
and 不小心烫伤 stay complaints. Two negators make a complaint again.
"""

import re

from nlp.rules.place import Place

_FILLER = (
    "(?:任何|什么|啥|一点点?|一丝|一毫|半点|半分|丝毫|出现|发生|发现|遇到|遇见|碰到|看到|"
    "见到|听说|见|存在|存有|有|含有?|添加|(?<=没)过|"
    "(?<=有)过|(?<=未)过|(?<=现)过|(?<=生)过|(?<=到)过|再|会|是|到|明显的?|其[他它]|大的|大|"
    "的|了|这种|那种|这样|那样|这些|那些|这个|那个|"
    "此类|上述|网上|评论|评价|别人|大家|所谓的?|很|太|那么|这么|怎么|由于|因为?|造成|导致|"
    "引起|引发|轻易|容易|易|想象中|传说中|像|属于|"
    "算是?|至于|可能|能|让(?:我|人|皮肤|宝宝|孩子)?|使|给|产生|收到|接到|买到|用到|卖过?|买过?|说|"
    "人|感觉到?|觉得|感到|闻到|一次|一个|一台|一例|"
    "一起|一件|一款|多|严重的?|产品|商品|使用|被|对|虚假|安全|本身|自身|皮肤|宝宝|孩子|随便|"
    "什么的|之类)"
)
_NOT = (
    "(?:并没有|从没有|从来没有?|没有|没得|没(?!事|想|料)|毫无|并无|绝无|(?<!有)无(?!良|法|故|"
    "缘|奈|语|耻|赖|意|论|比|所)|从未|并未|未(?!必|来|免)|"
    "并不|绝不|决不|从不|从来不|不(?!要|到|但|仅|光|止|只|得|料|想|知|管|论|愧|如|断|停|时|"
    "过|慎|小心|行|好|给|让|理|满|能|可|良|合格|耐)|"
    "不(?=能说|可能|让(?:我|人|皮肤|宝宝|孩子)|给(?:我)?(?:造成|带来))|不太?可能|并非|绝非|"
    "(?<![是除无])非(?!常|得|要)|零(?!下|食|件|售)|(?<![\\d.])0(?=[\u4e00-\u9fff]))"
)
_PREVENT = (
    "(?:避免|杜绝|拒绝|告别|预防|防止|谨防|严防|严禁|防|抗|不怕|不惧|无惧|不(?:用|必|"
    "需要?)(?:再)?(?:担心|怕|害怕|找|打|去|麻烦){0,2}|远离|免于|摆脱|抵制|"
    "打击|严打|不担心|放心不|免受|改善|缓解|舒缓|治疗|修复了|解决了)"
)
_NEGATED = re.compile(f"(?:{_NOT}|(?P<prevent>{_PREVENT})){_FILLER}{{0,6}}$")
_UNPREVENTED = re.compile("(?:不|没有?|无法|未|难以|没能|从不)(?:给|肯|能|会|帮|愿意|去|予)?$")
_LISTED = re.compile(
    "(?:没有|没(?!想|用)|毫?无|不存在|未出现|未发现|没发现|不会|不是|不)"
    f"{_FILLER}{{0,4}}(?:[\u4e00-\u9fffa-z0-9]{{1,8}}(?:、|或者?|以及|和|也?没有|"
    f"也不))+{_FILLER}{{0,3}}$"
)
_LIST_SIGN = re.compile("[、或和及]")
_LIST_BEFORE = re.compile(
    "(?:没有|未出现|未发现|不存在|没发现|没出现|毫?无)(?:出现|任何|发现|"
    "过){0,3}(?:[\u4e00-\u9fff]{1,6},)+$"
)
_LIST_AFTER = re.compile(
    "(?:,[\u4e00-\u9fff]{1,6}){0,4}等?的?(?:各种|任何|一系列)?(?:问题|现象|情况|毛病)"
)
_AGAIN = re.compile(
    "(?:不是|并非|不能说|不可能|不会|没有?(?:一|哪|几)?[一次个台件瓶款条双把张块只]{1,2}|"
    "无(?=不)|没有?|不敢说|不代表|不等于|不见得|未必|"
    "谁说|谁跟我说|说好的?|硬说|非说|愣说|偏说|一口咬定|咬定|狡辩|居然说|竟然?说|死不承认|"
    "不承认|(?<![害恐不])怕|敢说|以为|还说|明明说|嘴硬说|要|难道|岂)"
    f"{_FILLER}{{0,2}}$"
)
_CLAIMED = re.compile(
    "(?:声称|号称|宣称|宣传|承诺|保证|标榜|吹嘘|都说|说是?|表示|告知|告诉我|认定|检测|跟我讲|"
    "回复我?|介绍)[^,]{0,8}$"
)
_CONTRAST = re.compile(
    "结果|却|但|可是|可我|实际|事实|没想到|然而|谁知|还是|照样|仍然|根本|明明|呵呵|鬼才|骗|"
    "一个月|两天|到手|不[退给换赔修]|概不|拒|无语|难以|寂寞|唉|接受不了|扯|推"
)
_RHETORICAL = re.compile("(?:这|那|可|岂|难道|还|就|真)?(?:不就?是|不就?叫|不就?算)[^,]{0,4}$")
_RHETORICAL_END = re.compile(
    "[^,。!]{0,8}(?:吗|么|嘛|又?是什么|还能是什么|是啥|叫什么|算什么|还是什么)"
)
_TURNED = re.compile(
    r"才怪|[^,]{0,4}(?:那是不可能|鬼才?信|谁信|我不信)|[^,。]{0,10},?(?:那?就是|而是)(?!我|因为|不|没)|了?[一两三几]{1,2}[天次回年个]"
)
_AFTER = re.compile(
    "的?(?:问题|现象|情况|这种情况|这种问题|之类的?|啥的|什么的|的事|毛病)?(?:我?(?:倒是?|是|"
    "也|都|目前|暂时|还|完全|根本|从来|一[次点个]|统统)){0,3}"
    "(?:没有|没得|没出现|没发现|没遇到|没碰到|没发生|不存在|未发现|未出现|未见|为零|为0|"
    "绝对没有|没了?(?=[,。!;~\\s]|$))"
    "(?=过|的|了|任何|出现|发现|[,。!;~?\\s\\[]|$)"
)
_UNMET = re.compile("(?:解决|处理|回复|赔|给|管|承认|退|换|修)")
_GAP = re.compile(f"(?:没有?|不(?!但|仅|光|只|止|行|好|够)|无|未|非){_FILLER}{{0,3}}$")


_THOUGHT = re.compile(f"(?:以为|以为又|担心|怕)(?:是|会|有|又是|买到|要|又){_FILLER}{{0,3}}$")
_BUT_FINE = re.compile(
    "[^。!?]{0,16}(?:没想到|结果|其实|原来|居然|竟然|并不|事实|后来|发现|实际)[^。]{0,12}"
    "(?:真香|好用|很好|不错|挺好|正品|不是|没有?(?!用)|正常|惊喜|有用|有效|超好|可以)"
)
_GUESS = re.compile("(?<!应该)(?<!肯定)(?<!绝对)不会(?:又)?是[^,。!?]{1,14}吧")
_WHETHER = re.compile(f"(?:会不会|是不是|有没有?|能不能|要不要|算不算|对不对)(?:{_FILLER}|什么)*$")


_WHERE = re.compile(f"(?:哪里|哪儿|哪)(?=有|会|是|来){_FILLER}{{0,3}}$")
_WHERE_END = re.compile("[^,。!]{0,2}[?!]")
_SCOFFED = ("?不存在", "?没有的事", "?不可能", "?没有过", "?从来没")


def negated(place: Place) -> bool:
    """Whether the text says that what was found is not so."""
    if _THOUGHT.search(place.before) and _BUT_FINE.match(place.later):
        return True
    if _WHERE.search(place.before) and _WHERE_END.match(place.after):
        return True
    return _negated_before(place) or _denied_after(place)


def negated_inside(gap: str) -> bool:
    """Whether the text between two words of a combination denies the second: 质量 没有任何 问题."""
    return bool(_GAP.search(gap))


def _negated_before(place: Place) -> bool:
    found = _NEGATED.search(place.before)
    if found is None:
        return _in_negated_list(place)
    if _WHETHER.search(place.before) or _GUESS.search(place.before + place.hit + place.after):
        return False
    ahead = place.before[: found.start()]
    if found["prevent"] and _UNPREVENTED.search(ahead):
        return False
    if _AGAIN.search(ahead) or _TURNED.match(place.sentence_after):
        return False
    if _CLAIMED.search(place.previous[-10:] + ahead) and _CONTRAST.search(place.later[:40]):
        return False
    asked_back = _RHETORICAL.search(place.before) and _RHETORICAL_END.match(place.after)
    return not asked_back or "请问" in place.sentence_before


def _in_negated_list(place: Place) -> bool:
    if _LIST_SIGN.search(place.before[-6:]) and _LISTED.search(place.before):
        return True
    return bool(
        _LIST_AFTER.match(place.sentence_after) and _LIST_BEFORE.search(place.sentence_before)
    )


def _denied_after(place: Place) -> bool:
    if place.later.startswith(_SCOFFED):
        return True
    found = _AFTER.match(place.after)
    return found is not None and not _UNMET.match(place.after, found.end())
