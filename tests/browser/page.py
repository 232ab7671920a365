"""The running app and its page in headless Chromium, for the browser tests and the README's pictures."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, sync_playwright
from playwright.sync_api import Page as BrowserPage

from settings import PROJECT

# A browser that calls nobody and draws without a graphics card; the sandbox does not work for root in a container.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Tells what people with a disability could not use; of the npm registry's axe-core.
AXE = Path(__file__).with_name("axe.min.js").read_text(encoding="utf-8")
PATIENCE = 60_000  # milliseconds; the first answer waits for the encoder


@dataclass(frozen=True)
class Screen:
    """A screen to try a page on; sizes in CSS pixels."""

    name: str
    width: int
    height: int
    dark: bool
    phone: bool


def chromium() -> str | None:
    """Where the browser is, or None."""
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


@contextmanager
def running_app(corpus: Path, **settings: str) -> Iterator[str]:
    """Ingest a corpus and serve it as `make run` does; gives the page's address."""
    with tempfile.TemporaryDirectory() as work, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HIPWISE_")}
        environment |= {
            "HIPWISE_CORPUS": str(corpus),
            "HIPWISE_INDEX": str(Path(work) / "index"),
            "HIPWISE_PORT": str(port),
        }
        environment |= {f"HIPWISE_{name.upper()}": value for name, value in settings.items()}
        subprocess.run(
            [sys.executable, "-m", "ingest"], cwd=PROJECT, env=environment, check=True, stdout=subprocess.DEVNULL
        )
        app = subprocess.Popen([sys.executable, "app.py"], cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{port}/"
        try:
            _wait_for(address, app)
            yield address
        finally:
            app.terminate()
            app.wait(20)


def _wait_for(address: str, app: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline:
        if app.poll() is not None:
            raise AssertionError(f"the app ended with {app.returncode}")
        try:
            with urllib.request.urlopen(f"{address}state", timeout=2) as state:
                if json.load(state)["ready"]:
                    return
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError("the page did not come up")


class Watched:
    """A page, and what it asks for and complains of.

    Attributes:
        browser: Playwright's page.
        requests: every address the page asked for.
        errors: errors the page reported.
    """

    def __init__(self, browser: BrowserPage) -> None:
        self.browser = browser
        self.requests: list[str] = []
        self.errors: list[str] = []
        browser.on("request", lambda request: self.requests.append(request.url))
        browser.on("pageerror", lambda error: self.errors.append(str(error)))

    def scrolls_sideways(self) -> bool:
        """Whether the page is wider than the screen."""
        return bool(self.browser.evaluate("document.documentElement.scrollWidth > innerWidth"))


class Page(Watched):
    """The chat page as a runner uses it."""

    def ask(self, text: str) -> None:
        """Type a message, send it, and wait for the complete reply."""
        replies = self.browser.locator(".hw-done").count()
        self.browser.fill("#hw-box", text)
        self.browser.click("#hw-send")
        self.wait_for_reply(replies)

    def wait_for_reply(self, before: int) -> None:
        """Wait until there is one reply more than `before`, complete, and nothing is under way."""
        done = "(before) => document.querySelectorAll('.hw-done').length > before && document.querySelector('#hw-send')"
        self.browser.wait_for_function(done, arg=before, timeout=PATIENCE)
        self.settle()

    def settle(self) -> None:
        """Give what is shown the time to stand still."""
        self.browser.wait_for_timeout(500)

    def open_citation(self, number: int) -> None:
        """Tap the first citation with this number in the newest reply."""
        self.last.locator(f".hw-cite:text-is('{number}')").first.click()
        self.settle()

    def picture(self, path: Path) -> None:
        """Save what is seen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.browser.screenshot(path=str(path))

    @property
    def last(self) -> Locator:
        """The newest reply."""
        return self.browser.locator(".hw-reply").last

    def reply(self) -> str:
        """The text of the newest reply."""
        return str(self.last.inner_text())

    def faults(self) -> list[str]:
        """What axe finds, serious or worse, and where; and targets that are too small for a finger (WCAG 2.2, 2.5.8).

        Axe's own rule for targets takes a button that the box at the bottom covers just now for a small one.
        """
        self.browser.evaluate(AXE)
        found = self.browser.evaluate(
            """async () => {
                const { violations } = await axe.run(document, { resultTypes: ["violations"] });
                const places = (one) => one.nodes.map((node) => node.target.join(" ")).slice(0, 5).join(", ");
                const grave = violations.filter((one) => ["serious", "critical"].includes(one.impact));
                return grave.map((one) => `${one.id}: ${places(one)}`);
            }"""
        )
        small = self.browser.evaluate(
            """() => [...document.querySelectorAll("button, summary, input, textarea, select, nav a, a.hw-button, a.hw-call")]
                .filter((one) => one.checkVisibility() && !one.closest(".hw-visually-hidden"))
                .filter((one) => Math.min(one.offsetWidth, one.offsetHeight) < 24)
                .map((one) => `small: ${one.className || one.outerHTML.slice(0, 80)}`)"""
        )
        return [*found, *small]


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def opened(browser: Browser, screen: Screen, **options: Any) -> BrowserPage:
    """An empty page of its own, on a screen; its context shares nothing with other pages."""
    context = browser.new_context(
        viewport={"width": screen.width, "height": screen.height},
        color_scheme="dark" if screen.dark else "light",
        has_touch=screen.phone,
        is_mobile=screen.phone,
        **options,
    )
    return context.new_page()


@contextmanager
def browser_page(browser: Browser, screen: Screen, address: str) -> Iterator[Page]:
    """Open the chat page, as somebody who was never there."""
    page = Page(opened(browser, screen, device_scale_factor=2 if screen.phone else 1))
    page.browser.goto(address)
    page.browser.wait_for_selector("#hw-box", timeout=PATIENCE)
    page.settle()
    yield page
    page.browser.context.close()
