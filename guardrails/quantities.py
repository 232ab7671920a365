"""Numbers that matter: how long, how bad, how hot, how old, how many tablets.

Each becomes a mention of a quantity concept with a value:

``duration``  days the complaint has lasted or since it began
``rest``      days of rest from running taken because of it
``score``     pain out of ten; ``score_run``: the same, tied to running
``age``       years, of whoever has the complaint
``fever``     a body temperature of 38 degrees Celsius or more (the value, in Celsius)
``no_fever``  a body temperature below that
``tablets``   tablets of a painkiller taken within about a day
``gestation`` weeks of pregnancy; ``postpartum``: months since birth; ``post_op``: days since an operation

Schedules ("3 days a week", "week 5 of C25K"), race dates ("in 3 weeks") and training history ("running for 10 years") are
no durations. Of a range the greater end counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from guardrails.mentions import Found, Mention
from guardrails.patterns import words

_SMALL = {
    "a": 1.0, "an": 1.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0,
    "eight": 8.0, "nine": 9.0, "ten": 10.0, "eleven": 11.0, "twelve": 12.0, "thirteen": 13.0, "fourteen": 14.0,
    "fifteen": 15.0, "sixteen": 16.0, "seventeen": 17.0, "eighteen": 18.0, "nineteen": 19.0, "twenty": 20.0,
    "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "seventy": 70.0, "ninety": 90.0, "couple": 2.0,
    "few": 3.0, "several": 4.0, "dozen": 12.0, "half": 0.5, "many": 5.0, "coupla": 2.0,
}  # fmt: skip
_UNITS = {
    "minute": 1 / 1440, "min": 1 / 1440, "hour": 1 / 24, "day": 1.0, "night": 1.0, "week": 7.0, "weekend": 7.0,
    "fortnight": 14.0, "month": 30.0, "year": 365.0, "season": 90.0, "decade": 3650.0, "morning": 1.0,
}  # fmt: skip
_VAGUE = {"ages": 21.0, "forever": 60.0, "yonks": 60.0, "eternity": 60.0}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_NAMES = {name: at for at, name in enumerate(_DAYS)} | {
    "mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5, "sun": 6
}  # fmt: skip
_MONTHS = {
    name: at + 1
    for at, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sept sep", "october oct", "november nov", "december dec")
    )
    for name in names.split()
}  # fmt: skip
_HOLIDAYS = {"christmas": (12, 25), "xmas": (12, 25), "halloween": (10, 31), "easter": (4, 5), "thanksgiving": (11, 26),
             "summer": (7, 1), "winter": (1, 1), "spring": (4, 1), "autumn": (10, 1), "lockdown": (4, 1)}  # fmt: skip
_SKIP = words(
    """
    about around over nearly almost roughly maybe approx approximately probably like good solid full the
    whole last past at least more than well just under some only another good of these past entire
    """
)  # fmt: skip
_NUMBER = re.compile(r"\d+(?:\.\d+)?$")
_SCORE = re.compile(r"(\d+(?:\.\d+)?)/10$")
_YEAR = re.compile(r"(?:19|20)\d\d$")

_ACTIVITY = words(
    """
    running run runner runners ran training trained train jogging cycling swimming coaching coached racing
    doing lifting following strengthening stretching living working married marathoner married taking using
    """
)
_ANAPHOR = words(
    """
    this it that same still now so thing niggle problem issue been lasted going bothering bugging started
    began since persisted dragging lingering
    """
)  # fmt: skip
_AFTER_UNTIL = words("away out until till to before left time")
_PLAN = words(
    "plan block programme program taper streak cycle course marathon build holiday race run cutback off break"
)
_PROGRAMME = words("programme program plan block course challenge app subscription membership")
_REST_BEFORE = words("rested rest resting off stopped break without recovery")
_REST_AFTER = frozenset(["off", "rest", "resting", "break"])
_DRUGS = words("paracetamol ibuprofen naproxen aspirin codeine cocodamol codamol diclofenac tramadol")
_EFFORT = words(
    """
    effort rpe recommend recommended session intensity pace difficulty hilly motivation fitness enjoyment
    review rating rate mood stress sleep mileage
    """
)  # fmt: skip


_AFTER_BIRTH = re.compile(
    r"(post ?partum|post ?natal|post ?birth|pp|after (giving )?birth"
    r"|after (my |the |a )?(baby|c section|labour|delivery))\b"
)
_AFTER_SURGERY = re.compile(
    r"(post ?(op|surgery|operation)|postop"
    r"|after (my |the |hip )*(surgery|operation|op|arthroscopy|replacement))\b"
)


@dataclass(frozen=True)
class _Number:
    """A number in the text: its value (the greater end of a range), first word, and word after the last."""

    value: float
    start: int
    end: int


def _value(word: str) -> float | None:
    if _NUMBER.match(word):
        return float(word)
    return _SMALL.get(word)


def _number_at(tokens: Sequence[str], at: int) -> _Number | None:
    """Read a number or a range that starts at ``at``: "2", "three", "a couple of", "2 - 3", "2 or 3", "2 to 3"."""
    value = _value(tokens[at])
    if value is None:
        return None
    end = at + 1
    if (
        tokens[at] in ("a", "an")
        and end < len(tokens)
        and tokens[end] in ("couple", "few", "dozen", "good", "solid", "full")
    ):
        value = _value(tokens[end]) or 1.0
        end += 1
    if end < len(tokens) and tokens[end] == "half" and tokens[at] == "a":
        value, end = 0.5, end + 1
    if end + 1 < len(tokens) and tokens[end] in ("-", "or", "to", "and") and tokens[end] != "and":
        upper = _value(tokens[end + 1])
        if upper is not None and tokens[end + 1] not in ("a", "an"):
            value, end = max(value, upper), end + 2
    elif end + 2 < len(tokens) and tokens[end] == "and" and tokens[end + 1] == "a" and tokens[end + 2] == "half":
        value, end = value + 0.5, end + 3
    while end < len(tokens) and tokens[end] in ("of", "full", "whole", "or", "so", "odd", "solid", "more"):
        end += 1
    return _Number(value, at, end)


def _unit(word: str) -> float | None:
    return _UNITS.get(word) or _UNITS.get(word.removesuffix("s"))


class Quantities:
    """Finds the quantities of one message. ``today`` gives dates ("since March") their distance."""

    def __init__(self, found: Found, today: date) -> None:
        self.found = found
        self.tokens = found.tokens
        self.today = today
        self.out: list[Mention] = []
        self.claimed: set[int] = set()
        self.symptom_clauses = {mention.clause for mention in found.mentions if mention.concept in COMPLAINTS}

    def find(self) -> list[Mention]:
        """Return all quantities of the message, in order of place."""
        for at in range(len(self.tokens)):
            if at in self.claimed:
                continue
            self._score(at)
            self._loose_score(at)
            self._time_off(at)
            self._dated(at)
            number = _number_at(self.tokens, at)
            if number is not None:
                self._numbered(number)
            self._vague(at)
            self._since(at)
        self._ages()
        self.out.sort(key=lambda mention: mention.start)
        return self.out

    # --- helpers

    def _add(self, concept: str, start: int, end: int, value: float) -> None:
        layout = self.found.layout
        self.out.append(Mention(concept, start, end, layout.sentence[start], layout.clause[start], value=value))
        self.claimed.update(range(start, end))

    def _at(self, at: int) -> str:
        return self.tokens[at] if 0 <= at < len(self.tokens) else ""

    def _clause(self, at: int) -> tuple[str, ...]:
        begin, end = self.found.layout.clauses[self.found.layout.clause[at]]
        return self.tokens[begin:end]

    def _sentence(self, at: int) -> tuple[str, ...]:
        begin, end = self.found.layout.sentences[self.found.layout.sentence[at]]
        return self.tokens[begin:end]

    def _before(self, at: int, count: int) -> tuple[str, ...]:
        return self.tokens[max(0, at - count) : at]

    # --- scores

    def _score(self, at: int) -> None:
        match = _SCORE.match(self.tokens[at])
        start, end, value = at, at + 1, 0.0
        if match:
            value = float(match.group(1))
        else:
            number = _value(self.tokens[at])
            if number is None or self._at(at + 1) not in ("out", "of") or "of" not in self.tokens[at + 1 : at + 3]:
                return
            ten = at + 2 + (self._at(at + 1) == "out")
            if self._at(ten) not in ("10", "ten"):
                return
            value, end = number, ten + 1
        if value > 10:
            return
        if self._at(start - 1) == "-" and _value(self._at(start - 2)) is not None:
            start -= 2
        near = set(self._before(start, 4)) | set(self.tokens[end : end + 3])
        sentence = set(self._sentence(at))
        if (near & _EFFORT and not near & PAIN_WORDS) or (
            self._at(start - 1) in ("was", "a")
            and self._at(start - 2) in ("run", "race", "session", "it")
            and not sentence & (PAIN_WORDS | {"hip", "groin", "thigh"})
        ):
            return
        running = any(
            word in ("run", "running", "runs", "ran", "jog", "jogging", "mile", "km", "k") for word in self._clause(at)
        )
        self._add("score_run" if running else "score", start, end, value)

    def _loose_score(self, at: int) -> None:
        """Read "a 6 by the end of the run", "about a six or seven", "on a scale of ten a 7" as pain scores."""
        value = _value(self.tokens[at])
        if (
            value is None
            or not 1 <= value <= 10
            or self.tokens[at] in ("a", "an", "few", "couple", "several", "half", "many")
        ):
            return
        end = at + 1
        before = self._before(at, 4)
        if (
            not before
            or before[-1] not in _SCORE_BEFORE
            or (before[-1] in ("to", "at") and self._at(at - 2) not in _SCORE_VERBS)
        ):
            return
        if self._at(end) in ("or", "-", "to") and _value(self._at(end + 1)) is not None:
            value, end = max(value, _value(self._at(end + 1)) or 0.0), end + 2
        sentence = set(self._sentence(at))
        answer = sentence <= _SCORE_ANSWER | {self.tokens[at], self._at(end - 1)}
        if value > 10 or not (answer or self._at(end) in _SCORE_AFTER):
            return
        if not (
            answer or sentence & PAIN_WORDS or sentence & {"scale", "hip", "groin", "thigh", "sore"}
        ) or sentence & {
            "rpe",
            "effort",
            "bib",
        }:
            return
        running = any(word in _RUN_WORDS for word in self._sentence(at))
        self._add("score_run" if running else "score", at, end, value)

    def _time_off(self, at: int) -> None:
        """Read "took the whole week off", "a week of rest" as rest."""
        if self.tokens[at] in ("week", "fortnight", "month", "weekend") and self._at(at + 1) in ("off", "rest"):
            before = self._before(at, 3)
            counted = _value(self._at(at - 1)) is not None and self._at(at - 1) not in ("a", "one", "full")
            if not counted and words("a after despite full had last take taken the this took whole") & set(before):
                days = {"week": 7.0, "fortnight": 14.0, "month": 30.0}.get(self.tokens[at], 2.0)
                self._add("rest", at, at + 2, days)

    def _dated(self, at: int) -> None:
        """Read a calendar day in a complaint ("the 30th of October", "since 1 nov") as when it began."""
        day = re.match(r"(\d{1,2})(?:st|nd|rd|th)?$", self.tokens[at])
        if day is None or not 1 <= int(day.group(1)) <= 31:
            return
        step = at + 1 + (self._at(at + 1) == "of")
        month = _MONTHS.get(self._at(step))
        if month is None or not (set(self._before(at, 10)) & {"since", "started", "began", "from", "was", "on"}):
            return
        if self.found.layout.sentence[at] not in {
            mention.sentence for mention in self.found.mentions if mention.concept in COMPLAINTS
        } and "since" not in self._before(at, 3):
            return
        year = self.today.year - ((month, int(day.group(1))) > (self.today.month, self.today.day))
        self._add("duration", at, step + 1, float((self.today - date(year, month, min(int(day.group(1)), 28))).days))

    # --- numbers with a unit

    def _numbered(self, number: _Number) -> None:
        unit = self._at(number.end)
        if self._temperature(number, unit) or self._tablets(number):
            return
        days = _unit(unit)
        if days is None or (self.tokens[number.start] in ("a", "an") and self._per(number.start)):
            return
        end = number.end + 1
        if (unit.startswith("year") and self._at(end) == "old") or (
            unit == "day" and number.value == 1 and self.tokens[number.start] == "a"
        ):
            return
        role = self._role(number.start, end)
        value = number.value * days
        if role in ("duration", "rest"):
            self._add(role, number.start, end, value)
        elif role == "gestation":
            self._add("gestation", number.start, end, value / 7)
        elif role == "postpartum":
            self._add("postpartum", number.start, end, value / 30)
        elif role == "post_op":
            self._add("post_op", number.start, end, value)

    def _per(self, at: int) -> bool:
        """Tell whether "a week" here means "per week"."""
        before = self._at(at - 1)
        return before in words("times runs miles sessions km k once twice mpw mile x run") or (
            _unit(before) is not None and _value(self._at(at - 2)) is not None
        )

    def _role(self, start: int, end: int) -> str:  # noqa: PLR0911 - one line a role
        """Decide what a stretch of time is about, from the words around it."""
        after = self.tokens[end : end + 4]
        before = self._before(start, 4)
        first = after[0] if after else ""
        special = self._special_role(start, before, after)
        if special:
            return special
        if before and before[-1] in ("in", "within", "every", "per", "each", "next", "times", "week", "x"):
            if before[-1] == "in" and "not" not in before and "have" not in before:
                return ""
            if before[-1] != "in":
                return ""
        if first in _PLAN and first not in _REST_AFTER and first != "break":
            return ""
        if (
            first in ("a", "per", "each", "of")
            and len(after) > 1
            and after[1] in ("week", "day", "month", "training", "the")
        ):
            return ""
        if first in ("away", "out", "until", "till", "left") or after[:2] == ("to", "go"):
            return ""
        return self._plain(start, end)

    def _special_role(  # noqa: PLR0911 - one line a role
        self, start: int, before: Sequence[str], after: Sequence[str]
    ) -> str:
        text = " ".join(after)
        if re.match(r"(pregnant|gone|along|preg)\b", text) or (
            " ".join(before[-2:]) in ("pregnant at", "i am") and "pregnant" in text
        ):
            return "gestation"
        if _AFTER_BIRTH.match(text):
            return "postpartum"
        if _AFTER_SURGERY.match(text):
            return "post_op"
        if text.startswith(("ago", "since")) or (before and before[-1] == "for"):
            sentence = " ".join(self._clause(start))
            if re.search(
                r"\b(gave birth|had (a|my|our) baby|had (a )?c section|baby was born|since (giving )?birth)\b", sentence
            ):
                return "postpartum"
        first = after[0] if after else ""
        rest = (
            first in _REST_AFTER
            or any(word in _REST_BEFORE for word in before)
            or text.startswith(
                (
                    "of rest",
                    "without running",
                    "complete rest",
                    "no running",
                    "of no running",
                    "of not running",
                    "total rest",
                )
            )
        )
        if rest and first != "plan":
            return "rest"
        clause = self._clause(start)
        if any(word in ("rested", "resting") for word in clause) or (
            "not" in clause and "run" in clause and "for" in before
        ):
            return "rest"
        return ""

    def _plain(self, start: int, end: int) -> str:
        """Tell a duration of the complaint from the length of something else."""
        clause = self._clause(start)
        before = [word for word in self._before(start, 5) if word not in _SKIP]
        governed = bool(before) and before[-1] in words("for since been on is lasted lasting going started began took")
        after = self.tokens[end : end + 2]
        told = governed or any(
            word in ("ago", "now", "back", "straight", "running", "in", "already", "on") for word in after[:1]
        )
        number = self.found.layout.clause[start]
        complaint = number in self.symptom_clauses
        if any(word in _PROGRAMME for word in clause):
            return ""
        if complaint:
            return "duration" if not _trained(self._before(start, 4), clause, told) else ""
        if any(word in _ACTIVITY for word in clause) and not any(
            word in ("this", "same", "hurting", "still") for word in clause
        ):
            return ""
        if told or any(word in _ANAPHOR for word in clause):
            return "duration"
        return "duration" if len(self.tokens) <= 6 else ""

    def _temperature(self, number: _Number, unit: str) -> bool:
        word = self.tokens[number.start]
        if not _NUMBER.match(word):
            return False
        value = float(word)
        near = set(self._before(number.start, 6)) | set(self.tokens[number.end : number.end + 4])
        if near & words("bpm heat hot humid k km mile miles mph mpw outside race summer sun weather") and not near & {
            "fever",
            "thermometer",
            "temperature",
        }:
            return False
        bare = (
            "." in word
            and celsius_like(value)
            and (self._at(number.start - 1) in _READS or number.start == 0)
            and unit not in _MEASURES
        )
        sign = (
            bare
            or unit in ("c", "f", "degrees", "degree", "celsius", "fahrenheit")
            or near & {"temperature", "fever", "thermometer", "temp", "febrile"}
        )
        celsius = (value - 32) / 1.8 if value >= 94 else value
        if not sign or not 35.0 <= celsius <= 43.0 or (value >= 94 and value > 110):
            return False
        self._add("fever" if celsius >= 38.0 - 0.02 else "no_fever", number.start, number.end, round(celsius, 1))
        return True

    def _tablets(self, number: _Number) -> bool:
        """Count tablets taken within about a day."""
        tokens = self.tokens
        if not (_NUMBER.match(tokens[number.start]) or tokens[number.start] in _SMALL) or tokens[number.start] in (
            "a",
            "an",
        ):
            return False
        ahead = tokens[number.end : number.end + 7]
        drug = next(
            (
                at
                for at, word in enumerate(ahead)
                if word in _DRUGS or word in ("painkillers", "painkiller", "pills", "tablets", "capsules")
            ),
            None,
        )
        if drug is None or any(
            word in ("days", "weeks", "hours", "miles", "km", "mg", "and") or word in SENTENCE for word in ahead[:drug]
        ):
            return False
        clause = self._sentence(number.start)
        taken = any(
            word in words("took taken had taking take swallowed popped necked have popping downed been")
            for word in clause
        )
        long = {"week", "month", "year", "fortnight", "weeks", "months", "days", "years"} & set(
            tokens[number.end + drug : number.end + drug + 7]
        )
        asking = clause[0] in ("can", "should", "could", "is", "may", "how", "what", "would", "if") or "if" in clause
        daily = {"daily"} & set(clause) or any(
            tokens[at] in ("a", "each", "every", "per") and self._at(at + 1) == "day"
            for at in range(number.start, min(number.end + 9, len(tokens)))
        )
        since = words("today yesterday since tonight morning") & set(tokens[number.end + drug : number.end + drug + 6])
        taken = taken or bool(daily) or (bool(since) and number.value > 6)
        if not taken or (long and not daily) or asking or "pack" in ahead or "packet" in ahead[:drug]:
            return False
        end = number.end + drug + 1
        names = set(ahead) & _DRUGS
        concept = "tablets_ibuprofen" if names & {"ibuprofen", "naproxen", "diclofenac"} else "tablets"
        self._add(concept, number.start, end, number.value)
        return True

    # --- stretches without a number

    def _vague(self, at: int) -> None:
        word = self.tokens[at]
        before = self._before(at, 3)
        if word in _VAGUE and (("for" in before or "been" in before or "lasted" in before) or word == "ages"):
            self._add("duration", at, at + 1, _VAGUE[word])
            return
        if (
            word in ("weeks", "months", "years")
            and before
            and before[-1] in ("for", "been", "last", "past", "over", "many", "and", "now", "on")
        ) or (word in ("weeks", "months", "years") and self._at(at + 1) in ("now", "on")):
            if _value(self._at(at - 1)) is not None or at in self.claimed:
                return
            if self._plain(at, at + 1):
                self._add("duration", at, at + 1, {"weeks": 14.0, "months": 60.0, "years": 730.0}[word])
            return
        if (
            word == "all"
            and self._at(at + 1) in ("week", "month", "summer", "year", "winter", "season")
            and self._plain(at, at + 2)
        ):
            self._add("duration", at, at + 2, {"week": 7.0, "month": 30.0}.get(self._at(at + 1), 90.0))
        elif word == "fortnight" and "in" not in before and at not in self.claimed and self._plain(at, at + 1):
            self._add("duration", at, at + 1, 14.0)

    # --- since

    def _since(self, at: int) -> None:
        word = self.tokens[at]
        if word not in ("since", "started", "began", "from"):
            return
        ahead = list(self.tokens[at + 1 : at + 7])
        if word != "since" and not (
            ahead and (ahead[0] in ("in", "on", "last", "around", "back", "at", "about") or ahead[0] in _MONTHS)
        ):
            return
        skip = 0
        last = False
        while skip < len(ahead) and ahead[skip] in words(
            "last the my about around early late mid start end of in on back beginning at middle this before"
        ):
            last = last or ahead[skip] == "last"
            skip += 1
        if skip >= len(ahead):
            return
        days = self._days_since(ahead[skip], last, ahead[skip + 1] if skip + 1 < len(ahead) else "")
        if days is None or (not self._plain_since(at)):
            return
        self._add("duration", at, at + 2 + skip, float(days))

    def _plain_since(self, at: int) -> bool:
        clause = self._clause(at)
        if self.found.layout.clause[at] in self.symptom_clauses:
            return True
        return not any(word in _ACTIVITY for word in clause) or any(
            word in ("this", "same", "hurting", "it") for word in clause
        )

    def _days_since(self, word: str, last: bool, following: str) -> int | None:  # noqa: PLR0911 - one line a kind of date
        if word in _DAY_NAMES:
            back = (self.today.weekday() - _DAY_NAMES[word]) % 7 or 7
            return back + 7 if last and back < 3 else back
        if word in _MONTHS and not (word in ("may", "march", "mar") and following in ("be", "have", "on")):
            month = _MONTHS[word]
            year = self.today.year - (month > self.today.month or (last and month == self.today.month))
            day = int(following) if following.isdigit() and 1 <= int(following) <= 28 else 15
            if year == self.today.year and month == self.today.month:
                day = min(day, 1) if not following.isdigit() else day
            return max((self.today - date(year, month, day)).days, 0)
        if _YEAR.match(word):
            return max((self.today - date(int(word), 12, 31)).days, 0) if int(word) < self.today.year else 30
        if word in _HOLIDAYS:
            month, day = _HOLIDAYS[word]
            then = date(self.today.year, month, day)
            return (self.today - (then if then <= self.today else then.replace(year=then.year - 1))).days
        if word in ("week", "weekend"):
            return 7 if last else None
        if word in ("month", "year", "autumn", "fall"):
            return {"month": 30, "year": 365}.get(word, 60) if last or word == "autumn" else None
        if word == "yesterday":
            return 1
        return None

    # --- ages

    def _ages(self) -> None:
        """Find ages: "14 year old", "aged 13", "i am 15", "she is 12", "14 yo", "my son , 9 ,", "son 9", "13 and my hip"."""
        for at, word in enumerate(self.tokens):
            value = _value(word)
            if value is None or at in self.claimed or not 1 <= value <= 100 or value != int(value):
                continue
            if not _NUMBER.match(word) and (value < 3 or word in ("few", "several", "dozen", "many")):
                continue
            ahead = self.tokens[at + 1 : at + 4]
            following = ahead[0] if ahead else ""
            if following in ("week", "weeks", "month", "months") and "old" in ahead[1:2]:
                if {"baby", "newborn", "infant", "little", "one"} & set(self._sentence(at)):
                    self._add("postpartum", at, at + 3, value if following.startswith("month") else value / 4)
                continue
            old = (following in ("year", "years", "yr") and "old" in ahead[1:2]) or following in ("yo", "y", "yrs")
            if (old or self._said_age(at, value, following)) and not self._thing(at):
                self._add("age", at, at + (3 if old and following.startswith("year") else 1 + old), value)

    def _said_age(self, at: int, value: float, following: str) -> bool:
        """Tell whether a number without "year old" is an age, by what stands around it."""
        before = self._before(at, 3)
        previous = before[-1] if before else ""
        subject = before[-2] if len(before) > 1 else ""
        measured = _unit(following) is not None or following in _MEASURES or following in _COUNTED
        plain = following == "" or following in _AFTER_AGE
        said = previous in ("aged", "age", "turned", "turning", "nearly")
        if said or following in ("f", "m", "female", "male", "girl", "boy"):
            return True
        if previous == "am" and subject == "i":
            return not measured and value >= 8
        if previous in ("is", "s") and subject in _PERSONS:
            return plain
        if previous == "," and subject in _PERSONS:
            return plain
        if previous in _RELATIVES:
            return not measured
        opens = not before or previous in SENTENCE
        return opens and following in ("and", ",") and self._at(at + 2) in _OPENERS

    def _thing(self, at: int) -> bool:
        """Tell whether the age is that of shoes, a scar or the like, or lies in the past."""
        begin, end = self.found.layout.sentences[self.found.layout.sentence[at]]
        before = set(self.tokens[max(begin, at - 5) : at])
        around = before | set(self.tokens[at + 1 : min(end, at + 5)])
        if around & {"shoes", "trainers", "watch", "shoe", "injury"} or before & {"was", "when", "since"}:
            return not around & {"son", "daughter", "kid"}
        return False


def _trained(before: Sequence[str], clause: Sequence[str], told: bool) -> bool:
    """Tell whether a stretch in a clause that also holds a complaint is the length of the training."""
    del clause, told
    return (
        any(word in ("running", "training", "runner", "cycling") for word in before)
        and "been" in before
        and "for" in before
    )


_COUNTED = words("weeks days of ft feet lbs pounds out or to - hours runs times reps th % cm minute sessions")
"""Words after "i am 12" that make the number something else than an age."""
_AFTER_AGE = words(". , ! ? ; and but female male f m - so now with who has is can")
_RELATIVES = words(
    "daughter son kid child girl boy lad lass brother sister nephew niece grandson granddaughter mum dad wife husband"
)
_PERSONS = _RELATIVES | words("he she who athlete eldest youngest little runner hi female male")
_OPENERS = words("my i he she have got with male female")
_READS = words("got of is was reads at hit been about temp")
_MEASURES = words("k km miles mile kg mph min minutes mins seconds bpm mpw x m cm stone percent %")


def celsius_like(value: float) -> bool:
    """Tell whether a bare number with a decimal can be a body temperature."""
    return 37.5 <= value <= 42.0


SENTENCE = frozenset(".!?;")
_SCORE_BEFORE = words("a an about was is to at hits hit say around like maybe solid nearly it s")
_SCORE_ANSWER = words(
    "a an about was is to at hits say around like maybe solid nearly it s is i would d or - id guess yeah yes , . ! probably"
)
"""Words of an answer that is nothing but a score: "about a five or six I'd say"."""
_SCORE_VERBS = words("gets get got goes up hits peaks at it climbs rises from pain")
_SCORE_AFTER = words(". , ! ; when on by at during while if most but and today now in after with when as then") | {""}
_RUN_WORDS = words("run running runs ran jog jogging mile miles km k race parkrun session intervals")
PAIN_WORDS = words("pain hurts hurt sore ache aching aches painful pains soreness hurting discomfort agony")
COMPLAINTS = words(
    """
    pain numbness swelling stiffness click weakness limp lock giving_way night_pain lump impact_pain
    cannot_bear
    """
)
"""Concepts a duration in the same clause belongs to."""
