"""The words BM25 compares: folded, without stop words, stemmed; the same for passages and questions."""

from __future__ import annotations

import re
import threading
import unicodedata

import Stemmer

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_POSSESSIVE = re.compile(r"'s?$")
# Words that carry no subject. Question words, pronouns, auxiliaries and articles; never "no", "not" or a preposition of
# place, which change what a sentence about an injury says.
STOP_WORDS = frozenset(
    """a an and are as at be been being but by can could did do does doing for from get gets getting go had has have having
    he her hers him his how i i'd i'll i'm i've if in into is it it's its just me my myself of on or our ours please she should
    so some than that that's the their them then there these they this those to too us very was we were what what's when
    where which while who whom why will with would you you're your yours""".split()  # noqa: SIM905 - read as a line of words
)
# A name of a condition whose words are everywhere; it gets a term of its own beside them.
_RUNNERS_HIP = re.compile(r"\brunner'?s'? hip\b(?! (?:pain|flexor|joint|ache|injur|problem|muscle|strength))")
_stemmers = threading.local()  # a PyStemmer object may not be shared between threads


def words(text: str) -> list[str]:
    """The words of a text, folded to small letters without accents or possessive endings, in order."""
    folded = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    folded = _RUNNERS_HIP.sub("runner's hip runnership", folded)
    folded = "".join(char for char in folded if not unicodedata.combining(char))
    return [_POSSESSIVE.sub("", word) for word in _WORD.findall(folded)]


def terms(text: str) -> list[str]:
    """The stems of a text's words, stop words left out, in order."""
    stemmer = getattr(_stemmers, "english", None)
    if stemmer is None:
        stemmer = _stemmers.english = Stemmer.Stemmer("english")
    return list(stemmer.stemWords([word for word in words(text) if word not in STOP_WORDS]))
