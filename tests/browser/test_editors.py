"""The editors' page in headless Chromium, on a phone and on a desk: an editor's work from the log-in to the way back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from settings import PROJECT
from tests.browser.editors import PASSWORD, Editors, editors_page
from tests.browser.page import PATIENCE, Screen, running_app
from tests.conftest import ARTICLES

pytestmark = pytest.mark.browser

PICTURES = PROJECT / "artifacts" / "screenshots" / "editors"
HOSTILE = (
    '<img src="http://third.example/x.png" onerror="window.broken=1"> ${window.broken=1} {{value}} '
    "<script>window.broken=1</script> ![x](http://third.example/y.png)"
)


@dataclass(frozen=True)
class Work:
    """An app with its corpus folder and the screen it is looked at on."""

    address: str
    corpus: Path
    width: int
    height: int


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The app over the small corpus: its address, and the corpus folder. Each test leaves both as they were."""
    corpus = tmp_path_factory.mktemp("editors") / "corpus"
    for name, text in ARTICLES.items():
        (corpus / f"{name}.md").parent.mkdir(parents=True, exist_ok=True)
        (corpus / f"{name}.md").write_text(text, encoding="utf-8")
    with running_app(corpus, editor_password=PASSWORD) as address:
        yield address, corpus


@pytest.fixture(scope="module", params=[(390, 844), (1280, 900)], ids=["phone", "desktop"])
def work(request: pytest.FixtureRequest, served: tuple[str, Path]) -> Work:
    return Work(*served, *request.param)


@pytest.fixture(scope="module")
def opened(work: Work, browser: Browser) -> Iterator[Editors]:
    """The page, logged in."""
    screen = Screen("", work.width, work.height, dark=False, phone=work.width < 600)
    with editors_page(browser, screen, work.address) as page:
        page.log_in()
        page.browser.wait_for_selector(".he-row", timeout=PATIENCE)
        yield page


@pytest.fixture
def page(work: Work, opened: Editors) -> Iterator[Editors]:
    """The page as it opens; afterwards nothing went elsewhere and nothing broke."""
    opened.browser.goto(f"{work.address}editors/")
    opened.browser.wait_for_selector(".he-row", timeout=PATIENCE)
    yield opened
    assert opened.errors == []
    assert [url for url in opened.requests if not url.startswith((work.address, "data:", "blob:"))] == []
    assert not opened.scrolls_sideways()


def test_only_the_right_password_opens_the_page_and_a_log_out_closes_every_tab(work: Work, opened: Editors) -> None:
    browser = opened.browser.context.browser
    assert browser is not None
    context = browser.new_context(viewport={"width": work.width, "height": work.height})
    page = Editors(context.new_page())
    page.browser.goto(f"{work.address}editors/")
    page.log_in("wrong words entirely")
    assert "not the password" in page.browser.inner_text('[role="alert"]')
    page.log_in()
    page.browser.wait_for_selector(".he-row", timeout=PATIENCE)
    other = context.new_page()
    other.goto(f"{work.address}editors/")
    other.wait_for_selector(".he-row", timeout=PATIENCE)
    other.click("#he-log-out")
    other.wait_for_selector("#password")
    page.browser.locator("#he-panels label", has_text="Publish").click()
    page.browser.wait_for_selector("#password", timeout=PATIENCE)
    context.close()


def test_a_change_is_looked_at_published_and_taken_back(work: Work, page: Editors) -> None:
    assert set(page.states().values()) == {"indexed"}
    ice = work.corpus / "ice.md"
    ice.write_text("# Ice\n\nUse ice for 10 minutes at a time.\n", encoding="utf-8")
    (work.corpus / "heat.md").write_text("# Heat\n\nUse heat on a stiff hip.\n", encoding="utf-8")
    (work.corpus / "bad.md").write_text("---\ntitle: [\n---\n\nText.\n", encoding="utf-8")
    states = page.states()
    assert (states["ice"], states["heat"], states["bad"]) == ("changed since", "not indexed yet", "rejected")
    page.panel("Publish", "#he-outlook .he-label")
    outlook = page.browser.inner_text("#he-outlook")
    assert "1 added" in outlook
    assert "bad: line" in outlook

    done = page.publish()
    assert "Published in" in done
    assert "bad: line" in done
    assert "Embedding" in done
    (work.corpus / "bad.md").unlink()
    assert page.states()["ice"] == "indexed"
    assert "10 minutes" in page.open_article("ice")
    page.browser.click("#he-back")

    page.panel("Publish", "#he-generations li")
    page.browser.click("#he-rollback")
    page.browser.wait_for_selector("#he-told .he-good")
    assert "serves again" in page.browser.inner_text("#he-told")
    assert page.states()["ice"] == "changed since"
    assert "15 to 20 minutes" in page.open_article("ice")
    page.browser.click("#he-back")
    (work.corpus / "heat.md").unlink()
    ice.write_text(ARTICLES["ice"], encoding="utf-8")
    page.publish()
    assert set(page.states().values()) == {"indexed"}


def test_removing_most_articles_is_refused_until_the_number_is_typed(work: Work, page: Editors) -> None:
    away = {name: (work.corpus / name).read_text(encoding="utf-8") for name in ("ice.md", "bridge.md")}
    for name in away:
        (work.corpus / name).unlink()
    page.panel("Publish", "#he-outlook .he-bad")
    assert "2 articles, more than half" in page.browser.inner_text("#he-outlook")
    page.browser.click("#he-publish")
    page.browser.wait_for_selector("#he-told .he-bad")
    assert "Type 2" in page.browser.inner_text("#he-told")
    assert "2 removed" in page.publish("2")
    assert set(page.states()) == {"shoes/replace"}
    for name, text in away.items():
        (work.corpus / name).write_text(text, encoding="utf-8")
    page.publish()
    assert len(page.states()) == 3


def test_an_upload_is_seen_before_it_is_added(work: Work, page: Editors) -> None:
    good = b"---\ntitle: Heat\n---\n\n## When to use heat\n\nUse heat for 20 minutes on a stiff hip.\n"
    shown = page.upload("heat.md", good)
    assert "When to use heat" in shown
    assert "Use heat for 20 minutes" in shown
    assert "summary" in shown, "the check's findings"
    assert not (work.corpus / "heat.md").exists()
    page.browser.click("#he-add")
    page.browser.wait_for_selector("#he-uploaded .he-good")
    assert (work.corpus / "heat.md").read_bytes() == good

    shown = page.upload("heat.md", good.replace(b"20", b"10"))
    assert "replaces it" in shown
    page.browser.click("#he-add")
    page.browser.wait_for_selector("#he-uploaded .he-bad")
    assert (work.corpus / "heat.md").read_bytes() == good
    page.browser.check("#he-replace input")
    page.browser.click("#he-add")
    page.browser.wait_for_selector("#he-uploaded .he-good")
    assert b"10 minutes" in (work.corpus / "heat.md").read_bytes()

    assert "would be rejected" in page.upload("bad.md", b"---\ntitle: [\n---\n\nText.\n")
    assert page.browser.locator("#he-add").is_disabled()
    page.upload("heat.md", good)
    page.browser.fill("#he-name input, #he-name textarea", "../outside.md")
    page.browser.press("#he-name input, #he-name textarea", "Enter")
    page.browser.wait_for_selector("#he-uploaded .he-bad")
    assert page.browser.locator("#he-add").is_disabled()
    assert sorted(path.name for path in work.corpus.parent.iterdir()) == ["corpus"]
    (work.corpus / "heat.md").unlink()


def test_a_question_and_messages_are_explained(page: Editors) -> None:
    shown = page.tried(
        "Try a question", "question", "How many repetitions of a bridge?\nand when to replace shoes?", ".he-question"
    )
    assert "BM25" in shown
    assert "quoted" in shown
    shown = page.tried(
        "Try a message", "message", "my hip hurts\nI fell and can't put any weight on my leg", ".hw-notice"
    )
    assert "emergency" in shown
    assert "Message 2" in shown
    assert "rules fired" in shown or "rule fired" in shown
    page.browser.click("#he-message-go")
    shown = page.tried("Try a message", "message", "thanks a lot", ".he-level")
    page.browser.wait_for_function(
        "document.querySelector('#he-message-shown').innerText.includes('no safety message')"
    )


def test_gaps_say_how_to_have_them(page: Editors) -> None:
    page.panel("Content gaps", "#he-found-gaps .he-note")
    assert "HIPWISE_LOG_QUESTIONS=1" in page.browser.inner_text("#he-found-gaps")


def test_hostile_text_is_shown_as_text_everywhere(work: Work, page: Editors) -> None:
    name = "<img src=x onerror=window.broken=1>"
    article = f"---\ntitle: '{HOSTILE}'\n---\n\n## {HOSTILE}\n\nIce {HOSTILE} helps a hip.\n"
    (work.corpus / f"{name}.md").write_text(article, encoding="utf-8")
    page.publish()
    page.states()
    assert "<script>" in page.browser.inner_text("#he-articles")
    shown = page.open_article(name)
    assert "${window.broken=1} {{value}}" in shown
    page.upload("hostile.md", article.encode())
    page.tried("Try a question", "question", f"does ice help {HOSTILE}", ".he-note")
    page.tried("Try a message", "message", HOSTILE, ".he-level")
    page.settle()
    assert page.browser.evaluate("window.broken") is None
    assert page.browser.locator(".gradio-container :is(script, img[src='x'], img[src*='third'])").count() == 0
    (work.corpus / f"{name}.md").unlink()
    page.publish()
