"""What the patterns of ``status.yaml`` need to know about one message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from guardrails.lexicon import Lexicon
from guardrails.mentions import Found, Mention
from guardrails.patterns import words

FIRST_PERSON = words("i my me mine myself our we us")
REFERS = words("that it this which all back ages those these history happened")
"""First words of a sentence that speaks of the one before."""
THIRD_PERSON = words("he she they his her him their them")
_PAST_VERBS = words("had was were did got felt went came broke tore fell hurt kept took gave could")
_AGENT = words("by with over at to from into for walking walk walked walks running run ran a the my")
"""Words that make an animal the means, not the one hurt ("tripped over the dog"): looked up before its name."""
LIKE = 3
"""Words between "like" and an animal that is only an image, at most."""


@dataclass(frozen=True)
class Place:
    """What the status patterns need to know about one message."""

    found: Found
    covered: frozenset[int]
    lexicon: Lexicon

    @property
    def tokens(self) -> tuple[str, ...]:
        """The message's plain words."""
        return self.found.tokens

    @cached_property
    def _by_sentence(self) -> dict[tuple[str, int], list[tuple[int, int]]]:
        out: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for marker, spans in self.found.markers.items():
            for begin, end in spans:
                out.setdefault((marker, self.found.layout.sentence[begin]), []).append((begin, end))
        return out

    @cached_property
    def subjects(self) -> dict[int, str]:
        """Tokens that name somebody else: kin, animal or public."""
        return {
            at: kind
            for kind in ("kin", "animal", "public")
            for begin, end in self.found.markers.get(kind, ())
            if not (kind == "animal" and begin and self._no_subject(begin))
            for at in range(begin, end)
        }

    def _no_subject(self, begin: int) -> bool:
        """Tell whether an animal does nothing itself: "the vet said of my dog", "shivering like a wet dog"."""
        return self.tokens[begin - 1] in _AGENT or "like" in self.tokens[max(0, begin - LIKE) : begin]

    @cached_property
    def finding_ends(self) -> dict[int, int]:
        """For tokens inside a symptom or event: where that mention ends."""
        ends: dict[int, int] = {}
        for mention in self.found.mentions:
            if self.lexicon.concepts[mention.concept].kind in ("symptom", "event"):
                for at in range(mention.start, mention.end):
                    ends[at] = min(mention.end, ends.get(at, mention.end))
        return ends

    def spans(self, marker: str, sentence: int | None = None) -> Sequence[tuple[int, int]]:
        """Return where a marker stands, in the whole message or in one of its sentences."""
        if sentence is None:
            return self.found.markers.get(marker, ())
        return self._by_sentence.get((marker, sentence), ())


def told_as_past(found: Found, mention: Mention) -> bool:
    """Tell whether the clause of a mention has a verb in the past."""
    begin, end = found.layout.clauses[mention.clause]
    return any(word in _PAST_VERBS or word.endswith("ed") for word in found.tokens[begin:end])
