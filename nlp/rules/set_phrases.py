"""Words that belong to no experience: policies, sellers, adverts, lessons, passed tests."""

import re

from nlp.rules.place import Place
from nlp.rules.speaker import FIRST_PERSON

_POLICY = re.compile(
    "(?:(?:\\d{1,3}|[一二三七十两半]{1,3})(?:天|日|年|个月)(?:之?内)?(?:无理由)?|终身|无条件|"
    "无理由|免费|随时|一律|统统|全部)?(?:都)?(?:可以|可|支持|承诺|保证|我们|本店|小店|卖家|"
    "商家)?(?:包退|包换|包赔|退换|换新|免费退|免费换|保修|质保|运费我|运费由|我们承担|"
    "由[我卖商]|无忧|必赔|必究|退一赔|假一赔|随时联系|(?:的?(?:用户|顾客|客户|消费者|买家|朋友))?"
    "请(?:及时|随时|第一时间|直接)?(?:联系|拨打|致电)|"
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
    "提醒(?:广大|市民|消费者|您)|如何(?:避免|预防|防止|辨别|识别|正确)|怎么(?:避免|"
    "预防|防止|辨别|识别)|怎样(?:避免|预防|辨别)|演练|演习|培训(?:班|会|课)|讲座|宣传(?:周|"
    "月|日|活动|教育)|普法|(?:安全|生活|消费|用电)常识|急救(?:知识|培训|方法|技能|课)|应急(?:预案|处置)|倡议|专项(?:整治|检查|行动)|消费警示|"
    "教你|分钟学会|攻略|指南|原因及|的原因有|原因主要|学会这|须知|(?:请勿|切勿)(?!再?(?:购|下单|入手|上当|选|买))|(?:民警|"
    "警方)(?:温馨)?提[醒示]|(?:专家|法院|律师)[::]|(?:开展|启动|部署|组织)[^。]{0,16}(?:检查|"
    "行动|活动|抽检|整治|演练)|专家(?:提醒|建议|表示|介绍)|消防(?:部门|员|救援)?(?:提醒|"
    "提示)|"
    "消费者权益(?:保护)?日|权益日(?:宣传|活动)|国际消费者|法律规定|根据《|依据《|"
    "消费者权益保护法|条例|质量月|开学第一课|知识分享|涨知识|冷知识|培训教|教大家|"
    "谨防|怎么(?:挑|选)|选购|专家(?:指出|解读|逐条)|业内人士"
)
_NOTICE = re.compile(
    "(?:骗子|不法分子|诈骗分子|有人)[^,。!?]{0,4}(?:冒充|假冒|伪装)|招聘[::]|诚聘|^.{0,4}招聘|五险一金|岗位职责|"
    "^[^\\n。,]{2,24}(?:规则|细则|办法|规定)(?:\\([^\\n)]{1,8}\\))?(?:\\n|$)|"
    "^关于[^\\n。]{0,24}的(?:提示|通知|要求)(?:\\n|$)|公示期"
)
_HAPPENED = re.compile(
    "突然|居然|竟然|老是|已经|才用|刚|第[一二两三四五\\d]+[次天]|昨[天晚]|今[天早晚]|前天|上周|当时|"
    "买回|下单后|用到|用的时候|[天次月周年]就"
)
_CAME_TRUE = re.compile("了(?!解|吗|么|怎|如何|就?别|该|千万|要|赶紧|应)|过(?![敏期度滤程])")
_TESTED = re.compile(
    "(?:、[^,。、]{1,6}){0,6}等?[^,。!?]{0,8}(?:检测|测试|试验|实验|检验|考验|工序)(?!都?[不没未]|过不了|失败)"
)
_TESTS_DONE = re.compile("(?:通过|经过|历经|经历|做了?|进行|需|接受|完成)[^,。!?]{0,16}$")
_PASSED = re.compile(
    "(?:抽检|抽查|检测|检验|送检|质检|检查|复检|结果|批次|产品|均|全部)[^。!?]{0,24}"
    "(?<![不未没])(?:合格(?!率|证)|达标|符合(?:国家|标准|要求|规定)|未发现(?:问题|异常)|没查出)"
)
_INSPECTED = re.compile("市监|监管|监督|质监|药监|工商|抽检|抽查|通报|消保委|消协|检测|部门")
_FAILED = re.compile("不合格|未通过|不达标|不符合|超标|(?:被|处以?)罚|下架|但|居然|竟然|结果还")
_OWN_RECALL = re.compile("(?:宣布|主动|自愿|启动|实施)[^,。!?]{0,6}$")
_REMEDY = re.compile("免费|全额|承担|换新|退款|致歉|道歉")
_GRIEVANCE = re.compile(
    "没人|不接|不回|不理|太差|很差|差劲|极差|差评|垃圾|坑人|坑爹|失望|再也不|恶心|气死|无语|退款|不退|上当|骗人|"
    "千万别(?:再?买|入|下单|碰|来|去)|别买|不要买|客服不|难吃|难用|受不了|恶劣"
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


def boilerplate(place: Place) -> bool:
    """Whether it is a policy, a seller's set phrase, an advert or a lesson, not an experience."""
    if _NON.search(place.before) or _inspected_well(place) or _recalls(place):
        return True
    if _POLICY.match(place.after) and not _BROKEN_PROMISE.search(place.earlier + place.later):
        return not FIRST_PERSON.search(place.sentence_before)
    text = place.page.text[:400]
    if _SELLER.match(place.opening) and len(_SELLER_WORDS.findall(text)) >= 2:
        return True
    if FIRST_PERSON.search(text):
        return False
    if _NOTICE.search(text):
        return True
    if _GRIEVANCE.search(text) or _happened(place):
        return False
    return bool(_TEACHING.search(text)) or len(set(_ADVERT.findall(text))) >= 3


def _happened(place: Place) -> bool:
    """Whether the hit is told as something that came to pass, whoever tells it."""
    return bool(_CAME_TRUE.match(place.after) or _HAPPENED.search(place.before))


def _inspected_well(place: Place) -> bool:
    """Whether it is a test that goods go through, or an authority that found them good."""
    if _TESTED.match(place.after):
        return bool(_TESTS_DONE.search(place.before) or _PASSED.search(place.sentence_after))
    if not _INSPECTED.search(place.hit):
        return False
    around = place.sentence_before + place.hit + place.sentence_after
    return bool(_PASSED.search(around)) and not _FAILED.search(around)


def _recalls(place: Place) -> bool:
    """Whether the brand itself calls goods back and puts it right."""
    if "召回" not in place.hit or not _OWN_RECALL.search(place.before):
        return False
    return _REMEDY.search(place.later) is not None
