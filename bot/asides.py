"""Asides: sentences of an article that sell, point elsewhere or speak of the article itself; they answer nothing about hips."""

from __future__ import annotations

import re
from functools import lru_cache

_ASIDE = re.compile(
    # the article of itself, and other pages
    r"\b(?:this|our|previous|next|related) (?:article|blog|post|guide|page|video|newsletter)s?\b|\bin (?:this|our) (?:article|blog|post|guide)"
    r"|\b(?:read|see|check out|find|view|watch) (?:on|more|this|our|the|these) (?:article|blog|post|guide|video|previous|page|link|here|if)"
    r"|\bread (?:on|more|this)\b|\bcheck out\b|\bclick (?:here|below|the)\b|\b(?:article|link|video|online) here\b|\bdemonstrated below\b"
    r"|\bwe(?:'|’)?ll (?:take a look|show you|cover|explore|look at|explain|discuss)\b"
    r"|\bwill guide you through what\b|\bhas a short video\b"
    # sales and contact
    r"|\b(?:book|schedule) (?:a|an|your|our|now|online|in)\b|\bbook(?:ing)? (?:an? )?(?:appointment|hip assessment|free|online|today)"
    r"|\b(?:call|contact|e-?mail|text|phone|message) (?:us|the clinic|our|\+?\d[\d -]{5,})|\breach out\b|\bget in touch\b|\bsend us\b|\bvisit us\b|\bchat to an?\b"
    r"|\b(?:our|we) (?:clinics?|teams?|specialists?|experts?|orthopa?edic|specialise|specialize|offer|provide|serve)\b|\bat our\b|\bhere to help\b"
    r"|\bour (?:\w+ ){0,2}(?:specialist|surgeon|physio|clinic|team|expert|patient)|\b(?:join|follow) us\b|\bsubscribe\b|\bsign up\b"
    r"|\b(?:serving|located in|based in)\b|\b(?:a|the|an) [\w-]+ (?:clinic|specialist|surgeon) in [A-Z]"
    r"|\b(?:treatment|specialists?|clinic|appointment) in (?-i:[A-Z])|\bfree (?:discovery|consultation|assessment|call)\b|\btoday to (?:uncover|start|learn)"
    r"|\b(?:focuses on helping|speciali[sz]es in)\b|[\w.]+@[\w-]+\.\w|\bwww\.|https?://",
    re.IGNORECASE,
)
_EMOJI = re.compile(r"^[\U0001f300-\U0001faff\u2600-\u27bf]")


@lru_cache(maxsize=50_000)
def is_aside(sentence: str) -> bool:
    """Whether a sentence sells, gives contacts, points elsewhere or speaks of the article itself.

    Such a sentence is found and shown where a question is about the source, never as advice. Judged by its words alone, so
    that it works for any article.
    """
    return bool(_ASIDE.search(sentence) or _EMOJI.match(sentence))
