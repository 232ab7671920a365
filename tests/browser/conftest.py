"""What the browser tests share: one app over the project's own articles and one browser, for all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from settings import PROJECT
from tests.browser.page import PATIENCE, Page, Screen, chromium, opened, running_app, running_browser

SCREENS = [
    Screen("phone-light", 390, 844, dark=False, phone=True),
    Screen("phone-dark", 360, 740, dark=True, phone=True),
    Screen("desktop-light", 1280, 900, dark=False, phone=False),
    Screen("desktop-dark", 1440, 900, dark=True, phone=False),
]


@pytest.fixture(scope="session", autouse=True)
def _needs_a_browser() -> None:
    """Without Chromium these tests are skipped, but in CI they must run."""
    if chromium() is None:
        assert not os.environ.get("CI"), "CI must run the browser tests: install Chromium"
        pytest.skip("no Chromium on this machine")


@pytest.fixture(scope="session")
def address(real_index: Path) -> Iterator[str]:
    """The app over the project's own articles, for the United Kingdom."""
    with running_app(PROJECT / "corpus", index=str(real_index), region="uk") as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


@pytest.fixture(params=SCREENS, ids=lambda screen: screen.name)
def screen(request: pytest.FixtureRequest) -> Screen:
    """Each of the screens in turn."""
    found: Screen = request.param
    return found


@pytest.fixture
def visit(address: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page as a newcomer: `visit(screen, path)`. In the end nothing went elsewhere, broke or was too wide."""
    visited: list[Page] = []

    def open_page(screen: Screen = SCREENS[0], path: str = "", **options: object) -> Page:
        page = Page(opened(browser, screen, **options))
        visited.append(page)
        page.browser.goto(address + path)
        page.browser.wait_for_selector("main", timeout=PATIENCE)
        page.settle()
        return page

    yield open_page
    for page in visited:
        assert page.errors == []
        assert [url for url in page.requests if not url.startswith((address, "data:", "blob:"))] == []
        assert not page.scrolls_sideways()
        page.browser.context.close()
