"""Hides personal data in texts that are shown, sent or exported.

What is hidden: phones, identity cards, bank cards, order and waybill numbers, e-mail addresses,
WeChat and QQ ids, street addresses, and names where the wording gives them away. Masking a masked
text changes nothing. Prices, dates, models and quantities stay as they are.
"""

import re
from collections.abc import Callable

_Rewrite = Callable[[re.Match[str]], str]


def mask(text: str) -> str:
    """Return `text` with personal data hidden; what stays says what kind of thing was there."""
    if not _SUSPECT.search(text):
        return text
    for pattern, rewrite in _STEPS:
        text = pattern.sub(rewrite, text)
    return text


def mask_author(name: str) -> str:
    """Keep the first and the last character of a name: 小**鱼. A masked name stays as it is."""
    name = " ".join(name.split())
    if not name or "**" in name:
        return name
    return name[0] + "**" + (name[-1] if len(name) > 2 else "")


def _mobile(match: re.Match[str]) -> str:
    digits = [char for char in match.group() if char.isdigit()][-11:]
    return "".join(digits[:3]) + "****" + "".join(digits[-4:])


def _ends(match: re.Match[str]) -> str:
    """Keep two characters at either end, so that people can still tell two numbers apart."""
    number = match.group("number")
    return match.group().removesuffix(number) + number[:2] + "****" + number[-2:]


def _replaced(by: str) -> _Rewrite:
    return lambda match: match.groupdict().get("label", "") + by


def _name(match: re.Match[str]) -> str:
    return match.group("label") + match.group("name")[0] + "**"


_ALONE = r"(?<![0-9０-９A-Za-z.])"
_END = r"(?![0-9０-９A-Za-z])"
_D = "[0-9０-９]"
_HAN = "[\u4e00-\u9fff]"
_LINK = r"(?:是|为|：|:|，|,|#| |加|【|\[){0,3}"
_SURNAMES = (
    "[赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严金魏陶姜戚谢邹喻柏章苏潘葛范彭郎鲁韦昌马苗凤方俞任"
    "袁柳史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬傅卞齐康伍余顾孟黄穆萧尹姚邵汪祁毛狄戴宋庞熊纪舒项祝董梁杜阮蓝闵季贾"
    "江童颜郭梅盛林钟徐邱骆高夏蔡田樊胡凌霍万柯卢莫丁邓洪崔吉龚程邢裴陆荣翁惠储靳段焦谷侯宁祖武刘詹龙叶黎薄白"
    "蒲赖卓乔翟谭申冉桑桂牛寿边燕温庄柴瞿阎慕习艾向古易廖匡寇欧聂游于成常曾肖付趙錢孫鄭馮陳衛蔣韓楊許呂張嚴謝"
    "鄒蘇魯韋馬鳳費賀湯羅畢齊顧黃蕭龐紀項賈顏鍾駱盧鄧陸榮劉葉龍譚莊閻歐聶遊]"
)
# What may stand right before a name without being part of it.
_BEFORE_NAME = rf"(?:(?<!{_HAN})|(?<=[是叫找给給让讓的为為由和跟与與请請服位]))"
_UNIT = r"(?:号楼|號樓|栋|棟|幢|座|单元|單元|层|室|户)"
_DOOR = rf"(?:[0-9０-９A-Za-z一二三四五六七八九十]{{1,4}}{_UNIT})"
# A cheap look for anything that a step could want: most texts hold none of it.
_SUSPECT = re.compile(
    rf"{_D}{{5}}|{_D}[ \-–—.·]{_D}|@|{_D}[号號弄]|{_UNIT}|先生|女士|小姐|太太"
    r"|老师|老師|师傅|師傅|经理|經理"
    r"|我叫|姓名|[联聯]系人|[收寄]件人|收[货貨]人|[机機]主|[微薇威徽][信x]|[vV][信xX]|[wW][xX]|[qQ]{2}|扣扣"
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,5}")
_ACCOUNT = re.compile(
    r"(?P<label>(?:[微薇威徽][信x]|[vV]信|[vV][xX]|[wW][xX]|[qQ]{2}|扣扣)"
    rf"(?:号码|号|群号|群|id|ID)?(?:同号)?{_LINK})(?P<number>[A-Za-z0-9][A-Za-z0-9_\-]{{4,19}}){_END}"
)
_ORDER = re.compile(
    r"(?:[订訂][单單]|[单單][号號]|[运運][单單]|快[递遞]|物流|[编編][号號]|流水|交易|工[单單]|投[诉訴][单單]|受理|售后[单單]|退款[单單])"
    rf"(?:[编編]?[号號][码碼]?)?{_LINK}(?P<number>[A-Za-z]{{0,4}}[0-9][0-9A-Za-z\-]{{6,31}}){_END}"
)
_WAYBILL = re.compile(
    rf"{_ALONE}(?P<number>(?:SF|JD[A-Z]{{0,2}}|YT|ZTO|STO|YD|EMS|JT|DPK|ZJS|TT|KYE|UC)[0-9]{{8,22}}"
    rf"(?:-[0-9]{{1,4}}){{0,3}}-?){_END}",
    re.IGNORECASE,
)
_IDENTITY = re.compile(
    rf"{_ALONE}[1-9][0-9]{{5}}[ \-]?(?:18|19|20)[0-9]{{2}}[ \-]?(?:0[1-9]|1[0-2])"
    rf"(?:[0-2][0-9]|3[01])[ \-]?[0-9]{{3}}[0-9Xx]{_END}"
)
_CARD = re.compile(
    rf"{_ALONE}(?P<number>[0-9]{{4}}(?:[ \-][0-9]{{4}}){{3}}(?:[ \-][0-9]{{1,4}})?){_END}"
)
_MOBILE = re.compile(rf"{_ALONE}(?:\+?86[ \-]?)?[1１][3-9３-９]{_D}(?:[ \-–—.·]?{_D}){{8}}{_END}")
_LANDLINE = re.compile(
    rf"{_ALONE}(?:[(（]0[1-9][0-9]{{1,2}}[)）][ \-]?|0[1-9][0-9]{{1,2}}[ \-])"
    rf"[1-9][0-9]{{2,3}}[ \-]?[0-9]{{4}}{_END}"
)
_LONG_NUMBER = re.compile(rf"{_ALONE}(?P<number>[0-9]{{10,32}}){_END}")
_STREET_NAME = "(?:(?![省市区區县縣住在到])[\u4e00-\u9fff]){1,6}"
_STREET = re.compile(
    rf"{_STREET_NAME}(?:大道|胡同|[路街道巷弄里村镇鎮])(?:{_D}{{1,5}}|[一二三四五六七八九十百]{{1,5}})(?:[\-之][0-9]{{1,4}})?[号號弄]"
    rf"(?!线|線|链)(?:院|{_HAN}{{2,8}}?(?=[0-9A-Za-z]))?{_DOOR}{{0,4}}(?:[0-9]{{2,5}}室?)?"
)
_ESTATE = re.compile(
    rf"{_STREET_NAME}(?:小区|小區|花园|花園|家园|家園|公寓|新村|宿舍|大厦|大廈|苑){_DOOR}{{1,4}}(?:[0-9]{{2,5}}室?)?"
)
_FLAT = re.compile(rf"{_ALONE}[0-9]{{1,3}}(?:号楼|栋|棟|幢)(?:[0-9]{{1,2}}单元)?[0-9]{{3,4}}室?")
_LABELLED_NAME = re.compile(
    rf"(?P<label>(?:我叫|姓名|[联聯]系人|[收寄]件人|收[货貨]人|[机機]主)[是为：: ]{{0,2}})"
    rf"(?P<name>{_SURNAMES}{_HAN}{{1,2}}?)"
    r"(?=[，,。；;！!、\s\d（(]|电话|手机|$)"
)
_TITLED_NAME = re.compile(
    rf"(?P<label>){_BEFORE_NAME}(?P<name>{_SURNAMES}(?:{_HAN}{{0,2}}?(?=先生|女士|小姐)|(?=太太|老师|老師|师傅|師傅|经理|經理)))"
)
_STEPS: tuple[tuple[re.Pattern[str], _Rewrite], ...] = (
    (_EMAIL, _replaced("[邮箱]")),
    (_ACCOUNT, _replaced("[账号]")),
    (_ORDER, _ends),
    (_WAYBILL, _ends),
    (_IDENTITY, _replaced("[证件号]")),
    (_CARD, _ends),
    (_MOBILE, _mobile),
    (_LANDLINE, _replaced("[电话]")),
    (_LONG_NUMBER, _ends),
    (_STREET, _replaced("[地址]")),
    (_ESTATE, _replaced("[地址]")),
    (_FLAT, _replaced("[地址]")),
    (_LABELLED_NAME, _name),
    (_TITLED_NAME, _name),
)
