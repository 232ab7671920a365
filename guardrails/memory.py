"""What a conversation adds up to.

Facts add up over turns and nothing is forgotten. "Yes, that's me" turns what the turn before only asked about into a
report. Only a specific correction takes something back: a correction word together with the denial of the same concept,
the ability that contradicts it, another part of the body, or a plain "that was my dog".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from guardrails.lexicon import Lexicon
from guardrails.mentions import ASKED, DENIED, HYPOTHETICAL, OTHER, PAST, PRESENT, Found, Mention
from guardrails.normalise import Token
from guardrails.patterns import words
from guardrails.place import REFERS, told_as_past

_GENERAL = frozenset((ASKED, HYPOTHETICAL))
_WAS = words("was is s were happened long all")
_ME = words("i me my mine")
_NOT_MINE = words("he she they who avoid avoiding prevent stop without never not nobody about of from")
_TELLING = frozenset(("symptom", "event"))
CORRECTIONS = ("correction", "recheck", "swap", "pointing")
"""Markers of words that take something back."""
_BACK = words("that it this those these which happened")
_OTHERS = words("he she they his her him them their its one ones all both first second last")
_CONTRARY = frozenset((DENIED, PAST, OTHER, HYPOTHETICAL))


@dataclass(frozen=True)
class Turn:
    """One message, read on its own.

    Attributes:
        text: the message as the runner typed it.
        tokens: its plain words with their places.
        found: the phrases found in it.
        mentions: its mentions with status, owner, parts of the body and quantities.
        cut: whether the message was longer and only its beginning was read.

    """

    text: str
    tokens: tuple[Token, ...]
    found: Found
    mentions: tuple[Mention, ...]
    cut: bool = False

    def has(self, marker: str) -> bool:
        """Tell whether a status marker occurs."""
        return bool(self.found.markers.get(marker))

    @property
    def corrects(self) -> bool:
        """Whether the turn takes something back in so many words."""
        return any(self.has(kind) for kind in CORRECTIONS)

    def quote(self, start: int, end: int) -> str:
        """Return the runner's own words from token ``start`` up to token ``end``."""
        return self.text[self.tokens[start].start : self.tokens[end - 1].end]


@dataclass
class State:
    """All mentions of a conversation, by concept, in the order they were made.

    Attributes:
        mentions: those that count.
        since: for a mention that began to count later than it was made ("yes, that's me"): the turn it did.

    """

    mentions: dict[str, list[Mention]] = field(default_factory=dict)
    since: dict[Mention, int] = field(default_factory=dict)
    _index: dict[tuple[str, str], dict[tuple[int, int], list[Mention]]] = field(default_factory=dict)

    def add(self, mention: Mention) -> None:
        """Add a mention that counts."""
        self.mentions.setdefault(mention.concept, []).append(mention)

    def of(self, concept: str) -> Sequence[Mention]:
        """Return all mentions of a concept."""
        return self.mentions.get(concept, ())

    def near(self, within: str, window: tuple[int, int], concept: str) -> list[Mention]:
        """Return a concept's mentions in one turn, in one sentence and the ones beside it, or in one clause."""
        turn, place = window
        if within == "turn":
            return self._indexed(concept, "turn").get((turn, 0), [])
        if within == "nearby":
            index = self._indexed(concept, "sentence")
            return [mention for step in (-1, 0, 1) for mention in index.get((turn, place + step), ())]
        return self._indexed(concept, within).get((turn, place), [])

    def _indexed(self, concept: str, by: str) -> dict[tuple[int, int], list[Mention]]:
        index = self._index.get((concept, by))
        if index is None:
            index = self._index[concept, by] = {}
            for mention in self.mentions.get(concept, ()):
                place = 0 if by == "turn" else mention.clause if by == "clause" else mention.sentence
                index.setdefault((mention.turn, place), []).append(mention)
        return index

    def effective(self, mention: Mention) -> int:
        """Return the turn from which a mention counts."""
        return max(mention.turn, self.since.get(mention, 0))


@dataclass(frozen=True)
class Conversation:
    """The mentions of a conversation, sorted by what they are worth.

    Attributes:
        turns: the messages.
        counted: mentions that count, with parts of the body inherited from earlier turns.
        general: mentions only asked about or imagined.
        withdrawn: mentions a correction took back.
        since: see ``State``.

    """

    turns: tuple[Turn, ...]
    counted: tuple[Mention, ...]
    general: tuple[Mention, ...]
    withdrawn: tuple[Mention, ...]
    since: dict[Mention, int]

    def state(self, *, general: bool = False, withdrawn: bool = False, without: Collection[int] = frozenset()) -> State:
        """Return the state rules are evaluated on.

        Args:
            general: whether what was only asked about or imagined counts as well.
            withdrawn: whether what a correction took back does.
            without: indices of turns of which nothing counts.

        """
        state = State(since=self.since)
        mentions = [*self.counted, *(self.general if general else ()), *(self.withdrawn if withdrawn else ())]
        for mention in sorted(mentions, key=lambda mention: (mention.turn, mention.start)):
            if state.effective(mention) not in without:
                state.add(mention)
        return state


def names_sign(lexicon: Lexicon, turn: Turn) -> bool:
    """Tell whether a turn names a symptom or an event that is there, as far as its words go."""
    return any(
        mention.status == PRESENT and lexicon.concepts[mention.concept].kind in _TELLING for mention in turn.mentions
    )


def refers_back(lexicon: Lexicon, turn: Turn) -> bool:
    """Tell whether a turn speaks of what was said before it.

    "That was my dog", "he's a greyhound" do. "Heart attack in 2015, two stents" after "chest pain and short of breath" does not:
    it adds to the report, as does what somebody else has or had ("her cancer is three years ago").
    """
    said = {token.text for token in turn.tokens}
    if said & _BACK:
        return True
    adds = turn.has("long_ago") or any(lexicon.concepts[one.concept].kind == "condition" for one in turn.mentions)
    return bool(said & _OTHERS) and (turn.has("closed") or not adds)


class Memory:
    """The running sum of a conversation.

    ``add`` its turns one by one, oldest first; ``conversation`` is what they add up to so far.

    Attributes:
        settled: concepts that the runner has said they have or do not have.

    """

    def __init__(self, lexicon: Lexicon) -> None:
        self.settled: set[str] = set()
        self._lexicon = lexicon
        self._turns: list[Turn] = []
        self._live: list[Mention] = []
        self._general: list[Mention] = []
        self._withdrawn: list[Mention] = []
        self._since: dict[Mention, int] = {}

    def add(self, turn: Turn, answer: Mention | None = None) -> None:
        """Add the next turn, and what it answers to the question the bot asked (see ``questions.py``)."""
        lexicon, number = self._lexicon, len(self._turns)
        mentions = [mention._replace(turn=number) for mention in turn.mentions]
        turns = [*self._turns, turn]
        mentions = _inherit(lexicon, mentions, self._live)
        mentions += _bare_site(lexicon, turn, mentions, self._live)
        if turn.corrects:
            self._live, mentions, gone = _correct(lexicon, turns, number, self._live, mentions)
            self._withdrawn += gone
        self._live, gone = _over(lexicon, turns, number, self._live)
        self._withdrawn += gone
        for mention in _confirmed(turn, number, mentions, self._general):
            promoted = mention._replace(status=PRESENT, why="confirmed later")
            self._since[promoted] = number
            self._live.append(promoted)
        if answer is not None:  # After the corrections: a plain "no" takes back nothing that was said before.
            answer = self.placed(answer)
            mentions.append(answer)
            turn = replace(turn, mentions=(*turn.mentions, answer))
        for mention in mentions:
            if mention.status == PRESENT or mention.status in lexicon.concepts[mention.concept].accepts:
                self._live.append(mention)
            elif mention.status in _GENERAL:
                self._general.append(mention)
        self.settled.update(mention.concept for mention in mentions if mention.status in (PRESENT, DENIED))
        self._turns.append(turn)

    def placed(self, mention: Mention) -> Mention:
        """Return a mention as one of the next turn, about the parts of the body spoken of unless it names its own."""
        return _inherit(self._lexicon, [mention._replace(turn=len(self._turns))], self._live)[0]

    def conversation(self) -> Conversation:
        """Return what the turns so far add up to."""
        return Conversation(
            tuple(self._turns), tuple(self._live), tuple(self._general), tuple(self._withdrawn), dict(self._since)
        )


def _inherit(lexicon: Lexicon, mentions: list[Mention], live: Sequence[Mention]) -> list[Mention]:
    """Give mentions without a part of the body the parts spoken of in earlier turns, the latest turn first."""
    if all(mention.sites for mention in mentions) or not live:
        return mentions
    topic: frozenset[str] = frozenset()
    latest = -1
    for mention in live:
        if lexicon.concepts[mention.concept].kind == "site" and mention.turn >= latest:
            topic = (topic if mention.turn == latest else frozenset()) | {mention.concept}
            latest = mention.turn
    hips = lexicon.groups.get("hipish", frozenset())
    topic |= {mention.concept for mention in live if mention.concept in hips}
    return [mention if mention.sites else mention._replace(sites=topic) for mention in mentions]


def _bare_site(lexicon: Lexicon, turn: Turn, mentions: list[Mention], live: Sequence[Mention]) -> Iterator[Mention]:
    """Read a short answer that only names a part of the body ("the groin, left side") as where the pain is."""
    if len(turn.tokens) > 12 or turn.has("asked") or not any(mention.concept == "pain" for mention in live):
        return
    if any(lexicon.concepts[mention.concept].kind in ("symptom", "event", "figurative") for mention in mentions):
        return
    for mention in mentions:
        if lexicon.concepts[mention.concept].kind == "site" and mention.status == PRESENT:
            yield mention._replace(concept="pain", why="answers where")


def _confirmed(turn: Turn, number: int, mentions: list[Mention], general: Sequence[Mention]) -> list[Mention]:
    """Return what a "yes, that's me" of this turn turns from a question into a report: of the same turn, or the last."""
    marks = [span for span in turn.found.markers.get("confirm", ()) if not _of_another(turn, span[0])]
    if turn.has("story"):  # "is 'worse with each step' correct English?" confirms nothing; "that is me" does.
        marks = [span for span in marks if _ME & {token.text for token in turn.tokens[slice(*span)]}]
    if not marks:
        return []
    last = max(begin for begin, _ in marks)
    own = [mention for mention in mentions if mention.status in _GENERAL and mention.end <= last]
    if own:
        return own
    return [] if turn.has("asked") and len(turn.tokens) > 30 else _last_general(general, number)


def _of_another(turn: Turn, at: int) -> bool:
    """Tell whether a "had it", "getting one" has somebody else before it, or is only to be avoided."""
    before = turn.tokens[at - 1].text if at else ""
    return (
        before in _NOT_MINE
        or any(token.text == "if" for token in turn.tokens[max(0, at - 3) : at])
        or any(end == at for kind in ("kin", "animal", "public") for _, end in turn.found.markers.get(kind, ()))
    )


def _last_general(general: Sequence[Mention], number: int) -> list[Mention]:
    latest = max((mention.turn for mention in general if mention.turn < number), default=-1)
    if number - latest > 2:
        return []
    return [mention for mention in general if mention.turn == latest]


def _over(
    lexicon: Lexicon, turns: Sequence[Turn], number: int, live: list[Mention]
) -> tuple[list[Mention], list[Mention]]:
    """Take back what this turn says is long over; return what stays and what goes.

    "All healed now" takes back what was told with a date, a sign that lasts a minute only if its date lies years back. "That
    was in 2006" dates the turn before.
    """
    turn = turns[number]
    if not any(turn.has(kind) for kind in ("recovered", "resolved", "well")):
        return live, []
    dated = any(earlier.has("past") for earlier in turns[:number]) and turn.has("recovered")
    back = number - 1 if _dates_back(turn) else -1
    long_ago = {
        (at, one.found.layout.sentence[begin])
        for at, one in enumerate(turns[:number])
        for begin, _ in one.found.markers.get("long_ago", ())
    }
    kept: list[Mention] = []
    gone: list[Mention] = []
    for mention in live:
        told = turns[mention.turn].found
        ago = (mention.turn, mention.sentence) in long_ago
        concept = lexicon.concepts[mention.concept]
        over = mention.turn == back or (
            (ago or (dated and not concept.keeps)) and PAST not in concept.accepts and told_as_past(told, mention)
        )
        (gone if over else kept).append(mention)
    return kept, gone


def _dates_back(turn: Turn) -> bool:
    """Tell whether a turn begins by dating the one before: "In 2006!", "that was after a fall in 2008"."""
    words, spans = turn.found.tokens, turn.found.markers.get("long_ago", ())
    if not spans:
        return False
    begin, end = spans[0]
    if begin < 2:
        return words[end : end + 1] in ((".",), ("!",), (";",))
    return words[0] in REFERS and words[1] in _WAS and begin < turn.found.layout.sentences[0][1]


def _correct(
    lexicon: Lexicon, turns: Sequence[Turn], number: int, live: list[Mention], mentions: list[Mention]
) -> tuple[list[Mention], list[Mention], list[Mention]]:
    """Apply a correction; return what stays of the earlier turns, what stays of this one, and what was taken back."""
    turn = turns[number]
    marks = [begin for kind in CORRECTIONS for begin, _ in turn.found.markers.get(kind, ())]
    first = min(marks)
    earlier = [*live, *(mention for mention in mentions if mention.end <= first and mention.status == PRESENT)]
    own = [mention for mention in mentions if not (mention.end <= first and mention.status == PRESENT)]
    contrary = list({(one.concept, one.sites): one for one in own if one.status in _CONTRARY}.values())
    abilities = {
        mention.concept
        for mention in own
        if lexicon.concepts[mention.concept].kind in ("ability", "quantity") and mention.status == PRESENT
    }
    sites_meant = frozenset(
        mention.concept
        for mention in own
        if lexicon.concepts[mention.concept].kind == "site" and mention.status == PRESENT and mention.start >= first
    )
    # "No fever, I checked, and I feel well in myself" takes back the fever alone.
    well = turn.has("all_well") and turn.has("correction") and not _reaffirms(lexicon, turn, own)
    harmless = not any(
        mention.status == PRESENT and lexicon.concepts[mention.concept].kind in ("symptom", "event") for mention in own
    )
    figures = {word for one in turn.found.figures for word in turn.found.tokens[one.start : one.end] if len(word) > 4}
    latest = max((mention.turn for mention in earlier), default=-1)
    told = max((one.turn for one in earlier if lexicon.concepts[one.concept].kind in _TELLING), default=-1)
    meant = number - 2 if turn.has("whole") else max(number - 2, told)
    kept: list[Mention] = []
    gone: list[Mention] = []
    for mention in earlier:
        concept = lexicon.concepts[mention.concept]
        if (
            (harmless and mention.turn < number and (turn.has("figure") or figures & _said(turns, mention)))
            or ((turn.has("pointing") or well) and mention.turn >= meant)
            or any(_same(lexicon, mention, other) for other in contrary)
            or abilities & concept.undone_by
            or (concept.kind == "quantity" and mention.concept in abilities and mention.turn < number)
        ):
            gone.append(mention)
        elif turn.has("swap") and sites_meant and mention.turn == latest and concept.kind != "quantity":
            gone.append(mention)
            if concept.kind != "site":
                kept.append(mention._replace(sites=sites_meant))
        else:
            kept.append(mention)
    return kept, own, gone


def _said(turns: Sequence[Turn], mention: Mention) -> frozenset[str]:
    """Return the words of a mention: a figure of speech that repeats one says how it was meant ("engine seizure")."""
    return frozenset(turns[mention.turn].found.tokens[mention.start : mention.end])


def _reaffirms(lexicon: Lexicon, turn: Turn, own: Sequence[Mention]) -> bool:
    """Tell whether a correction leaves something standing: "I mistyped, no fever, but the hip is as I said".

    Without that, "I meant CAN walk, nothing hurts" takes back everything.
    """
    words = [token.text for token in turn.tokens]
    if any(words[at : at + 2] in (["i", "said"], ["the", "rest"], ["still", "there"]) for at in range(len(words))):
        return True
    return any(
        mention.status == PRESENT and mention.sites and lexicon.concepts[mention.concept].kind in ("symptom", "event")
        for mention in own
    ) and any(word in ("but", "though", "still", "only") for word in words)


def _same(lexicon: Lexicon, mention: Mention, contrary: Mention) -> bool:
    """Tell whether a contrary mention is about the same thing: concept, or family, and not about another body part."""
    left, right = lexicon.concepts[mention.concept], lexicon.concepts[contrary.concept]
    if left.kind == "site" or right.kind == "site":
        return False
    if left.name != right.name and not (left.family and left.family == right.family):
        return False
    return not (
        contrary.own_sites
        and mention.sites
        and left.name == right.name == "pain"
        and not (contrary.sites & mention.sites)
    )
