"""Whose trouble a text tells of, where it names the watched subject and its rivals.

One text may name both. A hit belongs to the brand that its clause speaks of; a clause that names
none belongs to the brand that its sentence began with, unless the writer has turned to another
thing since (这个、现在、换了). A rival named for comparison only (比…, 和…一样) owns nothing.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from nlp.normalise import normalise
from nlp.rules.place import Place

_COMPARED = re.compile(
    "(?:比|跟|和|与|同|像|似|如|除了|换掉|换下|代替|替代|相比|对比|对标|赶上|超过|碰瓷|抄袭?|"
    "(?:从|由|把|用了?|买了?|买过|用过|改用|换了?|还有)(?:之前的?|原来的?)?|早知道|不如|"
    "怀疑(?:是|就是)|说是|以为是|当成|冒充)$"
)
_TURNED = re.compile(
    "这[个款家次台双把种件回只口张条瓶边]|现在|如今|换|改|结果|后来|我家|我的|我买|自己|到手|"
    "收到|买了|入了|新的|轮到|没想到|你们|你家|贵司|本店"
)
_OPENING = 5  # characters before a brand that still let it open a clause: 听说杉泊…
_CALLED = re.compile(
    "(?<![说以疑])(?:(?:明明|其实|原来|应该|本来|都|就|才|也)?(?:是|属于|说的是|指的是|买的是)|"
    "投诉|骂|吐槽|关于)(?:那个|那家|那款|隔壁)?$"
)
_DONE_TO = re.compile("(?:投诉|举报|曝光|抵制|起诉|避雷|拉黑|差评|维权)$")
_CORRECTED = 40  # characters after a hit within which 那个是杉泊 corrects whose it was


class Mark(NamedTuple):
    """Where a brand is named, and whether it is a rival."""

    start: int
    end: int
    rival: bool


def marks(text: str, names: Sequence[str], rivals: Sequence[str]) -> list[Mark]:
    """Return where a normalised text names the subject or a rival; none without a rival."""
    if not rivals:
        return []
    finder, which = _finder(tuple(names), tuple(rivals))
    found = [Mark(*match.span(), which[match.group()]) for match in finder.finditer(text)]
    return found if any(mark.rival for mark in found) else []


@lru_cache(maxsize=256)
def _finder(
    names: tuple[str, ...], rivals: tuple[str, ...]
) -> tuple["re.Pattern[str]", dict[str, bool]]:
    which = {plain: True for name in rivals if (plain := normalise(name).text.strip())}
    which |= {plain: False for name in names if (plain := normalise(name).text.strip())}
    longest_first = sorted(which, key=len, reverse=True)
    return re.compile("|".join(map(_bounded, longest_first)) or r"(?!)"), which


def _bounded(name: str) -> str:
    """Latin letters and digits are a name only as whole words: K3 is not in K30."""
    before = "(?<![a-z0-9])" if re.match("[a-z0-9]", name) else ""
    after = "(?![a-z0-9])" if re.search("[a-z0-9]$", name) else ""
    return before + re.escape(name) + after


def of_rival(place: Place) -> bool:
    """Whether the hit is a rival's trouble, told beside this subject."""
    named = place.page.marks
    if not named:
        return False
    first, last = place.start - len(place.before), place.end + len(place.after)
    before = [mark for mark in named if first <= mark.start < place.start]
    if before:
        return _owns(before[-1], place)
    after = [mark for mark in named if place.end <= mark.start < last]
    if after and _linked(after[0], place):
        return after[0].rival
    return _corrected(place) or (not after and _carried(place))


def _owns(mark: Mark, place: Place) -> bool:
    text = place.page.text
    if not mark.rival or _COMPARED.search(text[max(0, mark.start - 8) : mark.start]):
        return False
    return not _TURNED.search(text[mark.end : place.start])


def _linked(mark: Mark, place: Place) -> bool:
    """Whether the brand named after the hit owns it: 漏水的明明是杉泊, 投诉杉泊."""
    between = place.page.text[place.end : mark.start]
    if between in ("", "了", "过") and _DONE_TO.search(place.hit):
        return True
    return bool(re.fullmatch("(?:的|了的|了)?[^,。]{0,4}(?<![说以疑])(?:是|属于|算)", between))


def _corrected(place: Place) -> bool:
    text = place.page.text
    for mark in place.page.marks:
        if place.end <= mark.start <= place.end + _CORRECTED and mark.rival:
            ahead = text[max(place.end, mark.start - 12) : mark.start]
            return _CALLED.search(ahead) is not None
    return False


def _carried(place: Place) -> bool:
    """Whether the sentence began with a rival and has not turned away since."""
    text = place.page.text
    begin = place.start - len(place.sentence_before)
    earlier = [mark for mark in place.page.marks if begin <= mark.start < place.start]
    if not earlier or not earlier[-1].rival:
        return False
    mark = earlier[-1]
    clause = text[max(begin, mark.start - 30) : mark.start]
    ahead = re.split("[,:()]", clause)[-1]
    opens = len(ahead) <= _OPENING and not _COMPARED.search(ahead)
    if not opens and not _CALLED.search(ahead):
        return False
    return not _TURNED.search(text[mark.end : place.end])
