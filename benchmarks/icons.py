"""Make the icons of the page from its mark: `python -m benchmarks.icons`. Needs Chromium."""

from __future__ import annotations

from playwright.sync_api import sync_playwright

from bot.web.shell import STATIC
from tests.browser.page import FLAGS, chromium

FOLDER = STATIC / "icons"
# Name, pixels, and the share of the picture that the mark takes: a maskable icon is cut to any shape, so its edge must be ground.
ICONS = (("192", 192, 1.0), ("512", 512, 1.0), ("touch", 180, 1.0), ("maskable", 512, 0.72))
GROUND = "#10231e"


def main() -> None:
    """Draw them."""
    mark = (FOLDER / "mark.svg").read_text(encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for name, size, share in ICONS:
            page = browser.new_page(viewport={"width": size, "height": size})
            ground = "transparent" if name in ("192", "512") else GROUND
            page.set_content(
                f"<style>body {{ margin: 0; height: 100vh; display: grid; place-items: center; background: {ground} }} "
                f"svg {{ width: {share:.0%} }}</style>{mark}"
            )
            page.screenshot(path=str(FOLDER / f"{name}.png"), omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
