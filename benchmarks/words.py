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
OPEN = "messages_open messages_fresh questions_open conversations_open out_of_scope_open training_covered training_uncovered"
# English words that are people's names too, in any language, and that runners do not need: from reading the 2,400 words which
# SCOWL has both ways (2026-11-29), and from other languages. Those that are needed are `given` in scrub.yaml.
NAMES = frozenset(
    """
    ada agar akin ali amaryllis amber amery amin amor ana andes anna argyle aria asa ascot ash atlas auburn babel bacchus badger balder
    bale banning barber baring barker bart basil bates beau beck bela bella belle bender berg berry bert beryl beth billings bishop
    blanch bloomer bloom bluff bobby bona bonny booth bowers bowler bowman boxer brad bran brandy bray brewer brogan browning bruin buck
    buckeye bud bull burr burrows busby buster butler butte butters byre cabot cage cain cairns canning cannon cantor carmine carnation
    carol carpenter carver casey castor chad challenger chamberlain chamber chandler chang chen chin chino chuck clarion clement cole
    colleen collier collin colt columbine comer commodore conch constable constance conway cooper coral cornell corning cote cotter
    counselor cox coy crane crater creed crick crowe crow crozier cumming curie curt cyan dado dan dave davenport dell della derby
    derrick desire dick dill dina dior dirk dis doe dole dolly domino dona dong donna dotty downy drake duke dunning dusty dyer earnest
    ebony eden eddy elder elk emerald emery ensign ermine ester ethel etna eureka ewe fairy falconer fan fang fanny farrow faye felicity
    ferris fielding fife finch firth fitz flint flora flowers ford forester foreman fran franks freeman frey fuller fulton gabby gable
    gad gage gall galloway gama gambit garland garner garret garrison gates gay gentry german gibbon gibson gill gin gita glee goldsmith
    gore graham grange griffin griffon groves gunny guinea guru gurney gus haggard hamlet han hana hancock handy hank hanna hannah hardy
    harlequin harrow hart hawk hawking hays hector henna henry herring hick hicks hogan holder hollow homer hood hooker hooper hopper
    howell hoyle hue hull hunt hurd hutch iain ian ida inca india inez innocent ira isle jackal jacky jacob jag jake jasper jen jenny
    jerry jess jill jim jimmy jin jo job jock joe joey john johnny joiner jon jones jose josh joule judd jude judy jules julep julia
    jun kale kali kang karma keaton keen keller kelly kelvin ken kent kerr khan kidder kirk kit kitty kiwi kong kris lacy lam lamb lamont
    lancer lander lang lark larry lassie laura lawn layla lea leach leander leda lei lena leo leon leroy levi levy lewis li lilac lilly
    lima lin lina linden lindy lino liza lo lola lolly lorry lou louis lucky lucy luke lulu luna luther lynch lynx mac mace mack macy
    madam madden madge mae mai maid mailer mala mamie man manly manning mantle marcel mare maria marina marlin marquis mars martial
    martin marvel masters matilda matt maud maxim maxwell maya mayer mayo mead meadows mecca mei mel mellon melody mercury meredith
    merlin merrily merry mia mick mickey miller mills milo mimosa min mina ming minnie mira misty mo moll molly mona monk monroe moody
    moor moore morgan moron morris morrow mort morton moses moss mull munch muse myrtle nada nan nana nancy nat neal ned neil nell nelly
    nestor newton ng niche nicks niger nightingale nile nina noel noor nora norman nova odin olga oliver oman omar opal ora orient osborn
    oscar otis otto pa paddy painter palmer pam pang parks parry parson parsons patsy patty paul paula pavan pawl peacock pearly peck
    pedro pele perks perry pete peter petty phil philip phoebe phoenix pia pierce pippin pitcher pitt pitman poe pole polly polo pooh pope
    pratt prior prudence puck quincy rae rafter raga rai raj rajah ralph rama rand rani rapture ravel raven ravi rayon rebel reg regal
    rena rene reva rex rhea rhode rich rick riddle rig riga rishi rivers roach robbie robert robes robinson roger rogers roland roman
    rome romeo romero ronald rory rosa rosalind rosary rosemary ross roth rove rover rowe roy royal rubin ruff rufus rush ruskin russ
    russet ruth ryan sabre sabine sailor saki sal sally salsa sam samson sana sanders sandra sang sanger sara sari sassoon saul savior
    saunders sawyer saxon sean seaman sears serena serene serge seth severn sexton seymour shah shaman shane shank shannon shari sharp
    shaw sheba sheen sheer sheik sheikh sheila shell shelly sherry shields shire sibyl sid silva simmer simon sims sinclair singe singer
    singleton sita siva skinner slater sloan snider sol solomon song sonny soo spears spender squires stan stark stein stella sterling
    stern stevens stewart stokes stringer styles sullivan sully sultan suri susan sutton suzy sven swain sweeney swift swiss sybil tad
    talon tamara tan tang tanner tara tariq tata tate tatum taylor teddy tell terence terrence terry tess thai thatcher theo theta thorn
    thorpe thrush tiffany tiller tim timothy tina tito titan titus tobin toby todd toledo tomas tommy toni tony tong tory tracy tran travis
    trent trevor trident trim troy trudy trump tu tucker turner tutu twain twila tyler tyson ulster uma una ute val vale valentine van
    vance vandal vane vaughn veda venus vera vern veronica vi vic vicky vim vince viper virgil virginia vogue von wally walls walton wan
    wang warner warren waters watkins watson watt weaver webber webster wells wen wendy wesley wheeler whistler whit whitman whittle wick
    wilder wiles wiley wilkins willis willow willy wilma wilson winger winner winters wolf wolfe wong woodman woodward worth wren wright wu
    xi yael yale yang yen yin york yuan yuri yves zen zephyr zia zion zoe zola chi ram sin
    amber ben billy bishop bob carter christian clay daisy dale dean dev devon don dutch earl ed eve faith fern fisher ford
    foster fox frank gale glen grace hale harper harry hazel heath heather herb holly hunter iris ivy jade jasmine jay jean
    jersey jewel kay lance laurel lee lily mason mercy mike nan nick pansy pat pearl peg penny piper poppy potter ram randy reed
    rob robin rod rowan ruby sage shepherd smith sonny spencer stu sue ted tom ty van victor viola violet wade walter wand wayne
    webb zed
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
