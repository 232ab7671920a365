"""Decode: the text of a file whose encoding nobody told, or its web page told."""

from __future__ import annotations

import re

# Marks at the start of a file, the longer ones first: UTF-16's is the start of UTF-32's.
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_META = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml[^>]+encoding=[\"']([\w.:-]+)", re.IGNORECASE)
_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")
# Of the letters of a text in a Western language so many at most are not ASCII; French and Czech have some 15 %, a word more.
_WESTERN = 0.45
_STRANGE = 5  # of the characters beyond ASCII one in so many may be unusual where it stands
_SAMPLE = 4096  # bytes that tell UTF-16 without a mark


class UndecodableError(ValueError):
    """The bytes are no text in any encoding that can be told.

    Attributes:
        position: of the first byte that is not UTF-8.

    """

    def __init__(self, position: int) -> None:
        self.position = position
        super().__init__(f"byte {position} is in no encoding that can be told")


def decode(data: bytes, *, page: bool = False) -> str:
    r"""The text of a file, newlines as `\n`.

    A byte order mark decides, then UTF-8 if all of it is, then what a web page says of itself. Else bytes of zero at every other
    place are UTF-16; mostly ASCII letters are Windows' Western encoding (cp1252), or an older Mac's or DOS's where that makes
    letters of what cp1252 makes signs; anything else is guessed by `charset_normalizer`.

    Args:
        data: the whole file.
        page: whether it is a web page, which may name its encoding.

    Raises:
        UndecodableError: it is binary, or cannot be told.

    """
    text = _decode(data, page=page)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes, *, page: bool) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            # The mark of UTF-8 stays: offsets count in the text as it was read.
            encoding = "utf-8" if encoding == "utf-8-sig" else encoding  # noqa: PLW2901
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise UndecodableError(error.start) from None
    position = 0
    if b"\x00" not in data:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            position = error.start
    named = _META.search(data[:_SAMPLE]) if page else None
    names = [(named.group(1) or named.group(2)).decode("ascii")] if named else []
    wide = _wide(data)
    names += [wide] if wide else _western(data)
    for name in names:
        try:
            return data.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return _guess(data, position)


def _wide(data: bytes) -> str:
    """The kind of UTF-16 without a mark, or ""."""
    sample = data[:_SAMPLE]
    half = max(len(sample) // 2, 1)
    even, odd = sample[::2].count(0) / half, sample[1::2].count(0) / half
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.05 else ""


def _western(data: bytes) -> list[str]:
    """cp1252 and friends, the likeliest first; none where the text is binary or not in a Western language."""
    if b"\x00" in data:
        return []
    words = _WORD.findall(data)
    letters = sum(map(len, words))
    high = sum(byte >= 0x80 for byte in data)
    if not letters or high > _WESTERN * letters:
        return []
    readings = [(_strangeness(data, name), name) for name in ("cp1252", "mac_roman", "cp850")]
    return [name for strange, name in sorted(readings, key=lambda reading: reading[0]) if strange * _STRANGE <= high]


def _strangeness(data: bytes, encoding: str) -> int:
    """How many characters beyond ASCII are unusual in running text: signs inside words, capitals behind small letters."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return len(data)
    strange = 0
    for match in re.finditer(r"[^\x00-\x7f]", text):
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        char = match.group()
        if char.isalpha():
            strange += char in "ªºƒˆ" or (
                char.isupper() and (before.islower() or (before.isspace() and not after.isalpha()))
            )
        else:
            strange += char not in "’‘“”–—…€£°•©®™«»½¼¾±×²³µ·¿¡§\u00a0" or (
                char not in "’·" and before.isalpha() and after.isalpha()
            )
    return strange


def _guess(data: bytes, position: int) -> str:
    if b"\x00" in data:
        raise UndecodableError(position)
    import charset_normalizer

    best = charset_normalizer.from_bytes(data, enable_fallback=False).best()
    # Without its language recognised by the frequency of its letters a guess is as often wrong as right.
    if best is None or best.coherence == 0:
        raise UndecodableError(position)
    return str(best)
