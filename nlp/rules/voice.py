"""Who speaks, and of what: rumours denied, other brands, repaired faults, policies and adverts."""

import re

from nlp.rules.place import Place

_FIRST_PERSON = re.compile(
    "我(?:家|的|买|用|收|这|自己|亲|们家|妈|爸|老公|老婆|女儿|儿子|孩子|也|当时|都|在|昨|今|"
    "刚|才|就|去|把|被)|亲身|本人|刚买|收到|到手|到货|买的|用了"
)

_DENIED = re.compile(
    "(?:系|是|为|属|都是|纯属|均为|并非)(?:谣言|不实(?![用惠际])|造谣|假消息|误传|误会|"
    "恶意(?:抹黑|诋毁|造谣|中伤|剪辑)|乌龙|谣传|事实$)|辟谣|(?:系|为|是)(?:旧闻|摆拍|剪辑|"
    "误读)|不实(?:信息|传言|消息|言论|报道)|子虚乌有|不属实|无中生有|恶意(?:抹黑|诋毁|造谣|"
    "中伤)|"
    "造谣|并非事实|与事实不符|官方(?:已)?澄清|已(?:经)?(?:被)?澄清|谣言(?:止于|已)|"
    "没有事实依据|网传.{0,30}(?:谣言|不实|假的)|别信谣|不信谣|传谣"
)
_NOT_DENIED = re.compile(
    "(?:不是|并非|哪是|才不是|怎么(?:就)?(?:是|成|成了))(?:谣言|造谣|误会)|说我(?:们)?造谣|"
    "告我造谣|说(?:是|这是)谣言,?(?:可|但|我)"
)
_TITLE = re.compile("《[^》]{0,8}$")
_TITLE_END = re.compile("[^《]{0,8}》")
_SAID = re.compile(
    "(?:有人|别人|网友|网上|评论区?|评价(?:里|区)?|差评|他们|大家|看到有|朋友|同事|之前看|"
    "听)[^。!?]{0,14}(?:说|讲|评论|反映|吐槽|提到)[^。!?]{0,8}$"
)
_NOT_MINE = re.compile(
    "(?:但|不过|可|其实|实际|结果|,)?(?:我|自己|亲测|我家|事实上|实际上|到手|收到|用了|"
    "用下来|用到现在|试了|我的)[^。]{0,18}(?:没有?(?:这|出现|遇|发|任何|一点|啥|什么|问题|"
    "事)|没事|正常|挺好|很好|完全不|完全没|正品|放心|一点不|一点都不|不漏|不掉|"
    "没[掉漏坏响起]|从来没|不会|都没)"
)

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
    "(?:家里|原来|以前|之前)的?(?:旧|老)[^,。]{0,6}|(?<!是)旧的(?:那个|那台)?|前一(?:个|台|"
    "款)|那家|那个牌子|朋友家的|邻居家的)"
    "[^,。!?]{0,12}$"
)
_THIS = re.compile(
    "(?:这[个款家次台双把种件回]|该|此|本|现在|如今|你家|你们|他家|它家|咱家|今天|依然|还是|"
    "又|也|跟|和|像|比)[^,。!?]{0,10}$"
)
_NOW_GOOD = re.compile(
    "(?:这[个款家次台双把种件]|现在|换了|换成|换上|换这|才(?:买|换|入手)|自从|终于|果断|你家|"
    "你们家|还是|于是|所以|买了|入了|新的|后来|改用|改买|对比|用了)"
    "[^。!?]{0,24}?(?<![不没])(?:好|不错|满意|放心|省心|安心|没有|没出|不会|不漏|不再|稳|"
    "安静|静音|快|强|值|喜欢|舒服|香|赞|棒|正常|完美|踏实|耐用|惊喜|没事|没问题|"
    "没[坏起掉漏再响])|就(?:它|这)[^。!?]{0,6}不|"
    "(?:果断|才|所以|于是)(?:这次|这回|我|就|又)?(?:换|买|入|下单)|换(?:了|成)这|买了这|入了这"
)
_STILL_BAD = re.compile(
    "(?:还是|又|也|照样|依然|依旧|一样|同样|居然|竟然|没想到|仍然?|再次|这次也|"
    "更)[^,。]{0,6}(?:漏|坏|差|问题|不行|这样|如此|假|破|掉|烂|糟|会|有|垃圾|没法|失望|过敏|"
    "死机|卡)|这次(?:又|也|还|居然|竟)|失望|垃圾|一样的问题"
)

_FIXED = re.compile(
    "(?:解决|处理)(?:好|完|妥|掉)?了|(?:已经?|都|马上|立刻|立即|及时|很快|迅速|当天|第二天|"
    "主动|后来|最后|最终|终于|二话不说|爽快|痛快|火速|免费|直接|秒)(?:就|都|给|帮|也|把|我|"
    "免费){0,4}"
    "(?:[\u4e00-\u9fff]{0,3})?(?:解决|处理|换新|换了|换货|补发|补寄|重发|退款|退了|退钱|赔付|"
    "赔了|补偿|修好|维修|更换|上门)"
    "|换了(?:一?[个台件瓶双套只])?新|(?:补发|补寄|重发|重寄)了|给(?:我)?(?:换|退|补|修|"
    "赔)(?:了|好|新)|修好了|(?:得到|妥善|圆满|完美|顺利|满意)(?:了)?(?:的)?(?:解决|处理)"
    "|(?:不|没)再?(?:漏|响|卡|掉|疼|痒|出现)[^,。]{0,4}了|恢复正常|现在(?:好了|正常了|没事了|"
    "没问题了)|赔偿到位|问题已解"
)
_OWN_FAULT = re.compile(
    "[^。!?]{0,20}(?:发现|原来|结果|其实)是?[^。!?]{0,4}(?:没(?:拧紧|装好|盖好|盖紧|插好|"
    "按说明|看说明|注意)|装反|用错|操作(?:不当|错)|自己(?:弄|没|装|的问题)|误会|虚惊|看错|"
    "搞错)"
)
_NOT_FIXED = re.compile(
    "(?:没有?|不|未|拒绝|拒|别|无法|才(?!换|半)|要求|申请|何时|什么时候|尽快|赶紧|怎么|等着?|"
    "说(?:是|要|会|给|帮)?|答应|承诺|必须|应该|希望|催|让我|需要|能不能|可以|要|想|准备|打算|"
    "同意|只能)[^,。]{0,5}$"
)
_CONTENT = re.compile(
    "满意|很好|不错|点赞|给力|五星|5星|好评|感谢|谢谢|没再|正常|没问题|放心|贴心|暖心|周到|"
    "速度快|靠谱|态度(?:很|也|挺|非常|真)?好|改评|完美|舒心|挺好|到位|认可|解决了"
    "|[\\[](?:赞|爱心|开心|鼓掌|好的|玫瑰|感谢)"
)
_NOT_CONTENT = re.compile(
    "不满意|不放心|不负责|不及时|不靠谱|不给力|不专业|态度差|态度恶劣|还是(?:漏|坏|不行|一样|"
    "有|老样|卡|差|响)|又(?:漏|坏|出|开始|不行|一个|卡|响)|依然|依旧|仍然?|再也不|差评|失望|"
    "垃圾|无语|敷衍|但(?!.{0,12}(?:好|赞|满意))|可是|退款?(?:还|迟)|投诉|才(?:解决|处理|换|"
    "退|给)|生气|没法|一样(?:漏|坏|的问题)"
)

_POLICY = re.compile(
    "(?:(?:\\d{1,3}|[一二三七十两半]{1,3})(?:天|日|年|个月)(?:之?内)?(?:无理由)?|终身|无条件|"
    "无理由|免费|随时|一律|统统|全部)?(?:都)?(?:可以|可|支持|承诺|保证|我们|本店|小店|卖家|"
    "商家)?(?:包退|包换|包赔|退换|换新|免费退|免费换|保修|质保|运费我|运费由|我们承担|"
    "由[我卖商]|无忧|退一赔|假一赔|随时联系|请(?:及时|随时|第一时间)?联系|"
    "欢迎(?:随时)?(?:联系|咨询|监督|举报)|联系(?:我们|客服|在线|小二)|非人为|可(?:以)?联系|"
    "可退|可换|不予|不支持|恕不|概不|除外|以外)"
)
_BROKEN_PROMISE = re.compile(
    "说好|骗|假的|根本|不给|结果|屁|没有?兑现|写着|承诺的|当初|明明|承诺.{0,8}却|都不|拒绝"
)
_NON = re.compile("(?:非|不属于|因非|除)(?:产品|商品)?$")
_ADVERT = re.compile(
    "加微信|私信|代购|领券|优惠券|下单|直播间|秒杀|满减|福利|限时|抢购|点击|抽奖|转发|"
    "正品保[障证]|品质保[障证]|厂家直销|现货|包邮|招商|加盟|咨询|热线|旗舰店|预售|新品|上新|"
    "上市|发布|首发|采用|专利|认证|设计,|拍下|活动价|到手价|买一送|全国联保|支持|官方"
)
_TEACHING = re.compile(
    "科普|小知识|小贴士|小常识|小妙招|温馨提示|温馨提醒|注意事项|安全提示|安全提醒|友情提示|"
    "提醒(?:大家|广大|市民|消费者|您|各位)|如何(?:避免|预防|防止|辨别|识别|正确)|怎么(?:避免|"
    "预防|防止|辨别|识别)|怎样(?:避免|预防|辨别)|演练|演习|培训(?:班|会|课)|讲座|宣传(?:周|"
    "月|日|活动|教育)|普法|常识|急救|应急(?:预案|处置)|倡议|专项(?:整治|检查|行动)|消费警示|"
    "教你|分钟学会|攻略|指南|原因及|的原因有|原因主要|学会这|须知|请勿|切勿|(?:民警|"
    "警方)(?:温馨)?提[醒示]|(?:专家|法院|律师)[::]|(?:开展|启动|部署|组织)[^。]{0,16}(?:检查|"
    "行动|活动|抽检|整治|演练)|专家(?:提醒|建议|表示|介绍)|消防(?:部门|员|救援)?(?:提醒|"
    "提示)|"
    "消费者权益(?:保护)?日|权益日(?:宣传|活动)|国际消费者|法律规定|根据《|依据《|"
    "消费者权益保护法|条例|质量月|开学第一课"
)
_GRIEVANCE = re.compile(
    "太差|很差|差劲|极差|差评|垃圾|坑人|坑爹|失望|再也不|恶心|气死|无语|退款|不退|上当|骗人|"
    "千万别|别买|不要买|客服不|难吃|难用|受不了|恶劣"
)
_SELLER = re.compile(
    "^[\\s\\[\\]\u4e00-\u9fff]{0,4}?(?:亲(?:亲|爱的)?[,~!:\\s您,]|您好|尊敬的|亲爱的(?:顾客|"
    "买家|家人|小主|宝)|感谢(?:您|亲)|小主|宝子?们?[,~]?您|店家回复|商家回复|客服回复|"
    "官方回复|掌柜回复|回复[::]|各位(?:顾客|买家|亲))"
)
_SELLER_WORDS = re.compile(
    "您|我们|亲[,~!]|本店|小店|我们会|咱们|祝您|欢迎|请联系|联系(?:我们|在线|人工)?客服|为您|"
    "给您|让您"
)


def quoted(place: Place) -> bool:
    """Whether it is a rumour that the text denies, a title, or hearsay that did not come true."""
    around = place.sentence_before + place.hit + place.later
    if _DENIED.search(around) and not _NOT_DENIED.search(around):
        return not _FIRST_PERSON.search(place.before)
    if _TITLE.search(place.sentence_before) and _TITLE_END.match(place.sentence_after):
        return True
    return bool(_SAID.search(place.sentence_before) and _NOT_MINE.search(place.later[:60]))


def compared(place: Place) -> bool:
    """Whether it is what this product is said not to be like: 不像某牌那样漏水."""
    unlike = _UNLIKE.search(place.before)
    if unlike is not None:
        return bool(_OF_OTHERS.search(unlike["what"]) or _LIKE_THAT.match(place.after))
    return bool(_THAN.search(place.before) and _BETTER.match(place.after))


def of_another(place: Place) -> bool:
    """Whether it is told of another brand or an earlier purchase, while this one does well."""
    before = place.before
    other = _OTHERS.search(before)
    if other is None and place.previous and not _THIS.search(before) and len(before) < 8:
        other = _OTHERS.search(place.previous.rstrip(",")[-20:])
    if other is None or _THIS.search(other.group()):
        return False
    return bool(_NOW_GOOD.search(place.later)) and not _STILL_BAD.search(place.later)


def resolved(place: Place) -> bool:
    """Whether the text goes on to tell that it was put right, and is content."""
    if _OWN_FAULT.match(place.later):
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


def boilerplate(place: Place) -> bool:
    """Whether it is a policy, a seller's set phrase, an advert or a lesson, not an experience."""
    if _NON.search(place.before):
        return True
    if _POLICY.match(place.after) and not _BROKEN_PROMISE.search(place.earlier + place.later):
        return not _FIRST_PERSON.search(place.sentence_before)
    text = place.page.text
    if _SELLER.match(place.opening) and len(_SELLER_WORDS.findall(text[:300])) >= 2:
        return True
    if _FIRST_PERSON.search(text[:400]) or _GRIEVANCE.search(text[:400]):
        return False
    return bool(_TEACHING.search(text[:400])) or len(set(_ADVERT.findall(text[:400]))) >= 3
