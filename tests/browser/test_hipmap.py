"""The hip map in headless Chromium: the drawing and the list in step, what a panel shows, and what it hands to the chat."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import Route, expect

from bot.web.hipmap import load_areas
from settings import PROJECT
from tests.browser.page import PATIENCE, Page, browser_page, chromium, running_app

pytestmark = pytest.mark.browser

PICTURES = PROJECT / "artifacts" / "screenshots"
AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
HOSTILE = "<img src=x onerror=window.broken=1>"
ARTICLES = {
    "side": f"""---
title: Sides
publisher: "{HOSTILE} Clinic"
---

## What pain on the outside of the hip can mean

Pain on the outside of the hip can mean {HOSTILE.replace("<", chr(92) + "<")} that a tendon there is sore.

## Pain in the groin or at the front of the hip

Pain in the groin or at the front of the hip is often linked to muscles that lift the thigh.
""",
    "when-to-get-help": """---
title: Warning signs
publisher: Hipwise
---

## Signs of bone stress in the groin or hip

Stop running and see a doctor within 48 hours if groin or hip pain shows a sign of bone stress.

Groin pain at rest or at night may be a sign of bone stress and is urgent.
""",
}
PHONE = {"width": 320, "height": 640, "phone": True}
DESKTOP = {"width": 1280, "height": 900, "dark": True}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if chromium() is None:
        assert not os.environ.get("CI"), "CI must run the browser tests: install Chromium"
        pytest.skip("no Chromium on this machine")
    corpus = tmp_path_factory.mktemp("corpus")
    for name, text in ARTICLES.items():
        (corpus / f"{name}.md").write_text(text, encoding="utf-8")
    with running_app(corpus) as address:
        yield address


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone-light", "desktop-dark"])
def page(address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    with browser_page(address, **request.param) as page:
        yield page
        assert not page.errors
        assert page.browser.evaluate("window.broken") is None
        assert all(url.startswith((address, "data:", "blob:")) for url in page.requests)


@pytest.fixture
def desktop(address: str) -> Iterator[BrowserPage]:
    with browser_page(address, **DESKTOP) as page:
        yield page.browser


def tap(browser: BrowserPage, area: str, side: str, view: str = "front") -> None:
    """Tap a place on the drawing."""
    browser.locator(f".hw-map-{view} [data-area={area}][data-side={side}] .hw-hip-shape").click()


def name_of(browser: BrowserPage, area: str) -> Any:
    """The place's button in the list."""
    return browser.locator(f"input[name=hw-map-area][value={area}]")


def side_of(browser: BrowserPage, side: str) -> Any:
    return browser.locator(f"input[name=hw-map-side][value={side}]")


def quotes(browser: BrowserPage) -> Any:
    return browser.locator(".hw-map-quote")


def seriously_wrong(browser: BrowserPage) -> list[str]:
    """What axe finds wrong with the map, serious or worse."""
    browser.evaluate(AXE)
    found = browser.evaluate("axe.run('hw-hip-map')")["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]


def test_a_tap_chooses_the_place_and_its_side_and_shows_what_the_articles_say(
    page: Page, request: pytest.FixtureRequest
) -> None:
    browser = page.browser
    assert not seriously_wrong(browser)
    tap(browser, "groin", "left")
    expect(quotes(browser)).to_have_count(1, timeout=PATIENCE)
    expect(name_of(browser, "groin")).to_be_checked()
    expect(side_of(browser, "left")).to_be_checked()
    expect(browser.locator(".hw-map-front .hw-is-chosen")).to_have_count(1)
    expect(browser.locator("hw-hip-map [role=status]")).to_contain_text("Left")
    expect(quotes(browser)).to_contain_text("often linked to muscles that lift the thigh")
    expect(browser.locator(".hw-map-help")).to_contain_text("see a doctor within 48 hours")
    expect(browser.locator(".hw-map-panel")).to_be_in_viewport()
    assert not seriously_wrong(browser)
    assert not page.scrolls_sideways()
    page.picture(PICTURES / f"hip-map-{request.node.callspec.id}.png")


def test_text_of_an_article_is_shown_as_text(page: Page) -> None:
    name_of(page.browser, "outer-hip").check()
    expect(quotes(page.browser)).to_contain_text(f"can mean {HOSTILE} that a tendon", timeout=PATIENCE)
    expect(quotes(page.browser).locator("footer")).to_contain_text(f"{HOSTILE} Clinic")
    assert page.browser.locator("hw-hip-map img").count() == 0
    assert not page.scrolls_sideways()


def test_the_list_works_with_the_keyboard_alone_and_marks_the_drawing(desktop: BrowserPage) -> None:
    name_of(desktop, "lower-belly").focus()
    desktop.keyboard.press("Space")
    expect(desktop.locator(".hw-hip-area.hw-is-live.hw-is-chosen")).to_have_attribute("data-area", "lower-belly")
    desktop.keyboard.press("ArrowDown")
    expect(name_of(desktop, "groin")).to_be_focused()
    expect(desktop.locator(".hw-hip-area.hw-is-live.hw-is-chosen")).to_have_count(2)
    expect(desktop.get_by_role("heading", name="Groin, front of the hip")).to_be_visible()
    expect(desktop.get_by_role("group", name="Which side?")).to_be_visible()


def test_pointing_at_one_marks_the_other(desktop: BrowserPage) -> None:
    desktop.locator(".hw-map-name", has=name_of(desktop, "buttock")).hover()
    expect(desktop.locator(".hw-hip-area.hw-is-pointed")).to_have_count(2)
    desktop.locator(".hw-map-back [data-area=back-thigh][data-side=right] .hw-hip-shape").hover()
    expect(desktop.locator(".hw-map-name.hw-is-pointed")).to_have_text("Back of the thigh")


def test_the_side_is_remembered_and_the_first_sentence_goes_into_the_box_unsent(desktop: BrowserPage) -> None:
    tap(desktop, "buttock", "right", "back")
    name_of(desktop, "outer-hip").check()
    expect(side_of(desktop, "right")).to_be_checked()
    desktop.get_by_role("button", name="Tell Hipwise about it").click()
    expect(desktop.locator("#hw-box")).to_have_value("The outside of my right hip hurts when …")
    expect(desktop.locator("#hw-box")).to_be_focused()
    assert desktop.locator(".hw-entry").count() == 0
    side_of(desktop, "both").check()
    desktop.get_by_role("button", name="Tell Hipwise about it").click()
    expect(desktop.locator("#hw-box")).to_have_value("The outside of both my hips hurts when …")


def test_a_question_of_the_map_is_asked_in_the_chat(desktop: BrowserPage) -> None:
    name_of(desktop, "outer-hip").check()
    desktop.locator(".hw-map-questions button").first.click(timeout=PATIENCE)
    expect(desktop.locator(".hw-entry")).to_contain_text("What can pain on the outside of the hip mean?")
    expect(desktop.locator(".hw-reply.hw-done")).to_contain_text("a tendon there is sore", timeout=PATIENCE)


def test_a_server_that_cannot_be_reached_is_said_and_can_be_tried_again(desktop: BrowserPage) -> None:
    def fail(route: Route) -> None:
        route.abort()

    desktop.route("**/areas/*", fail)
    name_of(desktop, "groin").check()
    expect(desktop.locator(".hw-map-problem")).to_contain_text("I cannot reach Hipwise just now")
    assert not seriously_wrong(desktop)
    desktop.unroute("**/areas/*", fail)
    desktop.get_by_role("button", name="Try again").click()
    expect(quotes(desktop)).to_have_count(1, timeout=PATIENCE)
    expect(desktop.locator(".hw-map-problem")).to_have_count(0)


def test_a_place_of_which_no_article_tells_says_so_and_does_not_reassure(desktop: BrowserPage) -> None:
    name_of(desktop, "sit-bone").check()
    panel = desktop.locator(".hw-map-panel")
    expect(panel).to_contain_text("That does not mean it is nothing", timeout=PATIENCE)
    expect(panel.get_by_role("button", name="Tell Hipwise about it")).to_be_visible()


def test_a_phone_shows_one_side_of_the_body_with_its_places_all_big_enough_to_tap(address: str) -> None:
    with browser_page(address, **PHONE) as page:
        browser = page.browser
        expect(browser.locator(".hw-map-back")).to_be_hidden()
        browser.get_by_role("button", name="Back", exact=True).click()
        expect(browser.locator(".hw-map-front")).to_be_hidden()
        on_back = [area.id for area in load_areas().values() if "back" in area.views]
        shown = browser.locator(".hw-map-name:visible input")
        assert shown.evaluate_all("all => all.map((one) => one.value)") == on_back
        targets = browser.locator(".hw-map :is(button, .hw-map-name):visible").evaluate_all(
            "all => all.map((one) => Math.min(one.offsetHeight, one.offsetWidth))"
        )
        assert min(targets) >= 44
        page.picture(PICTURES / "hip-map-phone-back.png")


def test_a_desktop_shows_both_sides_at_once_and_every_place_by_name(desktop: BrowserPage) -> None:
    front, back = (desktop.locator(f".hw-map-{view}").bounding_box() for view in ("front", "back"))
    assert front
    assert back
    assert front["y"] == back["y"]
    assert desktop.locator(".hw-map-name:visible").count() == len(load_areas())


def test_the_drawing_has_the_places_of_the_file_and_gives_a_small_picture_of_one(desktop: BrowserPage) -> None:
    script = desktop.locator("script[src*='/js/chat.js']").get_attribute("src")
    assert script
    drawing = script.replace("chat.js", "hip-drawing.js")
    drawn = desktop.evaluate("async (address) => (await import(address)).AREAS", drawing)
    assert [(area["id"], tuple(area["views"]), area["sided"]) for area in drawn] == [
        (area.id, area.views, area.sided) for area in load_areas().values()
    ]
    picture = """async ([address, area, side]) => {
      const svg = (await import(address)).picture(area, side);
      return svg && [...svg.querySelectorAll(".hw-is-chosen")].map((one) => one.dataset.side);
    }"""
    assert desktop.evaluate(picture, [drawing, "groin", "left"]) == ["left"]
    assert desktop.evaluate(picture, [drawing, "sit-bone", "both"]) == ["right", "left"]
    assert desktop.evaluate(picture, [drawing, "elbow", "left"]) is None
