"""The hip map in headless Chromium: the drawing and the list in step, what a panel shows, and what it hands to the chat."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Route, expect
from playwright.sync_api import Page as BrowserPage

from bot.web.hipmap import load_areas
from settings import PROJECT
from tests.browser.page import PATIENCE, Page, Screen

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]
PICTURES = PROJECT / "artifacts" / "screenshots"
SMALL = Screen("small", 320, 640, dark=False, phone=True)
DESK = Screen("desk", 1280, 900, dark=False, phone=False)
HOSTILE = "<img src=x onerror=window.broken=1>" + "w" * 200


@pytest.fixture
def desk(visit: Visit) -> BrowserPage:
    """The page on a desk."""
    return visit(DESK).browser


def tap(browser: BrowserPage, area: str, side: str, view: str = "front") -> None:
    """Tap a place on the drawing."""
    browser.locator(f".hw-map-{view} [data-area={area}][data-side={side}] .hw-hip-shape").click()


def name_of(browser: BrowserPage, area: str) -> Locator:
    """The place's button in the list."""
    return browser.locator(f"input[name=hw-map-area][value={area}]")


def side_of(browser: BrowserPage, side: str) -> Locator:
    return browser.locator(f"input[name=hw-map-side][value={side}]")


def quotes(browser: BrowserPage) -> Locator:
    return browser.locator(".hw-map-quote")


def told(area: str, sentence: str = "", name: str = "") -> str:
    """What the server would say of a place that one sentence is about, or none."""
    passage = {"article": "a", "title": name, "section": name, "publisher": name, "updated": "", "href": "/articles/a"}
    quoted = {
        "answer": [{"text": sentence, "citations": [1], "paragraph": 0, "bullet": False, "says": ""}],
        "passages": [passage | {"numbers": [1], "sentences": [[sentence, 1]]}],
        "citations": [{"n": 1, "article": "a", "start": 0, "end": 1, "href": "/articles/a"}],
    }
    nothing: dict[str, list[str]] = {"answer": [], "passages": [], "citations": []}
    about = quoted if sentence else nothing
    return json.dumps({"area": area, "questions": [name or "Why?"], "about": about, "help": about})


def test_a_tap_chooses_the_place_and_its_side_and_shows_what_the_articles_say(visit: Visit, screen: Screen) -> None:
    page = visit(screen)
    browser = page.browser
    tap(browser, "groin", "left")
    expect(quotes(browser).first).to_contain_text("overload of the hip flexors", timeout=PATIENCE)
    expect(name_of(browser, "groin")).to_be_checked()
    expect(side_of(browser, "left")).to_be_checked()
    expect(browser.locator(".hw-map-front .hw-is-chosen")).to_have_count(1)
    expect(browser.locator("hw-hip-map [role=status]")).to_have_text("Chosen: Groin, front of the hip, Left")
    source = quotes(browser).first.locator("footer a")
    expect(source).to_contain_text("ALO Physiotherapy")
    expect(source).to_have_attribute("href", re.compile("^/articles/hip-pain-location-and-load"))
    expect(browser.locator(".hw-map-help")).to_contain_text("the same day or within 48 hours")
    expect(browser.locator(".hw-map-panel h3")).to_be_in_viewport()
    browser.locator(".hw-map-help summary").click()
    expect(browser.locator(".hw-map-help li").first).to_be_visible()
    page.settle()
    page.picture(PICTURES / screen.name / "hip-map.png")
    assert page.faults() == []


def test_hostile_text_of_an_article_is_shown_as_text(visit: Visit) -> None:
    page = visit(SMALL)
    page.browser.route("**/areas/*", lambda route: route.fulfill(body=told("groin", HOSTILE, HOSTILE)))
    name_of(page.browser, "groin").check()
    expect(quotes(page.browser)).to_contain_text(HOSTILE)
    expect(page.browser.locator(".hw-map-questions")).to_contain_text(HOSTILE)
    assert page.browser.locator("hw-hip-map img").count() == 0
    assert page.browser.evaluate("window.broken") is None
    assert not page.scrolls_sideways()


def test_the_list_works_with_the_keyboard_alone_and_marks_the_drawing(desk: BrowserPage) -> None:
    name_of(desk, "lower-belly").focus()
    desk.keyboard.press("Space")
    expect(desk.locator(".hw-hip-area.hw-is-live.hw-is-chosen")).to_have_attribute("data-area", "lower-belly")
    desk.keyboard.press("ArrowDown")
    expect(name_of(desk, "groin")).to_be_focused()
    expect(desk.locator(".hw-hip-area.hw-is-live.hw-is-chosen")).to_have_count(2)
    expect(desk.get_by_role("heading", name="Groin, front of the hip")).to_be_visible()
    expect(desk.get_by_role("group", name="Which side?")).to_be_visible()


def test_pointing_at_one_marks_the_other(desk: BrowserPage) -> None:
    desk.locator(".hw-map-name", has=name_of(desk, "buttock")).hover()
    expect(desk.locator(".hw-hip-area.hw-is-pointed")).to_have_count(2)
    desk.locator(".hw-map-back [data-area=back-thigh][data-side=right] .hw-hip-shape").hover()
    expect(desk.locator(".hw-map-name.hw-is-pointed")).to_have_text("Back of the thigh")


def test_the_side_is_remembered_and_the_first_sentence_goes_into_the_box_unsent(desk: BrowserPage) -> None:
    tap(desk, "buttock", "right", "back")
    name_of(desk, "outer-hip").check()
    expect(side_of(desk, "right")).to_be_checked()
    desk.get_by_role("button", name="Tell Hipwise about it").click()
    expect(desk.locator("#hw-box")).to_have_value("The outside of my right hip hurts when …")
    expect(desk.locator("#hw-box")).to_be_focused()
    assert desk.locator(".hw-entry").count() == 0
    side_of(desk, "both").check()
    desk.get_by_role("button", name="Tell Hipwise about it").click()
    expect(desk.locator("#hw-box")).to_have_value("The outside of both my hips hurts when …")


def test_a_question_of_the_map_is_asked_in_the_chat_and_the_place_stays_chosen(desk: BrowserPage) -> None:
    name_of(desk, "outer-hip").check()
    desk.locator(".hw-map-questions button").first.click(timeout=PATIENCE)
    expect(desk.locator(".hw-entry")).to_contain_text("What can pain on the outside of the hip mean?")
    expect(desk.locator(".hw-reply.hw-done")).to_contain_text("gluteus medius", timeout=PATIENCE)
    desk.get_by_text("Hip map", exact=True).first.click()
    expect(name_of(desk, "outer-hip")).to_be_checked()


def test_a_server_that_cannot_be_reached_is_said_and_can_be_tried_again(visit: Visit) -> None:
    def fail(route: Route) -> None:
        route.abort()

    page = visit(DESK)
    page.browser.route("**/areas/*", fail)
    name_of(page.browser, "groin").check()
    problem = page.browser.locator(".hw-map-problem")
    expect(problem).to_contain_text("I cannot reach Hipwise just now")
    assert page.faults() == []
    page.browser.unroute("**/areas/*", fail)
    problem.get_by_role("button").click()
    expect(quotes(page.browser).first).to_be_visible(timeout=PATIENCE)
    expect(problem).to_have_count(0)


def test_a_place_of_which_no_article_tells_says_so_and_does_not_reassure(desk: BrowserPage) -> None:
    desk.route("**/areas/*", lambda route: route.fulfill(body=told("sit-bone")))
    name_of(desk, "sit-bone").check()
    panel = desk.locator(".hw-map-panel")
    expect(panel).to_contain_text("That does not mean it is nothing")
    expect(panel.get_by_role("button", name="Tell Hipwise about it")).to_be_visible()


def test_what_an_editor_publishes_meanwhile_shows_when_the_place_is_chosen_again(desk: BrowserPage) -> None:
    sentences = iter(["As it was.", "As it was.", "As it is now."])
    desk.route("**/areas/*", lambda route: route.fulfill(body=told("groin", next(sentences))))
    name_of(desk, "groin").check()
    expect(quotes(desk)).to_contain_text("As it was.")
    name_of(desk, "buttock").check()
    expect(quotes(desk)).to_contain_text("As it was.")
    name_of(desk, "groin").check()
    expect(quotes(desk)).to_contain_text("As it is now.")


def test_wiping_the_conversation_forgets_the_place(desk: BrowserPage) -> None:
    desk.route("**/areas/*", lambda route: route.fulfill(body=told("groin", "A sentence.")))
    tap(desk, "groin", "left")
    expect(quotes(desk)).to_be_visible()
    desk.locator("#hw-wipe").click()
    expect(name_of(desk, "groin")).not_to_be_checked()
    expect(desk.locator("hw-hip-map .hw-is-chosen")).to_have_count(0)
    name_of(desk, "groin").check()
    expect(side_of(desk, "left")).not_to_be_checked()


def test_a_phone_shows_one_side_of_the_body_with_its_places_all_big_enough_to_tap(visit: Visit) -> None:
    page = visit(SMALL)
    browser = page.browser
    expect(browser.locator(".hw-map-back")).to_be_hidden()
    browser.get_by_role("button", name="Back", exact=True).click()
    expect(browser.locator(".hw-map-front")).to_be_hidden()
    shown = browser.locator(".hw-map-name:visible input")
    on_back = {area.id for area in load_areas().values() if "back" in area.views}
    assert set(shown.evaluate_all("all => all.map((one) => one.value)")) == on_back
    targets = browser.locator(".hw-map :is(button, .hw-map-name):visible").evaluate_all(
        "all => all.map((one) => Math.min(one.offsetHeight, one.offsetWidth))"
    )
    assert min(targets) >= 44
    page.picture(PICTURES / "small" / "hip-map-back.png")


def test_a_desktop_shows_both_sides_at_once_and_every_place_by_name(desk: BrowserPage) -> None:
    front, back = (desk.locator(f".hw-map-{view}").bounding_box() for view in ("front", "back"))
    assert front
    assert back
    assert front["y"] == back["y"]
    assert desk.locator(".hw-map-name:visible").count() == len(load_areas())


def test_the_drawing_has_the_places_of_the_file(desk: BrowserPage) -> None:
    script = desk.locator("script[src*='/js/chat.js']").get_attribute("src")
    assert script
    drawing = script.replace("chat.js", "hip-drawing.js")
    drawn = desk.evaluate("async (address) => (await import(address)).AREAS", drawing)
    assert [(area["id"], tuple(area["views"]), area["sided"]) for area in drawn] == [
        (area.id, area.views, area.sided) for area in load_areas().values()
    ]
