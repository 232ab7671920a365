"""Thumbs and the question log in headless Chromium: what is kept, what a red flag takes back, what the page says of it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bot.journal import Journal
from bot.journal.gaps import Entry
from settings import PROJECT
from tests.browser.page import PATIENCE, Page, browser_page, chromium, running_app

pytestmark = pytest.mark.browser

PICTURES = PROJECT / "artifacts" / "screenshots" / "thumbs"


@pytest.fixture(autouse=True)
def _needs_a_browser() -> None:
    if chromium() is None:
        assert not os.environ.get("CI"), "CI must run the browser tests: install Chromium"
        pytest.skip("no Chromium on this machine")


def kept(journal: Journal, count: int) -> list[Entry]:
    """What is kept, as soon as there are `count` entries; the app writes in the background."""
    for _ in range(100):
        entries = journal.entries()
        if len(entries) == count:
            break
        time.sleep(0.1)
    return entries


def test_with_the_log_on_a_thumb_is_kept_and_a_red_flag_takes_the_conversation_back(tmp_path: Path) -> None:
    index = tmp_path / "index"
    journal = Journal(index / "questions.sqlite", 30)
    with (
        running_app(PROJECT / "corpus", index=str(index), log_questions="1", log_days="30") as address,
        browser_page(address, width=390, height=844, phone=True) as page,
    ):
        assert "kept there for 30 days" in page.browser.inner_text("#hw-foot")
        page.ask("How do I do a glute bridge?")
        assert [entry.outcome for entry in kept(journal, 1)] == ["answered"]

        page.browser.locator("#hw-chat button[aria-label='dislike' i]").last.click()
        for _ in range(100):
            (entry,) = journal.entries()
            if entry.thumb:
                break
            time.sleep(0.1)
        assert entry.thumb == -1
        assert entry.is_gap
        page.picture(PICTURES / "1-thumb-down.png")

        page.ask("Which saddle height suits a tall cyclist?")
        assert {entry.outcome for entry in kept(journal, 2)} & {"declined", "unrelated"}
        page.picture(PICTURES / "2-declined.png")
        assert not page.scrolls_sideways()

        other = Page(page.browser.context.new_page())  # another tab is another conversation
        other.browser.goto(address)
        other.browser.wait_for_selector("#hw-box textarea", timeout=PATIENCE)
        other.ask("How long should ice stay on my hip?")
        assert len(kept(journal, 3)) == 3
        page.browser.bring_to_front()
        page.ask("My groin hurts with every step and wakes me at night")
        assert [entry.question for entry in kept(journal, 1)] == ["How long should ice stay on my hip?"]

        page.browser.click("#hw-restart")
        page.browser.wait_for_timeout(500)
        page.ask("How many glute bridges should I do?")
        assert len(kept(journal, 2)) == 2
        assert page.errors == []


def test_with_the_log_off_there_are_no_thumbs_and_no_word_of_it(tmp_path: Path) -> None:
    index = tmp_path / "index"
    with (
        running_app(PROJECT / "corpus", index=str(index)) as address,
        browser_page(address, width=390, height=844, phone=True) as page,
    ):
        page.ask("How do I do a glute bridge?")
        assert "is not kept" in page.browser.inner_text("#hw-foot")
        assert page.browser.locator("#hw-chat button[aria-label*='like' i]").count() == 0
        assert not (index / "questions.sqlite").exists()
