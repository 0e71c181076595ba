"""Where Chinese words begin and end, for rules whose keyword must be one: 假的, not 暑假|的."""

import logging
import warnings
from collections.abc import Callable, Iterable
from functools import cache

_WINDOW = 12  # characters on either side of a hit that are cut into words


def cuts_a_word(text: str, start: int, end: int) -> bool:
    """Whether a word stands half inside and half outside `text[start:end]`."""
    begin = max(0, start - _WINDOW)
    at = begin
    for word in _cutter()(text[begin : end + _WINDOW]):
        last = at + len(word)
        if (at < start < last < end) or (start < at < end < last):
            return True
        at = last
    return False


@cache
def _cutter() -> Callable[[str], Iterable[str]]:
    """Load jieba's dictionary (0.6 s, 60 MB): only once a rule that needs it could hit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its source has escapes that newer Pythons warn about
        import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()

    def cut(text: str) -> Iterable[str]:
        words: Iterable[str] = tokenizer.cut(text, HMM=False)
        return words

    return cut
