"""Platform codes and the names people know them by."""

LABELS = {
    "jd": "京东",
    "taobao": "淘宝",
    "tmall": "天猫",
    "pdd": "拼多多",
    "douyin": "抖音",
    "kuaishou": "快手",
    "weibo": "微博",
    "xiaohongshu": "小红书",
    "zhihu": "知乎",
    "bilibili": "B站",
    "tieba": "贴吧",
    "wechat": "微信",
    "heimao": "黑猫投诉",
    "12315": "全国12315",
    "smzdm": "什么值得买",
    "dianping": "大众点评",
    "meituan": "美团",
    "vip": "唯品会",
    "suning": "苏宁",
    "dewu": "得物",
    "shop": "商城",
    "tousu": "投诉平台",
    "news": "资讯",
    "rules": "规则中心",
    "import": "文件导入",
}
_ALSO = {
    "京东商城": "jd",
    "京麦": "jd",
    "千牛": "taobao",
    "淘宝网": "taobao",
    "天猫商城": "tmall",
    "拼多多商家后台": "pdd",
    "抖店": "douyin",
    "抖音电商": "douyin",
    "抖音小店": "douyin",
    "快手小店": "kuaishou",
    "新浪微博": "weibo",
    "小红薯": "xiaohongshu",
    "哔哩哔哩": "bilibili",
    "百度贴吧": "tieba",
    "黑猫": "heimao",
    "值得买": "smzdm",
}
_CODES = {label.casefold(): code for code, label in LABELS.items()} | _ALSO


def label(platform: str) -> str:
    """Return the platform's name for people; an unknown one is its own name."""
    return LABELS.get(platform, platform)


def code(name: str) -> str:
    """Return the code for a code or a name as people write it; an unknown one in lower case."""
    name = name.strip().casefold()
    return name if name in LABELS else _CODES.get(name, name)
