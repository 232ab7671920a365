"""Thumbs and the question log in headless Chromium: what is kept, what a red flag takes back, what the page says of it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bot.journal import Journal
from bot.journal.gaps import Entry
from settings import PROJECT
from tests.browser.page import Page, Screen, opened, running_app

pytestmark = pytest.mark.browser

PICTURES = PROJECT / "artifacts" / "screenshots" / "thumbs"
PHONE = Screen("phone", 390, 844, dark=False, phone=True)


def kept(journal: Journal, count: int) -> list[Entry]:
    """What is kept, as soon as there are `count` entries; the app writes in the background."""
    for _ in range(100):
        entries = journal.entries()
        if len(entries) == count:
            break
        time.sleep(0.1)
    return entries


def test_with_the_log_on_a_thumb_is_kept_and_a_red_flag_takes_the_conversation_back(
    browser: Browser, real_index: Path, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    shutil.copytree(real_index, index)
    journal = Journal(index / "questions.sqlite", 30)
    with running_app(PROJECT / "corpus", index=str(index), log_questions="1", log_days="30") as address:
        page, other = Page(opened(browser, PHONE)), Page(opened(browser, PHONE))
        page.browser.goto(address)
        assert "keeps questions for 30 days" in page.browser.inner_text("#privacy")
        page.ask("How do I do a glute bridge?")
        assert [entry.outcome for entry in kept(journal, 1)] == ["answered"]

        page.last.locator(".hw-thumb-down").tap()
        page.last.locator(".hw-reasons button", has_text="Too little").tap()
        for _ in range(100):
            (entry,) = journal.entries()
            if entry.reason:
                break
            time.sleep(0.1)
        assert (entry.thumb, entry.reason) == (-1, "Too little")
        assert entry.is_gap
        page.picture(PICTURES / "1-thumb-down.png")
        assert page.faults() == []

        page.ask("Which saddle height suits a tall cyclist?")
        assert {entry.outcome for entry in kept(journal, 2)} & {"declined", "unrelated"}

        other.browser.goto(address)  # another browser is another conversation
        other.ask("How long should ice stay on my hip?")
        assert len(kept(journal, 3)) == 3
        page.ask("My groin hurts with every step and wakes me at night")
        assert [entry.question for entry in kept(journal, 1)] == ["How long should ice stay on my hip?"]
        assert page.last.locator(".hw-thumbs").count() == 0, "none under a notice"

        other.browser.click("#hw-wipe")
        assert kept(journal, 0) == [], "what is wiped in the browser goes from the log as well"
        page.browser.click("#hw-restart")
        page.ask("How many glute bridges should I do?")
        assert len(kept(journal, 1)) == 1
        assert [*page.errors, *other.errors] == []
        page.browser.context.close()
        other.browser.context.close()


def test_with_the_log_off_there_are_no_thumbs_and_no_word_of_it(browser: Browser, address: str) -> None:
    page = Page(opened(browser, PHONE))
    page.browser.goto(address)
    page.ask("How do I do a glute bridge?")
    assert "forgets them" in page.browser.inner_text("#privacy")
    assert page.browser.locator(".hw-thumbs").count() == 0
    assert not [url for url in page.requests if url.endswith(("/thumb", "/wiped"))]
    page.browser.context.close()
