"""Makes `bot/data/known_words.txt`, the words that the question log keeps: `python -m benchmarks.words [FOLDER OF SCOWL]`.

Common English words come from SCOWL, the lists that spelling checkers are made from (Debian's package `scowl`), which
keep names apart; the words of the field and of runners' talk from the open development sets. A word that is also a name
stays only where runners use it as a word. Needed again only when the lists or the sets change.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path

import yaml

from benchmarks.sets import read

TARGET = Path(__file__).resolve().parents[1] / "bot" / "data" / "known_words.txt"
RULES = TARGET.with_name("scrub.yaml")
SIZE = 50  # SCOWL's measure of rarity; from 55 on the words are those of scholars, and more of them are names somewhere
NAMES_SIZE = 80
FREQUENT = 3  # open messages that must have a word which SCOWL does not know, or knows as a name too
SMALL = 0.6  # share of them that write it with a small letter
OPEN = (
    "messages_open messages_fresh questions_open conversations_open out_of_scope_open training_covered training_uncovered"
)
# English words of SCOWL that are names in other languages or of people in the news, and no words of runners.
FOREIGN = """
    ali amin ana asa aria bo chad chen chi chin dong eden ewe fan fay gay gin guru han ho jan jin jo jun kai kale ken kit kong la lam
    lei li lin lo lou ma mac mai mango max mei mel mia min ming mo mohair moll mona nan nana neal neil ng niger nina noel nova oman
    omar ora pa pam pang pablo peter pia raj rani ravi rhea roman sal sam sang santa sari sheila shah sheikh sid singe sol song soo
    sung tad tan tang tara teddy thai theo tina tong tory tran tu val vim wan wang wen wing wong wu xi yang yen yin yuan zen zia
    dave jock jimmy joey johnny josh dick dolly gus hector jenny jerry jon kitty lulu maria molly nelly patty philip polly
    roger rory sally stew timothy tommy toby tony willy wally mick paula lil lino jean morton iain nat col reg bert
    akin ada amor bela bella bona cyan desire dior etna faye gita gore hana ida india inez kali kiwi lima leo mala maya mira nile noor
    opal otto pavan pele raga rai rama reva rishi riga roti salsa sana sari seth sheer sita siva suri tata tariq uma veda vera yogi
    tamara anna amy ben beth dan jim joe sean zoe
""".split()  # noqa: SIM905
HEADER = """# Words that say nothing about who somebody is. Made by `python -m benchmarks.words`; do not edit.
# From SCOWL, copyright 2000-2018 by Kevin Atkinson and others: permission to use, copy, modify, distribute and sell these word
# lists and the output created from them for any purpose is granted without fee, provided that this notice appears in all
# copies. They are provided "as is" without express or implied warranty. With words of the development sets.
"""


def scowl(folder: Path, kinds: str, size: int) -> set[str]:
    """The words of SCOWL's lists of some kinds up to a size."""
    name = re.compile(rf"(?:english|american|british|british_z|australian|canadian|(?:british_)?variant_1)-(?:{kinds})\.(\d+)")
    words: set[str] = set()
    for path in folder.iterdir():
        match = name.fullmatch(path.name)
        if match and int(match[1]) <= size:
            words |= set(path.read_text(encoding="latin-1").split())
    return words


def used() -> tuple[Counter[str], Counter[str]]:
    """How many different open messages have a word at all, and with a small letter."""
    every, small = Counter[str](), Counter[str]()
    texts = {text for name in OPEN.split() for record in read(name) for text in record.get("messages") or record["turns"]}
    for text in texts:
        written = set(re.findall(r"[A-Za-z]+", text))
        every.update({word.lower() for word in written})
        small.update(word for word in written if word.islower())
    return every, small


def main() -> None:
    """Write the list."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.words", description=__doc__)
    parser.add_argument("scowl", nargs="?", type=Path, default=Path("/usr/share/dict/scowl"), help="folder of its lists")
    folder = parser.parse_args().scowl
    plain = {word for word in scowl(folder, "words", SIZE) if re.fullmatch(r"[a-z]{2,}", word)}
    names = {word.lower() for word in scowl(folder, "upper|proper-names", NAMES_SIZE)} | set(FOREIGN)
    given = set(yaml.safe_load(RULES.read_text(encoding="utf-8"))["given"].split())
    every, small = used()
    common = {word for word, count in every.items() if count >= FREQUENT and small[word] >= SMALL * count and len(word) > 1}
    talk = {word for word in common - plain if word not in names or small[word] >= 2 * FREQUENT}
    # What is listed as `given` is masked by its company instead.
    known = (plain - names) | (plain & names & common) | (plain & given & set(every)) | (talk - set(FOREIGN)) | {"a", "i"}
    known -= set(FOREIGN) - common
    TARGET.write_text(HEADER + "\n".join(sorted(known)) + "\n", encoding="utf-8")
    print(f"{len(known)} words, {len(plain - known)} words that are names left out")


if __name__ == "__main__":
    main()
