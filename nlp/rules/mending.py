"""Faults that were put right, and cases that both sides have closed."""

import re

from nlp.rules.place import Place

_FIXED = re.compile(
    "(?:解决|处理)(?:好|完|妥|掉)?了|(?:已经?|都|马上|立刻|立即|及时|很快|迅速|当天|第二天|"
    "主动|后来|最后|最终|终于|二话不说|爽快|痛快|火速|免费|直接|秒)(?:就|都|给|帮|也|把|我|"
    "免费){0,4}"
    "(?:[\u4e00-\u9fff]{0,3})?(?:解决|处理|换新|换了|换货|补发|补寄|重发|退款|退了|退钱|赔付|"
    "赔了|补偿|修好|维修|更换|上门)"
    "|换了(?:一?[个台件瓶双套只])?新|(?:补发|补寄|重发|重寄)了|给(?:我)?(?:换|退|补|修|"
    "赔)(?:了|好|新)|修好了|(?:得到|妥善|圆满|完美|顺利|满意)(?:了)?(?:的)?(?:解决|处理)"
    "|(?:不|没)再?(?:漏|响|卡|掉|疼|痒|出现)[^,。]{0,4}了|恢复正常|现在(?:好了|正常了|没事了|"
    "没问题了)|赔偿到位|问题已解|换好了|新的[^,。!?]{0,4}(?:到了?|来了)(?=[,。!])|补了(?:配件|一[个件]|差价|货)"
)
_OWN_FAULT = re.compile(
    "[^。!?]{0,16}(?:不怪(?:商家|店家|卖家|快递|它|人家)|怪我(?:自己|没|不)|是我自己(?:的|没|弄))|"
    "[^。!?]{0,20}(?:发现|原来|结果|其实)是?[^。!?]{0,4}(?:没(?:拧紧|装好|盖好|盖紧|插好|"
    "按说明|看说明|注意)|装反|用错|输错|按错|装错|插错|记错|操作(?:不当|错)|自己(?:弄|没|装|的问题)|误会|虚惊|看错|"
    "搞错)"
)
_MY_OWN_HAND = re.compile("(?:手滑|手残|没拿稳|失手|自己(?:摔|弄|碰|没拿))[^,。!?]{0,8}$")
_NOT_FIXED = re.compile(
    "(?:没有?|不|未|拒绝|拒|别|无法|才(?!换|半)|要求|申请|何时|什么时候|尽快|赶紧|怎么|等着?|"
    "说(?:是|要|会|给|帮)?|答应|承诺|必须|应该|希望|催|让我|需要|能不能|可以|要|想|准备|打算|"
    "同意|只能)[^,。]{0,5}$"
)
_CONTENT = re.compile(
    "问题(?:已|得到|都|也)?解决|新的[^,。!?]{0,4}(?:不|没)|没(?:毛病|再犯)|改五星|改好评|"
    "撤诉|结案|道了?歉|回购|满意|很好|不错|点赞|给力|五星|5星|好评|感谢|谢谢|没再|正常|没问题|放心|贴心|暖心|周到|"
    "速度快|靠谱|态度(?:很|也|挺|非常|真)?好|改评|完美|舒心|挺好|到位|认可|解决了"
    "|[\\[](?:赞|爱心|开心|鼓掌|好的|玫瑰|感谢)"
)
_NOT_CONTENT = re.compile(
    "不满意|不放心|不负责|不及时|不靠谱|不给力|不专业|态度差|态度恶劣|还是(?:漏|坏|不行|一样|"
    "有|老样|卡|差|响)|又(?:漏|坏|出|开始|不行|一个|卡|响)|依然|依旧|仍然?|再也不|差评|失望|"
    "垃圾|无语|敷衍|但(?!.{0,12}(?:好|赞|满意))|可是|退款?(?:还|迟)|投诉|才(?:解决|处理|换|"
    "退|给)|生气|没法|一样(?:漏|坏|的问题)"
)
_SETTLED = re.compile(
    "协商一致|达成(?:一致|和解|协议)|和解(?:了|成功)|撤诉|结案|销案|"
    "撤(?:销|回)了?[^,。!?]{0,4}投诉|投诉(?:可以|请|就)(?:撤销|撤回|关闭)|投诉(?:已经|都)?(?:撤销|撤回|撤)了|"
    "(?:可以|请)关闭[^,。]{0,4}投诉|请撤(?:回|销)|申请撤(?:回|销)"
)
_NOT_SETTLED = re.compile(
    "(?:[不没未]|无法|拒|要求我|逼|让我|骗|诱导|威胁|才肯|才给|商家|平台|客服|他们|对方|卖家|店家|"
    "强制|擅自|直接|自动|给我|被|催|除非|如果|希望|怎么)[^,。!?;\n]{0,8}$"
)
_OPEN_STILL = re.compile(
    "[没未不](?:有|给|能|予|肯)?(?:真正|彻底)?(?:解决|处理|退款|退钱|赔)|没收到|又[漏坏出]|还是[漏坏]|"
    "依然|仍然?|敷衍|再次投诉|重新投诉"
)


def settled(place: Place) -> bool:
    """Whether the writer says that both sides have settled; then even an accident is closed."""
    text = place.page.text
    agreed = any(
        not _NOT_SETTLED.search(text[max(0, found.start() - 10) : found.start()])
        for found in _SETTLED.finditer(text)
    )
    return agreed and not _OPEN_STILL.search(text)


def resolved(place: Place) -> bool:
    """Whether the text goes on to tell that it was put right, and is content."""
    if _OWN_FAULT.match(place.later) or _MY_OWN_HAND.search(place.before):
        return True
    for fixed in _FIXED.finditer(place.later[:80]):
        rest = place.later[fixed.end() :]
        ahead = place.later[max(0, fixed.start() - 8) : fixed.start()]
        if _NOT_FIXED.search(ahead) or rest.startswith(("吗", "么", "?")):
            continue
        if _NOT_CONTENT.search(rest):
            return False
        return bool(_CONTENT.search(place.later[fixed.start() :]))
    return False
