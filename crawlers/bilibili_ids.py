"""Bilibili's two names of one video: its old `av` number, and the `BV` name it has since 2020."""

import re

_ALPHABET = "FcwAPNKTMug3GV5Lj7EJnHpWsx4tb8haYeviqBz6rkCy12mUSDQX9RdoZf"
_PLACES = (8, 7, 0, 5, 1, 3, 2, 4, 6)
_MASK = 23442827791579
_BEYOND = 1 << 51
_BVID = re.compile(rf"BV1([{_ALPHABET}]{{9}})")


def bvid(aid: int) -> str:
    """Return the BV name of the video with this av number. Raises ValueError when none can be."""
    if not 0 < aid < _BEYOND:
        raise ValueError(f"{aid} is no av number")
    rest = (_BEYOND | aid) ^ _MASK
    name = [""] * len(_PLACES)
    for place in _PLACES:
        rest, digit = divmod(rest, len(_ALPHABET))
        name[place] = _ALPHABET[digit]
    return f"BV1{''.join(name)}"


def aid(name: str) -> int:
    """Return the av number of the video with this BV name. Raises ValueError when it is none."""
    match = _BVID.fullmatch(name)
    if match is None:
        raise ValueError(f"{name} is no BV name")
    number = 0
    for place in reversed(_PLACES):
        number = number * len(_ALPHABET) + _ALPHABET.index(match[1][place])
    return (number & (_BEYOND - 1)) ^ _MASK
