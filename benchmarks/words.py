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
FREQUENT = 3  # open messages that must have a word which SCOWL does not know
OFTEN = 12  # open messages that must have a word which is a name too
SMALL = 0.6  # share of them that write it with a small letter
OPEN = (
    "messages_open messages_taught messages_fresh questions_open conversations_open out_of_scope_open training_covered "
    "training_uncovered"
)
# English words that are people's names too, in any language, and that runners do not need: from reading the 2,400 words which
# SCOWL has both ways (2026-11-29), and from other languages. Those that are needed are `given` in scrub.yaml.
NAMES = frozenset(
    """
    ada agar akin ali amaryllis amber amery amin amor ana andes anna argyle aria asa ascot ash atlas auburn babel
    bacchus badger balder bale banning barber baring barker bart basil bates beau beck bela bella belle ben bender
    berg berry bert beryl beth billings billy bishop blanch bloom bloomer bluff bob bobby bona bonny booth bowers
    bowler bowman boxer brad bran brandy bray brewer brogan browning bruin buck buckeye bud bull burr burrows busby
    buster butler butte butters byre cabot cage cain cairns canning cannon cantor carmine carnation carol carpenter
    carter carver casey castor chad challenger chamber chamberlain chandler chang chen chi chin chino christian chuck
    clarion clay clement cole colleen collier collin colt columbine comer commodore conch constable constance conway
    cooper coral cornell corning cote cotter counselor cox coy crane crater creed crick crow crowe crozier cumming
    curie curt cyan dado daisy dale dan dave davenport dean dell della derby derrick desire dev devon dick dill dina
    dior dirk dis doe dole dolly domino don dona dong donna dotty downy drake duke dunning dusty dutch dyer earl
    earnest ebony ed eddy eden elder elk emerald emery ensign ermine ester ethel etna eureka eve ewe fairy faith
    falconer fan fang fanny farrow faye felicity fern ferris fielding fife finch firth fisher fitz flint flora flowers
    ford foreman forester foster fox fran frank franks freeman frey fuller fulton gabby gable gad gage gale gall
    galloway gama gambit garland garner garret garrison gates gay german gibbon gibson gill gin gita glee glen
    goldsmith gore grace graham grange griffin griffon groves guinea gunny gurney guru gus haggard hale hamlet han
    hana hancock handy hank hanna hannah hardy harlequin harper harrow harry hart hawk hawking hays hazel heath
    heather hector henna henry herb herring hick hicks hogan holder hollow holly homer hood hooker hooper hopper
    howell hoyle hue hull hunt hunter hurd hutch iain ian ida inca india inez innocent ira iris isle ivy jackal jacky
    jacob jade jag jake jasmine jasper jay jean jen jenny jerry jersey jess jewel jill jim jimmy jin jo job jock joe
    joey john johnny joiner jon jones jose josh joule judd jude judy julep jules julia jun kale kali kang karma kay
    keaton keen keller kelly kelvin ken kent kerr khan kidder kirk kit kitty kiwi kong kris lacy lam lamb lamont lance
    lancer lander lang lark larry lassie laura laurel lawn layla lea leach leander leda lee lei lena leo leon leroy
    levi levy lewis li lilac lilly lily lima lin lina linden lindy lino liza lo lola lolly lorry lou louis lucky lucy
    luke lulu luna luther lynch lynx mac mace mack macy madam madden madge mae mai maid mailer mala mamie man manly
    manning mantle marcel mare maria marina marlin marquis mars martial martin marvel mason masters matilda matt maud
    maxim maxwell maya mayer mayo mead mecca mei mel mellon melody mercury mercy meredith merlin merrily merry mia
    mick mickey mike miller mills milo mimosa min mina ming minnie mira misty mo moll molly mona monk monroe moody
    moor moore morgan moron morris morrow mort morton moses moss mull munch muse myrtle nada nan nana nancy nat neal
    ned neil nell nelly nestor newton ng niche nick nicks niger nightingale nile nina noel noor nora norman nova odin
    olga oliver oman omar opal ora orient osborn oscar otis otto pa paddy painter palmer pam pang pansy parks parry
    parson parsons pat patsy patty paul paula pavan pawl peacock pearl pearly peck pedro peg pele penny perks perry
    pete peter petty phil philip phoebe phoenix pia pierce piper pippin pitcher pitman pitt poe pole polly polo pooh
    pope poppy potter pratt prior prudence puck quincy rae rafter raga rai raj rajah ralph ram rama rand randy rani
    rapture ravel raven ravi rayon rebel reed reg regal rena rene reva rex rhea rhode rich rick riddle rig riga rishi
    rivers roach rob robbie robert robes robin robinson rod roger rogers roland roman rome romeo romero ronald rory
    rosa rosalind rosary rosemary ross roth rove rover rowan rowe roy royal rubin ruby ruff rufus rush ruskin russ
    russet ruth ryan sabine sabre sage sailor saki sal sally salsa sam samson sana sanders sandra sang sanger sara
    sari sassoon saul saunders savior sawyer saxon seaman sean sears serena serene serge seth severn sexton seymour
    shah shaman shane shank shannon shari sharp shaw sheba sheen sheer sheik sheikh sheila shell shelly shepherd
    sherry shields shire sibyl sid silva simmer simon sims sin sinclair singe singer singleton sita siva skinner
    slater sloan smith snider sol solomon song sonny soo spears spencer spender squires stan stark stein stella
    sterling stern stevens stewart stokes stringer stu styles sue sullivan sully sultan suri susan sutton suzy sven
    swain sweeney swift swiss sybil tad talon tamara tan tang tanner tara tariq tata tate tatum taylor ted teddy tell
    terence terrence terry tess thai thatcher theo theta thorn thorpe thrush tiffany tiller tim timothy tina titan
    tito titus tobin toby todd toledo tom tomas tommy tong toni tony tory tracy tran travis trent trevor trident trim
    troy trudy trump tu tucker turner tutu twain twila ty tyler tyson ulster uma una ute val vale valentine van vance
    vandal vane vaughn veda venus vera vern veronica vi vic vicky victor vim vince viola violet viper virgil virginia
    vogue von wade wally walter walton wan wand wang warner warren waters watkins watson watt wayne weaver webb webber
    webster wells wen wendy wesley wheeler whistler whit whitman whittle wick wilder wiles wiley wilkins willis willow
    willy wilma wilson winger winner winters wolf wolfe wong woodman woodward worth wren wright wu xi yael yale yang
    yen yin york yuan yuri yves zed zen zephyr zia zion zoe zola
    """.split()  # noqa: SIM905
)
HEADER = """# Words that say nothing about who somebody is. Made by `python -m benchmarks.words`; do not edit.
# From SCOWL, copyright 2000-2018 by Kevin Atkinson and others: permission to use, copy, modify, distribute and sell these word
# lists and the output created from them for any purpose is granted without fee, provided that this notice appears in all
# copies. They are provided "as is" without express or implied warranty. With words of the development sets.
"""


def scowl(folder: Path, kinds: str, size: int) -> set[str]:
    """The words of SCOWL's lists of some kinds up to a size."""
    name = re.compile(
        rf"(?:english|american|british|british_z|australian|canadian|(?:british_)?variant_1)-(?:{kinds})\.(\d+)"
    )
    words: set[str] = set()
    for path in folder.iterdir():
        match = name.fullmatch(path.name)
        if match and int(match[1]) <= size:
            words |= set(path.read_text(encoding="latin-1").split())
    return words


def used() -> tuple[Counter[str], Counter[str]]:
    """How many different open messages have a word at all, and with a small letter."""
    every, small = Counter[str](), Counter[str]()
    texts = {
        text for name in OPEN.split() for record in read(name) for text in record.get("messages") or record["turns"]
    }
    for text in texts:
        written = set(re.findall(r"[A-Za-z]+", text))
        every.update({word.lower() for word in written})
        small.update(word for word in written if word.islower())
    return every, small


def main() -> None:
    """Write the list."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.words", description=__doc__)
    parser.add_argument(
        "scowl", nargs="?", type=Path, default=Path("/usr/share/dict/scowl"), help="folder of its lists"
    )
    folder = parser.parse_args().scowl
    plain = {word for word in scowl(folder, "words", SIZE) if re.fullmatch(r"[a-z]{2,}", word)}
    given = set(yaml.safe_load(RULES.read_text(encoding="utf-8"))["given"].split())
    every, small = used()
    common = {
        word for word, count in every.items() if count >= FREQUENT and small[word] >= SMALL * count and len(word) > 1
    }
    # A word that runners use often stays even so; what is `given` is masked by its company instead.
    needed = given | {word for word in common if small[word] >= OFTEN}
    known = (plain | common) - (NAMES - needed) | {"a", "i"}
    TARGET.write_text(HEADER + "\n".join(sorted(known)) + "\n", encoding="utf-8")
    print(f"{len(known)} words, {len((plain | common) - known)} that are names left out")


if __name__ == "__main__":
    main()
