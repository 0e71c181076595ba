"""What encoding a text file is in. Back-offices on Windows write GBK and never say so."""

import codecs
from typing import IO

_CHUNK = 1 << 18
_BOMS = [
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
_MOST_BROKEN = 0.01


def detect(stream: IO[bytes]) -> str | None:
    """Return the encoding of a text, None when it is no text; the stream stands at 0 again.

    A text with a few broken bytes still has an encoding: the one that breaks on fewest of them.
    """
    stream.seek(0)
    head = stream.read(4096)
    for mark, name in _BOMS:
        if head.startswith(mark):
            stream.seek(0)
            return name
    if b"\0" in head:
        stream.seek(0)
        return _wide(head)
    broken: dict[str, float] = {}
    for name in ("utf-8", "gb18030"):
        broken[name] = _broken(stream, name)
        if not broken[name]:
            break
    stream.seek(0)
    best = min(broken, key=lambda name: broken[name])
    return best if broken[best] <= _MOST_BROKEN else None


def _wide(head: bytes) -> str | None:
    """Return the byte order of a UTF-16 text without a mark: of its separators and line ends."""
    for name, marks in (
        ("utf-16-le", (b",\0", b"\t\0", b"\n\0")),
        ("utf-16-be", (b"\0,", b"\0\t", b"\0\n")),
    ):
        if any(head[at : at + 2] in marks for at in range(0, len(head) - 1, 2)):
            text = head[: len(head) // 2 * 2].decode(name, "replace")
            if text.count("\ufffd") <= 1 and "\0" not in text:
                return name
    return None


def _broken(stream: IO[bytes], encoding: str) -> float:
    """Return which part of the text cannot be read in the encoding."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    characters = bad = 0
    while chunk := stream.read(_CHUNK):
        text = decoder.decode(chunk)
        characters += len(text)
        bad += text.count("\ufffd")
    bad += decoder.decode(b"", final=True).count("\ufffd")
    return bad / max(characters, 1)
