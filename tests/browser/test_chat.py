"""The chat in headless Chromium, as a runner uses it: phone and desk, light and dark, with keys alone, without a network."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from settings import PROJECT
from tests.browser.page import PATIENCE, Page, Screen, opened, running_app

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]
PICTURES = PROJECT / "artifacts" / "screenshots"
PHONE = Screen("phone", 390, 844, dark=False, phone=True)
EMERGENCY = "I fell on a trail yesterday and now I can't stand or put any weight on my leg"
URGENT = "My groin hurts with every step and wakes me at night"
HOSTILE = (
    '<img src="http://third.example/x.png" onerror="window.broken=1"> ![x](http://third.example/y.png) '
    "<script>window.broken=1</script> [a](javascript:window.broken=1) data:text/html,<svg/onload=window.broken=1> \u202e "
    + "w"
    * 300
)


def test_a_question_its_sources_and_a_red_flag(visit: Visit, screen: Screen) -> None:
    page = visit(screen)
    shots = PICTURES / screen.name
    page.picture(shots / "1-start.png")
    assert page.faults() == []
    assert page.browser.locator('.hw-standing a[href="tel:999"]').is_visible()

    page.ask("How do I do a glute bridge?")
    assert "12 repetitions" in page.reply()
    page.picture(shots / "2-answer.png")
    page.open_citation(1)
    passage = page.last.locator(".hw-passage")
    assert passage.count() == 1
    cited = passage.locator("mark").inner_text()
    assert cited in page.last.locator("p").first.inner_text()
    assert passage.locator("mark").is_visible()
    assert "Endurance Unleashed" in passage.inner_text()
    assert re.search(r"reviewed \d+ \w+ 20\d\d", passage.inner_text())
    assert passage.locator("a").get_attribute("href").startswith("/articles/")
    page.picture(shots / "3-citation.png")
    assert page.faults() == []

    page.ask(EMERGENCY)
    band = page.browser.locator(".hw-band.hw-emergency")
    box, width = band.bounding_box(), page.browser.evaluate("document.documentElement.clientWidth")
    assert box is not None
    assert (box["x"], box["width"]) == (0, width), "across the whole page"
    assert -1 <= box["y"] < screen.height / 2, "in view"
    assert page.browser.locator(".hw-pinned").get_attribute("role") == "alert"
    assert band.locator('a[href="tel:999"]').is_visible()
    assert "Emergency" in band.inner_text(), "told without colour"
    notice = page.last.locator(".hw-notice")
    assert "can't stand" in notice.locator(".hw-noticed").inner_text(), "in the runner's words"
    assert not page.last.locator(".hw-sentence").first.locator("xpath=preceding::*[@class='hw-notice']").count()
    for word in ("stretch", "repetitions", "strengthen"):
        assert word not in page.reply().lower()
    assert page.browser.locator(".hw-next").count() == 0, "nothing beside an emergency"
    page.picture(shots / "4-emergency.png")
    assert page.faults() == []

    page.ask("thanks")
    assert band.is_visible(), "it stays while the flag holds"
    page.browser.click("#hw-restart")
    assert page.browser.locator(".hw-band, .hw-reply").count() == 0


def test_urgent_stays_above_and_soon_is_a_line_in_the_answer(visit: Visit, screen: Screen) -> None:
    page = visit(screen)
    page.ask(URGENT)
    band = page.browser.locator(".hw-band.hw-urgent")
    assert "NHS 111" in band.inner_text()
    page.picture(PICTURES / screen.name / "5-urgent.png")
    assert page.faults() == []
    page.browser.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.settle()
    box = band.bounding_box()
    assert box is not None
    assert box["y"] >= -1, "pinned"
    page.browser.click("#hw-restart")
    page.ask("My hip has hurt on every run for seven weeks now and it is not getting better. What could help?")
    assert page.browser.locator(".hw-band").count() == 0
    assert page.last.locator(".hw-notice.hw-soon").is_visible()
    page.picture(PICTURES / screen.name / "6-soon.png")
    assert page.faults() == []


def test_what_was_misunderstood_is_reworded_and_all_is_read_again(visit: Visit) -> None:
    page = visit(PHONE)
    page.ask("I can't put any weight on my leg since a fall yesterday")
    page.ask("How long should I rest?")
    assert page.browser.locator(".hw-band.hw-emergency").is_visible()
    page.browser.locator(".hw-notice button", has_text="not what I meant").first.click()
    box = page.browser.locator(".hw-editing textarea")
    assert box.input_value().startswith("I can't put any weight"), "the message that raised it"
    assert page.browser.locator(".hw-band.hw-emergency").is_visible(), "it holds until all is read again"
    page.picture(PICTURES / "phone-light" / "7-correction.png")
    box.fill("How long does runner's hip take to heal?")
    page.browser.click(".hw-editing .hw-button-main")
    page.browser.wait_for_selector(".hw-band", state="detached", timeout=PATIENCE)
    page.wait_for_reply(1)
    assert [said.strip() for said in page.browser.locator(".hw-said p").all_inner_texts()] == [
        "How long does runner's hip take to heal?",
        "How long should I rest?",
    ]
    assert page.last.locator(".hw-cite").count() > 0


def test_a_rewording_that_still_reports_it_takes_nothing_back(visit: Visit) -> None:
    page = visit(PHONE)
    page.ask(EMERGENCY)
    page.browser.locator(".hw-notice button", has_text="not what I meant").first.click()
    page.browser.locator(".hw-editing textarea").fill(
        "It's fine really. I fell and can't put weight on it, that is all."
    )
    page.browser.click(".hw-editing .hw-button-main")
    page.settle()
    page.wait_for_reply(0)
    assert page.browser.locator(".hw-band.hw-emergency").is_visible()


def test_change_retry_and_copy(visit: Visit) -> None:
    page = visit(PHONE, permissions=["clipboard-read", "clipboard-write"])
    page.ask("How do I do a glute bridge?")
    page.browser.click(".hw-edit")
    page.browser.keyboard.press("Escape")
    assert page.browser.evaluate("document.activeElement.className").startswith("hw-edit"), "left with the keyboard"
    page.browser.click(".hw-edit")
    page.browser.locator(".hw-editing textarea").fill("When should I replace my running shoes?")
    page.browser.click(".hw-editing .hw-button-main")
    page.browser.wait_for_function(
        "() => document.querySelector('.hw-reply').innerText.includes('miles')", timeout=PATIENCE
    )
    page.wait_for_reply(0)
    page.last.locator("button", has_text="Try again").click()
    page.settle()
    page.wait_for_reply(0)
    page.last.locator("button", has_text="Copy").click()
    copied = page.browser.evaluate("navigator.clipboard.readText()")
    assert "miles" in copied
    assert "[1]" in copied
    assert re.search(r"http://127\.0\.0\.1:\d+/articles/", copied)
    assert page.browser.locator(".hw-entry").count() == 1


def test_an_answer_can_be_stopped_and_asked_for_again(visit: Visit) -> None:
    page = visit(PHONE)
    held: list[Route] = []
    page.browser.route("**/call/answer/*", lambda route: held.append(route))  # noqa: PLW0108 - Playwright takes no built-in function
    page.browser.fill("#hw-box", "How long should I ice my hip?")
    page.browser.keyboard.press("Enter")
    page.browser.click("#hw-stop")
    assert "stopped" in page.last.inner_text()
    page.browser.unroute("**/call/answer/*")
    page.last.locator("button", has_text="Try again").click()
    page.wait_for_reply(0)
    assert page.last.locator(".hw-cite").count() > 0


@pytest.mark.parametrize(
    ("failing", "said"),
    [
        (lambda route: route.abort(), "cannot reach"),
        (lambda route: route.fulfill(status=500, body="Traceback (most recent call last)"), "went wrong"),
        (lambda route: route.fulfill(status=503, body="{}"), "Many people"),
        (lambda route: route.fulfill(status=200, body="<html>a proxy's page</html>"), "went wrong"),
    ],
    ids=["gone", "broken", "busy", "garbled"],
)
def test_what_fails_is_said_plainly_and_nothing_is_lost(
    visit: Visit, failing: Callable[[Route], None], said: str
) -> None:
    page = visit(PHONE)
    page.ask(URGENT)
    page.browser.route("**/call/answer", failing)
    page.browser.fill("#hw-box", "How long should I rest?")
    page.browser.click("#hw-send")
    problem = page.last.locator(".hw-problem")
    problem.wait_for(timeout=PATIENCE)
    assert said in problem.inner_text()
    assert "Traceback" not in page.browser.inner_text("body")
    assert page.browser.locator(".hw-band.hw-urgent").is_visible(), "the notice before still holds"
    page.browser.unroute("**/call/answer")
    page.last.locator("button", has_text="Try again").click()
    page.wait_for_reply(1)
    assert page.browser.locator(".hw-entry .hw-problem").count() == 0


def answering(body: str) -> Callable[[Route], None]:
    """What answers a request with JSON."""
    return lambda route: route.fulfill(body=body, content_type="application/json")


def test_it_says_when_it_warms_up_and_when_the_articles_are_replaced(visit: Visit) -> None:
    page = visit(PHONE)
    page.ask("How do I do a glute bridge?")
    for state, said in (
        ('{"ready": false, "edition": "a"}', "Getting ready"),
        ('{"ready": true, "edition": ""}', "replaced"),
    ):
        page.browser.route("**/state", answering(state))
        page.browser.reload()
        page.browser.wait_for_function(f"() => document.querySelector('.hw-status').innerText.includes('{said}')")
        page.browser.unroute("**/state")
    page.browser.wait_for_function("() => document.querySelector('.hw-status').innerText === ''", timeout=PATIENCE)
    page.ask("How long should I ice my hip?")
    assert page.browser.locator(".hw-replaced").count() == 0
    page.browser.route(
        "**/state",
        answering('{"ready": true, "edition": "new"}'),
    )
    page.browser.reload()
    page.settle()
    page.ask("When should I replace my running shoes?")
    assert "updated while we talked" in page.browser.inner_text(".hw-replaced")


def test_citations_of_two_answers_never_mix(visit: Visit) -> None:
    page = visit(PHONE)
    page.ask("How do I do a glute bridge?")
    page.open_citation(1)
    page.ask("When should I replace my running shoes?")
    page.open_citation(1)
    first, second = page.browser.locator(".hw-passage mark").all_inner_texts()
    assert "bridge" in first.lower()
    assert "miles" in second or "shoe" in second
    ids = page.browser.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))


def test_examples_and_what_to_ask_next_take_one_tap(visit: Visit, screen: Screen) -> None:
    page = visit(screen)
    page.browser.locator(".hw-examples button").first.click()
    page.wait_for_reply(0)
    assert page.last.locator(".hw-cite").count() > 0
    offered = page.browser.locator(".hw-next button")
    offered.first.wait_for(timeout=PATIENCE)
    assert 1 <= offered.count() <= 3
    question = offered.first.inner_text()
    offered.first.click()
    page.wait_for_reply(1)
    assert page.browser.locator(".hw-said p").last.inner_text() == question


def test_what_is_not_covered_is_said(visit: Visit) -> None:
    page = visit(PHONE)
    page.ask("Which pizza oven should I buy for my garden?")
    assert "will not guess" in page.reply()
    assert page.last.locator(".hw-cite").count() == 0


def test_the_conversation_stays_in_this_browser_until_it_is_wiped(visit: Visit, browser: Browser, address: str) -> None:
    page = visit(PHONE)
    page.ask(URGENT)
    page.browser.fill("#hw-box", "half a thought")
    page.browser.reload()
    page.settle()
    assert page.browser.locator(".hw-band.hw-urgent").is_visible(), "a warning sign is not forgotten with a reload"
    assert page.browser.input_value("#hw-box") == "half a thought"
    other = Page(opened(browser, PHONE))
    other.browser.goto(address)
    other.settle()
    assert other.browser.locator(".hw-entry").count() == 0
    other.browser.context.close()
    assert "stays in this browser" in page.browser.inner_text("#privacy")
    assert page.browser.context.cookies() == []
    page.browser.click("#hw-wipe")
    assert page.browser.evaluate("JSON.stringify(localStorage)") == "{}"
    assert page.browser.locator(".hw-entry, .hw-band").count() == 0
    assert "gone" in page.browser.inner_text("#hw-wiped")


def test_all_works_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit(Screen("desk", 1280, 900, dark=False, phone=False))
    keys = page.browser.keyboard

    def focused(what: str) -> bool:
        return bool(page.browser.evaluate("(what) => document.activeElement.matches(what)", what))

    def tab_to(what: str) -> None:
        for _ in range(80):
            keys.press("Tab")
            if focused(what):
                return
        raise AssertionError(f"the keyboard does not reach {what}")

    keys.press("Tab")
    assert focused(".hw-skip")
    keys.press("Enter")
    tab_to("#hw-box")
    keys.type("How do I do a glute bridge?")
    keys.press("Enter")
    page.wait_for_reply(0)
    page.browser.evaluate("document.querySelector('#hw-0 .hw-edit').focus()")
    tab_to(".hw-cite")
    assert page.browser.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    keys.press("Enter")
    assert page.browser.locator(".hw-cite").first.get_attribute("aria-expanded") == "true"
    tab_to(".hw-passage a")
    keys.press("Escape")
    assert page.browser.locator(".hw-passage").count() == 0
    assert focused(".hw-cite"), "back where the passage was opened"
    for what in (".hw-sources summary", ".hw-tools button", ".hw-next button", "#hw-box", "#hw-restart", "#hw-wipe"):
        tab_to(what)


@pytest.mark.parametrize(
    "screen",
    [
        Screen("320", 320, 568, dark=False, phone=True),
        Screen("zoomed", 640, 450, dark=True, phone=False),
        Screen("flat", 844, 390, dark=False, phone=True),
        Screen("4k", 3840, 2160, dark=False, phone=False),
    ],
    ids=lambda screen: screen.name,
)
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_no_screen_is_too_small_or_too_large_and_no_text_breaks_it(
    visit: Visit, screen: Screen, direction: str
) -> None:
    page = visit(screen)
    page.browser.evaluate("(direction) => { document.documentElement.dir = direction }", direction)
    page.ask(f"{HOSTILE} {EMERGENCY}")
    page.ask("How long should I ice my hip?")
    page.browser.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
    page.settle()
    assert not page.scrolls_sideways()
    page.browser.evaluate("scrollTo(0, 0)")
    page.picture(PICTURES / f"{screen.name}-{direction}" / "hostile.png")
    assert page.browser.evaluate("window.broken") is None
    assert page.browser.locator(".hw-entry :is(img, script, iframe, svg)").count() == 0
    assert "<script>" in page.browser.locator(".hw-said p").first.inner_text()
    # The box and what was answered last can be reached.
    page.browser.locator("#hw-box").scroll_into_view_if_needed()
    assert page.browser.locator("#hw-box").is_visible()


def test_a_reader_who_wants_no_motion_gets_none(visit: Visit) -> None:
    page = visit(PHONE, reduced_motion="reduce")
    page.ask("How do I do a glute bridge?")
    moving = (
        "[...document.querySelectorAll('*')].filter((one) => getComputedStyle(one).animationName !== 'none').length"
    )
    assert page.browser.evaluate(moving) == 0


def test_without_a_network_the_page_says_so_and_still_says_whom_to_call(visit: Visit) -> None:
    page = visit(PHONE)
    page.browser.evaluate("navigator.serviceWorker.ready")
    page.browser.wait_for_function("() => navigator.serviceWorker.controller", timeout=PATIENCE)
    page.browser.context.set_offline(True)
    assert "You are offline" in page.browser.inner_text(".hw-status")
    page.browser.fill("#hw-box", "How long should I rest?")
    page.browser.click("#hw-send")
    page.last.locator(".hw-problem").wait_for(timeout=PATIENCE)
    page.browser.goto(page.browser.url.split("#")[0] + "articles")
    assert page.browser.inner_text("h1") == "You are offline"
    assert page.browser.locator('a[href="tel:999"]').is_visible()
    page.picture(PICTURES / "phone-light" / "8-offline.png")
    assert page.faults() == []
    page.browser.context.set_offline(False)
    page.browser.click("main a")
    page.settle()
    assert page.browser.locator(".hw-said p").inner_text() == "How long should I rest?", "what was typed is still there"


def test_hostile_articles_neither_run_nor_load(browser: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    body = (
        f"## Ice {HOSTILE}\n\nUse ice {HOSTILE} for 20 minutes on a sore hip after a run.\n\n"
        "[x](javascript:window.broken=1) Ice helps the hip.\n"
    )
    (folder / "ice<b>.md").write_text(
        f"---\ntitle: 'Ice <script>window.broken=1</script>'\npublisher: '<img src=x onerror=window.broken=1>'\n---\n\n{body}",
        encoding="utf-8",
    )
    with running_app(folder) as address:
        page = Page(opened(browser, Screen("small", 320, 568, dark=False, phone=True)))
        page.browser.goto(address)
        page.ask("How long should I use ice on a sore hip after a run?")
        page.open_citation(1)
        page.browser.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
        page.settle()
        assert not page.scrolls_sideways()
        page.last.locator(".hw-passage a").click()
        page.settle()
        for path in ("articles", "articles?q=ice"):
            assert page.browser.evaluate("window.broken") is None
            assert page.browser.locator("main :is(img, script, iframe)").count() == 0
            assert not page.scrolls_sideways()
            page.browser.goto(address + path)
        assert page.errors == []
        assert [url for url in page.requests if not url.startswith((address, "data:", "blob:"))] == []
        page.browser.context.close()
