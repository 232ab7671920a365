"""What the question log lets slip and what it loses: `python -m benchmarks.privacy [--misses]`.

The messages of `sets/privacy_*.jsonl` hold personal data (`personal`: names, addresses, numbers, handles; `places`: towns,
clubs, employers). An item has slipped through where a telling word of it stands in what would be kept. What is lost is
measured on the questions of the other sets, whose writers knew nothing of the log. Of the blind half only the totals are
for looking at, so `--misses` names those of the open half alone.
"""

from __future__ import annotations

import argparse
import re
import time
import unicodedata
from collections import Counter

from benchmarks.sets import Record, read, share
from bot.journal.scrub import MASK, scrub

# Words of an item that give nothing away by themselves.
_TELLING = re.compile(r"[^\W\d_]{2,}|\d{3,}")
_PLAIN = frozenset(
    """
    the of at dot com co uk org net example and me my is not from flat unit number street st road close lane avenue
    crescent church high house old apartment here this hi in to for name ref case feb jan july march november born what if you
    mission account sort bag box po via rue de la
    """.split()  # noqa: SIM905 - read as lines of words
)


def words_of(text: str) -> Counter[str]:
    """The telling words of a text in small plain letters."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).lower()
    plain = "".join(char for char in plain if not unicodedata.combining(char) and unicodedata.category(char) != "Cf")
    return Counter(word for word in _TELLING.findall(plain) if word not in _PLAIN)


def slipped(record: Record, kept: str, key: str) -> list[str]:
    """The items of a message that can be told from what is kept of it."""
    rest = record["text"]
    for item in record["personal"] + record["places"]:
        rest = rest.replace(item, " ", 1)
    more = words_of(kept) - words_of(rest)
    return [item for item in record[key] if words_of(item) & more]


def measure(half: str, *, misses: bool) -> None:
    """Print what slips through in a half, `open` or `blind`."""
    records = read(f"privacy_{half}")
    kept = [(record, scrub(record["text"])) for record in records]
    for key in ("personal", "places"):
        items = sum(len(record[key]) for record in records)
        lost = [(record, text, item) for record, text in kept if text for item in slipped(record, text, key)]
        print(f"{half}: {key} slipped through {share(len(lost), items)}")
        for record, text, item in lost if misses and half == "open" else []:
            print(f"  {item!r}: {record['text']}\n    {text}")
    refused = sum(text is None for _, text in kept)
    print(f"{half}: refused as a whole {share(refused, len(records))}")


def measure_loss(half: str, *, misses: bool) -> None:
    """Print how much of harmless questions is lost."""
    texts = [record["turns"][-1] for name in ("questions", "out_of_scope") for record in read(f"{name}_{half}")]
    texts = list(dict.fromkeys(texts))
    started = time.perf_counter()
    kept = [scrub(text) for text in texts]
    took = (time.perf_counter() - started) / len(texts)
    masks = sum(text.count(MASK) for text in kept if text)
    words = sum(len(re.findall(r"\w+", text)) for text in kept if text)
    whole = sum(text is not None and MASK not in text for text in kept)
    print(
        f"{half}: harmless questions refused {share(kept.count(None), len(texts))}, kept whole {share(whole, len(texts))}"
    )
    print(f"{half}: words masked in those kept {share(masks, words + masks)}; {took * 1000:.2f} ms a message")
    for text, scrubbed in zip(texts, kept, strict=True) if misses and half == "open" else []:
        if scrubbed is None or MASK in scrubbed:
            print(f"  {text}\n    {scrubbed}")


def main() -> None:
    """Print both measures for both halves."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.privacy", description=__doc__)
    parser.add_argument(
        "--misses", action="store_true", help="name what slips through and what is lost in the open half"
    )
    misses = parser.parse_args().misses
    scrub("warm up")
    for half in ("open", "blind"):
        measure(half, misses=misses)
        measure_loss(half, misses=misses)


if __name__ == "__main__":
    main()
