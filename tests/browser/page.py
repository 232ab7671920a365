"""The running app and its page in headless Chromium, for the browser tests and the README's pictures."""

from __future__ import annotations

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
from pathlib import Path

from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import sync_playwright

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
PATIENCE = 60_000  # milliseconds; the first answer waits for the encoder


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
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
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
        self.browser.fill("#hw-box textarea", text)
        self.browser.click("#hw-send")
        self.wait_for_reply(replies)

    def wait_for_reply(self, before: int) -> None:
        """Wait until there is one reply more than `before`, complete."""
        done = "(before) => document.querySelectorAll('.hw-done').length > before"
        self.browser.wait_for_function(done, arg=before, timeout=PATIENCE)
        self.browser.wait_for_timeout(600)  # the scrolling behind it

    def open_citation(self, number: int) -> None:
        """Tap the first citation with this number in the newest reply."""
        self.browser.locator(".hw-reply").last.locator("a.hw-cite", has_text=str(number)).first.click()
        self.browser.wait_for_timeout(600)

    def picture(self, path: Path) -> None:
        """Save what is seen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.browser.screenshot(path=str(path))

    def reply(self) -> str:
        """The text of the newest reply."""
        return self.browser.locator(".hw-reply").last.inner_text()


@contextmanager
def screen(
    *, width: int, height: int, dark: bool = False, phone: bool = False, scale: float = 1
) -> Iterator[BrowserPage]:
    """An empty page in a new browser, on a screen of that size."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            has_touch=phone,
            is_mobile=phone,
            device_scale_factor=scale,
        )
        try:
            yield context.new_page()
        finally:
            browser.close()


@contextmanager
def browser_page(address: str, *, width: int, height: int, dark: bool = False, phone: bool = False) -> Iterator[Page]:
    """Open the page in a new browser."""
    with screen(width=width, height=height, dark=dark, phone=phone, scale=2 if phone else 1) as empty:
        page = Page(empty)
        page.browser.goto(address)
        page.browser.wait_for_selector("#hw-box textarea", timeout=PATIENCE)
        page.browser.wait_for_timeout(500)
        yield page
