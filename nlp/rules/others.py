"""Of what the text tells: other brands, earlier purchases, firms of the same name."""

import re

from nlp.rules.place import Place

_UNLIKE = re.compile("(?:不像|不似|没像|没有像|不会像|哪像|不同于|有别于)(?P<what>[^,。!?]{0,14})$")
_OF_OTHERS = re.compile(
    "某|别|其[他它]|之前|以前|有[些的]|普通|一般|那[种些个]|市面|上次|杂|外面|网上|[牌家]|"
    "隔壁|老式|传统|旧"
)
_LIKE_THAT = re.compile("(?:得|的)?(?:那样|那么|一样|似的|的那种|这样)")
_THAN = re.compile("比[^,。!?]{1,12}$")
_BETTER = re.compile("[^,。!?]{0,4}(?:强|好|省心|靠谱)")
_OTHERS = re.compile(
    "(?<!没有)(?<!不如)(?<![比和跟像没])(?:别的?家|别的(?:牌子|品牌|店|商家|厂家|款|店家|"
    "地方)?|其[他它](?:家|品牌|牌子|店|商家|厂家|款|平台)|某(?:牌|品牌|宝|东|多|家|国产|大牌|"
    "网红)|[a-z]牌|杂牌|隔壁(?:家|的)|别人家?的?|(?:之前|以前|曾经|上次)被|"
    "友商|竞品|对家|(?:之前|以前|原来|先前|过去|上次|早先|曾经)(?:在[^,。]{1,8})?(?:买|用|"
    "家里|家|那|的|有)[^,。]{0,12}|上一(?:个|台|款|部|双|把|家|次)[^,。]{0,8}|"
    "(?:家里|原来|以前|之前)的?(?:旧|老)[^,。]{0,6}|(?<!是)旧的(?:那个|那台)?|"
    "^旧[^,。的]{1,4}|前一(?:个|台|款)|那家|那个牌子|朋友家的|邻居家的)"
    "[^,。!?]{0,12}$"
)
_THIS = re.compile(
    "(?:这[个款家次台双把种件回]|该|此|本|现在|如今|你家|你们|他家|它家|咱家|今天|依然|还是|"
    "又|也|跟|和|像|比)[^,。!?]{0,10}$"
)
_NOW_GOOD = re.compile(
    "(?:这[个款家次台双把种件回只口张条]|现在|如今|今年|换了|换成|换上|换这|才(?:买|换|入手)|自从|终于|果断|你家|"
    "你们家|还是|于是|所以|买了|入了|新的|后来|改用|改买|对比|用了)"
    "[^。!?]{0,24}?(?<![不没])(?:好|不错|满意|放心|省心|安心|没有|没出|不会|不漏|不再|稳|"
    "安静|静音|快|强|值|喜欢|舒服|香|赞|棒|正常|完美|踏实|耐用|惊喜|没事|没问题|"
    "没[坏起掉漏再响]|不[粘漏烫吵坏掉卡锈糊臭]|信得过|真香|打脸|次日达|锃亮|改观|带票)|"
    "就(?:它|这)[^。!?]{0,6}不|"
    "(?:果断|才|所以|于是)(?:这次|这回|我|就|又)?(?:换|买|入|下单)|换(?:了|成)这|买了这|入了这"
)
_STILL_BAD = re.compile(
    "(?:还是|又|也|照样|依然|依旧|一样|同样|居然|竟然|没想到|仍然?|再次|这次也|"
    "更)[^,。]{0,6}(?:漏|坏|差|问题|不行|这样|如此|假|破|掉|烂|糟|会|有|垃圾|没法|失望|过敏|"
    "死机|卡)|这次(?:又|也|还|居然|竟)|失望|垃圾|一样的问题"
)
_LONG_AGO = re.compile(
    "(?:[一二两三四五六七八九十几\\d]{1,3}年前|早些年|当年)(?![买入])[^,。!?]{0,16}$"
)
_NAMESAKE = re.compile(
    "(?:查了?|查证|核实|其实|原来|看清|说的|指的)[^,。!?]{0,4}是[^,。!?]{0,3}(?:另[一外]?家|同名|重名|"
    "重了名)[^,。!?]{0,6}(?:公司|厂|品牌|牌子)|(?:名字?|牌子)[^,。]{0,4}重了|"
    "(?:同名|重名)的?[^,。]{0,4}(?:厂|公司|品牌)|投诉错了|错选成"
)
_NAMESAKE_BEFORE = re.compile("重名|同名|(?:名字?|牌子)[^,。]{0,4}重了|投诉错了|错选成")
_IS_ANOTHER = re.compile("的(?:明明|其实|应该)?是(?:隔壁|别家?|另一?|其[他它]|某)[^,。!?]{0,8}")


def compared(place: Place) -> bool:
    """Whether it is what this product is said not to be like: 不像某牌那样漏水."""
    unlike = _UNLIKE.search(place.before)
    if unlike is not None:
        return bool(_OF_OTHERS.search(unlike["what"]) or _LIKE_THAT.match(place.after))
    return bool(_THAN.search(place.before) and _BETTER.match(place.after))


def of_another(place: Place) -> bool:
    """Whether it is told of another brand or an earlier purchase, while this one does well."""
    before = place.before
    if _LONG_AGO.search(before):
        return bool(_NOW_GOOD.search(place.later)) and not _STILL_BAD.search(place.later)
    other = _OTHERS.search(before)
    if other is None and place.previous and not _THIS.search(before) and len(before) < 8:
        other = _OTHERS.search(place.previous.rstrip(",")[-20:])
    if other is None or _THIS.search(other.group()):
        return False
    return bool(_NOW_GOOD.search(place.later)) and not _STILL_BAD.search(place.later)


def of_namesake(place: Place) -> bool:
    """Whether the text finds that it was another firm of that name, or a slip."""
    if _IS_ANOTHER.match(place.after):
        return True
    if _NAMESAKE.search(place.sentence_after + place.later[:50]):
        return True
    return _NAMESAKE_BEFORE.search(place.earlier[-40:]) is not None
