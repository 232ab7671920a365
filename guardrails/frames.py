"""Messages that as a whole report nothing: a story, a lesson, somebody else's closed story, one's own, long over.

Patterns beside a mention cannot see these: the novel stands in the first sentence and the symptom in the third. So a frame
covers the whole message. What it may never cover is a plain report: people put "for a novel" and "hypothetically" before
what they have. A plain report names its owner in the present: "I", "me", "my groin", "my daughter".
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from guardrails.mentions import DENIED, OTHER, PAST, PRESENT, Mention
from guardrails.patterns import words
from guardrails.place import REFERS, THIRD_PERSON, Place, told_as_past

_I = words("i me myself mine")
_NOW = words(
    """
    am is are has have hurts aches keeps gets wakes feels can do does still now today tonight currently lately
    yesterday hurting aching limping getting started starting
    """
)
"""Words that put a clause into the present."""
_OTHERS = words(
    """
    you someone somebody anyone people person victim he she his her him man woman guy bloke fella lad runner athlete
    patient stranger
    """
)
_QUOTES = words("says said writes wrote sentence line sentences shouts cries whispers goes")
"""Words whose "I" is somebody else: "she says I cannot feel my legs"."""
_KNOWS = words(
    "understand understood know learn read told asked ask wonder wondered wondering write writing teach teaching"
)
"""What an "I" does that has no symptom."""
_SIDES = words("left right own whole poor bad upper lower inner outer good whole old entire new")
"""Words between "my" and what it owns."""
_GOES_ON_WITH = words("and , then or but so")
"""Words after which a clause still has the subject of the one before."""
_ANY = words("a an any some the this that one two three another someone somebody your every each")
_GOES_ON = words(
    """
    still keeps ongoing today tonight this yesterday last currently lately recently worse flared now started begun
    began starting returned at days weeks hours
    """
)
_ARTICLES = words("the a an this these there")
_UNDATED = words("now just still since for")
_CLOSES = words("vanished healed mended fixed recovered resolved cured sorted cleared all fully completely")
_OVER = ("recovered", "well", "closed")
_REPORTED = ("symptom", "event")
LEAD = 7
"""Words before a frame whose "I" is part of it ("I am a games master for a tabletop …"), at most."""
NEAR = 12
"""Words between a mention and a word that says it goes on, at most."""
OWN_AFTER = 4
"""Words after a mention at which "my" and "me" still own it ("the pain kills me"), at most."""


@dataclass(frozen=True)
class _Voices:
    """Who speaks of their own body in a message, and where."""

    place: Place

    @cached_property
    def _framed(self) -> frozenset[int]:
        """Tokens of frames and just before them: the "I" of "I was told" and "I am writing a" has no symptom."""
        out: set[int] = set()
        for kind in ("story", "closed", "asked", "curious", "hypothetical", "well"):
            lead = LEAD if kind in ("story", "closed") else 0
            for begin, end in self.place.spans(kind):
                first = self.place.found.layout.sentences[self.place.found.layout.sentence[begin]][0]
                out.update(range(max(first, begin - lead), end))
        layout, tokens = self.place.found.layout, self.place.tokens
        for at, word in enumerate(tokens[:-1]):
            if word in _QUOTES and tokens[at + 1] == "i":
                out.update(range(at + 1, layout.sentences[layout.sentence[at]][1]))
        return frozenset(out)

    @cached_property
    def _starts(self) -> frozenset[int]:
        """Where parts of the body and complaints begin."""
        kinds = (*_REPORTED, "site", "condition")
        concepts = self.place.lexicon.concepts
        return frozenset(one.start for one in self.place.found.mentions if concepts[one.concept].kind in kinds)

    @cached_property
    def _own(self) -> dict[int, int]:
        """For clauses in which the writer speaks of their own body, or goes on to: from which token on."""
        layout = self.place.found.layout
        own: dict[int, int] = {}
        for clause, (begin, end) in enumerate(layout.clauses):
            first = next((at for at in range(begin, end) if self._is_own(at, end)), None)
            if first is not None:
                own[clause] = first
            elif (
                clause - 1 in own
                and self.place.tokens[begin] in _GOES_ON_WITH
                and layout.sentence[begin - 1] == layout.sentence[begin]
                and not any(self._is_other(at) for at in range(begin, end))
            ):
                own[clause] = begin  # "I fell and | can not stand"
        return own

    def _is_own(self, at: int, end: int) -> bool:
        tokens = self.place.tokens
        if tokens[at] == "my":
            side = at + 1 < end and tokens[at + 1] in _SIDES
            return at + 1 + side in self._starts and at not in self.place.subjects and at not in self._framed
        if tokens[at] not in _I or at in self._framed:
            return False
        if (
            self.place.spans("story")
            and self.place.spans("checks")
            and tokens[at + 1 : at + 2] in (("have",), ("got",))
        ):
            return False  # "I have collapse and chest pain on my slide. Have I missed anything?"
        return tokens[at] != "i" or not _KNOWS & set(tokens[at + 1 : min(at + 5, end)])

    def _is_other(self, at: int) -> bool:
        return at in self.place.subjects or self.place.tokens[at] in THIRD_PERSON

    def own(self, mention: Mention) -> bool:
        """Tell whether the writer says that a mention is theirs: "I" before it, "my" and "me" also just after."""
        at = self._own.get(mention.clause)
        if at is None:
            return False
        return at < mention.end or (self.place.tokens[at] != "i" and at - mention.end < OWN_AFTER)

    def plain(self, mention: Mention) -> bool:
        """Tell whether a mention is a plain report: the writer's own, or of somebody of theirs."""
        if mention.status != PRESENT or self.place.lexicon.concepts[mention.concept].kind not in _REPORTED:
            return False
        return self.own(mention) or (mention.who == "kin" and self._somebody(mention))

    def bare(self, mention: Mention) -> bool:
        """Tell whether a mention is a report whose "I" is left out: a sentence with nobody in it, outside the frame.

        "Came off the treadmill. Thigh has no feeling. Revising for an exam." Telling it with an hour or a day of this week
        makes it a report in any sentence.
        """
        if mention.status != PRESENT or self.place.lexicon.concepts[mention.concept].kind not in _REPORTED:
            return False
        begin = self.place.found.layout.sentences[mention.sentence][0]
        opens, told = self._labelled.get(mention.sentence, (mention.end, mention.end))
        in_story = opens < mention.end and "but" not in self.place.tokens[told : mention.start]
        fresh, alone = self._sentences[mention.sentence]
        told_by_me = "i" in self.place.tokens[begin : mention.start]
        return mention.who == "self" and (fresh or (alone and not in_story and not told_by_me))

    @cached_property
    def _sentences(self) -> tuple[tuple[bool, bool], ...]:
        """For each sentence: whether it has a fresh date, and whether nobody and no thing is its subject."""
        place, out = self.place, []
        for number, (begin, end) in enumerate(place.found.layout.sentences):
            tokens = place.tokens[begin:end]
            others = any(self._is_other(at) for at in range(begin, end)) or bool(_OTHERS & set(tokens))
            thing = any(start <= begin + 2 for start, _ in place.spans("thing", number))
            fresh = any(
                place.tokens[start] not in _UNDATED and place.tokens[stop : stop + 1] != ("s",)
                for start, stop in place.spans("recent", number)
            )
            out.append((fresh, not (others or thing or tokens[-1] == "?" or self._has_subject(begin, end))))
        return tuple(out)

    def _has_subject(self, begin: int, end: int) -> bool:
        """Tell whether a sentence opens with a thing ("the outsole has cracked") and not with a body ("the hip is numb")."""
        tokens = self.place.tokens
        if tokens[begin] not in _ARTICLES or begin + 1 >= end:
            return False
        head = begin + 2 if tokens[begin + 1] in _SIDES and begin + 2 < end else begin + 1
        return head not in self.place.covered

    @cached_property
    def _labelled(self) -> dict[int, tuple[int, int]]:
        """For sentences that a story opens ("For a novel: …"): where the words that say so stand."""
        labelled: dict[int, tuple[int, int]] = {}
        for begin, end in self.place.spans("story"):
            labelled.setdefault(self.place.found.layout.sentence[begin], (begin, end))
        return labelled

    def _somebody(self, mention: Mention) -> bool:
        """Tell whether the person nearest before a mention is somebody in particular: "my son", not "a runner"."""
        spans, tokens = self.place.spans("kin"), self.place.tokens
        before = bisect_right(spans, (mention.start, len(tokens)))
        if not before:
            return False
        at, end = spans[before - 1]
        of_thing = tokens[end : end + 1] == ("s",) and end + 1 not in self._starts  # "my son's toy"
        return not of_thing and not _ANY & set(tokens[max(0, at - 1) : at + 1])

    def now(self, mention: Mention) -> bool:
        """Tell whether the writer tells a mention as being so now."""
        begin, end = self.place.found.layout.clauses[mention.clause]
        return self.own(mention) and bool(_NOW & set(self.place.tokens[begin : min(end, mention.end + OWN_AFTER)]))


def cover(place: Place, mentions: list[Mention]) -> list[Mention]:
    """Take out of a message what a frame covers."""
    if not any(mention.status == PRESENT for mention in mentions):
        return mentions
    voices = _Voices(place)
    mentions = _long_over(place, voices, mentions)
    why = _frame(place, voices, mentions)
    if not why:
        return mentions
    return [one._replace(status=OTHER, why=why) if one.status == PRESENT else one for one in mentions]


def _frame(place: Place, voices: _Voices, mentions: list[Mention]) -> str:
    """Name the frame the whole message stands in; nothing where somebody present reports something."""
    own = [mention for mention in mentions if voices.plain(mention)]
    reported = own or (not place.spans("unreal") and any(voices.bare(mention) for mention in mentions))
    if place.spans("story") and not reported:
        return "a story, a lesson or a made-up case"
    if place.spans("asks_for"):
        return ""
    if place.spans("closed") and _of_others(place) and all(one.who != "self" for one in own):
        return "somebody's closed story"
    lists = sum(mention.status == DENIED for mention in mentions) > 1
    elsewhere = lists or not (reported or any(mention.own_sites for mention in mentions))
    if (place.spans("well") or place.spans("idle")) and not own and elsewhere:
        return "said by somebody who is well"
    return ""


def _of_others(place: Place) -> bool:
    """Tell whether a message is about another person, and nothing of it is going on."""
    about = any(kind != "animal" for kind in place.subjects.values()) or bool(_OTHERS & set(place.tokens))
    return about and not any(_going_on(place, mention) for mention in place.found.mentions)


def _going_on(place: Place, mention: Mention) -> bool:
    """Tell whether a word near a mention says that it goes on; "for two weeks" and "since" may be long over, too."""
    return any(
        begin - mention.end <= NEAR and mention.start - end <= NEAR
        for begin, end in place.spans("continuing", mention.sentence)
        if place.tokens[begin] in _GOES_ON and not any(start <= begin < end for start, end in place.spans("closed"))
    )


def _long_over(place: Place, voices: _Voices, mentions: list[Mention]) -> list[Mention]:
    """Put into the past what is told between a time long ago and the word that it is over."""
    layout = place.found.layout
    begins = [layout.sentence[begin] for begin, _ in place.spans("long_ago")]
    if not begins:
        return mentions
    first = min(begins)
    opens = {layout.sentences[number][0] for number in range(first, min(first + 3, len(layout.sentences)))}
    overs = [layout.sentence[begin] for kind in _OVER for begin, _ in place.spans(kind)]
    overs += [
        layout.sentence[begin]
        for begin, _ in place.spans("resolved")
        if layout.sentence[begin] in begins or (begin in opens and place.tokens[begin] in _CLOSES)
    ]
    if not overs:
        return mentions
    back = place.tokens[layout.sentences[first][0]] in REFERS
    told = range(first - back, max(overs) + 1)
    return [
        one._replace(status=PAST, why="long over")
        if one.status == PRESENT
        and one.sentence in told
        and not voices.now(one)
        and (one.sentence >= first or told_as_past(place.found, one))
        and not _going_on(place, one)
        else one
        for one in mentions
    ]
