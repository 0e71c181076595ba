"""Questions and suppositions: 有质量问题吗, 会不会漏水, 要是漏水就退, 怕过敏.

A complaint may also be put as a question (漏水了你们管不管？) or hang on a condition that comes
true (放倒就会漏水): those stay complaints.
"""

import re

from nlp.rules.place import Place

_FILL = (
    "(?:会|有|出现|发生|存在|容易|易|那么|很|太|经常|真的|什么|啥|哪些|的|是|出|被|买到|收到|"
    "用|对|再|得|造成|引起|"
    "有点|这种|这个|质量|有过|遇到|碰到|过|多|到|可能|大家|你们|他们|这款|它|又|还|也|都|"
    "产品|属于|算|"
    "(?:这|那)(?:款|个|家|种)?[\u4e00-\u9fff]{0,4}|[\u4e00-\u9fff]{1,2}(?=会|容易))"
)
_WHETHER = re.compile(
    "(?:会不会|是不是|有没有|是否|有无|会否|能不能|要不要|算不算|怎么看出?|如何|怎样|"
    f"怎么才能|什么是){_FILL}{{0,4}}$"
)
_SUSPECT = re.compile(
    "怀疑|不知道?(?:这|它|这个)?是不是|感觉|强烈|严重|觉得|不知道?你|你们自己|还敢|看看|"
    "查一?查|查查|质疑|我看"
)
_ASKING = re.compile(
    "请问|想问|(?<![我去])问一?下(?:大家|各位|你们|有没有|会不会)|问问(?:大家|各位)|"
    "咨询一?下|想咨询|请教|求问|求科普|有谁知道|有人知道|有没有人|有人用过|求助?大神|想了解|"
    "想知道|打听|求解答|弱弱地?问|各位.{0,8}吗|大家.{0,10}吗|用过的.{0,6}说说"
)
_ENDS = re.compile("[^,。!;]{0,10}?(?:吗|么|嘛|否|没有|没|不|呢|吧|呀|啊)?(?:\\?|$|,求|,谢|,请)")
_ASK_MARK = re.compile(
    "[^,。!;?]{0,8}?(?:吗|(?<![要什这那怎多为])么(?!多|差|烂|样)|嘛(?=\\?)|没有\\?|没\\?|"
    "吧\\?|不\\?|呢\\?)"
)
_POSSIBLE = re.compile(f"(?:会|有|容易|易|是|能|怕|还会|可能|真的){_FILL}{{0,3}}$")
_ACCUSING = re.compile(
    "难道|有这么|有这样|有你们|也能|也敢|还敢|怎么[忍吃用穿]|怎么会|怎么还|这么多|卖出去|"
    "是不是想|你们(?:卖|发|就是|这是|是怎么)|什么态度|凭什么|良心|就不|怕不怕|对得起|知道不|"
    "还不|还要|这就是|这也|这不|居然|竟然|你们管|管不管|谁负责|谁来负责|怎么赔|算什么|"
    "什么意思|有意思|好意思|有病|"
    "过分|脸|为什么|为啥|怎么回事|什么时候|到底|还有王法|还能|是人"
)
_HAPPENED = re.compile(
    "了(?!会|能|容易|有没有|是否|可能|吗|么)|(?<!不)过(?!敏|期|多久)|已经|刚|昨[天晚]|"
    "今[天早晚]|前天|上周|我家|我的|我买|我们家|收到|到手|每次|天天|一直|又"
)
_EXPERIENCE = re.compile(
    "收到|到手|[用洗买穿戴吃喝拆打装]了|买的|买回来|我的|我家|结果|实际|怎么这么|不对|不一样|"
    "太差|味道|刮伤|明明|标注|挂着|写着|发现|显示"
)
_ASKED_BACK = re.compile("(?<!是)(?:不是|不就是|不算|不叫|不就)$")
_WHAT_TO_DO = re.compile(
    "(?:的话|了|时|后)?(?:我?(?:该|要|应该|可以|能|能不能|可不可以|是否|是不是|的))?(?:怎么|"
    "如何|咋|找谁|谁|可以|可不可以|能|能不能|是否|是不是|包|支持)"
    "(?:可以|能)?(?:来)?(?:退|换|办|处理|修|赔|联系|保修|解决|算|售后|维修|承担|出运费|质保|"
    "申请|鉴别|辨别)"
)
_CAN_BE_MENDED = re.compile(
    "(?:了|的话|了的话)?(?:可以|能不能|能|可不可以|给|包|支持|是不是可以)(?:免费|直接|"
    "申请)?(?:退|换|修|保修|赔|补|包)[^,。]{0,6}(?:吗|么|\\?)"
)
_ANY_CASE = re.compile(f"(?:有|出现|发生|遇到|存在|碰到|买到|收到|遇见|非|属于|因){_FILL}{{0,2}}$")
_TOPIC = re.compile(
    "(?:怎么|如何|怎样|咋)(?:去|才能|来)?(?:判断|辨别|鉴别|区分|分辨|识别|避免|预防|防止|看|"
    "检测|处理|应对|申请|进行|防)[^,。]{0,8}$"
)
_IF = re.compile(
    "(?:如果|(?<!主)(?<!只)要是|若是|倘若|假如|假使|假设|万一|一旦|如有|如遇|如出现|如发现|"
    "如发生|若有|若遇|若出现|若发生|若发现|凡是?有|若(?!干|无)|哪天|但凡)"
    "(?P<between>[^,。!?]{0,16})$"
)
_IF_SUCH = re.compile(
    "(?:如果|(?<!主)(?<!只)要是|万一|一旦|若|假如)[^,。!?]{0,16},(?:比如|例如|譬如|像|或者?|"
    "或是|出现|发生|有)[^,。]{0,4}$"
)
_COMES_TRUE = re.compile(
    "就|立即|便会|都会|则会|也会|马上|立刻|立马|早知道|知道|想买|喜欢|想体验|不怕|想要|"
    "不是我|不是及时|不是因为"
)
_ULTIMATUM = re.compile("再不|再拖|不(?:处理|解决|退|给|赔|理|管|回)")
_SUPPOSED = re.compile("(?:的话(?=[,就可给联直我再会请怎])|的时候怎么)")
_FEAR = re.compile(
    "(?<!恐)(?:怕(?!不是|是)|担心|害怕|生怕|唯恐|顾虑|以防|(?<!不)小心(?!翼)|当心|(?<!没)注意|警惕|预防|"
    "谨慎|慎防)"
    "(?:会|有|是|被|再|不要|别|不|它|他|出现|发生|孩子|宝宝|老人|小孩|小朋友|高温|买到|遇到|"
    "碰到|的是|以后|万一|容易|不小心|时间长了?|用久了?|用着|[这那]个){0,4}$"
)
_DREAD = re.compile(
    "(?<![恐可哪不])(?:怕|担心|担忧|害怕|生怕|唯恐|顾虑)(?!是|不是|死|得|地)"
    "(?:(?!发现|果然|真的?[漏坏起爆出]|什么来|已经?|(?<![久后])了|还是|居然|竟|看到|看见)[^,。!?;]){0,12}$"
)
_SUSPICION = re.compile("(?<![恐不害可])怕(?:不)?是(?:买到)?[^,。!?]{0,3}$")
_UNFOUNDED = re.compile(
    "[^。]{0,6}(?:扫码?|验|查|试|看|结果|收到|问)了?[^。]{0,10}(?:正品|真的|没事|不是|正常|放心|没问题)"
)
_FEAR_CAME = re.compile(
    "(?:还是|果然)(?![不没]|挺|很好)|真的(?:漏|坏|是假|出|起|有|发生|被|翻)|怕什么来|成真|发生了|了,|。结果"
)
_SHALL = re.compile(
    "(?:希望|但愿|祈祷|祝|愿)(?![^,。]*(?:大家|伙伴|各位|姐妹|朋友|亲))[^,。]{0,6}(?:不要|别|"
    "没有|不会|永不|不再|不)[^,。]{0,4}$"
)


def asked(place: Place) -> bool:
    """Whether the text only asks about what was found."""
    if _ACCUSING.search(place.sentence_before) or _ACCUSING.search(place.sentence_after[:24]):
        return False
    if _TOPIC.search(place.before):
        return True
    if _ANY_CASE.search(place.before) and _WHAT_TO_DO.match(place.after):
        return not _HAPPENED.search(place.sentence_before)
    if _CAN_BE_MENDED.match(place.sentence_after):
        return not _HAPPENED.search(place.sentence_before)
    if _asks_politely(place):
        return True
    if _WHETHER.search(place.before):
        told = _SUSPECT.search(place.sentence_before) or _EXPERIENCE.search(place.earlier)
        return not told
    return _asks_plainly(place)


def _asks_politely(place: Place) -> bool:
    if not _ASKING.search(place.sentence_before):
        return False
    return not _HAPPENED.search(place.before) and not place.after.startswith("了")


def _asks_plainly(place: Place) -> bool:
    mark = _ASK_MARK.match(place.after)
    if mark is None or _ASKED_BACK.search(place.before):
        return False
    if _HAPPENED.search(place.before) or "了" in place.after[: mark.end() - 1]:
        return False
    return bool(_POSSIBLE.search(place.before)) or len(place.before) + mark.end() < 10


def supposed(place: Place) -> bool:
    """Whether the text only imagines or fears what was found."""
    condition = _IF.search(place.before)
    if condition is not None:
        between = condition.group("between")
        return bool(_ULTIMATUM.search(between) or not _COMES_TRUE.search(between))
    if _SUPPOSED.match(place.after) or _IF_SUCH.search(place.sentence_before):
        return not _HAPPENED.search(place.before)
    if _SUSPICION.search(place.before):
        return bool(_UNFOUNDED.match(place.later))
    if _FEAR.search(place.before) or _DREAD.search(place.before):
        return not _FEAR_CAME.search(place.later[:20])
    return bool(_SHALL.search(place.before))
