"""Whether a mention is a report: present unless a tight pattern says otherwise.

In clinical notes an unmarked finding is affirmed and the costly error is a missed negation. Here the costly error is a
false one: so every mention counts as present, "can not", "could not", "would not" never negate, and only the patterns
of ``status.yaml`` - bound to the mention word by word - deny it, put it in the past, or make it imagined, asked about,
or somebody else's. The approach inverts NegEx (Chapman 2001) and ConText (Harkema 2009).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from guardrails import frames
from guardrails.lexicon import Lexicon
from guardrails.mentions import ASKED, DENIED, FIGURATIVE, HYPOTHETICAL, OTHER, PAST, PRESENT, Found, Mention
from guardrails.patterns import SENTENCE_END, words
from guardrails.place import FIRST_PERSON, REFERS, THIRD_PERSON, Place, told_as_past

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
_BEFORE_QUESTION = words(", - : and but so or then")
_LEADS_TO_QUESTION = words(
    """
    hi hello hey ok okay question q wondering also anyway lol please well just btw curious alright morning evening
    thanks wondered
    """
)
_LEAD_IN = words(
    """
    hi hello hey hiya ok okay so and also or but well just random general quick another stupid silly daft odd weird
    question q questions query thing please pls sorry thanks cheers lol anyway btw oh um ah mate folks
    everyone bot team morning afternoon evening good curiosity out of curious for interest a an the purely
    theoretical theory theoretically hypothetical hypothetically generally speaking ps edit next bonus serious dumb nerdy
    geeky last final got this wondering wondered nosy nosey academic purposes research education knowledge reference , : - .
    """
)
"""Words that may stand before a question in its sentence."""
_WH = words("what whats which who whose whom how why where when")
_WH_VERBS = words(
    """
    should do does is are can could would will must might did was were may has have to s of makes causes counts
    happens kind kinds sort sorts type types percentage proportion
    """
)
_TELL = words(
    """
    name list explain describe define outline summarise summarize compare contrast clarify discuss give tell teach quiz
    remind talk walk run definition meaning difference differences causes symptoms signs red symptom sign treatment
    evidence proof studies anyone anybody wondering curious is are can could does do will would should might
    """
)
_HERE = words(
    """
    my me mine i this these still yesterday today tonight he she his her him since ago our we us
    """
)
"""Words that make a question one about somebody in particular."""
_HURTS = words(
    """
    sore painful hurting hurts hurt aching achy aches worse swollen numb stiff bad getting very really so not still now
    just only also sometimes always constantly killing tender weak giving gives feels feeling feel get gets got kills
    wakes keeps started came went able unable barely hardly limping it
    """
)
"""Words after a verb at the head of a sentence that show its subject was merely left out ("is sore at night")."""
_NOBODY = words(
    """
    a an any all most many some every both other others people runners athletes women men kids children teenagers
    teens patients doctors physios surgeons gps someone somebody anyone anybody you older younger female male pregnant
    long short chronic acute mild severe painless true false stress hip hips groin bursitis labral bone femoral running
    pain chest calf blood missed missing losing coughing leaking clicking snapping locking limping night numbness
    """
)
"""Words after a verb at the head of a sentence that show the question to be about nobody in particular."""
_GENERALITY = words(
    """
    always ever usually generally typically often necessarily mean means meant cause causes caused need needs require
    requires indicate indicates count counts common rare commonly rarely runners people someone somebody anyone called
    known treated diagnosed tested considered dangerous serious harmful hereditary genetic contagious preventable
    doctors physios gps clinicians surgeons scientists research evidence studies affect affects lead leads differ
    real thing myth true fact
    """
)
"""Words of questions about how things are in general."""
_NO_QUESTION = words("a an happened happens started began hurts hurt up if i you with about was feels worries gets now")
"""Words after "what" that make no question of it, or one about what has happened."""
_DETERMINERS = words("the a an my our his her their this that your its these those every each one")
_CLAUSE_HEADS = words(", . ! ? ; : - and but because so when if then while as that cos lol")
_THING_FILL = words(
    """
    is was are were s has had have just really always still keeps kept got gets been be all so almost nearly also never
    that makes made making a totally completely suddenly finally at of in feels feel felt goes went and then a bit very
    """
)
_FREE_PARTS = words("arms arm fingers hands hand spine tongue cheeks nose ears head")
"""Parts whose tingling at the start line nobody needs to look at."""
_UNABLE = words("not never hardly barely no unable impossible cannot")
_MAY_I = words(
    "worry be know tell see look expect seek go call ask watch panic stop understand recognise recognize ring get suspect"
)
"""What a runner without a complaint asks whether to do: "when should I worry"."""
_ADVICE = words("help helps helped fix fixes best do exercise exercises stretch stretches good about try")
_GENERIC = words(
    """
    runner runners athlete athletes person people child kid teenager teen woman man patient client junior member marshal
    volunteer boy girl caller student pupil beginner someone somebody anyone anybody
    """
)
_HEADS_LIST = words("negative denies deny denied denying")
"""Negations that hold for a whole list, whatever joins its items."""
_ADJECTIVE = ("al", "ic", "ous", "ive", "ary", "ory", "ular", "able", "ible", "less", "oid", "ed")
"""Endings of words that may stand between a negation and what it denies: "no peripheral swelling"."""
_NO_ITEM = words(
    """
    i he she we they you it this that these those who which what my your our their is are am was were be do does did can
    could will would shall should may might must but however although though because since as so then when while if until
    till after before for without not no never just only still now today yesterday tonight again due secondary except
    if unless than secondary
    """
)
"""Words that no item of a list holds: where one comes, the list is over."""
_ASKING_FOR = ("asking", "for")
"""Of all words that ask for somebody, those that say that the rest is theirs."""
_OWNERS = words("my his her our their")
_SUBJECTS = words("i he she it we they you my your his her its our their the this that there")
"""Words that what a "no" denies never begins with: such a "no" is an answer."""
_NEGATED = 2
"""Among so many first words of a sign a "not" is its own: "can not stand"."""
DENY_REACH = 12
"""Words a negation reaches over, at most."""
_EXCEPTS = words("but until till except apart unless")
_TYPED = words("typed typing wrote misspelt misspelled autocorrected")
_MEANT = words("meant autocorrect autocorrected typo")
FIELD = 5
"""Words between a finding and the colon of its line in a form, at most."""
LIST_REACH = 40
"""Words it reaches over when all of them belong to one list."""
ITEM = 4
"""Words an item of a list has, at most."""
_MAIN = frozenset((("there", "is"), ("have", "been"), ("i", "will"), ("i", "do")))
"""Words that open what follows from an "if" ("if I can not run there is no point in living")."""
HYPOTHETICAL_REACH = 16
"""Words an "if I ever had …" reaches over, at most."""


def settle(lexicon: Lexicon, found: Found) -> list[Mention]:
    """Give each mention of a message its status and whose it is."""
    covered = frozenset(at for mention in found.mentions for at in range(mention.start, mention.end))
    place = Place(found, covered, lexicon)
    people = _people(place)
    asked = _asked(place)
    settled: list[Mention] = []
    for mention in found.mentions:
        status, why = _status(place, mention, asked)
        who = people[mention.clause][0] if mention.clause in people else "self"
        who = _who(place, mention, who)
        settled.append(mention._replace(status=status, why=why, who=who))
    return frames.cover(place, _experiencer(place, settled))


def _status(place: Place, mention: Mention, asked: frozenset[int]) -> tuple[str, str]:  # noqa: PLR0911 - one line a status, in order of precedence
    concept = place.lexicon.concepts[mention.concept]
    if concept.kind == "ability":
        return (DENIED, "denied") if _denied_before(place, mention) else (PRESENT, "")
    if _of_a_thing(place, mention):
        return FIGURATIVE, "said of a thing"
    if not concept.keeps and place.spans("figure", mention.sentence) and not _sited(place, mention):
        return FIGURATIVE, "said to be a figure of speech"
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
    if mention.start in asked:
        return ASKED, "a general question"
    return PRESENT, ""


def _of_a_thing(place: Place, mention: Mention) -> bool:
    """Tell whether a sign without a body is said of a thing ("the bridge gave way"), or has a thing for its cause.

    Only when the message names no part of the body near it: "my hip gave way on the bridge" is untouched.
    """
    concepts, tokens, layout = place.lexicon.concepts, place.tokens, place.found.layout
    if concepts[mention.concept].kind != "symptom" or concepts[mention.concept].site or concepts[mention.concept].keeps:
        return False
    begin, end = layout.sentences[mention.sentence]
    if _sited(place, mention):
        return False
    for start, stop in place.spans("thing"):
        if begin <= start <= mention.start and stop >= mention.start and stop > mention.start:
            if start >= mention.start and start > begin and tokens[start - 1] in _DETERMINERS:
                return True
            continue
        if begin <= start and stop <= mention.start:
            head = start
            while head > begin and tokens[head - 1] in _DETERMINERS | {"new", "old", "hydration", "carbon"}:
                head -= 1
            if head > begin and (head == start or tokens[head - 1] not in _CLAUSE_HEADS):
                continue
            if all(word in _THING_FILL for word in tokens[stop : mention.start]):
                return True
        if mention.start < start < end and start - mention.end <= 3:
            cause = tokens[max(mention.end, begin) : start]
            if any(word in ("because", "with", "from", "by", "due") for word in cause) and "pain" not in cause:
                return True
    return False


def _sited(place: Place, mention: Mention) -> bool:
    """Tell whether a part of the body that matters stands in the sentence of a mention."""
    begin, end = place.found.layout.sentences[mention.sentence]
    return any(
        begin <= other.start < end
        and place.lexicon.concepts[other.concept].kind == "site"
        and place.tokens[other.start] not in _FREE_PARTS
        for other in place.found.mentions
    )


# --- denial -----------------------------------------------------------------------------------------------------------


def _denied_before(place: Place, mention: Mention) -> str:
    """Find a negation to the left that reaches the mention through nothing but fillers and a list."""
    pseudo = place.spans("pseudo", mention.sentence)
    site = place.lexicon.concepts[mention.concept].kind == "site"
    for kind in ("deny_verb",) if site else ("deny_noun", "deny_verb"):
        for begin, end in place.spans(kind, mention.sentence):
            if end > mention.start or mention.start - end > LIST_REACH:
                continue
            if any(begin < stop and start < end for start, stop in pseudo):
                continue
            if place.tokens[begin] == "without" and _UNABLE & set(place.tokens[max(0, begin - 8) : begin]):
                continue  # "Can't do a mile without limping" limps.
            if _inside_other(place, mention, end) or _answers(place, mention, begin, end):
                continue
            if _reaches(place, mention, begin, end, kind):
                return f"“{' '.join(place.tokens[begin:end])}”"
    return ""


def _answers(place: Place, mention: Mention, begin: int, end: int) -> bool:
    """Tell whether a "no" answers, and does not deny what follows: "no my hip is hot", "no can't stand on it"."""
    tokens = place.tokens
    if end - begin > 1 or tokens[begin] != "no":
        return False
    return tokens[end] in _SUBJECTS or (
        "not" not in tokens[end : mention.start] and "not" in tokens[mention.start : mention.start + _NEGATED]
    )


def _inside_other(place: Place, mention: Mention, end: int) -> bool:
    """Tell whether the negation is part of another mention ("can not walk and numbness")."""
    return place.finding_ends.get(end - 1, mention.start + 1) <= mention.start


def _reaches(place: Place, mention: Mention, marker: int, begin: int, kind: str) -> bool:
    tokens, fill = place.tokens, place.lexicon.fill
    heads_list = tokens[marker] in _HEADS_LIST
    between = tokens[begin : mention.start]
    listed = colon = foreign = False
    item = 0
    for at, word in enumerate(between, begin):
        if word in _LIST or (word == ":" and at == begin and heads_list):
            listed = listed or word != ":"
            colon = colon or word == ":"
            item = 0
        elif (word in _OWNERS and place.finding_ends.get(at - 1) == at) or (
            at not in place.covered and word not in fill and not word.endswith(_ADJECTIVE)
        ):  # "Without any accident my leg will not hold" denies the accident alone.
            item += 1
            foreign = True
            most = ITEM if kind == "deny_noun" else 1
            if word in _NO_ITEM or item > most or not word.isalpha():
                return False
    if foreign and (item or not (heads_list or _is_item(place, mention, begin))):
        return False
    if not listed or colon or heads_list:
        return listed or len(between) <= DENY_REACH
    if "or" in between or "nor" in between:
        return not ("and" in between and not _same_family(place, mention, begin))
    if "and" in between:
        return _same_family(place, mention, begin) or ("," in between and kind == "deny_noun" and _bare(place, mention))
    return _list_continues(place, mention, kind, between)


def _is_item(place: Place, mention: Mention, begin: int) -> bool:
    """Tell whether a mention is an item of a list of things unknown here: "no cyanosis, clubbing, or swelling".

    The last item has an "or" before it; those before it have a comma, with the "or" still to come.
    """
    tokens = place.tokens
    at = mention.start - 1
    while at >= begin and tokens[at] not in _LIST:
        at -= 1
    if tokens[at] in ("or", "nor"):
        return True
    return "or" not in tokens[begin:at] and _or_follows(place, mention)


def _same_family(place: Place, mention: Mention, begin: int) -> bool:
    family = place.lexicon.concepts[mention.concept].family
    return bool(family) and any(
        begin <= other.start and other.end <= mention.start and place.lexicon.concepts[other.concept].family == family
        for other in place.found.mentions
    )


def _bare(place: Place, mention: Mention) -> bool:
    """Tell whether a list item is a bare noun: short, and followed by the end, a comma or a contrast."""
    tokens = place.tokens
    following = tokens[mention.end] if mention.end < len(tokens) else "."
    return mention.end - mention.start <= 3 and (
        following in SENTENCE_END
        or following in (",", "or", "nor", "and", "but", "just", "-", "at", "anywhere", "either")
    )


def _list_continues(place: Place, mention: Mention, kind: str, between: Sequence[str]) -> bool:
    """Decide on "no X, Y": denied when an "or" follows soon, or when it is a list of three or more bare nouns."""
    return _or_follows(place, mention) or (kind == "deny_noun" and between.count(",") >= 2 and _bare(place, mention))


def _or_follows(place: Place, mention: Mention) -> bool:
    """Tell whether the list a mention stands in goes on to an "or"."""
    for word in place.tokens[mention.end : mention.end + 8]:
        if word in ("or", "nor"):
            return True
        if word in SENTENCE_END or word == "but":
            break
    return False


def _denied_after(place: Place, mention: Mention) -> str:
    """Find "X? no", "X: none", "X - nah", "X free", "X is not there"."""
    tokens = place.tokens
    at = mention.end
    if _mistyped(place, mention):
        return "mistyped"
    if (place.spans("correction") or place.spans("pointing")) and tokens[at : at + 1] in (
        ("was",),
        ("is",),
        ("because",),
        ("s",),
    ):
        following = tokens[at + 1] if at + 1 < len(tokens) else ""
        if tokens[at] == "because" or following in _EXPLAINS:
            return "explained away in a correction"
    for begin, end in place.spans("deny_after", mention.sentence):
        if begin == at and not (
            (end < len(tokens) and tokens[end] in ("matter", "idea", "doubt", "of")) or _opens_sign(place, begin)
        ):
            return f"“{' '.join(tokens[begin:end])}”"
    at = _field_end(place, at)
    if at < len(tokens) and tokens[at] in ("?", ":", "-", ",") and at + 1 < len(tokens) and tokens[at + 1] in _NO:
        after = tokens[at + 2] if at + 2 < len(tokens) else "."
        if tokens[at] == "," and after not in SENTENCE_END:
            return ""
        if after in SENTENCE_END or after in (",", "-", "but", "not", "thanks", "thankfully", "luckily", "and"):
            return f"“{tokens[at + 1]}”"
    return ""


def _opens_sign(place: Place, at: int) -> bool:
    """Tell whether a "no" is the first word of a sign of its own: "after a tumble no feeling in the leg"."""
    concepts = place.lexicon.concepts
    return any(
        other.start == at and concepts[other.concept].kind in ("symptom", "event") for other in place.found.mentions
    )


def _mistyped(place: Place, mention: Mention) -> bool:
    """Tell whether a mention is quoted as a slip: "I typed swollen calf, meant swollen calendar"."""
    tokens = place.tokens
    before = tokens[max(0, mention.start - 3) : mention.start]
    after = tokens[mention.end : mention.end + 4]
    return bool(_TYPED & set(before)) and (bool(_MEANT & set(after)) or after[:2] == ("as", "in"))


def _field_end(place: Place, at: int) -> int:
    """Go on to the end of a line of a form: "weight change: no", "depression or self harm - no"."""
    tokens = place.tokens
    for end in range(at, min(at + FIELD, len(tokens))):
        if tokens[end] in (":", "-"):
            return end
        if tokens[end] in SENTENCE_END or tokens[end] in _NO_ITEM - {"or"} or tokens[end] == ",":
            break
    return at


def _exception(place: Place, mention: Mention) -> bool:
    """Tell whether "no X unless Y" follows, which reports X."""
    return any(mention.end <= begin <= mention.end + 6 for begin, _ in place.spans("unless", mention.sentence))


# --- past -------------------------------------------------------------------------------------------------------------


def _gone(place: Place, mention: Mention) -> str:
    for begin, end in place.spans("resolved", mention.sentence):
        if mention.end <= begin <= mention.end + 4:
            between = place.tokens[mention.end : begin]
            if not {"never", "not"} & set(between) and all(
                word in _AUX or at in place.covered for at, word in enumerate(between, mention.end)
            ):
                return f"“{' '.join(place.tokens[begin:end])}”"
    return ""


def _past(place: Place, mention: Mention) -> str:
    layout = place.found.layout
    if any(_near(begin, end, mention, 12) for begin, end in place.spans("continuing", mention.sentence)):
        return ""
    for marker in ("past", "used_to"):
        for begin, end in place.spans(marker, mention.sentence):
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


def _recovered(place: Place, mention: Mention) -> bool:
    """Tell whether a past-tense mention is followed, in the same message, by word of a full recovery."""
    tokens = place.tokens
    if not told_as_past(place.found, mention):
        return False
    near = [
        span
        for step in range(3)
        if not step or not _other_time(place, mention.sentence + step)
        for span in place.spans("recovered", mention.sentence + step)
    ]
    return any(start >= mention.end and not _EXCEPTS & set(tokens[stop : stop + 4]) for start, stop in near)


def _other_time(place: Place, sentence: int) -> bool:
    """Tell whether a sentence tells of another time than the one before: "had the same years ago, it cleared up"."""
    if sentence >= len(place.found.layout.sentences):
        return False
    first = place.tokens[place.found.layout.sentences[sentence][0]]
    return bool(place.spans("long_ago", sentence)) and first not in REFERS


def _near(begin: int, end: int, mention: Mention, reach: int) -> bool:
    return begin - mention.end <= reach and mention.start - end <= reach


# --- imagined and asked -----------------------------------------------------------------------------------------------


def _imagined(place: Place, mention: Mention) -> str:
    """Find an "if I ever" or "what if" that reaches the mention; a time that is now ("last Thursday") cancels it."""
    tokens, number = place.tokens, mention.sentence
    if place.spans("recent", number) or place.spans("confirm", number):
        return ""
    first = place.found.layout.sentences[number][0]
    opening = [span for span in place.spans("hypothetical_start", number) if span[0] == first]
    for begin, end in (*place.spans("hypothetical", number), *opening):
        if not begin <= mention.start <= end + HYPOTHETICAL_REACH:
            continue
        if tokens[begin] == "unless" and begin != first:
            continue  # "No pain unless I hop" hurts on hopping.
        between = tokens[end : mention.start]
        if (
            "but" in between
            or _MAIN & set(pairwise(between))
            or any(
                word == "my"
                and end + at not in place.covered
                and tokens[end + at - 1] in (",", "and", "but", "because")
                for at, word in enumerate(between)
            )
        ):
            continue
        return f"“{' '.join(tokens[begin:end])}”"
    return ""


def _asked(place: Place) -> frozenset[int]:
    """Return the tokens of general questions: from the question's frame to its end or to the first personal clause."""
    layout, tokens = place.found.layout, place.tokens
    kinds = ("asked", "curious", "hypothetical")
    in_frame = {at for kind in kinds for begin, end in place.spans(kind) for at in range(begin, end)}
    people = {at for begin, end in place.spans("kin") if not _anybody(tokens, begin, end) for at in range(begin, end)}
    asked = {at for begin, stop in _general_questions(place, in_frame, people) for at in range(begin, stop)}
    for begin, end in place.spans("asked"):
        number = layout.sentence[begin]
        if place.spans("report", number) or not _opens_question(place, begin, end):
            continue
        stop = layout.sentences[number][1]
        for at in range(end, stop):
            word = tokens[at]
            personal = (
                word in FIRST_PERSON or place.subjects.get(at) == "kin" or (word in THIRD_PERSON and word != "they")
            )
            if personal and at not in in_frame:
                stop = layout.clauses[layout.clause[at]][0]
                break
        asked.update(range(begin, stop))
    return frozenset(asked)


def _opens_question(place: Place, begin: int, end: int) -> bool:
    """Tell whether "is a …", "did a …" stands at the head of a clause, as a question does."""
    tokens, layout = place.tokens, place.found.layout
    word = tokens[begin]
    if word not in _QUESTION_VERBS:
        return True
    asks = "?" in tokens[end : end + 40]
    if word in ("has", "have", "had", "was", "did") and not asks:
        return False
    if begin == layout.sentences[layout.sentence[begin]][0] or tokens[begin + 1] in ("they", "these", "those"):
        return True
    before = tokens[begin - 1]
    return before in _LEADS_TO_QUESTION or (before in _BEFORE_QUESTION and asks)


def _anybody(tokens: Sequence[str], begin: int, end: int) -> bool:
    """Tell whether a person is nobody in particular: "a runner with", "any child"."""
    return (
        tokens[begin] in ("a", "an", "any", "another")
        and any(word in _GENERIC for word in tokens[begin:end])
        and not {"mine", "my", "at", "here"} & set(tokens[begin:end])
    )


def _general_questions(place: Place, in_frame: set[int], people: set[int]) -> list[tuple[int, int]]:
    """Find questions by their form: a question word at the head of a sentence, and nobody in particular in it.

    "How is numbness between the legs tested?" asks about no one; "why is my leg numb" and "what helps a hip that still
    hurts" do. The stretch ends where somebody in particular comes in.
    """
    layout, tokens = place.found.layout, place.tokens
    reports = {layout.sentence[begin] for begin, _ in place.spans("report")}
    concepts = place.lexicon.concepts
    spans: list[tuple[int, int]] = []
    for number, (begin, end) in enumerate(layout.sentences):
        if number in reports:
            continue
        at = begin
        while at < end and tokens[at] in _LEAD_IN and not _opens(tokens, at, end, begin):
            at += 1
        if at >= end or not _opens(tokens, at, end, begin):
            at = _late_question(place, begin, end)
            if at < 0:
                continue
        stop = end
        for word in range(at, end):
            asks = tokens[word] == "i" and tokens[word - 1] in _QUESTION_VERBS
            if word in in_frame and not (asks and tokens[word + 1 : word + 2] and tokens[word + 1] not in _MAY_I):
                continue
            if tokens[word] in _HERE or word in people:
                stop = layout.clauses[layout.clause[word]][0]
                break
        stop = min([stop, *(word for word in range(at + 1, stop) if _breaks_off(place, word, stop))])
        if stop <= at + 1:
            continue
        felt = any(
            mention.start in range(at, stop)
            and concepts[mention.concept].kind == "quantity"
            and mention.concept != "age"
            for mention in place.found.mentions
        )
        if felt or (
            tokens[at] in _QUESTION_VERBS and {"help", "helps", "fix", "cure", "sort", "ease"} & set(tokens[at:stop])
        ):
            continue
        if tokens[at] in _QUESTION_VERBS and not _GENERIC & set(tokens[at:stop]) and _detailed(place, at, stop):
            continue
        spans.append((at, stop))
    frames = {layout.sentence[begin] for begin, _ in (*place.spans("asked"), *place.spans("hypothetical"))}
    told = any(
        concepts[mention.concept].kind in ("symptom", "event")
        and layout.sentence[mention.start] not in frames
        and not any(begin <= mention.start < end for begin, end in spans)
        and not (_denied_before(place, mention) or _denied_after(place, mention) or _past(place, mention))
        for mention in place.found.mentions
    )
    return [] if told else spans  # Beside a complaint, a question is about that complaint.


def _breaks_off(place: Place, at: int, end: int) -> bool:
    """Tell whether a question ends at a comma or dash, because something that happened follows."""
    if place.tokens[at] not in (",", "-", ":", "and", "then"):
        return False
    return place.tokens[at + 1 : at + 2] not in (("what",), ("how",), ("or",)) and any(
        at < mention.start <= at + 5
        and (
            place.lexicon.concepts[mention.concept].kind == "event" or "can" in place.tokens[at + 1 : mention.start + 1]
        )
        for mention in place.found.mentions
        if mention.end <= end
    )


def _detailed(place: Place, begin: int, end: int) -> bool:
    """Tell whether a stretch tells so much that somebody must have it: an event, or complaints of three kinds."""
    concepts = place.lexicon.concepts
    inside = [concepts[mention.concept] for mention in place.found.mentions if begin <= mention.start < end]
    events = {one.name for one in inside if one.kind == "event"}
    kinds = {one.family or one.name for one in inside if one.kind == "symptom"}
    return (bool(events) and bool(kinds)) or len(kinds) > 2


def _opens(tokens: Sequence[str], at: int, end: int, begin: int) -> bool:  # noqa: C901, PLR0911 - one line a form
    """Tell whether a general question opens at this word."""
    word = tokens[at]
    following = tokens[at + 1] if at + 1 < end else ""
    if following in ("this", "these", "my", "wrong", "", ",", ".", "?"):
        return False
    if word in ("what", "which", "how", "whats") and (following in _ADVICE - {"do"} or following == "to"):
        return False
    if word in ("what", "whats", "which", "who", "whose", "in", "at", "for", "to") and word in _WH:
        return following not in _NO_QUESTION and not {"it", "that"} & set(tokens[at + 2 : at + 3])
    if word in _WH:
        return following in _WH_VERBS or (word == "how" and following not in ("ever", "do i"))
    if word in ("in", "at", "for", "to", "with", "after", "under") and following in ("what", "which", "whom"):
        return True
    if word in ("if", "when") and following in ("a", "an", "someone", "somebody", "anyone", "people", "one"):
        return "?" in tokens[at:end] or any(one in _WH for one in tokens[at + 2 : end])
    if word == "your" and following in ("page", "article", "articles", "site", "guide", "sources", "answer"):
        return True
    if word == "the" and following in ("article", "articles", "page", "leaflet", "guide", "podcast", "book", "course"):
        return True
    if word == "you" and following in ("mentioned", "said", "wrote", "told", "mention", "say", "listed"):
        return True
    if word not in _TELL or following in _HURTS:
        return False
    if word in _QUESTION_VERBS:
        return following in _NOBODY or bool(_GENERALITY & set(tokens[at:end]) and following not in _HERE)
    if word in ("give", "tell", "teach", "remind", "talk", "walk", "run", "quiz"):
        return following in ("me", "us") and at == begin
    return word != "red" or following in ("flag", "flags")


def _late_question(place: Place, begin: int, end: int) -> int:
    """Find a question behind its topic: "night pain - what does it mean", "hip pain in teenagers: causes?"."""
    tokens = place.tokens
    head = set(tokens[begin:end])
    if tokens[end - 1] != "?" and not {"versus", "vs"} & head:
        return -1
    if head & _HERE or head & {"left", "right", "after", "when", "it"} or any(word[0].isdigit() for word in head):
        return -1
    if {"versus", "vs", "difference", "general", "generally", "meaning", "definition", "causes"} & head:
        return begin
    for at in range(begin + 1, end - 1):
        if (
            tokens[at - 1] in (",", ":", "-")
            and tokens[at] in ("what", "how", "why", "which")
            and tokens[at + 1] in _WH_VERBS
        ):
            return begin if tokens[at + 1] in ("does", "do", "is", "are") and not {"wrong", "happening"} & head else -1
    if end - begin <= 6 and tokens[end - 2] in (
        "sign",
        "symptoms",
        "signs",
        "treatment",
        "causes",
        "diagnosis",
        "meaning",
    ):
        return begin
    return -1


# --- whose ------------------------------------------------------------------------------------------------------------


def _people(place: Place) -> dict[int, tuple[str, int]]:
    """For each clause: who its subject is at its end, and at which word that was said."""
    layout, tokens = place.found.layout, place.tokens
    subjects = place.subjects
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


def _who(place: Place, mention: Mention, default: str) -> str:
    """Find the nearest subject to the left of the mention in its clause; else the clause's or the one before's."""
    layout, tokens = place.found.layout, place.tokens
    subjects = place.subjects
    begin = layout.clauses[mention.clause][0]
    for at in range(mention.start, begin - 1, -1):
        if at in subjects:
            return subjects[at]
        if tokens[at] in FIRST_PERSON:
            return "self"
    return default


def _experiencer(place: Place, mentions: list[Mention]) -> list[Mention]:
    """Drop what belongs to animals, to public figures, and to the family's history.

    A relative's or friend's symptom that is there now is a report: the runner asks for them. What a relative *had*, and a
    relative's diagnosis while nobody reports a symptom of theirs, is family history. Of somebody who is asked for in their own
    words ("asking for my sister: had cancer in 2016, my hip hurts"), every symptom is theirs.
    """
    lexicon = place.lexicon
    spoken_for = any(place.tokens[begin:end] == _ASKING_FOR for begin, end in place.spans("asks_for"))
    kin_now = any(
        (mention.who == "kin" or spoken_for)
        and mention.status == PRESENT
        and lexicon.concepts[mention.concept].kind in ("symptom", "event")
        and not _kin_past(place, mention)
        for mention in mentions
    )
    well = bool(place.spans("self_fine")) and not _asks_for_them(place)
    out: list[Mention] = []
    for mention in mentions:
        concept = lexicon.concepts[mention.concept]
        if mention.status != PRESENT or mention.who == "self":
            out.append(mention)
        elif well and mention.who == "kin":
            out.append(mention._replace(status=OTHER, why="somebody else's, and the runner is well"))
        elif mention.who in ("animal", "public"):
            out.append(mention._replace(status=OTHER, why="not about the runner or somebody they ask for"))
        elif concept.kind == "condition" and not kin_now:
            out.append(mention._replace(status=OTHER, why="family history"))
        elif concept.kind in ("symptom", "event") and not kin_now and _kin_past(place, mention):
            out.append(mention._replace(status=OTHER, why="somebody else's past"))
        else:
            out.append(mention)
    return out


def _asks_for_them(place: Place) -> bool:
    """Tell whether a question is asked for somebody else: "should she", "what can he take"."""
    tokens = place.tokens
    return any(
        word in ("he", "she", "they", "we")
        and at
        and tokens[at - 1] in _QUESTION_VERBS
        and tokens[at - 1] not in ("had", "was")
        for at, word in enumerate(tokens)
    ) or any(tokens[begin : begin + 2] == ("asking", "for") for begin, _ in place.spans("asks_for"))


def _kin_past(place: Place, mention: Mention) -> bool:
    """Tell whether a relative's symptom is told in the past, with no word of it being recent."""
    begin, end = place.found.layout.clauses[mention.clause]
    words = place.tokens[begin:end]
    if place.spans("recent") or place.spans("asks_for") or place.lexicon.concepts[mention.concept].keeps:
        return False
    return ("had" in words or "was" in words or "did" in words or "got" in words) and not any(
        word in _RECENT_VERBS for word in words
    )
