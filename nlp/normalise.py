"""Brings what people type into one plain form, and remembers where each character came from.

Simplified script, half width, lower case; no HTML, links, @names or invisible characters; emoji and
platform emoticons as words in square brackets; disguised words (垃*圾, 辣鸡, 漏氺) undisguised; at
most two of one character in a row. Normalising the result again changes nothing.
"""

import html
import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import ahocorasick_rs
import opencc

from nlp import tables

_PASSES = 24  # nested entities and tags beyond this depth are an attack, not writing


@dataclass(frozen=True, slots=True)
class Normalised:
    """A normalised text; character i of `text` came from `original[starts[i]:ends[i]]`."""

    text: str
    original: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where `text[start:end]` stands in the original; an empty span maps to one."""
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else len(self.original)
            return at, at
        return self.starts[start], self.ends[end - 1]


class _Edit(NamedTuple):
    """Replace `[start:end]` by `new`; `aligned` when character i of `new` stands for start + i."""

    start: int
    end: int
    new: str
    aligned: bool = False


def normalise(text: str) -> Normalised:
    """Return `text` in plain form. Never raises, whatever the characters; takes linear time."""
    current = _flatten(text)
    starts: Sequence[int] = range(len(text))
    ends: Sequence[int] = range(1, len(text) + 1)
    for turn in range(2 * _PASSES):
        if turn == _PASSES:
            current = _BAIT.sub(" ", current)
        edits = _structural(current) or _disguised(current)
        if not edits:
            break
        current, starts, ends = _apply(current, edits, starts, ends)
        current = _flatten(current)
    return Normalised(current, text, starts, ends)


def is_default_text(text: str | Normalised) -> bool:
    """Whether `text` is what a platform writes for a customer who wrote nothing."""
    length = len(text) if isinstance(text, str) else len(text.original)
    return length < 200 and _default_key(text) in _default_texts()


# --- characters -------------------------------------------------------------------------------

_FOLDED_BLOCKS = (
    range(0xA1, 0x250),
    range(0x2010, 0x2190),
    range(0x2460, 0x2500),
    range(0x2E80, 0x2FE0),
    range(0x3000, 0x3400),
    range(0xF900, 0xFB00),
    range(0xFE10, 0xFFF0),
    range(0x1D400, 0x1D800),
    range(0x2F800, 0x2FA20),
)
_NEWLINES = "\n\r\x0b\x0c\x85\u2028\u2029"
_SPACES = "\t \xa0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_INVISIBLE = (
    "[\\x00\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0f\ufffd\U0001f3fb-\U0001f3ff\U000e0000-\U0010ffff]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")


def _character_table() -> dict[int, int]:
    table = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
    for block in _FOLDED_BLOCKS:
        for code in block:
            folded = unicodedata.normalize("NFKC", chr(code)).lower()
            if len(folded) == 1 and ord(folded) != code:
                table[code] = ord(folded)
    hidden = [*range(0x20), *range(0x7F, 0xA0), 0xAD, 0x34F, 0x61C, 0x180E, 0x3164, 0xFEFF]
    hidden += [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)]
    table.update(dict.fromkeys(hidden, 0))
    table.update(dict.fromkeys(map(ord, _SPACES), ord(" ")))
    table.update(dict.fromkeys(map(ord, _NEWLINES), ord("\n")))
    return table


_CHARACTERS = _character_table()


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _flatten(text: str) -> str:
    """Half width, lower case, simplified; every character stays in its place."""
    flat = text.translate(_CHARACTERS)
    if flat.isascii():
        return flat
    convert = _converter().convert
    try:
        simple = convert(flat)
    except UnicodeEncodeError:
        flat = _SURROGATES.sub("\0", flat)
        simple = convert(flat)
    while simple != flat and len(simple) == len(flat):
        flat, simple = simple, convert(simple)
    return flat


# --- structure: markup, links, names, emoji, repeats -------------------------------------------

_EMOJI = {
    key: f"[{word}]" if len(word) > 1 or word >= "一" else word
    for key, word in tables.pairs("emoji.txt").items()
}
_EMOTICONS = {key: f"[{word}]" for key, word in tables.pairs("emoticons.txt").items()}
_BAIT = re.compile("[<>&@]")
_BREAKING_TAG = re.compile(r"</?(?:br|p|div|li|tr|h\d|td|ul|ol|table|section)\b")
_ALT = re.compile(r"""\balt=["']?(\[[^\[\]]{1,8}\])""")
_STRUCTURE = re.compile(
    rf"(?P<hidden>{_INVISIBLE}+)"
    r"|(?P<tag><(?P<block>script|style)\b[^<>]{0,200}>[^<]{0,2000}</(?P=block)>"
    r"|<!--[^<>]{0,300}-->|</?[a-z][^<>]{0,500}>)"
    r"|(?P<entity>&(?:amp;)*(?:[a-z][a-z0-9]{1,30}|\#\d{1,7}|\#x[0-9a-f]{1,6});)"
    r"|(?P<link>(?:https?://|www\.)(?:[!-~]*[a-z0-9/=_\-])?)"
    r"|(?P<name>@(?:[\w\-·]{2,16}(?![\w\-·]))?)"
    r"|(?P<emoticon>\[[^\[\]\s]{1,8}\])(?P=emoticon)*"
    rf"|(?P<emoji>[{''.join(_EMOJI)}])(?P=emoji)*"
    r"|(?P<space>[ \n]{2,})"
    r"|(?P<one>[^\d\s])(?P=one){2,}"
)

# Most texts hold nothing of the kind; this look is several times cheaper than the search above.
_WORTH_A_LOOK = re.compile(
    rf"[<&@\[{''.join(_EMOJI)}]|{_INVISIBLE}|[ \n]{{2}}|http|www\.|([^\d\s])\1\1"
)


def _structural(text: str) -> list[_Edit]:
    edits: list[_Edit] = []
    if not _WORTH_A_LOOK.search(text):
        return edits
    for match in _STRUCTURE.finditer(text):
        kind = match.lastgroup or ""
        found = match.group()
        new = _rewritten(kind, found)
        if new != found:
            edits.append(_Edit(match.start(), match.end(), new, aligned=kind == "one"))
    return edits


def _rewritten(kind: str, found: str) -> str:
    if kind == "one":
        return found[:2]
    if kind == "hidden":
        return ""
    if kind == "tag":
        return _tag_text(found)
    if kind == "entity":
        return html.unescape("&" + found.rsplit("&", 1)[-1].rsplit("amp;", 1)[-1])
    if kind == "emoticon":
        first = found[: found.index("]") + 1]
        return _EMOTICONS.get(first[1:-1], first) * min(2, len(found) // len(first))
    if kind == "emoji":
        return _EMOJI[found[0]] * min(2, len(found))
    if kind == "space":
        return "\n" if "\n" in found else " "
    return " "


def _tag_text(tag: str) -> str:
    if (alt := _ALT.search(tag)) is not None:
        return alt.group(1)
    return "\n" if _BREAKING_TAG.match(tag) else ""


# --- disguised words ----------------------------------------------------------------------------

_VARIANTS = tables.pairs("variants.txt")
_VARIANT_KEYS = list(_VARIANTS)
_SPLIT_WORDS = tables.lines("split_words.txt")
_variant_search = ahocorasick_rs.AhoCorasick(
    _VARIANT_KEYS, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest
)
_split_search = ahocorasick_rs.AhoCorasick(
    _SPLIT_WORDS, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest
)
_SEPARATOR = r"[ *·.\-_~|/•^+×、]"
_HAN = "[\u4e00-\u9fff]"
_SEPARATED = re.compile(rf"(?<={_HAN}){_SEPARATOR}{{1,2}}(?={_HAN})")


def _disguised(text: str) -> list[_Edit]:
    edits = []
    for which, start, end in _variant_search.find_matches_as_indexes(text):
        key = _VARIANT_KEYS[which]
        if _stands_alone(text, start, end):
            new = _VARIANTS[key]
            edits.append(_Edit(start, end, new, aligned=len(new) == end - start))
    return edits or list(_split_words(text))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether no letter or digit runs on across the ends of a variant spelt with letters."""
    before = text[start - 1 : start] + text[start]
    after = text[end - 1] + text[end : end + 1]
    return not (_runs_on(before) or _runs_on(after))


def _runs_on(two: str) -> bool:
    return len(two) == 2 and two.isascii() and two.isalnum()


def _split_words(text: str) -> Iterator[_Edit]:
    gaps = [match.span() for match in _SEPARATED.finditer(text)]
    if not gaps:
        return
    joined = _SEPARATED.sub("", text)
    found = _split_search.find_matches_as_indexes(joined)
    if not found:
        return
    places = array("I", range(len(text)))
    for start, end in reversed(gaps):
        del places[start:end]
    for which, start, end in found:
        first, last = places[start], places[end - 1] + 1
        if last - first > end - start and _on_purpose(text, first, last, end - start):
            yield _Edit(first, last, _SPLIT_WORDS[which])


def _on_purpose(text: str, start: int, end: int, letters: int) -> bool:
    """Tell 垃 圾 from two words that a space parts: a lone space needs an edge beside the word."""
    inner = text[start:end]
    if inner.count(" ") != end - start - letters or letters > 2:
        return "、" not in inner
    beside = text[start - 1 : start] + text[end : end + 1]
    return len(beside) < 2 or not all("\u4e00" <= char <= "\u9fff" for char in beside)


def _apply(
    text: str, edits: list[_Edit], starts: Sequence[int], ends: Sequence[int]
) -> tuple[str, Sequence[int], Sequence[int]]:
    """Make the edits; return the new text and where its characters come from."""
    parts: list[str] = []
    new_starts, new_ends = array("I"), array("I")
    at = 0
    for edit in edits:
        parts += (text[at : edit.start], edit.new)
        new_starts.extend(starts[at : edit.start])
        new_ends.extend(ends[at : edit.start])
        size = len(edit.new)
        if size and edit.aligned:
            last = edit.start + size - 1
            new_starts.extend(starts[edit.start : last + 1])
            new_ends.extend(ends[edit.start : last])
            new_ends.append(ends[edit.end - 1])
        else:
            new_starts.extend([starts[edit.start]] * size)
            new_ends.extend([ends[edit.end - 1]] * size)
        at = edit.end
    parts.append(text[at:])
    new_starts.extend(starts[at:])
    new_ends.extend(ends[at:])
    return "".join(parts), new_starts, new_ends


# --- default texts ------------------------------------------------------------------------------

_NOT_LETTERS = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d+")


def _default_key(text: str | Normalised) -> str:
    plain = normalise(text) if isinstance(text, str) else text
    return _DIGITS.sub("0", _NOT_LETTERS.sub("", plain.text))


@cache
def _default_texts() -> frozenset[str]:
    return frozenset(map(_default_key, tables.lines("default_texts.txt")))
