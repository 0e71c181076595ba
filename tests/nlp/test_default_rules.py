"""The shipped rules on sentences of their own: what each is about, and whether it is severe.

A row: text, categories that must be found, severe or not. Rows without categories must stay silent.
"""

from functools import cache
from pathlib import Path

import pytest

from nlp.categories import Category
from nlp.levels import Level
from nlp.normalise import normalise
from nlp.rules import RuleSet, load_rules

_FOLDER = Path(__file__).parents[2] / "config" / "defaults" / "rules"


@cache
def _rules() -> RuleSet:
    return RuleSet(load_rules(_FOLDER))


COMPLAINTS = [
    # safety
    ("烧到一半壶底漏水，差点烫到孩子", "safety quality", True),
    ("电饭煲用到第三天突然冒烟，厨房全是糊味，吓得我赶紧拔电", "safety", True),
    ("昨晚给手机充电，充电头直接炸了，床单烧了个洞", "safety", True),
    ("洗澡洗到一半被电了一下，热水器外壳带电，这是要出人命", "safety", True),
    ("面霜涂上去半小时脸肿了，去医院医生说是激素依赖性皮炎", "safety", True),
    ("吃了他家的凉皮全家拉肚子，老人已经住院输液", "safety", True),
    ("孩子喝到一半发现瓶底有只死苍蝇", "safety", True),
    ("狗子吃了这款冻干连吐两天，送宠物医院了", "safety", True),
    ("月饼切开是绿毛，老人已经吃了半块", "safety", True),
    ("凳子腿突然断裂，我妈摔了一跤，手腕骨折", "safety quality", True),
    ("玻璃锅盖炸裂，碎片飞到胳膊上缝了三针", "safety", True),
    ("虽然客服赔了医药费，但我手上的疤是因为这个壶漏电留下的", "safety", True),
    ("總之這個暖風機起火了，幸好有滅火器", "safety", True),
    ("充电宝zi燃，背包都烧穿了", "safety", True),
    ("味道呛得人头晕，检测甲醛超标三倍", "safety", True),
    # quality
    ("用了不到半个月就出现质量问题", "quality", True),
    ("垃圾品控，三台里面有两台屏幕不亮", "quality", True),
    ("典型的三无产品，连个厂名都没有", "quality", True),
    ("质·量·问·题太多了，懒得说", "quality", True),
    ("不是没有质量问题，是你们不承认", "quality", True),
    ("还说没有质量问题，两天就散架", "quality", True),
    ("才穿一次就开胶，鞋底掉了一半", "quality", False),
    ("洗两次就掉色，还起球", "quality", False),
    ("空调半夜不制冷，还嗡嗡响", "quality", False),
    ("后厨脏得要命，地上全是油污", "quality", False),
    ("没用几天就坏了", "quality", False),
    ("一股刺鼻的塑料味，晾了一周都没散", "quality", False),
    ("耳机戴半小时就断连，没法用", "quality", False),
    # counterfeit
    ("去专柜比对过了，妥妥的假货", "counterfeit", True),
    ("贾货！大家别上当", "counterfeit", True),
    ("收到的手机激活时间是去年，明显翻新机", "counterfeit", True),
    ("感觉不是正品，一洗就掉渣", "counterfeit", True),
    ("难道这不是假货吗？logo都歪的", "counterfeit", True),
    # legal
    ("已经打了12315，市监局说周一上门", "legal", True),
    ("商家拒不赔偿，律师函都发了", "legal", True),
    ("老板卷钱跑了，我们几十个人一起去派出所报案", "legal", True),
    ("该公司因虚假宣传被市场监管局罚款八万元", "legal", True),
    # media
    ("记者已经来家里拍了，等着上电视吧", "media", True),
    ("客服辱骂孕妇的录音冲上热搜", "media service", True),
    ("你们就等着上315晚会吧", "media", True),
    ("某某奶茶被曝使用过期牛奶", "media", True),
    # privacy
    ("写了差评之后店家把我电话和地址发到群里，侵犯隐私", "privacy", True),
    ("在他家下单以后骚扰电话就没断过，信息肯定泄露了", "privacy", True),
    ("酒店房间里居然有针孔摄像头", "privacy", True),
    # normal ones
    ("宣传的是纯棉，实际是化纤，虚假宣传", "false_ad", False),
    ("主播说送支架，到手根本没送", "false_ad", False),
    ("实物跟图片完全两回事，照骗", "false_ad", False),
    ("客服已读不回，三天了没人理我", "service", False),
    ("抢到的特价第二天就被砍单", "service", False),
    ("安装师傅态度恶劣，一问三不知", "service", False),
    ("申请退款被拒，说影响二次销售", "after_sales", False),
    ("健身房关门跑路，年卡的钱要不回来", "after_sales", False),
    ("修了两回还是老样子，返厂一个月没消息", "after_sales", False),
    ("昨天刚买今天就降了一百五，还不给价保", "price", False),
    ("包装变小价钱没变，偷偷减量", "price", False),
    ("安装费、支架费、打孔费，乱收费", "price", False),
    # watch
    ("快递五天没动静，卡在中转站", "logistics", False),
    ("明明没收到货却显示签收", "logistics", False),
    ("少发了一个滤芯，配件不全", "logistics", False),
    ("盒子压扁了，里面瓶盖也碎了", "packaging", False),
    ("封口被撕过又用胶带粘上", "packaging", False),
]
HARMLESS = [
    "没有任何质量问题，用着很放心",
    "请问有质量问题怎么退",
    "质量没有问题，就是颜色比图片深一点点",
    "用了大半年从来没漏水过，给五星",
    "这个面膜爆炸好用，姐妹们冲",
    "好吃到爆炸！！！",
    "空气炸锅炸了一盘鸡翅，外酥里嫩",
    "烫了个爆炸头，同事都说好看",
    "自带漏电保护，家里有老人小孩也放心",
    "敏感肌亲测不过敏，很温和",
    "过敏肌可用，换季也稳",
    "周末约朋友一起火锅",
    "讲了一天课嗓子冒烟，全靠它续命",
    "双十一打骨折，囤了三箱",
    "这操作令人窒息哈哈哈",
    "看到偶像像触电一样",
    "这首歌听中毒了",
    "我裂开了，又没抢到",
    "孩子收到礼物高兴坏了",
    "质量问题7天包退，支持12315",
    "本店承诺：如有质量问题，请及时联系客服，我们会为您免费换新",
    "要是漏水就退，目前还没发现",
    "不像之前买的某牌那样漏水",
    "之前用的旧的坏了，换了这个以后安静多了，很满意",
    "一开始有点漏水，客服马上给换了新的，现在用着很好，点赞",
    "网传某品牌水壶爆炸系谣言，官方已辟谣",
    "国际消费者权益日3·15宣传活动走进社区，现场教你辨别假货",
    "如何预防孩子烫伤？这些小知识要收藏",
    "会不会漏水啊，有用过的说说吗",
    "这是正品吗？会不会买到假货",
    "担心过敏，先在耳后试了一下，没事",
    "带烟雾报警器，缺水会自动报警",
    "新机外观曝光，配色绝了",
    "打开盒子好惊喜，全新未拆封",
    "买来去医院陪床用，折叠起来不占地方",
    "不锈钢内胆，用了半年也没生锈",
    "物流不慢，包装完好，没有破损",
    "老板实在，从不缺斤少两",
    "怕被骗所以货到付款，收到是正品，没有被骗",
    "客服态度很好，有问必答，一点不敷衍",
    "有没有质量问题？",
    "不是假货，拿去专柜验过了",
    "别家的杯子老是漏水，这个倒过来摇都不漏",
    "以为会有异味，结果打开一点味道都没有",
    "防摔防水，孩子用着不怕坏",
    "度假酒店的早餐不错",
    "",
    "！！！",
    "[doge]",
]


@pytest.mark.parametrize(("text", "categories", "severe"), COMPLAINTS)
def test_complaint_is_found_with_its_category_and_level(
    text: str, categories: str, severe: bool
) -> None:
    hits = _rules().match(normalise(text)).hits
    assert {hit.category.value for hit in hits} >= set(categories.split())
    assert any(hit.level is Level.SEVERE for hit in hits) is severe


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_raises_nothing(text: str) -> None:
    assert _rules().match(normalise(text)).hits == []


def test_rules_are_many_and_broad() -> None:
    specs = _rules().specs
    assert len({word for spec in specs for word in spec.keywords()}) >= 1000
    assert {spec.category for spec in specs} == set(Category)


def test_every_rule_has_a_look_alike_sentence() -> None:
    assert all(len(spec.examples.no_match) >= 2 for spec in _rules().specs)


def test_all_examples_hold() -> None:
    assert _rules().check() == []


def test_mood_does_not_excuse_a_safety_event() -> None:
    happy = normalise("其他都好，就是第一次用漏电了，哈哈")
    assert _rules().match(happy, p_neg=0.01).hits[0].level is Level.SEVERE
