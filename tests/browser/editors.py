"""The editors' page in headless Chromium, for the browser tests and the guide's pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser

from tests.browser.page import PATIENCE, Screen, Watched, opened

PASSWORD = "four words nobody joins"  # noqa: S105 - of the tests alone


class Editors(Watched):
    """The editors' page as an editor uses it."""

    def log_in(self, password: str = PASSWORD) -> None:
        """Send the log-in form."""
        self.browser.fill("#password", password)
        self.browser.click("main button")

    def panel(self, title: str, sign: str) -> None:
        """Choose a panel and wait for `sign`, a selector of something that it shows."""
        self.browser.locator("#he-panels label", has_text=title).click()
        self.browser.wait_for_selector(sign, timeout=PATIENCE)
        self.settle()

    def settle(self) -> None:
        """Give what is shown the time to stand still."""
        self.browser.wait_for_timeout(400)

    def states(self) -> dict[str, str]:
        """The state of each article in the list, by its id."""
        self.panel("Publish", "#he-generations li")
        self.panel("Articles", ".he-row")
        rows = self.browser.locator(".he-row")
        return {str(row.get_attribute("data-open")): row.locator(".he-badge").inner_text() for row in rows.all()}

    def open_article(self, name: str) -> str:
        """Open an article of the list; returns the text that is shown of it."""
        self.panel("Articles", ".he-row")
        self.browser.locator(f'[data-open="{name}"]').click()
        self.browser.wait_for_selector("#he-article .he-heading", timeout=PATIENCE)
        self.settle()
        return self.browser.inner_text("#he-panel-articles")

    def publish(self, confirmed: str = "") -> str:
        """Publish and wait for the end; returns what is said then."""
        self.panel("Publish", "#he-outlook .he-note")
        if confirmed:
            self.browser.fill("#he-confirm input, #he-confirm textarea", confirmed)
        runs = self.browser.locator("#he-run [data-begun]")
        before = runs.get_attribute("data-begun") if runs.count() else ""
        self.browser.click("#he-publish")
        self.browser.wait_for_selector(
            f"#he-run [data-begun]:not([aria-busy], [data-begun='{before}'])", timeout=PATIENCE
        )
        self.browser.wait_for_selector("#he-outlook .he-note", timeout=PATIENCE)
        self.settle()
        return self.browser.inner_text("#he-run")

    def upload(self, name: str, data: bytes) -> str:
        """Choose a file on a page that shows no other; returns what is said of it."""
        self.browser.reload()
        self.browser.wait_for_selector(".he-row", timeout=PATIENCE)
        self.panel("Upload", "#he-file")
        self.browser.set_input_files(
            "#he-file input[type=file]", [{"name": name, "mimeType": "text/plain", "buffer": data}]
        )
        self.browser.wait_for_selector("#he-upload-findings :is(.he-note, .he-fold)", timeout=PATIENCE)
        self.settle()
        return self.browser.inner_text("#he-panel-upload")

    def tried(self, panel: str, name: str, turns: str, sign: str) -> str:
        """Have messages explained; returns what is shown."""
        self.panel(panel, f"#he-{name}-box textarea")
        self.browser.fill(f"#he-{name}-box textarea", turns)
        self.browser.click(f"#he-{name}-go")
        self.browser.wait_for_selector(f"#he-{name}-shown {sign}", timeout=PATIENCE)
        self.settle()
        return self.browser.inner_text(f"#he-{name}-shown")


@contextmanager
def editors_page(browser: Browser, screen: Screen, address: str, scale: float = 1) -> Iterator[Editors]:
    """Open the log-in of the editors' page, as somebody who was never there."""
    page = Editors(opened(browser, screen, device_scale_factor=scale))
    page.browser.goto(f"{address}editors/")
    page.browser.wait_for_selector("#password", timeout=PATIENCE)
    yield page
    page.browser.context.close()
