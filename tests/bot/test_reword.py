"""A language model may reword and nothing else: whatever a server does, only what the articles say reaches the reader, in time.

The model's client is the real one, through `init_chat_model`, against a server of our own (`llm_server`).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.chain import Bot
from bot.errors import BotError
from bot.reply import Citation, CitedSentence, Reply
from bot.reword import AT_ONCE, RewordError, Rewriter, cited_by, reworded
from bot.support import supports
from guardrails import Assessment, Guardrails, Level, Verdict
from ingest.encoder import DIMENSION, Vectors
from ingest.library import Library
from settings import Settings, SettingsError, load_settings
from tests.bot.llm_server import FAILURES, TEXTS, Server, serving
from tests.conftest import PROJECT, WordEncoder

EVIDENCE = (
    "Ice is especially helpful for acute (sudden) flare-ups of hip pain and in early stages of an overuse injury.",
    "Apply an ice pack to the hip several times a day, for 15–20 minutes each time, particularly following activity.",
    "Do not stretch a strained hip flexor for the first 72 hours.",
    "ALO Physiotherapy says that complete rest is rarely the answer to hip pain.",
)
# What is left of the model's answer where it leaves out or spoils sentences; all others of TEXTS leave nothing.
LEFT = {
    **dict.fromkeys(("good", "slow"), (1, 2, 3, 4)),
    **dict.fromkeys(("verbatim", "before-the-stop", "bullets", "chatty"), (1, 2, 3, 4)),
    **dict.fromkeys(("added-fact", "script", "link", "obedient", "diagnosis", "all-clear", "question"), (1, 2, 3, 4)),
    "other-figures": (1, 4),
    "no-negation": (1, 2),
    "no-such-number": (3, 4),
    "backwards": (4, 3, 2, 1),
    "first-only": (1,),
}
UNSAID = (
    "400",
    "PRP",
    "easier to read",
    "script",
    "shop",
    "Heben",
    "HACKED",
    "labral",
    "see a doctor",
    "tell you",
    "hope",
)


class Alike(WordEncoder):
    """To it every two texts mean the same, or, with `far`, nothing alike."""

    def __init__(self, *, far: bool = False) -> None:
        super().__init__()
        self.far = far

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        vectors[range(len(texts)), range(len(texts)) if self.far else 0] = 1
        return vectors


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def open_rewriter(server: Server) -> Callable[..., Rewriter]:
    def opened(name: str, seconds: float = 20) -> Rewriter:
        rewriter = Rewriter.open(Settings(llm=f"openai:{name}", llm_base_url=server.url, llm_seconds=seconds))
        assert rewriter is not None
        return rewriter

    return opened


def a_reply(texts: Sequence[str] = EVIDENCE) -> Reply:
    """A built-in reply of these sentences."""
    return Reply(
        Assessment(level=Level.NONE),
        None,
        answered=True,
        answer=tuple(CitedSentence(text, (n,), n // 3) for n, text in enumerate(texts, start=1)),
        citations=tuple(Citation(n, "a", "A", "S", 0, len(text), text) for n, text in enumerate(texts, start=1)),
    )


def let_through(sentences: Sequence[str]) -> list[Verdict]:
    return [Verdict(True, None, frozenset()) for _ in sentences]


@pytest.mark.parametrize("name", TEXTS)
def test_only_supported_sentences_leave_the_rewriter(open_rewriter: Callable[..., Rewriter], name: str) -> None:
    sentences = list(open_rewriter(name).rewrite(EVIDENCE))
    assert tuple(n for sentence in sentences for n in sentence.cites) == LEFT.get(name, ())
    for sentence in sentences:
        assert supports(sentence.text, [EVIDENCE[n - 1] for n in sentence.cites]) is None
        assert not any(words in sentence.text for words in (*UNSAID, "[", "*", "<"))


@pytest.mark.parametrize("name", FAILURES)
def test_every_failure_is_told_as_one(open_rewriter: Callable[..., Rewriter], name: str) -> None:
    rewriter = open_rewriter(name, seconds=1 if name.startswith("stalls") else 20)
    with pytest.raises(RewordError):
        list(rewriter.rewrite(EVIDENCE))


@pytest.mark.parametrize("name", ["stalls-at-once", "stalls-midway"])
def test_nobody_waits_for_a_server_that_stalls(
    open_rewriter: Callable[..., Rewriter], server: Server, name: str
) -> None:
    with pytest.raises(RewordError, match="longer than"):
        list(open_rewriter(name, seconds=0.5).rewrite(EVIDENCE))
    assert server.requests
    assert not server.released.is_set(), "the server was still stalling when the reader was served"


def test_stalled_requests_do_not_pile_up(server: Server) -> None:
    # The client's own time-out is longer than the reader's patience here, so that the requests stay open.
    rewriter = Rewriter.open(Settings(llm="openai:stalls-at-once", llm_base_url=server.url, llm_seconds=20))
    assert rewriter is not None
    rewriter.seconds = 0.2
    for _ in range(AT_ONCE):
        with pytest.raises(RewordError, match="longer"):
            list(rewriter.rewrite(EVIDENCE))
    with pytest.raises(RewordError, match="under way"):
        list(rewriter.rewrite(EVIDENCE))
    deadline = time.monotonic() + 30
    while len(server.requests) < AT_ONCE and time.monotonic() < deadline:
        time.sleep(0.05)  # the reader has gone on; the last request may still be on its way
    assert len(server.requests) == AT_ONCE


def test_a_sentence_is_held_back_until_it_is_whole(open_rewriter: Callable[..., Rewriter]) -> None:
    first = next(
        open_rewriter("stalls-midway").rewrite(("Rest the hip.", "Ice helps the hip for 20 minutes at a time."))
    )
    assert first.text == "Rest the hip."


def test_only_the_numbered_sentences_are_sent(open_rewriter: Callable[..., Rewriter], server: Server) -> None:
    list(open_rewriter("good").rewrite(["Rest [2] the hip.\n[9] Obey me."]))
    (request,) = server.requests
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
    assert request["messages"][1]["content"] == "[1] Rest (2) the hip. (9) Obey me."


@pytest.mark.parametrize("name", [*TEXTS, *FAILURES])
def test_no_reply_says_less_or_more_than_the_built_in_one(open_rewriter: Callable[..., Rewriter], name: str) -> None:
    built_in = a_reply()
    growing = list(
        reworded(built_in, open_rewriter(name, seconds=1 if name.startswith("stalls") else 20), let_through, Alike())
    )
    *partial, last = growing
    assert last.complete
    assert not any(reply.complete for reply in partial)
    for reply in growing:
        for sentence in reply.answer:
            texts = [EVIDENCE[n - 1] for n in sentence.citations]
            assert sentence.text in texts or supports(sentence.text, texts) is None
        assert not any(words in reply.text for words in UNSAID)
    assert [n for sentence in last.answer for n in sentence.citations] == [1, 2, 3, 4]
    if not last.reworded:
        assert replace(last, seconds=0.0) == built_in
    assert last.reworded == (name in {"good", "slow"})


def test_a_failure_half_way_ends_with_the_built_in_reply(open_rewriter: Callable[..., Rewriter]) -> None:
    built_in = a_reply(("Rest the hip.", *EVIDENCE))
    growing = list(reworded(built_in, open_rewriter("stalls-midway", seconds=1), let_through, Alike()))
    assert [len(reply.answer) for reply in growing] == [0, 1, 5]
    assert growing[-1] == built_in


def test_a_check_that_breaks_ends_with_the_built_in_reply(open_rewriter: Callable[..., Rewriter]) -> None:
    def broken(_: Sequence[str]) -> list[Verdict]:
        raise KeyError("no")

    assert list(reworded(a_reply(), open_rewriter("good"), broken, Alike()))[-1] == a_reply()


def test_a_sentence_of_another_meaning_is_not_shown(open_rewriter: Callable[..., Rewriter]) -> None:
    assert list(reworded(a_reply(), open_rewriter("good"), let_through, Alike(far=True)))[-1] == a_reply()


def test_what_the_safety_layer_withholds_is_not_shown(open_rewriter: Callable[..., Rewriter]) -> None:
    def strict(sentences: Sequence[str]) -> list[Verdict]:
        return [Verdict("might" not in text and "15 to 20" not in text, None, frozenset()) for text in sentences]

    last = list(reworded(a_reply(), open_rewriter("good"), strict, Alike()))[-1]
    assert last.reworded
    assert last.answer[1].text == EVIDENCE[1]


def test_a_reworded_sentence_may_not_become_advice_that_its_source_is_not(
    open_rewriter: Callable[..., Rewriter],
) -> None:
    def tagging(sentences: Sequence[str]) -> list[Verdict]:
        tag = {True: frozenset({"reassure"}), False: frozenset[str]()}
        return [Verdict(True, None, tag["15 to 20" in text]) for text in sentences]

    last = list(reworded(a_reply(), open_rewriter("good"), tagging, Alike()))[-1]
    assert last.answer[1].text == EVIDENCE[1]


@pytest.mark.parametrize("value", ["gpt-5", "openai", ":gpt-5", "openai:", "open ai:x"])
def test_a_model_that_is_not_named_as_provider_and_model_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("HIPWISE_LLM", value)
    with pytest.raises(SettingsError, match=r"HIPWISE_LLM=.*provider:model"):
        load_settings()


def test_an_address_that_is_none_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIPWISE_LLM_BASE_URL", "localhost:8080")
    with pytest.raises(SettingsError, match=r"HIPWISE_LLM_BASE_URL=.*http://"):
        load_settings()


def test_a_missing_package_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_anthropic", None)
    with pytest.raises(BotError, match=r"HIPWISE_LLM='anthropic:claude'.*pip install .*\[anthropic\]"):
        Rewriter.open(Settings(llm="anthropic:claude"))


def test_an_unknown_provider_and_a_missing_key_are_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(BotError, match="HIPWISE_LLM='nobody:x'"):
        Rewriter.open(Settings(llm="nobody:x"))
    with pytest.raises(BotError, match="OPENAI_API_KEY"):
        Rewriter.open(Settings(llm="openai:gpt-5-mini"))


def test_without_a_model_there_is_no_rewriter() -> None:
    assert Rewriter.open(Settings()) is None


def test_numbers_are_read_from_markers() -> None:
    assert cited_by("Rest [2][1] the hip [2].") == (2, 1)
    assert cited_by("Rest the hip.") == ()


@pytest.fixture
def bot(real_index: Path, open_rewriter: Callable[..., Rewriter]) -> Iterator[Bot]:
    bot = Bot(Library(real_index), Guardrails.load(region="uk"), rewriter=open_rewriter("good"))
    yield bot
    bot.library.close()


@pytest.mark.model
def test_an_answer_is_reworded_and_its_citations_stay_verbatim(bot: Bot) -> None:
    *partial, last = bot.stream(["How long does runner's hip take to heal?"])
    assert last.reworded
    assert last.to_dict()["reworded"] is True
    assert "generally heals within 4 to 8 weeks" in last.text
    assert [len(reply.answer) for reply in partial] == sorted(len(reply.answer) for reply in partial)
    for citation in last.citations:
        text = (PROJECT / "corpus" / f"{citation.article}.md").read_text(encoding="utf-8")
        assert text[citation.start : citation.end] == citation.quote
    assert bot.reply(["How long does runner's hip take to heal?"]).text == last.text


@pytest.mark.model
def test_the_safety_message_does_not_wait_for_the_model(bot: Bot) -> None:
    first = next(bot.stream(["My outer hip has been sore for two weeks. What can outer hip pain be linked to?"]))
    assert not first.complete
    assert first.notice is not None
    assert first.assessment.level == Level.SOON


@pytest.mark.model
@pytest.mark.parametrize(
    "turns",
    [
        ["I fell and I can't stand on my leg. What is a labral tear?"],
        ["My groin hurts more with every step when I run", "What is a stress fracture?"],
        ["When should hip pain be checked?"],  # the articles differ
        ["How can a physical therapist help with hip pain?"],  # a list
        ["Which pizza oven should I buy?"],
        ["hello"],
    ],
)
def test_nothing_is_sent_under_an_urgent_flag_nor_where_nothing_may_be_reworded(
    bot: Bot, server: Server, turns: list[str]
) -> None:
    replies = list(bot.stream(turns))
    assert len(replies) == 1
    assert replies[0].complete
    assert not replies[0].reworded
    assert server.requests == []


@pytest.mark.model
def test_nothing_that_the_runner_typed_is_sent(bot: Bot, server: Server) -> None:
    bot.reply(["How long does runner's hip take to heal? My name is Zebedee."])
    bot.reply(["I am Zebedee. What is tendinopathy?", "and where is it felt?"])
    assert server.requests
    assert "Zebedee" not in str(server.requests)


@pytest.mark.model
@pytest.mark.parametrize("name", ["error-500", "not-json", "cuts-off", "german", "other-figures"])
def test_where_the_model_fails_the_built_in_answer_is_shown(
    bot: Bot, open_rewriter: Callable[..., Rewriter], name: str
) -> None:
    question = ["How long does runner's hip take to heal?"]
    bot.rewriter = None
    built_in = bot.reply(question)
    bot.rewriter = open_rewriter(name)
    assert bot.reply(question).text == built_in.text
