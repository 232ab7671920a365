"""Intent: what form of answer a question wants, and how well the form of a sentence fits it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingest.chunk import Sentence

_FIGURE = re.compile(r"\d|\b(?:half|twice|double|once|daily|weekly)\b", re.IGNORECASE)
_WANTS_FIGURE = re.compile(
    r"\bhow (?:long|many|much|often|soon|far|big|common|high|heavy)\b|\bwhat (?:percentage|proportion|share|number|figure)"
    r"|\bpercent|\bhow (?:quickly|fast)\b|\b(?:sets|reps|repetitions|minutes|weeks|days|hours|miles)\b",
    re.IGNORECASE,
)
_WANTS_TIME = re.compile(r"\bhow (?:long|soon|quickly|fast)\b|\brecovery time|\bheal(?:ing)? time", re.IGNORECASE)
_TIME = re.compile(r"\b(?:hours?|days?|weeks?|months?|minutes?|seconds?)\b", re.IGNORECASE)
_WANTS_STEPS = re.compile(
    r"\bhow (?:do|should|can|to|would)\b.*\b(?:do|perform|set up|position)\b|\bhow to\b|\bhow do (?:i|you)\b",
    re.IGNORECASE,
)
_WANTS_CAUSE = re.compile(r"\bwhy\b|\bcauses?\b|\breasons?\b|\bwhat(?:'s| is) behind\b", re.IGNORECASE)
_CAUSE = re.compile(
    r"\b(?:because|cause[sd]?|due to|leads? to|linked|factors?|triggers?|comes? from|result|contribut\w+|means? that)\b",
    re.IGNORECASE,
)
_WANTS_MEANING = re.compile(
    r"^\W*(?:so )?(?:what(?:'s| is| are| does)|whats|define|meaning of|explain)\b", re.IGNORECASE
)
_MEANING = re.compile(
    r"\b(?:is|are) (?:a|an|the|when|where|any|another|one|small|fluid|where)\b|\bmeans?\b|\bterm\b|\bdescribes?\b",
    re.IGNORECASE,
)
_WANTS_PERMISSION = re.compile(
    r"\b(?:ok|okay|safe|alright|all right|fine|can i|could i|should i|may i|am i able|do i (?:have|need) to|is it bad|bad to)\b"
    r".*\b(?:run|running|runs|train|training|jog|race|racing|keep|carry on|continue|exercise|stop|rest|push)\b"
    r"|\brun(?:ning)? (?:through|with|on)\b.*\b(?:pain|sore|ache|hip)",
    re.IGNORECASE,
)
_PERMISSION = re.compile(
    r"\b(?:continu\w+|keep (?:on )?(?:running|training)|keep going|(?:push|run)(?:ning|ing)? through|stop running|rest from"
    r" running|running the same amount|tolerable|complete rest|still train|stay active|pause)\b",
    re.IGNORECASE,
)
_WANTS_HELP = re.compile(
    r"\b(?:worr(?:y|ied|ying)|serious|danger(?:ous)?|urgent|emergency|red flags?|warning|signs?|a ?& ?e|er|hospital|911|999"
    r"|doctors?|gps?|physio\w*|clinic\w*|specialist|professional|assess\w*|checked|seen?|get help|medical|x-?rays?|scans?)\b",
    re.IGNORECASE,
)
_WANTS_SOURCE = re.compile(
    r"\b(?:who (?:wrote|is|are|says|made|publish\w*)|authors?|written|publish\w*|sources?|contact|phone|telephone|number|e-?mail"
    r"|address|website|based|located|where (?:is|are) (?:the|your)|berghorn|hinge)\b",
    re.IGNORECASE,
)
_STEP = re.compile(
    r"(?:then |next,? |now |slowly )?(?:lie|stand|sit|kneel|place|put|keep|bend|lift|raise|lower|push|squeeze|engage"
    r"|hold|lean|step|tuck"
    r"|hinge|extend|return|repeat|do|perform|aim|use|using|start|begin|take|try|avoid|apply|focus|increase|alternate|loop|tie|open|draw"
    r"|turn|rest|drive|move|walk|with)\b",
    re.IGNORECASE,
)
_WANTS_PLACE = re.compile(
    r"\bwhere\b|\bwh?ich (?:part|side|area|spot|place)|\bwhat (?:part|side|area|spot)|\blocat",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:front|back|outside|outer|inside|inner|side|groin|buttocks?|deep|lateral|thigh|knee|pelvis|around|between)\b",
    re.IGNORECASE,
)
_HELP = re.compile(
    r"\b(?:see a|see your|seek|assess\w*|check\w*|evaluat\w*|consult\w*|professional|doctor|gp|clinic\w*|physio\w*"
    r"|specialist|medical"
    r"|red flags?|serious|emergency|warning signs?|worse[ns]?|persist\w*|unrelenting)\b",
    re.IGNORECASE,
)
_OPENS_WITH_REFERENCE = re.compile(
    r"^(?:this|that|these|those|it|they|he|she|such|however|but|also|instead|for example)\b", re.IGNORECASE
)


def asks_for_help(text: str) -> bool:
    """Whether a question is about when to worry, or whom to see."""
    return bool(_WANTS_HELP.search(text))


def asks_for_source(text: str) -> bool:
    """Whether a question is about who wrote an article, or how to reach them."""
    return bool(_WANTS_SOURCE.search(text))


def asks_for_steps(text: str) -> bool:
    """Whether a question is how to do something."""
    return bool(_WANTS_STEPS.search(text))


def asks_for_permission(text: str) -> bool:
    """Whether a question is if it is all right to run, train or go on."""
    return bool(_WANTS_PERMISSION.search(text))


def opens_with_reference(text: str) -> bool:
    """Whether a sentence opens with a word that points back to the one before."""
    return bool(_OPENS_WITH_REFERENCE.match(text))


def form_fits(question: str, sentence: Sentence) -> dict[str, float]:
    """How a sentence's form fits what is asked: for each form 1 where it is asked for and there, else 0.

    `open` and `reference` do not depend on the question.
    """
    text = sentence.text
    figure = 0.0
    if _WANTS_TIME.search(question):
        figure = float(bool(_FIGURE.search(text) and _TIME.search(text)))
    elif _WANTS_FIGURE.search(question):
        figure = float(bool(_FIGURE.search(text)))
    return {
        "figure": figure,
        "cause": float(bool(_WANTS_CAUSE.search(question) and _CAUSE.search(text))),
        "meaning": float(bool(_WANTS_MEANING.search(question) and _MEANING.search(text))),
        "permission": float(bool(_WANTS_PERMISSION.search(question) and _PERMISSION.search(text))),
        "steps": float(bool(_WANTS_STEPS.search(question) and _STEP.match(text))),
        "place": float(bool(_WANTS_PLACE.search(question) and _PLACE.search(text))),
        "help": float(bool(_WANTS_HELP.search(question) and _HELP.search(text))),
        "open": float(sentence.kind == "lead_in" or text.endswith("?")),
        "reference": float(bool(_OPENS_WITH_REFERENCE.match(text))),
    }
