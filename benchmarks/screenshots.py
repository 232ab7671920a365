"""Make the pictures of README and guide from the real pages: `python -m benchmarks.screenshots [--to DIR]`. Needs Chromium."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from settings import PROJECT
from tests.browser.editors import PASSWORD, Editors, editors_page
from tests.browser.page import PATIENCE, Screen, browser_page, running_app, running_browser

DESK = Screen("desk", 1180, 860, dark=False, phone=False)
PHONE = Screen("phone", 390, 844, dark=False, phone=True)
PHONE_DARK = Screen("phone-dark", 390, 844, dark=True, phone=True)
QUESTION = "How long does runner's hip take to heal?"
REPORT = "I fell on a trail run and I can't stand on my leg"
PLACE = 3  # of the hip map's list: the outside of the hip
# What nobody wrote about yet.
MISSING = (
    "Does running barefoot help a sore hip?",
    "Can I run barefoot with hip pain?",
    "Do carbon plate shoes cause hip pain?",
)
NEW = """---
title: "Heat for a stiff hip"
summary: "When warmth helps a stiff hip, and when it does not."
publisher: "Hill Clinic"
author: "The clinic's physiotherapists"
updated: 2026-11-21
topics: [heat, hip stiffness]
questions:
  "When heat helps":
    - "Should I warm a stiff hip before a run?"
---

## When heat helps

Warmth for 15 minutes eases a hip that is stiff in the morning.

<!-- Ask the clinic for a picture. -->
"""


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=PROJECT / "docs" / "images", help="folder for the pictures")
    folder = parser.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        corpus = Path(work) / "corpus"
        shutil.copytree(PROJECT / "corpus", corpus)
        served = running_app(corpus, region="uk", editor_password=PASSWORD, log_questions="1")
        with served as address, running_browser() as browser:
            _for_runners(browser, address, folder)
            _for_editors(browser, address, corpus, folder)


def _for_runners(browser: Browser, address: str, folder: Path) -> None:
    with browser_page(browser, DESK, address) as page:
        page.browser.locator(".hw-map-name").nth(PLACE).click()
        page.browser.wait_for_selector(".hw-map-quote", timeout=PATIENCE)
        page.browser.evaluate("scrollTo(0, 0)")
        page.browser.mouse.move(1, 1)
        page.settle()
        page.picture(folder / "start.png")
        page.ask(QUESTION)
        page.open_citation(2)
        page.picture(folder / "answer.png")
        page.last.locator(".hw-passage a").click()
        page.browser.wait_for_selector("#here", timeout=PATIENCE)
        page.settle()
        page.picture(folder / "article.png")
        page.browser.goto(address)
        for question in MISSING:
            page.ask(question)
    with browser_page(browser, PHONE_DARK, address) as page:
        page.ask(REPORT)
        page.picture(folder / "emergency-phone.png")


def _for_editors(browser: Browser, address: str, corpus: Path, folder: Path) -> None:
    changed = corpus / "hip-pain-after-running.md"
    changed.write_text(changed.read_text(encoding="utf-8") + "\nThe clinic reviewed this page.\n", encoding="utf-8")
    (corpus / "heat-for-a-stiff-hip.md").write_text(NEW, encoding="utf-8")
    (corpus / "cycling.md").write_text("---\ntitle: Cycling\nupdated: last week\n---\n\nText.\n", encoding="utf-8")
    with editors_page(browser, DESK, address) as page:
        _open(page)
        _take(page, folder / "editors-articles.png")
        page.panel("Publish", "#he-outlook .he-label")
        _take(page, folder / "editors-publish.png")
        page.tried("Try a question", "question", QUESTION, ".he-question")
        page.browser.evaluate("document.querySelector('.he-question').scrollIntoView()")
        page.browser.locator(".he-fold summary", has_text="How sure").click()
        _take(page, folder / "editors-question.png")
        page.upload("heat.md", NEW.encode())
        _take(page, folder / "editors-upload.png")
    with editors_page(browser, PHONE, address, scale=2) as page:
        _open(page)
        page.open_article("adjusting-runs-during-a-flare-up")
        page.browser.wait_for_selector("#he-findings :is(.he-note, .he-fold)", timeout=PATIENCE)
        page.browser.evaluate("document.querySelector('#he-findings').scrollIntoView()")
        _take(page, folder / "editors-article-phone.png")
    with editors_page(browser, PHONE_DARK, address, scale=2) as page:
        _open(page)
        page.panel("Content gaps", ".he-gaps")
        _take(page, folder / "editors-gaps-phone.png")


def _open(page: Editors) -> None:
    page.log_in()
    page.browser.wait_for_selector(".he-row", timeout=PATIENCE)
    page.settle()


def _take(page: Editors, file: Path) -> None:
    page.settle()
    page.browser.screenshot(path=str(file))


if __name__ == "__main__":
    main()
