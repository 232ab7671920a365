"""The page in headless Chromium: a question, a citation, a red flag, at phone and desktop size, light and dark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from settings import PROJECT
from tests.browser.page import PATIENCE, Page, browser_page, chromium, running_app

pytestmark = pytest.mark.browser

PICTURES = PROJECT / "artifacts" / "screenshots"
HOSTILE = (
    '<img src="http://third.example/x.png" onerror="window.broken=1"> ![x](http://third.example/y.png) '
    "<script>window.broken=1</script>"
)


@dataclass(frozen=True)
class Screen:
    """A screen to try the page on."""

    name: str
    width: int
    height: int
    dark: bool
    phone: bool


SCREENS = [
    Screen("phone-light", 390, 844, dark=False, phone=True),
    Screen("phone-dark", 360, 740, dark=True, phone=True),
    Screen("desktop-light", 1280, 900, dark=False, phone=False),
    Screen("desktop-dark", 1440, 900, dark=True, phone=False),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    if chromium() is None:
        assert not os.environ.get("CI"), "CI must run the browser tests: install Chromium"
        pytest.skip("no Chromium on this machine")
    with running_app(PROJECT / "corpus", region="uk") as address:
        yield address


@pytest.fixture(params=SCREENS, ids=lambda screen: screen.name)
def screen(request: pytest.FixtureRequest) -> Screen:
    return request.param


@pytest.fixture
def page(address: str, screen: Screen) -> Iterator[Page]:
    with browser_page(address, width=screen.width, height=screen.height, dark=screen.dark, phone=screen.phone) as page:
        yield page
        assert page.errors == []
        assert [url for url in page.requests if not url.startswith((address, "data:", "blob:"))] == []
        assert not page.scrolls_sideways()


def test_a_question_a_citation_and_a_red_flag(page: Page, screen: Screen) -> None:
    shot = PICTURES / screen.name
    page.picture(shot / "1-start.png")
    assert "In an emergency, call 999" in page.browser.inner_text("#hw-header")

    page.ask("How do I do a glute bridge?")
    assert "12 repetitions" in page.reply()
    page.picture(shot / "2-answer.png")

    assert page.browser.locator("details.hw-source[open]").count() == 0
    page.open_citation(1)
    source = page.browser.locator("details.hw-source[open]")
    assert source.count() == 1
    cited = page.browser.locator("mark.hw-here").inner_text().rsplit(" ", 1)[0].strip()
    assert cited
    assert cited in page.browser.locator(".hw-reply").last.locator("p").first.inner_text()
    assert page.browser.locator("mark.hw-here").is_visible()
    page.picture(shot / "3-citation.png")

    page.ask("ok but yesterday I fell on a trail and now I can't stand or put any weight on my leg")
    bar = page.browser.locator(".hw-bar.hw-emergency")
    assert bar.get_attribute("role") == "alert"
    assert "999" in bar.inner_text()
    assert page.browser.locator('.hw-bar a[href="tel:999"]').is_visible()
    box = bar.bounding_box()
    assert box is not None
    assert -1 <= box["y"] < screen.height / 2, "the notice must be in view"
    assert "You wrote" in page.reply()
    for word in ("stretch", "repetitions", "strengthen"):
        assert word not in page.reply().lower()
    page.picture(shot / "4-emergency.png")

    page.ask("thanks")
    assert bar.is_visible(), "the notice stays while the flag holds"
    page.browser.click("#hw-restart")
    page.browser.wait_for_selector(".hw-bar", state="detached")
    assert page.browser.locator(".hw-reply").count() == 0


def test_hostile_text_neither_runs_nor_loads(page: Page) -> None:
    page.ask(HOSTILE + " how long should I ice my hip?")
    assert page.browser.evaluate("window.broken") is None
    assert page.browser.locator(".hw-said img, .hw-reply img").count() == 0
    assert "<script>" in page.browser.locator(".hw-said").last.inner_text()


def test_an_example_is_answered_with_one_tap(page: Page) -> None:
    page.browser.locator("#hw-examples button").first.click()
    page.wait_for_reply(0)
    assert page.browser.locator(".hw-reply sup").count() > 0
    assert not page.browser.locator("#hw-examples").is_visible()


def test_what_to_ask_next_is_offered_and_answered_with_one_tap(page: Page, screen: Screen) -> None:
    page.ask("What is bursitis of the hip?")
    offered = page.browser.locator("#hw-next button:visible")
    offered.first.wait_for(timeout=PATIENCE)
    assert 1 <= offered.count() <= 3
    page.picture(PICTURES / screen.name / "5-next.png")
    question = offered.first.inner_text()
    offered.first.click()
    page.wait_for_reply(1)
    assert page.browser.locator(".hw-said").last.inner_text() == question
    assert page.browser.locator(".hw-reply").last.locator("sup").count() > 0

    page.ask("I fell yesterday and now I can't put any weight on my leg")
    page.browser.wait_for_timeout(1500)
    assert page.browser.locator("#hw-next button:visible").count() == 0, "nothing beside an emergency"


def test_what_is_not_covered_is_said(page: Page) -> None:
    page.ask("Which pizza oven should I buy for my garden?")
    assert "will not guess" in page.reply()
    assert page.browser.locator(".hw-reply sup").count() == 0


def test_two_answers_keep_their_own_citations(page: Page) -> None:
    page.ask("How do I do a glute bridge?")
    page.ask("When should I replace my running shoes?")
    page.open_citation(1)
    here = page.browser.locator("mark.hw-here").inner_text()
    assert "300–500 miles" in page.browser.locator("details.hw-source[open]").inner_text()
    assert "bridge" not in here.lower()


def test_hostile_articles_neither_run_nor_load(tmp_path: Path) -> None:
    if chromium() is None:
        pytest.skip("no Chromium on this machine")
    folder = tmp_path / "corpus"
    folder.mkdir()
    body = (
        f"## Ice {HOSTILE}\n\nUse ice {HOSTILE} for 20 minutes on a sore hip after a run.\n\n"
        "[x](javascript:window.broken=1) Ice helps the hip.\n"
    )
    (folder / "ice<b>.md").write_text(
        f"---\ntitle: 'Ice <script>window.broken=1</script>'\n---\n\n{body}", encoding="utf-8"
    )
    with running_app(folder) as address, browser_page(address, width=390, height=844) as page:
        page.ask("How long should I use ice on a sore hip after a run?")
        assert page.browser.locator(".hw-reply sup").count() > 0
        page.browser.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
        page.browser.wait_for_timeout(500)
        assert page.browser.evaluate("window.broken") is None
        assert page.browser.locator(".hw-reply img, .hw-reply script, .hw-reply a:not(.hw-cite)").count() == 0
        assert [url for url in page.requests if not url.startswith((address, "data:", "blob:"))] == []
