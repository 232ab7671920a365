"""The articles in a real browser: they look and work on phone and desktop, light and dark, and hostile ones do nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as BrowserPage

from bot.web.articles.links import HERE, address, href
from settings import PROJECT
from tests.browser.conftest import SCREENS
from tests.browser.page import Page, Screen, opened, running_app

pytestmark = [pytest.mark.browser, pytest.mark.model]

PICTURES = PROJECT / "artifacts" / "screenshots"
PHONE, DESKTOP = SCREENS[0], SCREENS[2]
NARROW = Screen("narrow", 320, 568, dark=False, phone=True)
HUGE = Screen("4k", 3840, 2160, dark=False, phone=False)
QUOTE = "Lift your hips and hold for 3 seconds."
BRIDGE = f"""---
title: Bridges for runners
summary: How to do a bridge, and why it may help.
publisher: Test Clinic
source_title: Bridges
source_url: https://clinic.example/bridges?a=1
updated: 2026-01-02
---

## How to do a bridge

To start a bridge, lie on your back. **{QUOTE[:14]}**{QUOTE[14:]} Do not hold your breath.

{"A bridge takes a minute, and any soft floor will do for it. " * 12}

## How often

| Week | Sets | Repetitions | Rest between the sets | What it should feel like | When to stop |
|:--|--:|--:|---|---|---|
| One | 2 | 8 | A minute | Light work at the back of the hip | When the back aches |
| Two | 3 | 12 | A minute | Harder work at the back of the hip | When the back aches |

### Why it helps

1. The glutes get stronger.
2. They hold the hips level.

> Bridges strengthen the glutes. [More at the clinic](https://clinic.example/more).
"""
HELP = """---
title: When to get help
---

## Emergency: get help now

Call your emergency number if you cannot stand after a fall.
"""
WORD = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 8
NAME = "a <img src=x onerror=alert(1)> \u202e\u05e9\u05dc\u05d5\u05dd 50%?#&"
HOSTILE = f"""---
title: '<script>alert("t")</script> {WORD}'
summary: '"><img src=x onerror=alert(2)> \u202e\u202d\u2066'
publisher: '\u202e<b>{WORD}</b>'
source_title: '{WORD}'
---

## \u202e<script>alert(3)</script> ![p](https://evil.example/p.png) {WORD}

Text <img src=https://evil.example/x.png onerror=alert(4)> ![picture](https://evil.example/y.png) [a](javascript:alert(5)) {WORD}.

## \u05db\u05d0\u05d1 \u05d1\u05de\u05e4\u05e8\u05e7

\u05db\u05d0\u05d1 \u05d1\u05de\u05e4\u05e8\u05e7 \u05d4\u05d9\u05e8\u05da 2\u20133 \u05d9\u05de\u05d9\u05dd. \u202eHidden order.

<iframe src="https://evil.example"></iframe><style>* {{ display: none }}</style>

## {WORD}

| {WORD} | B |
|---|---|
| x | ![](data:image/svg+xml,<svg/onload=alert(6)>) {WORD} |

```
{WORD * 3}
```
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app with three articles, one of them hostile; its address without the slash at the end."""
    corpus = tmp_path_factory.mktemp("corpus")
    for name, text in {"bridge": BRIDGE, "when-to-get-help": HELP, f"odd/{NAME}": HOSTILE}.items():
        file = corpus / f"{name}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    with running_app(corpus, region="uk") as started:
        yield started.rstrip("/")


Visit = Callable[..., BrowserPage]


@pytest.fixture
def visit(app: str, browser: Browser) -> Iterator[Visit]:
    """Opens a page: `visit(screen, path)`. In the end nothing went elsewhere, ran, broke, or was too wide."""
    pages: list[Page] = []
    told: list[str] = []

    def open_page(screen: Screen, path: str, **options: object) -> BrowserPage:
        page = Page(opened(browser, screen, **options))
        page.browser.on("dialog", lambda dialog: (told.append(dialog.message), dialog.dismiss()))
        page.browser.on(
            "console", lambda message: told.append(message.text) if "Security Policy" in message.text else None
        )
        page.browser.goto(app + path)
        pages.append(page)
        return page.browser

    yield open_page
    for page in pages:
        assert page.errors == []
        assert [url for url in page.requests if not url.startswith(app)] == []
        assert not page.scrolls_sideways()
        page.browser.context.close()
    assert told == []


def deep() -> str:
    """The address of the quote."""
    start = BRIDGE.index(f"**{QUOTE[:14]}**")
    words = f"**{QUOTE[:14]}**{QUOTE[14:]}"
    return href("bridge", start, start + len(words), words)


STATES = {
    "list": "/articles",
    "found": "/articles?q=bridge+glutes",
    "nothing": "/articles?q=pizza",
    "empty": "/articles?q=",
    "emergency": "/articles?q=I+fell+and+cannot+stand+on+my+leg",
    "missing": "/articles/none",
    "help": "/articles/when-to-get-help",
    "marked": deep(),
    "updated": href("bridge", 700, 720, "gone"),
    "hostile": address(f"odd/{NAME}"),
}
# On screens beside one small and light, one large and dark, only what differs most.
OFTEN = ("list", "found", "marked", "hostile")


@pytest.mark.parametrize("screen", [*SCREENS, NARROW, HUGE], ids=lambda screen: screen.name)
def test_every_state_fits_its_screen_and_passes_axe(visit: Visit, screen: Screen) -> None:
    for name in STATES if screen in (PHONE, SCREENS[3]) else OFTEN:
        page = Page(visit(screen, STATES[name]))
        page.picture(PICTURES / screen.name / f"articles-{name}.png")
        assert page.faults() == [], name


def test_a_citation_opens_its_sentence_marked_whole_in_sight(visit: Visit, screen: Screen) -> None:
    page = visit(screen, deep())
    marks = page.locator(".hw-body mark")
    assert "".join(marks.all_text_contents()) == QUOTE
    box = marks.first.bounding_box()
    assert box is not None
    height = page.viewport_size["height"]  # type: ignore[index]
    assert 0 < box["y"] < height - box["height"]
    # Nothing lies over it.
    assert page.evaluate(
        """(id) => {
          const { x, y, height } = document.getElementById(id).getClientRects()[0];
          return document.elementFromPoint(x + 4, y + height / 2).closest("mark") !== null;
        }""",
        HERE,
    )


def test_the_pages_work_without_scripts(visit: Visit) -> None:
    page = visit(DESKTOP, "/articles", java_script_enabled=False)
    page.get_by_role("searchbox").fill("bridge")
    page.get_by_role("searchbox").press("Enter")
    page.locator(".hw-finds a").first.click()
    assert page.locator("mark").count()
    page.locator(".hw-contents summary").click()
    page.locator(".hw-contents a").last.click()
    assert page.url.endswith("#s-why-it-helps")


def test_the_keyboard_alone_searches_opens_and_reads(visit: Visit) -> None:
    page = visit(DESKTOP, "/articles")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "hw-skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "hw-q"
    page.keyboard.type("why bridges help")
    page.keyboard.press("Enter")
    page.wait_for_selector(".hw-finds")
    page.locator(".hw-finds a").first.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    page.wait_for_selector(".hw-body mark")


def test_the_contents_follow_the_reader_beside_the_text_and_fold_away_on_a_phone(visit: Visit) -> None:
    page = visit(DESKTOP, "/articles/bridge")
    contents = page.locator(".hw-contents")
    assert contents.get_attribute("open") is not None
    contents.get_by_role("link", name="Why it helps").click()
    page.wait_for_function("document.querySelector('.hw-contents [aria-current]')?.textContent === 'Why it helps'")
    small = visit(PHONE, "/articles/bridge")
    folded = small.locator(".hw-contents")
    assert folded.get_attribute("open") is None
    folded.locator("summary").click()
    folded.get_by_role("link", name="How often").click()
    assert folded.get_attribute("open") is None


def test_a_wide_table_scrolls_in_itself_and_is_a_stop_of_the_keyboard(visit: Visit, screen: Screen) -> None:
    page = visit(screen, "/articles/bridge")
    table = page.locator(".hw-scroll")
    page.wait_for_timeout(50)  # its size is observed a frame later
    wider = table.evaluate("(box) => box.scrollWidth > box.clientWidth")
    assert table.get_attribute("tabindex") == ("0" if wider else "-1")
    assert table.get_attribute("aria-label") == "Table: How often"


def test_on_paper_there_is_the_article_its_source_and_where_its_links_lead(visit: Visit) -> None:
    page = visit(DESKTOP, "/articles/bridge")
    page.emulate_media(media="print")
    for gone in (".hw-top", ".hw-contents", ".hw-back", ".hw-foot", ".hw-ways"):
        assert not page.locator(gone).first.is_visible(), gone
    origin = page.locator(".hw-origin-card").inner_text()
    assert "https://clinic.example/bridges?a=1" in origin
    assert "2 January 2026" in origin
    after = page.locator(".hw-body a.hw-out").evaluate("(link) => getComputedStyle(link, '::after').content")
    assert "https://clinic.example/more" in after
    assert page.locator(".hw-body h2").first.evaluate("(heading) => getComputedStyle(heading).breakAfter") == "avoid"


def test_an_articles_text_is_as_wide_as_it_reads_well(visit: Visit) -> None:
    page = visit(DESKTOP, "/articles/bridge")
    letters = page.evaluate(
        """() => {
          const text = [...document.querySelectorAll(".hw-body p")].find((p) => p.textContent.length > 500).firstChild;
          const range = document.createRange();
          const lines = new Map();
          for (let n = 0; n < text.length; n += 1) {
            range.setStart(text, n); range.setEnd(text, n + 1);
            const y = Math.round(range.getBoundingClientRect().y);
            lines.set(y, (lines.get(y) ?? 0) + 1);
          }
          return [...lines.values()].slice(0, -1);
        }"""
    )
    assert 55 <= sum(letters) / len(letters) <= 75
