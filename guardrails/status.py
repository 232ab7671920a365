"""Whether a mention is a report: present unless a tight pattern says otherwise.

In clinical notes an unmarked finding is affirmed and the costly error is a missed negation. Here the costly error is a
false one: so every mention counts as present, "can not", "could not", "would not" never negate, and only the patterns
of ``status.yaml`` - bound to the mention word by word - deny it, put it in the past, or make it imagined, asked about,
or somebody else's. The approach inverts NegEx (Chapman 2001) and ConText (Harkema 2009).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from guardrails.lexicon import Lexicon
from guardrails.mentions import ASKED, DENIED, HYPOTHETICAL, OTHER, PAST, PRESENT, Found, Mention
from guardrails.patterns import SENTENCE_END, words

FIRST_PERSON = words("i my me mine myself our we us")
THIRD_PERSON = words("he she they his her him their them")
_LIST = frozenset((",", "or", "nor", "and", "neither"))
_NO = words("no nope nah none negative never not nay naw neither")
_AUX = words(
    """
    has have had is s are was were now all completely totally just pretty much mostly since also thing bit
    already quickly fully soon in my the it of
    """
)
_RECENT_VERBS = words("has is s are can keeps gets complains says am")
_EXPLAINS = words("the just only my from because a an due caused down nothing")
_QUESTION_VERBS = words("is are can could does do did will would should might has have was may must ought am")
"""Verbs that make a question only at its head: "is a limp bad", but not "there is a limp"."""
_BEFORE_QUESTION = words(
    """
    , - : and but so or then hi hello hey ok okay question q wondering also anyway lol please well just btw
    curious alright morning evening out thanks wondered
    """
)
_AGENT = words("by with over at to from into for a the my")
"""Words that make an animal the means, not the one hurt ("tripped over the dog"): looked up before its name."""
_PAST_VERBS = words("had was were did got felt went came broke tore fell hurt kept took gave")
DENY_REACH = 12
"""Words a negation reaches over, at most, when all of them belong to one list."""
HYPOTHETICAL_REACH = 16
"""Words an "if I ever had …" reaches over, at most."""


@dataclass(frozen=True)
class _Place:
    """What the status patterns need to know about one message."""

    found: Found
    covered: frozenset[int]
    lexicon: Lexicon

    @property
    def tokens(self) -> tuple[str, ...]:
        return self.found.tokens

    def spans(self, marker: str) -> tuple[tuple[int, int], ...]:
        return self.found.markers.get(marker, ())


def settle(lexicon: Lexicon, found: Found) -> list[Mention]:
    """Give each mention of a message its status and whose it is."""
    covered = frozenset(at for mention in found.mentions for at in range(mention.start, mention.end))
    place = _Place(found, covered, lexicon)
    people = _people(place)
    asked = _asked_spans(place)
    settled: list[Mention] = []
    for mention in found.mentions:
        status, why = _status(place, mention, asked)
        who = people[mention.clause][0] if mention.clause in people else "self"
        who = _who(place, mention, who)
        settled.append(replace(mention, status=status, why=why, who=who))
    return _experiencer(place, settled)


def _status(place: _Place, mention: Mention, asked: Sequence[tuple[int, int]]) -> tuple[str, str]:  # noqa: PLR0911 - one line a status, in order of precedence
    concept = place.lexicon.concepts[mention.concept]
    if concept.kind == "ability":
        return (DENIED, "denied") if _denied_before(place, mention) else (PRESENT, "")
    exception = _exception(place, mention)
    denied = "" if exception else _denied_before(place, mention) or _denied_after(place, mention)
    if denied:
        return DENIED, denied
    if not concept.keeps and not exception:
        gone = _gone(place, mention)
        if gone:
            return PAST, gone
    past = _past(place, mention)
    if past:
        return PAST, past
    if not concept.keeps and concept.kind != "site" and _recovered(place, mention):
        return PAST, "recovered since"
    imagined = _imagined(place, mention)
    if imagined:
        return HYPOTHETICAL, imagined
    if any(begin <= mention.start < end for begin, end in asked):
        return ASKED, "a general question"
    return PRESENT, ""


# --- denial -----------------------------------------------------------------------------------------------------------


def _denied_before(place: _Place, mention: Mention) -> str:
    """Find a negation to the left that reaches the mention through nothing but fillers and a list."""
    pseudo = place.spans("pseudo")
    site = place.lexicon.concepts[mention.concept].kind == "site"
    for kind in ("deny_verb",) if site else ("deny_noun", "deny_verb"):
        for begin, end in place.spans(kind):
            if end > mention.start or mention.start - end > DENY_REACH:
                continue
            if any(begin < stop and start < end for start, stop in pseudo):
                continue
            if _inside_other(place, mention, end):
                continue
            if _reaches(place, mention, begin, end, kind):
                return f"“{' '.join(place.tokens[begin:end])}”"
    return ""


def _inside_other(place: _Place, mention: Mention, end: int) -> bool:
    """Tell whether the negation is part of another mention ("can not walk and numbness")."""
    return any(
        other.start <= end - 1 < other.end
        for other in place.found.mentions
        if other is not mention
        and other.end <= mention.start
        and place.lexicon.concepts[other.concept].kind in ("symptom", "event")
    )


def _reaches(place: _Place, mention: Mention, marker: int, begin: int, kind: str) -> bool:
    tokens, fill = place.tokens, place.lexicon.fill
    heads_list = tokens[marker] in ("negative", "denies", "deny")
    between = tokens[begin : mention.start]
    listed = colon = False
    for at, word in enumerate(between, begin):
        if word in _LIST or (word == ":" and at == begin and heads_list):
            listed = listed or word != ":"
            colon = colon or word == ":"
        elif at not in place.covered and word not in fill:
            return False
    if not listed or colon:
        return True
    if "or" in between or "nor" in between:
        return not ("and" in between and not _same_family(place, mention, begin))
    if "and" in between:
        return _same_family(place, mention, begin) or ("," in between and kind == "deny_noun" and _bare(place, mention))
    return _list_continues(place, mention, kind, between)


def _same_family(place: _Place, mention: Mention, begin: int) -> bool:
    family = place.lexicon.concepts[mention.concept].family
    return bool(family) and any(
        begin <= other.start and other.end <= mention.start and place.lexicon.concepts[other.concept].family == family
        for other in place.found.mentions
    )


def _bare(place: _Place, mention: Mention) -> bool:
    """Tell whether a list item is a bare noun: short, and followed by the end, a comma or a contrast."""
    tokens = place.tokens
    following = tokens[mention.end] if mention.end < len(tokens) else "."
    return mention.end - mention.start <= 3 and (
        following in SENTENCE_END
        or following in (",", "or", "nor", "and", "but", "just", "-", "at", "anywhere", "either")
    )


def _list_continues(place: _Place, mention: Mention, kind: str, between: Sequence[str]) -> bool:
    """Decide on "no X, Y": denied when an "or" follows soon, or when it is a list of three or more bare nouns."""
    ahead = place.tokens[mention.end : mention.end + 8]
    for word in ahead:
        if word in ("or", "nor"):
            return True
        if word in SENTENCE_END or word == "but":
            break
    return kind == "deny_noun" and between.count(",") >= 2 and _bare(place, mention)


def _denied_after(place: _Place, mention: Mention) -> str:
    """Find "X? no", "X: none", "X - nah", "X free", "X is not there"."""
    tokens = place.tokens
    at = mention.end
    if (place.spans("correction") or place.spans("pointing")) and tokens[at : at + 1] in (
        ("was",),
        ("is",),
        ("because",),
        ("s",),
    ):
        following = tokens[at + 1] if at + 1 < len(tokens) else ""
        if tokens[at] == "because" or following in _EXPLAINS:
            return "explained away in a correction"
    for begin, end in place.spans("deny_after"):
        if begin == at and not (end < len(tokens) and tokens[end] in ("matter", "idea", "doubt", "of")):
            return f"“{' '.join(tokens[begin:end])}”"
    if at < len(tokens) and tokens[at] in ("?", ":", "-", ",") and at + 1 < len(tokens) and tokens[at + 1] in _NO:
        after = tokens[at + 2] if at + 2 < len(tokens) else "."
        if tokens[at] == "," and after not in SENTENCE_END:
            return ""
        if after in SENTENCE_END or after in (",", "-", "but", "not", "thanks", "thankfully", "luckily", "and"):
            return f"“{tokens[at + 1]}”"
    return ""


def _exception(place: _Place, mention: Mention) -> bool:
    """Tell whether "no X unless Y" follows, which reports X."""
    return any(
        mention.end <= begin <= mention.end + 6 and place.found.layout.sentence[begin] == mention.sentence
        for begin, _ in place.spans("unless")
    )


# --- past -------------------------------------------------------------------------------------------------------------


def _gone(place: _Place, mention: Mention) -> str:
    for begin, end in place.spans("resolved"):
        if mention.end <= begin <= mention.end + 4 and place.found.layout.sentence[begin] == mention.sentence:
            between = place.tokens[mention.end : begin]
            if not {"never", "not"} & set(between) and all(
                word in _AUX or at in place.covered for at, word in enumerate(between, mention.end)
            ):
                return f"“{' '.join(place.tokens[begin:end])}”"
    return ""


def _past(place: _Place, mention: Mention) -> str:
    layout = place.found.layout
    if any(
        layout.sentence[begin] == mention.sentence and _near(begin, end, mention, 12)
        for begin, end in place.spans("continuing")
    ):
        return ""
    for marker in ("past", "used_to"):
        for begin, end in place.spans(marker):
            inside = begin >= mention.start and end <= mention.end
            if layout.clause[begin] != mention.clause or inside:
                continue
            if marker == "used_to" and begin > mention.start:
                continue
            if marker == "past" and end <= mention.start and "," in place.tokens[end : mention.start]:
                head = layout.clauses[mention.clause][0]
                if begin > head:
                    continue
            return f"“{' '.join(place.tokens[begin:end])}”"
    return ""


def _recovered(place: _Place, mention: Mention) -> bool:
    """Tell whether a past-tense mention is followed, in the same message, by word of a full recovery."""
    layout, tokens = place.found.layout, place.tokens
    begin, end = layout.clauses[mention.clause]
    told_as_past = any(word in _PAST_VERBS or word.endswith("ed") for word in tokens[begin:end])
    if not told_as_past:
        return False
    for start, stop in place.spans("recovered"):
        if start >= mention.end and layout.sentence[start] - mention.sentence <= 2:
            following = tokens[stop : stop + 4]
            if not any(word in ("but", "until", "till", "except", "apart", "unless") for word in following):
                return True
    return False


def _near(begin: int, end: int, mention: Mention, reach: int) -> bool:
    return begin - mention.end <= reach and mention.start - end <= reach


# --- imagined and asked -----------------------------------------------------------------------------------------------


def _imagined(place: _Place, mention: Mention) -> str:
    layout, tokens = place.found.layout, place.tokens
    starts = {begin for begin, _ in layout.sentences}
    opening = [span for span in place.spans("hypothetical_start") if span[0] in starts]
    if any(
        layout.sentence[begin] == mention.sentence for begin, _ in (*place.spans("recent"), *place.spans("confirm"))
    ):
        return ""
    for begin, end in (*place.spans("hypothetical"), *opening):
        if layout.sentence[begin] != mention.sentence or not begin <= mention.start <= end + HYPOTHETICAL_REACH:
            continue
        if tokens[begin] == "unless" and begin not in starts:  # "No pain unless I hop" reports what follows.
            continue
        between = tokens[end : mention.start]
        if "but" in between or any(
            word == "my" and at + end not in place.covered and tokens[end + at - 1] in (",", "and", "but", "because")
            for at, word in enumerate(between)
        ):
            continue
        return f"“{' '.join(tokens[begin:end])}”"
    return ""


def _asked_spans(place: _Place) -> list[tuple[int, int]]:
    """Return the stretches of general questions: from the question's frame to its end or to the first personal clause."""
    layout, tokens = place.found.layout, place.tokens
    frames = place.spans("asked")
    reports = place.spans("report")
    in_frame = {at for begin, end in frames for at in range(begin, end)}
    in_frame |= {at for begin, end in place.spans("curious") for at in range(begin, end)}
    in_frame |= {at for begin, end in place.spans("hypothetical") for at in range(begin, end)}
    people = {at for kind in ("kin",) for begin, end in place.spans(kind) for at in range(begin, end)}
    starts = {begin for begin, _ in layout.sentences}
    spans: list[tuple[int, int]] = []
    for begin, end in frames:
        if (
            tokens[begin] in _QUESTION_VERBS
            and begin not in starts
            and (
                (tokens[begin] in ("has", "have", "had", "was", "did") and "?" not in tokens[end : end + 40])
                or tokens[begin - 1] not in _BEFORE_QUESTION
            )
        ):
            continue
        stop = layout.sentences[layout.sentence[begin]][1]
        if any(layout.sentence[start] == layout.sentence[begin] for start, _ in reports):
            continue
        for at in range(end, stop):
            word = tokens[at]
            if at in in_frame:
                continue
            if word in FIRST_PERSON or at in people or (word in THIRD_PERSON and word != "they"):
                stop = layout.clauses[layout.clause[at]][0]
                break
        if stop > end:
            spans.append((begin, stop))
    return spans


# --- whose ------------------------------------------------------------------------------------------------------------


def _people(place: _Place) -> dict[int, tuple[str, int]]:
    """For each clause: who its subject is at its end, and at which word that was said."""
    layout, tokens = place.found.layout, place.tokens
    subjects: dict[int, str] = {}
    for kind in ("kin", "animal", "public"):
        for begin, end in place.spans(kind):
            for at in range(begin, end):
                subjects[at] = kind
    people = "kin" in subjects.values()
    out: dict[int, tuple[str, int]] = {}
    last_other = ""
    previous = "self"
    for clause, (begin, end) in enumerate(layout.clauses):
        if begin and tokens[begin - 1] in SENTENCE_END:
            previous = "self"
        current, where = previous, -1
        if not any(at in subjects or tokens[at] in FIRST_PERSON for at in range(begin, end)) and last_other:
            pronoun = next((at for at in range(begin, end) if tokens[at] in THIRD_PERSON or tokens[at] == "it"), None)
            if pronoun is not None and (tokens[pronoun] != "it" or last_other == "animal"):
                current, where = last_other, pronoun
        for at in range(begin, end):
            if at in subjects:
                current, where = subjects[at], at
                last_other = "kin" if people and subjects[at] == "animal" else subjects[at]
            elif tokens[at] in FIRST_PERSON:
                current, where = "self", at
        out[clause] = (current, where)
        previous = current
    return out


def _who(place: _Place, mention: Mention, default: str) -> str:
    """Find the nearest subject to the left of the mention in its clause; else the clause's or the one before's."""
    layout, tokens = place.found.layout, place.tokens
    subjects = {
        at: kind for kind in ("kin", "animal", "public") for begin, end in place.spans(kind) for at in range(begin, end)
    }
    begin = layout.clauses[mention.clause][0]
    for at in range(mention.start, begin - 1, -1):
        if at in subjects and not (subjects[at] == "animal" and at > begin and tokens[at - 1] in _AGENT):
            return subjects[at]
        if tokens[at] in FIRST_PERSON:
            return "self"
    return default


def _experiencer(place: _Place, mentions: list[Mention]) -> list[Mention]:
    """Drop what belongs to animals, to public figures, and to the family's history.

    A relative's or friend's symptom that is there now is a report: the runner asks for them. What a relative *had*, and a
    relative's diagnosis while nobody reports a symptom of theirs, is family history.
    """
    lexicon = place.lexicon
    kin_now = any(
        mention.who == "kin"
        and mention.status == PRESENT
        and lexicon.concepts[mention.concept].kind in ("symptom", "event")
        and not _kin_past(place, mention)
        for mention in mentions
    )
    out: list[Mention] = []
    for mention in mentions:
        concept = lexicon.concepts[mention.concept]
        if mention.status != PRESENT or mention.who == "self":
            out.append(mention)
        elif mention.who in ("animal", "public"):
            out.append(replace(mention, status=OTHER, why="not about the runner or somebody they ask for"))
        elif concept.kind == "condition" and not kin_now:
            out.append(replace(mention, status=OTHER, why="family history"))
        elif concept.kind in ("symptom", "event") and not kin_now and _kin_past(place, mention):
            out.append(replace(mention, status=OTHER, why="somebody else's past"))
        else:
            out.append(mention)
    return out


def _kin_past(place: _Place, mention: Mention) -> bool:
    """Tell whether a relative's symptom is told in the past, with no word of it being recent."""
    begin, end = place.found.layout.clauses[mention.clause]
    words = place.tokens[begin:end]
    if place.spans("recent") or place.spans("asks_for") or place.lexicon.concepts[mention.concept].keeps:
        return False
    return ("had" in words or "was" in words or "did" in words or "got" in words) and not any(
        word in _RECENT_VERBS for word in words
    )
