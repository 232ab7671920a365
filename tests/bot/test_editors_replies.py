"""Replies on the editors' page: hostile text stays text, citations of different replies never mix."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reply import Citation, CitedSentence, QuotedPassage, Reply, notice_text
from bot.web.editors.replies import notice_card, reply_html, safe
from guardrails.levels import Assessment, Level, Notice, Phone

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "![x](http://evil.example/x.png)",
    "[click](javascript:alert(1))",
    "`code` **bold** $$x$$ \\(y\\)",
    "a\n\n<b>after a blank line</b>",
    "\u202eright to left",
    "&lt;b&gt;",
]


class Reader(HTMLParser):
    """Collects tags, attributes and text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def reply(text: str, level: Level = Level.NONE, notice: Notice | None = None) -> Reply:
    return Reply(
        assessment=Assessment(level),
        notice=notice,
        answered=True,
        remark=text,
        answer=(CitedSentence(text, (1,), 0), CitedSentence(text, (2,), 1, bullet=True)),
        citations=(
            Citation(1, "a", text, text, 0, 1, text),
            Citation(2, "a", text, text, 2, 3, text),
        ),
        passages=(QuotedPassage("a", text, text, text, date(2026, 1, 2), ((text, 1), (text, None), (text, 2))),),
        nearby=(text,),
        searched_for=text,
    )


def notice(text: str, level: Level = Level.EMERGENCY) -> Notice:
    return Notice(
        level,
        ("E1",),
        text,
        (text,),
        text,
        text,
        (text,),
        (text,),
        text,
        (Phone(text, text, "999"),),
        (),
        text,
        (text,),
        text,
        ask=text,
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    for html in (
        reply_html(reply(text, Level.EMERGENCY, notice(text)), "t1"),
        notice_card(notice(text)),
    ):
        seen = read(html)
        assert {tag for tag, _ in seen.tags} <= {
            "div", "p", "br", "ul", "li", "sup", "a", "details", "summary", "span", "blockquote", "mark", "b", "h3"
        }  # fmt: skip
        for _, attributes in seen.tags:
            assert not any(name.startswith("on") for name in attributes)
            assert all(
                value is None or re.match(r"#hw-|tel:", value) for name, value in attributes.items() if name == "href"
            )
        assert "\n\n" not in html
        assert " ".join(text.split()) in " ".join(seen.text.replace("\u2060", "").split())


@given(st.text(max_size=200))
def test_escaped_text_reads_as_it_was(text: str) -> None:
    shown = read(f"<p>{safe(text)}</p>").text
    assert "".join(shown.split()) == "".join(text.replace("\x00", "\ufffd").split()) or "\x00" in text


def test_citations_of_two_replies_never_mix() -> None:
    first, second = read(reply_html(reply("A"), "t1")), read(reply_html(reply("A"), "t2"))
    ids = [{a["id"] for _, a in page.tags if a.get("id")} for page in (first, second)]
    assert not ids[0] & ids[1]
    for page, known in zip((first, second), ids, strict=True):
        links = {str(a["href"])[1:] for tag, a in page.tags if tag == "a" and a["class"] == "hw-cite"}
        assert links == known


def test_an_emergency_comes_first_and_can_be_called() -> None:
    html = reply_html(reply("Text", Level.EMERGENCY, notice("Call now.")), "t1")
    assert html.index("Call now") < html.index("hw-remark")
    assert 'href="tel:999"' in html


def test_soon_comes_with_the_answer_not_before_it() -> None:
    soon = notice("See somebody.", Level.SOON)
    html = reply_html(reply("Text", Level.SOON, soon), "t1")
    assert html.index("hw-remark") < html.index("See somebody")


def test_a_question_is_the_last_line_of_its_notice() -> None:
    asking = replace(notice("See somebody.", Level.SOON), ask="Does it hurt at night?")
    assert read(notice_card(asking)).text.endswith("Does it hurt at night?")
    assert notice_text(asking).splitlines()[-1] == "Does it hurt at night?"
    silent = replace(asking, ask="")
    assert "hw-ask" not in notice_card(silent)
    assert notice_text(silent) == notice_text(silent).strip()
