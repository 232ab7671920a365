"""Reword: a language model, if one is configured, makes the sentences of an answer easier to read; it adds nothing.

It gets the numbered sentences that the built-in answerer chose, and nothing else: not the question, not the conversation.
Each sentence that it writes is held back until it is whole and checked against the sentences that it cites
(`bot.support`). Whatever goes wrong, a time-out, an error, nonsense, raises `RewordError`, and the caller shows the built-in
answer.

A reworded reply is never shorter of facts than the built-in one: where a sentence was not reworded, or not faithfully, the
article's own stands in its place.
"""

from __future__ import annotations

import logging
import os
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bot.errors import BotError
from bot.reply import CitedSentence, Reply
from bot.support import supports

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from guardrails import Verdict
    from ingest.encoder import Encoder
    from settings import Settings

logger = logging.getLogger(__name__)

_FILE = Path(__file__).parent / "data" / "reword.yaml"
EXTRAS = ("anthropic", "ollama", "openai")
# Rewordings at once, those included that were given up and still wait for their server; one more gets the built-in answer.
AT_ONCE = 8
# How much a model may write, as a multiple of the characters that it was given, and how much more than that.
_MOST_LONGER, _MOST_MORE = 3, 400
_MARKER = re.compile(r"\[(\d{1,2})\]")
_MARKERS = re.compile(r"\s*(?:\[\d{1,2}\]\s*)+")
# A sentence ends at its mark with the numbers around it, where another begins; or at the end of a line.
_END = re.compile(r"[.!?](?:[ \t]*\[\d{1,2}\])*(?=\s+[^\s\[])|\n")
# Cosine of a reworded sentence and what it cites, below which it is about something else. Of the faithful pairs of both halves
# in tests/bot/pairs the lowest has 0.80; many unfaithful ones have more, so this only backs up the comparison word by word.
NEAR = 0.75
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
# What plain prose is made of. Markup, addresses and other alphabets have characters beyond these.
_PLAIN = re.compile(r"[A-Za-z0-9 .,;:'’\"“”()%&/–—-]+")
Review = Callable[[Sequence[str]], "Sequence[Verdict]"]


class RewordError(RuntimeError):
    """A rewording cannot be had: the text says why, for the log. The reader gets the built-in answer."""


@dataclass(frozen=True, slots=True)
class Reworded:
    """A reworded sentence that says what it cites.

    Attributes:
        text: the sentence without its markers.
        cites: numbers of the sentences it rewords, from 1, in order.

    """

    text: str
    cites: tuple[int, ...]


class Rewriter:
    """Rewords sentences with a language model. Safe to share between threads.

    Args:
        model: the language model.
        seconds: how long a whole rewording may take, by the clock on the wall.

    Example:
        >>> rewriter = Rewriter.open(load_settings())                         # doctest: +SKIP
        >>> list(rewriter.rewrite(["Glute bridges: do 3 sets of 12 reps."]))  # doctest: +SKIP

    """

    def __init__(self, model: BaseChatModel, seconds: float) -> None:
        self.model = model
        self.seconds = seconds
        self._free = threading.BoundedSemaphore(AT_ONCE)

    @classmethod
    def open(cls, settings: Settings) -> Rewriter | None:
        """The configured rewriter, or None where no model is configured. No request is made yet.

        Raises:
            BotError: the provider's package is missing, or it does not take the settings; the text names variable and remedy.

        """
        if not settings.llm:
            return None
        from langchain.chat_models import init_chat_model

        provider = settings.llm.partition(":")[0].replace("-", "_").lower()
        try:
            model = init_chat_model(settings.llm, **_options(provider, settings))
        except ImportError as error:
            package = f'".[{provider}]"' if provider in EXTRAS else f"langchain-{provider.replace('_', '-')}"
            raise BotError(
                f"HIPWISE_LLM={settings.llm!r} needs a package that is not installed ({error.name or error}). Install it: "
                f"python -m pip install -c constraints.txt {'-e ' if provider in EXTRAS else ''}{package}"
            ) from error
        except Exception as error:  # each provider raises its own kinds
            what = str(error).strip().split("\n")[0]
            raise BotError(
                f"HIPWISE_LLM={settings.llm!r} cannot be used: {what} Mend the name of the provider or model, "
                "HIPWISE_LLM_BASE_URL, or the provider's own variable for the key (OPENAI_API_KEY, ANTHROPIC_API_KEY)."
            ) from error
        return cls(model, settings.llm_seconds)

    def rewrite(self, evidence: Sequence[str]) -> Iterator[Reworded]:
        """Reword sentences; each is yielded as soon as it is whole and checked. What is not supported is left out.

        Args:
            evidence: the sentences, in order, without Markdown.

        Raises:
            RewordError: the model was too slow, broke off, failed, or wrote without end.

        """
        most = _MOST_LONGER * sum(map(len, evidence)) + _MOST_MORE
        buffer, written = "", 0
        for text in self._texts(_messages(evidence)):
            written += len(text)
            if written > most:
                raise RewordError(f"the model wrote more than {most} characters")
            buffer += text
            while end := _END.search(buffer):
                yield from _checked(buffer[: end.end()], evidence)
                buffer = buffer[end.end() :]
        yield from _checked(buffer, evidence)

    def _texts(self, messages: list[tuple[str, str]]) -> Iterator[str]:
        """The pieces of the model's answer, read in a thread of their own so that nobody waits for them past the limit."""
        deadline = time.monotonic() + self.seconds
        if not self._free.acquire(blocking=False):
            raise RewordError(f"{AT_ONCE} rewordings are under way")
        pieces: queue.Queue[str | Exception | None] = queue.Queue()
        given_up = threading.Event()
        threading.Thread(target=self._read, args=(messages, pieces, given_up), name="reword", daemon=True).start()
        try:
            while True:
                left = deadline - time.monotonic()
                try:
                    if left <= 0:
                        raise queue.Empty
                    piece = pieces.get(timeout=left)
                except queue.Empty:
                    raise RewordError(f"the model took longer than {self.seconds:g} seconds") from None
                if isinstance(piece, Exception):
                    # Not its words: a provider's message may hold a part of the key.
                    raise RewordError(f"the model failed: {type(piece).__name__}") from piece
                if piece is None:
                    return
                yield piece
        finally:
            given_up.set()

    def _read(
        self, messages: list[tuple[str, str]], pieces: queue.Queue[str | Exception | None], given_up: threading.Event
    ) -> None:
        """Read the model's answer until it ends or is given up; a read that hangs ends by the client's own time-out.

        Where the answer is cut off, its last sentence is not whole, and the check finds what it lacks.
        """
        try:
            for chunk in self.model.stream(messages):
                if given_up.is_set():
                    return
                pieces.put(str(chunk.text))
            pieces.put(None)
        except Exception as error:  # noqa: BLE001 - whatever a provider raises, the reader gets the built-in answer
            pieces.put(error)
        finally:
            self._free.release()


def reworded(reply: Reply, rewriter: Rewriter, review: Review, encoder: Encoder) -> Iterator[Reply]:
    """A reply as its answer is reworded: growing by checked sentences, and at last complete.

    A reworded sentence must cite neighbours in the built-in answer, in its order; what it skips is filled in word for word. It
    must pass the safety layer's review, and hold no kind of advice that the sentences it cites do not hold. Where the
    rewording fails, or fewer than half of the sentences could be reworded, the last reply is the one given.

    Args:
        reply: the built-in reply; its answer has no list and none of its sentences is a stand.
        rewriter: rewords.
        review: the safety layer's verdict on each sentence.
        encoder: tells how near in meaning a sentence is to what it cites.

    """
    own = reply.answer
    shown: list[CitedSentence] = []
    done = changed = 0
    yield replace(reply, answer=(), complete=False)
    try:
        for sentence in rewriter.rewrite([item.text for item in own]):
            first, last = sentence.cites[0], sentence.cites[-1]
            cited = own[first - 1 : last]
            if first <= done or len(cited) != len(sentence.cites) or not _passes(sentence.text, cited, review, encoder):
                continue
            citations = tuple(n for item in cited for n in item.citations)
            shown += [*own[done : first - 1], replace(cited[0], text=sentence.text, citations=citations)]
            done, changed = last, changed + len(cited)
            yield replace(reply, answer=tuple(shown), complete=False)
    except RewordError as error:
        logger.warning("The built-in answer is shown: %s", error)
        yield reply
        return
    except Exception:
        logger.exception("A rewording could not be checked; the built-in answer is shown")
        yield reply
        return
    answer = (*shown, *own[done:])
    yield replace(reply, answer=answer, reworded=True) if 2 * changed >= len(own) and answer != own else reply


def _passes(text: str, cited: Sequence[CitedSentence], review: Review, encoder: Encoder) -> bool:
    """Whether a reworded sentence is near what it cites, and the safety layer finds nothing in it that is not in that."""
    said, source = encoder.embed([text, " ".join(item.text for item in cited)])
    if float(said @ source) < NEAR:
        return False
    verdict, *others = review([text, *(item.text for item in cited)])
    return verdict.allowed and verdict.tags <= frozenset().union(*(other.tags for other in others))


def cited_by(sentence: str) -> tuple[int, ...]:
    """The numbers that a sentence cites with `[1]`, each once, in order."""
    return tuple(dict.fromkeys(int(number) for number in _MARKER.findall(sentence)))


def _checked(written: str, evidence: Sequence[str]) -> Iterator[Reworded]:
    """The sentence, where it is one that says what it cites; else nothing."""
    cites = cited_by(written)
    text = _tidy(written)
    if not text:
        return
    reason = _unfit(text, cites, len(evidence)) or supports(text, [evidence[n - 1] for n in cites])
    if reason:
        logger.info("A reworded sentence is left out: %s", reason)
        return
    yield Reworded(text, tuple(sorted(cites)))


def _unfit(text: str, cites: tuple[int, ...], count: int) -> str | None:
    """Why a text need not even be compared with what it cites, or None."""
    if not cites:
        return "it cites nothing"
    if not all(1 <= n <= count for n in cites):
        return "it cites a number that there is not"
    return None if _PLAIN.fullmatch(text) else "it is not plain text"


def _tidy(written: str) -> str:
    """A sentence without markers and bullet, with a capital letter and a full stop."""
    text = _MARKERS.sub(" ", _BULLET.sub("", written))
    text = re.sub(r"\s+([.,;:!?])", r"\1", " ".join(text.split()))
    if not re.search(r"\w", text):
        return ""
    text = text[:1].upper() + text[1:]
    return text if text[-1] in ".!?" else f"{text}."


def _messages(evidence: Sequence[str]) -> list[tuple[str, str]]:
    """What the model is sent: what to do, and the numbered sentences, with no bracket in them that could pass for a number."""
    lines = "\n".join(
        f"[{n}] {' '.join(text.split()).replace('[', '(').replace(']', ')')}"
        for n, text in enumerate(evidence, start=1)
    )
    return [("system", _system()), ("human", lines)]


def _options(provider: str, settings: Settings) -> dict[str, Any]:
    """The options of a provider's client: where, no second tries, and a time-out for each read."""
    if provider == "ollama":
        options: dict[str, Any] = {"client_kwargs": {"timeout": settings.llm_seconds}}
    else:
        options = {"timeout": settings.llm_seconds, "max_retries": 0}
    if settings.llm_base_url:
        options["base_url"] = settings.llm_base_url
        if provider == "openai":
            options |= _for_compatible_server()
    return options


def _for_compatible_server() -> dict[str, Any]:
    """Other servers know the older of OpenAI's two interfaces; where they want no key the client wants one all the same."""
    return {"use_responses_api": False} | ({} if os.environ.get("OPENAI_API_KEY") else {"api_key": "none"})


@lru_cache(maxsize=1)
def _system() -> str:
    return str(yaml.safe_load(_FILE.read_text(encoding="utf-8"))["system"])
