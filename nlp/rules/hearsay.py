"""What is only said: rumours denied, blame refused, titles, hearsay that did not come true."""

import re

from nlp.rules.place import Place
from nlp.rules.speaker import FIRST_PERSON

_DENIED = re.compile(
    "(?:系|是|为|属|都是|纯属|均为|并非)(?:谣言|不实(?![用惠际])|造谣|假消息|误传|误会|"
    "恶意(?:抹黑|诋毁|造谣|中伤|剪辑)|乌龙|谣传|事实$)|辟谣|(?:系|为|是)(?:旧闻|摆拍|剪辑|"
    "误读)|不实(?:信息|传言|消息|言论|报道)|子虚乌有|不属实|无中生有|恶意(?:抹黑|诋毁|造谣|"
    "中伤)|造谣|并非事实|与事实不符|官方(?:已)?澄清|已(?:经)?(?:被)?澄清|谣言(?:止于|已)|"
    "没有事实依据|网传.{0,30}(?:谣言|不实|(?<!真的)假的)|别信谣|不信谣|传谣|"
    "纯属(?:捏造|虚构|编造)|查无此(?:编号|报告|据|文)|"
    "(?:传言|传闻|谣传|报道|爆料|网传|一事|一说)[^,。!?]{0,4}(?:不实(?![惠用])|失实|是假的|为假)|"
    "关(?!我|你|他|她|咱|客服|商家)[^,。!?]{1,8}(?:什么|啥|毛)事(?!故|情|件)|"
    "(?:警方|官方|公安|派出所|有关部门)[^,。!?]{0,6}(?:通报|证实|核实|回应)[^,。!?]{0,4}(?:是假|假的|不实)|"
    "别急着信|(?:说法|观点|结论)[^,。]{0,4}站不住|别(?:再|瞎|乱|跟着)?(?:带节奏|瞎传|乱传)|"
    "混在一起(?:传|说|骂)|混为一谈|"
    "(?:视频|这图|那图|张图|截图|画面|录像|新闻)[^,。!?]{0,8}(?:是|为|系)[^,。!?]{0,8}"
    "(?:(?:前|去|几|[一二两三四五六七八九十\\d]+)年前?的|(?:前|去)年(?!买)|旧闻|旧视频|旧图|老视频|"
    "国外|境外|外国|合成的|ai)"
)
_NOT_DENIED = re.compile(
    "(?:不是|并非|哪是|才不是|怎么(?:就)?(?:是|成|成了))(?:谣言|造谣|误会)|说我(?:们)?造谣|"
    "告我造谣|说(?:是|这是)谣言,?(?:可|但|我)"
)
_BUT_I = re.compile("(?:可是?|但是?|不过|然而)(?:我(?!相信|觉得|们已)|事实)")
_BLAME = re.compile("别(?:一)?(?:看到|听到|见到?)[^,。!?]{0,6}$")
_BLAMING = re.compile("[^,。!?]{0,4}就(?:说|骂|赖|怪|黑|喷|往)")
_HEARD = re.compile("群里|在转|在传|转发|刷到|看到|听说|听到|都说")
_UNRELATED = re.compile(
    "(?:与|和|跟|同)(?P<whom>[^,。!?;]{1,10}?)(?:并|根本|完全|压根|其实)?(?:无关|(?:没有?|无)"
    "(?:任何|半点|一点|半毛钱|啥|什么|直接)?关(?:系|联)|不相干|不是一(?:回事|家))|"
    "(?:两者|二者|双方|两家)(?:之间)?(?:没有|无|并无)任何(?:关系|关联)"
)
_THE_BRAND = re.compile(
    "^(?!我|他们|你们|自己)(?:该|本|此|这个?|那个?|这家|他家|它|贵|知名|被?传|涉事)?[^,。!?]{0,3}"
    "(?:品牌|牌子|公司|企业|厂家|家|产品|款|它|这个|那个|商标)$"
)
_SHIRKED = re.compile(
    "(?:客服|商家|厂家|店家|卖家|老板|他们|你们|对方|售后|物业|快递|平台)[^。!?]{0,12}$"
)
_OWN_STEPS = re.compile("报警|报案|公安|警方|起诉|诉讼|律师|法律|追究|立案|网警|侵权|举报")
_RUMOUR = re.compile("谣|不实|捏造|编造|诽谤|抹黑|诋毁|恶意剪辑|冒充|假冒|侵权")
_STATEMENT = re.compile("声明|公告|公司|我司|官方|通报|我们已|说明")
_TITLE = re.compile("《[^》]{0,8}$")
_TITLE_END = re.compile("[^《]{0,8}》")
_SAID = re.compile(
    "(?:有人|别人|网友|网红|网上|评论区?|评价(?:里|区)?|差评|他们|大家|看到有|朋友|同事|之前看|"
    "听)[^。!?]{0,14}(?:说|讲|评论|反映|吐槽|提到)[^。!?]{0,8}$"
)
_NOT_MINE = re.compile(
    "(?:但|不过|可|其实|实际|结果|,)?(?:我|自己|问了|查了|用着|[她他]说|医生说|照样|亲测|我家|事实上|实际上|到手|收到|用了|"
    "用下来|用到现在|试了|我的)[^。]{0,18}(?:没有?(?:这|出现|遇|发|任何|一点|啥|什么|问题|"
    "事)|没事|正常|挺好|很好|完全不|完全没|正品|放心|一点不|一点都不|不漏|不掉|"
    "没[掉漏坏响起]|从来没|不会|都没|很稳|稳得很|没毛病|没出过|安全|踏实|靠谱|挺香|真香|好用|啥事没|滴水不漏)"
)


def quoted(place: Place) -> bool:
    """Whether it is a rumour that the text denies, a title, or hearsay that did not come true."""
    if _cleared(place):
        return not FIRST_PERSON.search(place.before) or bool(_HEARD.search(place.before))
    if _TITLE.search(place.sentence_before) and _TITLE_END.match(place.sentence_after):
        return True
    return bool(_SAID.search(place.sentence_before) and _NOT_MINE.search(place.later[:60]))


def _cleared(place: Place) -> bool:
    """Whether the text says that it is not true, or none of this brand's doing."""
    around = place.sentence_before + place.hit + place.later
    if _DENIED.search(around) and not _NOT_DENIED.search(around):
        return not _BUT_I.search(around)
    if _BLAME.search(place.before) and _BLAMING.match(place.after):
        return True
    return _unrelated(place) or _brand_defends_itself(place)


def _unrelated(place: Place) -> bool:
    """Whether the text clears the brand: 与该品牌无关; not where somebody shirks."""
    around = place.sentence_before + place.hit + place.later
    for found in _UNRELATED.finditer(around):
        whom = found["whom"]
        if whom is not None and not (_THE_BRAND.search(whom) or _names_subject(whom, place)):
            continue
        if not _SHIRKED.search(around[: found.start()]):
            return True
    return False


def _names_subject(whom: str, place: Place) -> bool:
    return any(
        not mark.rival and place.page.text[mark.start : mark.end] in whom
        for mark in place.page.marks
    )


def _brand_defends_itself(place: Place) -> bool:
    """Whether it is a brand's own statement that it takes those who slander it to court."""
    text = place.page.text[:400]
    return bool(
        _OWN_STEPS.search(place.hit) and _RUMOUR.search(text) and _STATEMENT.search(text)
    ) and not FIRST_PERSON.search(text)
