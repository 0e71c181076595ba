"""Invented brand names, exchanged from round to round.

The corpus tells of brands that do not exist, and some of them mostly in one mood: a network that
sees a text several times would learn the name instead of what is said.
"""

import re

import numpy as np

_NAMES = (
    "星禾|朝禾|杉泊|云岸|青屿|乐咚|木森记|格物家|禾一|山葵|北野|澜山|云杉|知禾|木田|橙屿|松间|"
    "鹿野|白石|栖木|海屿|沐川|朗格|青禾|竹里|远山|小满|安禾|禾木|云禾|南屿"
)
_NAME = re.compile(_NAMES)
_FIRST = "星朝杉云青乐木格禾山北澜知橙松鹿白栖海沐朗竹远安南若清岚雅博锐凯博优瑞思卓维迪欧朴拾简"
_SECOND = "禾泊岸屿咚森物葵野山杉田间石木川格里满羽芙诺纳拓尔曼顿岛舟帆桥谷原尚雅特力可宝源"
_KEPT = 0.3


def renamed(text: str, chance: np.random.Generator) -> str:
    """Return the text, mostly with its invented names exchanged for others; one name for one."""
    found = dict.fromkeys(_NAME.findall(text))
    if not found or chance.random() < _KEPT:
        return text
    others = {name: _name(chance) for name in found}
    return _NAME.sub(lambda name: others[name[0]], text)


def _name(chance: np.random.Generator) -> str:
    return _FIRST[chance.integers(len(_FIRST))] + _SECOND[chance.integers(len(_SECOND))]
