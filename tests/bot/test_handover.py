"""The hand-over: what stands in it, that no text in it is markup, and that the server keeps nothing of it."""

from __future__ import annotations

import html
import json
import logging
import re
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pypdfium2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.handover.draft import LONGEST_LINE, MOST_LINES, Draft, Passage, draft_of, tidy
from bot.handover.markdown import escape, markdown
from bot.handover.pdf import MISSING, pdf
from bot.told import Told, tell
from bot.web.handover import MOST_BYTES, routes
from bot.web.shell import Shell
from bot.web.words import Catalogue
from guardrails import Guardrails
from settings import Settings

DAY = date(2026, 11, 29)
URGENT = ["groin pain since March, right side. 6/10 when running", "it wakes me at night", "Can I race on Sunday?"]
PASSAGE = Passage(title="Bursitis", section="What helps", publisher="Hill Clinic", href="https://hill.example/b#x")
HOSTILE = [
    "<script>alert(1)</script> **bold** [a](javascript:alert(1)) ![x](http://evil.example/x.png) # no `code` | a_b_c ~~d~~",
    "1. one", "- two", "> three", "www.evil.example and me@evil.example", "&lt;b&gt; &#60; \\* \\",
    "\u202eturned\u202c \u2067round\u2069 \u0007 end", "w" * LONGEST_LINE,
]  # fmt: skip
CATALOGUE = Catalogue.load()
WORDS = CATALOGUE.words("en")
GUARDRAILS = Guardrails.load(region="uk")
MESSAGES = GUARDRAILS.messages


def handed_over(*turns: str, passages: tuple[Passage, ...] = (PASSAGE,)) -> Draft:
    return draft_of(tell(GUARDRAILS, turns, DAY), passages, DAY)


def with_lines(*lines: str) -> Draft:
    return Draft.model_validate({"day": DAY, "sections": [{"key": "other", "lines": lines}]})


def headline(*turns: str) -> str:
    """What the safety message for these turns says to do."""
    notice = GUARDRAILS.notice(GUARDRAILS.assess(turns, DAY))
    assert notice is not None
    return notice.headline


def letter(draft: Draft) -> tuple[list[str], pypdfium2.PdfDocument]:
    """The text of each page of a draft's letter, and the letter."""
    document = pypdfium2.PdfDocument(pdf(draft, WORDS, MESSAGES, WORDS.day(draft.day), WORDS.tag))
    return [page.get_textpage().get_text_range() for page in document], document


def written(draft: Draft) -> str:
    return markdown(draft, WORDS, MESSAGES, WORDS.day(draft.day))


def read(text: str) -> str:
    """Markdown as a reader sees it: rendered by CommonMark, without tags."""
    return html.unescape(re.sub(r"<[^>]*>", "", MarkdownIt("commonmark").render(text)))


# --- what stands in it


def test_a_warning_comes_first_in_both_and_in_the_safety_messages_own_words() -> None:
    draft = handed_over(*URGENT)
    action = headline(*URGENT)
    (page,), _ = letter(draft)
    for text in (read(written(draft)), " ".join(page.split())):
        order = [text.index(part) for part in (action, "wakes me at night", "Where it hurts", "Can I race on Sunday?")]
        assert order == sorted(order)
        assert "Hill Clinic" in text
        assert "29 November 2026" in text
        assert "not a diagnosis" in text


def test_the_wording_of_a_warning_cannot_be_edited_away() -> None:
    draft = handed_over(*URGENT)
    softened = Draft.model_validate(draft.model_dump() | {"sections": []})
    assert headline(*URGENT) in read(written(softened))
    signs = [{"level": "soon", "title": "Nothing to worry about", "words": []}]
    invented = Draft.model_validate(draft.model_dump() | {"noticed": signs})
    assert invented.unknown(MESSAGES) == ["Nothing to worry about"]
    assert draft.unknown(MESSAGES) == []


def test_it_is_said_of_somebody_else_where_it_is_about_them() -> None:
    message = "my daughter is 14 and limping, her right hip hurts when she runs"
    draft = handed_over(message)
    assert draft.about == "kin"
    assert "For their physio" in read(written(draft))
    assert headline(message) in read(written(draft))


@pytest.mark.parametrize(
    "message",
    [
        "My hip hurts and I want to kill myself",
        "fell off my bike, can't stand on my leg",
        "both feet numb, no pee since noon",
    ],
)
def test_an_emergency_is_named_as_the_safety_message_names_it(message: str) -> None:
    draft = handed_over(message)
    assert draft.action(MESSAGES) == headline(message)
    assert draft.level.label == "emergency"


def test_a_check_that_failed_is_said_to_have_failed() -> None:
    draft = draft_of(Told(level="urgent", failed=True), [], DAY)
    assert MESSAGES.failed["headline"] in read(written(draft))


def test_passages_stand_once_and_only_with_addresses_of_the_web() -> None:
    odd = [
        Passage(title=f"Odd {n}", href=href)
        for n, href in enumerate(["javascript:alert(1)", "data:x", "//evil", "http://["])
    ]
    draft = handed_over("my hip hurts", passages=(PASSAGE, PASSAGE, *odd, Passage(title="Ours", href="/articles/a b")))
    assert [passage.href for passage in draft.passages] == [PASSAGE.href, "", "", "", "", "/articles/a b"]
    assert "](</articles/a%20b>)" in written(draft)


def test_a_hundred_turns_fill_sections_to_their_limit_and_further_pages() -> None:
    turns = [f"My hip hurts when I climb hill {n}. What about hill {n}?" for n in range(100)]
    draft = handed_over(*turns)
    asked = next(section.lines for section in draft.sections if section.key == "asked")
    assert len(asked) == MOST_LINES
    assert asked[-1] == "What about hill 99?"
    pages, _ = letter(draft)
    assert len(pages) > 1
    assert "What about hill 99?" in "".join(pages)


# --- hostile text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_markup_in_markdown(text: str) -> None:
    rendered = MarkdownIt("commonmark").render(written(with_lines(text)))
    assert tidy(text) in html.unescape(rendered).replace("\n", " ")
    assert set(re.findall(r"<(\w+)", rendered)) <= {"h1", "h2", "p", "ul", "li", "hr"}


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("ab 1.)-+*_`~[]()<>!#|\\&;:=@/\"'{}\t\n\r\u202e") | st.characters(), max_size=40))
def test_any_text_reads_in_markdown_as_it_was_typed(text: str) -> None:
    rendered = MarkdownIt("commonmark").render(f"- x {escape(text)}\n- {escape(text)}")
    plain = [html.unescape(re.sub(r"</?(?:ul|li)>", "", line)).strip() for line in rendered.strip().splitlines()]
    assert plain == ["", f"x {tidy(text)}".strip(), tidy(text), ""]


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_stands_in_the_letter_as_text(text: str) -> None:
    (page,), document = letter(with_lines(text))
    seen = re.sub(r"[\s\ufffe\u0002-]", "", page)  # lines end where the column does
    assert re.sub(r"[\s-]", "", tidy(text)) in seen
    assert not list(document.get_toc())


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Где болит? Πού; Zażółć gęślą", "Где болит? Πού; Zażółć gęślą"),
        ("漢字", MISSING * 2),
        ("a👩🏽‍🚀b 🇬🇧", f"a{MISSING * 2}b"),  # joined and coloured signs are one box for each of their parts
    ],
)
def test_other_scripts_are_written_and_what_no_font_has_is_a_box(text: str, seen: str) -> None:
    (page,), _ = letter(with_lines(text))
    assert seen in page


def test_what_is_written_from_the_right_stands_at_the_right() -> None:
    (page,), document = letter(with_lines("כואב לי בירך"))
    assert "כואב" in page or "באוכ" in page
    textpage = document[0].get_textpage()
    at = min(
        index for index in range(textpage.count_chars()) if "\u0590" <= textpage.get_text_range(index, 1) <= "\u05ff"
    )
    left, *_ = textpage.get_charbox(at)
    assert left > document[0].get_width() / 2


def test_the_letter_names_its_title_and_language_and_no_time() -> None:
    draft = handed_over(*URGENT)
    _, document = letter(draft)
    known = document.get_metadata_dict()
    assert (known["Title"], known["CreationDate"][:16]) == ("For my physio", "D:20261129000000")
    assert b"/Lang (en-GB)" in pdf(draft, WORDS, MESSAGES, "29 November 2026", WORDS.tag)
    assert document[0].get_size() == pytest.approx((595.28, 841.89), abs=0.1)


# --- the server's side


@pytest.fixture
def client() -> TestClient:
    bot = SimpleNamespace(guardrails=GUARDRAILS, today=DAY)
    app = FastAPI()
    app.include_router(routes(cast("Any", bot), Settings(), Shell(CATALOGUE, GUARDRAILS.emergency_phone())))
    return TestClient(app)


def test_a_conversation_becomes_a_draft_and_the_edited_draft_a_file(client: TestClient) -> None:
    made = client.post(
        "/handover/draft", json={"turns": URGENT, "passages": [PASSAGE.model_dump()], "day": "2026-11-30"}
    )
    draft = made.json()
    assert (draft.pop("level"), draft.pop("action")) == ("urgent", headline(*URGENT))
    draft["sections"][0]["lines"] = ["right groin, deep inside"]
    text = client.post("/handover/markdown", json=draft)
    file = client.post("/handover/pdf", json=draft)
    for answer in (made, text, file):
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "right groin, deep inside" in text.text
    assert file.headers["content-disposition"] == 'attachment; filename="for-my-physio.pdf"'
    assert "right groin, deep inside" in pypdfium2.PdfDocument(file.content)[0].get_textpage().get_text_range()


@pytest.mark.parametrize(
    ("path", "body", "status", "problem"),
    [
        ("draft", {"turns": []}, 422, "empty"),
        ("draft", {"turns": [" "]}, 422, "empty"),
        ("draft", {"turns": ["x" * (Settings().max_message_chars + 1)]}, 413, "large"),
        ("draft", {"turns": ["x"] * 201}, 413, "large"),
        ("draft", {"turns": "x" * MOST_BYTES}, 413, "large"),
        ("draft", {"turns": [1]}, 422, "unusable"),
        ("pdf", {"day": "soon"}, 422, "unusable"),
        (
            "pdf",
            {"day": "2026-11-29", "sections": [{"key": "where", "lines": ["x" * (LONGEST_LINE + 1)]}]},
            413,
            "large",
        ),
        ("markdown", {"day": "2026-11-29", "noticed": [{"level": "soon", "title": "All is well"}]}, 422, "unusable"),
    ],
)
def test_a_request_that_is_not_carried_out_says_why(
    client: TestClient, path: str, body: dict[str, object], status: int, problem: str
) -> None:
    answer = client.post(f"/handover/{path}", content=json.dumps(body))
    assert (answer.status_code, answer.json()["problem"]) == (status, problem)
    assert answer.json()["text"] == WORDS.say(f"handover.problems.{problem}")
    assert answer.headers["cache-control"] == "no-store"


def test_a_failure_says_nothing_of_the_conversation_to_the_log(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> bytes:
        raise ValueError("my secret hip")

    monkeypatch.setattr("bot.web.handover.pdf", fail)
    with caplog.at_level(logging.DEBUG):
        answer = client.post("/handover/pdf", json={"day": "2026-11-29"})
    assert (answer.status_code, answer.json()["problem"]) == (500, "broken")
    assert "secret" not in caplog.text
