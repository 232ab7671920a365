"""What the bot was told, and the hand-over, in headless Chromium: phone and desk, light and dark, with keys alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Locator, Route

from settings import PROJECT
from tests.browser.page import PATIENCE, Page, Screen

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]
PICTURES = PROJECT / "artifacts" / "screenshots"
PHONE = Screen("phone", 390, 844, dark=False, phone=True)
NARROW = Screen("narrow", 320, 640, dark=False, phone=True)
REPORT = "The outside of my left hip has hurt for three weeks. It's worse on stairs. Resting helps. No fever."
URGENT = "My groin hurts too and it wakes me at night. Can I run on Sunday?"
HOSTILE = (
    "<img src=x onerror=window.broken=1> My hip hurts when I \u202e " + "w" * 400 + " <script>window.broken=1</script>?"
)


def told(page: Page) -> Locator:
    return page.browser.locator("hw-told")


def opened(page: Page) -> Locator:
    """Open the hand-over and wait for the draft."""
    page.browser.locator(".hw-handover-open").click()
    page.browser.wait_for_selector("dialog[open] .hw-draft-pdf", timeout=PATIENCE)
    page.settle()
    return page.browser.locator("dialog[open]")


def lines(dialog: Locator, group: str) -> list[str]:
    return [one.input_value() for one in dialog.locator(f"[data-group={group}] textarea").all()]


def test_a_runner_sees_what_was_understood_and_takes_it_along(visit: Visit, screen: Screen, tmp_path: Path) -> None:
    page = visit(screen)
    shots = PICTURES / screen.name
    page.ask(REPORT)
    page.ask(URGENT)
    told(page).locator("summary").click()
    page.settle()
    heads = [one.inner_text() for one in told(page).locator("h3").all()]
    assert heads[:2] == ["Warning signs I noticed", "Where it hurts"]
    seen = told(page).inner_text()
    for part in ("Urgent", "outside of my left hip", "for three weeks", "on stairs", "Resting helps", "No fever"):
        assert part in seen
    page.picture(shots / "6-told.png")
    assert page.faults() == []

    dialog = opened(page)
    assert dialog.locator(".hw-notice.hw-urgent h3").inner_text().startswith("Stop running now")
    assert lines(dialog, "since") == ["for three weeks"]
    assert lines(dialog, "asked") == ["Can I run on Sunday?"]
    assert dialog.locator("[data-group=passages] li").count() > 0
    box = dialog.bounding_box()
    assert box is not None
    assert (box["width"] == screen.width) is screen.phone
    page.picture(shots / "7-handover.png")
    assert page.faults() == []

    dialog.locator("[data-group=since] textarea").fill("since the start of November")
    with page.browser.expect_download() as download:
        dialog.locator(".hw-draft-pdf").click()
    assert download.value.suggested_filename == "for-my-physio.pdf"
    download.value.save_as(tmp_path / "letter.pdf")
    text = pypdfium2.PdfDocument(tmp_path / "letter.pdf")[0].get_textpage().get_text_range()
    assert "since the start of November" in text
    assert "for three weeks" not in text.partition("Where it hurts")[2]
    assert text.index("Stop running now") < text.index("Where it hurts")


def test_only_other_words_take_something_back(visit: Visit) -> None:
    page = visit(PHONE)
    page.ask("The outside of my hip is sore after a run")
    page.ask("My groin hurts and wakes me at night")
    told(page).locator("summary").click()
    sign = told(page).locator(".hw-told-urgent")
    assert {one.inner_text() for one in told(page).get_by_role("button").all()} == {"That is not what I meant"}
    sign.get_by_role("button").click()
    box = page.browser.locator(".hw-editing textarea")
    assert box.input_value() == "My groin hurts and wakes me at night"
    assert page.browser.locator(".hw-band.hw-urgent").is_visible(), "nothing was taken back yet"
    box.fill("Resting helps")
    page.browser.locator(".hw-editing .hw-button-main").click()
    page.browser.wait_for_function("() => !document.querySelector('.hw-told-urgent')", timeout=PATIENCE)
    assert "Resting helps" in told(page).inner_text()
    assert page.browser.locator(".hw-band").count() == 0


def test_the_hand_over_with_keys_alone(visit: Visit) -> None:
    page = visit(PHONE, permissions=["clipboard-read", "clipboard-write"])
    keys = page.browser.keyboard
    page.ask(REPORT)
    page.browser.locator(".hw-handover-open").focus()
    keys.press("Enter")
    page.browser.wait_for_selector("dialog[open] .hw-draft-pdf", timeout=PATIENCE)
    dialog = page.browser.locator("dialog[open]")
    focused = "document.activeElement.closest('dialog') !== null || document.activeElement === document.body"
    for _ in range(40):  # round and round inside, or through the browser's own bar
        keys.press("Tab")
        assert page.browser.evaluate(focused)

    dialog.locator("[data-group=worse] .hw-draft-add").focus()
    keys.press("Enter")
    keys.type("sitting at my desk")
    assert lines(dialog, "worse") == ["on stairs", "sitting at my desk"]
    dialog.get_by_role("button", name="Take out: on stairs").focus()
    keys.press("Enter")
    assert lines(dialog, "worse") == ["sitting at my desk"]
    assert page.browser.evaluate("document.activeElement.getAttribute('aria-label')") == "Take out: sitting at my desk"
    dialog.get_by_role("button", name="Copy").focus()
    keys.press("Enter")
    page.browser.wait_for_function(
        "() => document.querySelector('dialog [role=status]').textContent.startsWith('Copied')"
    )
    copied = page.browser.evaluate("navigator.clipboard.readText()")
    assert "- sitting at my desk" in copied
    assert "on stairs" not in copied

    keys.press("Escape")
    assert page.browser.locator("dialog[open]").count() == 0
    assert page.browser.evaluate("document.activeElement.className").endswith("hw-handover-open")
    assert lines(opened(page), "worse") == ["sitting at my desk"], "what was edited is still there"


def test_what_fails_is_said_in_the_dialog_and_the_words_stay(visit: Visit) -> None:
    page = visit(PHONE)
    page.ask(REPORT)
    dialog = opened(page)
    dialog.locator("[data-group=worse] textarea").fill("my own words")
    alert = dialog.get_by_role("alert")

    def refuse(route: Route) -> None:
        route.fulfill(status=413, json={"problem": "large", "text": "That is too much text."})

    page.browser.route("**/handover/pdf", refuse)
    dialog.locator(".hw-draft-pdf").click()
    alert.wait_for(timeout=PATIENCE)
    assert alert.inner_text() == "That is too much text."
    page.browser.route("**/handover/markdown", lambda route: route.abort())
    dialog.get_by_role("button", name="Save as Markdown").click()
    page.browser.wait_for_function(
        "() => document.querySelector('dialog [role=alert]').textContent.startsWith('I cannot reach')"
    )
    assert lines(dialog, "worse") == ["my own words"]
    assert page.faults() == []


def test_hostile_words_are_words_in_both(visit: Visit) -> None:
    page = visit(NARROW)
    page.ask(HOSTILE)
    told(page).locator("summary").click()
    dialog = opened(page)
    assert any("window.broken" in line for line in lines(dialog, "asked"))
    assert page.browser.evaluate("window.broken === undefined")
    assert dialog.locator("img, script").count() == 0
    for part in (".hw-sheet-body", ".hw-sheet-foot"):
        assert not dialog.locator(part).evaluate("(one) => one.scrollWidth > one.clientWidth")
    page.picture(PICTURES / "narrow" / "7-handover-hostile.png")
