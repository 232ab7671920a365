"""x"""
import re
_MARKER = re.compile(r"\[(\d{1,2})\]")
def cited_by(sentence: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(int(number) for number in _MARKER.findall(sentence)))
