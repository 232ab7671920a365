"""Make the README's pictures from the real page: `python -m benchmarks.screenshots [--to DIR]`. Needs Chromium."""

from __future__ import annotations

import argparse
from pathlib import Path

from settings import PROJECT
from tests.browser.page import browser_page, running_app

QUESTION = "How long does runner's hip take to heal?"
REPORT = "I fell on a trail run and I can't stand on my leg"


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=PROJECT / "docs" / "images", help="folder for the pictures")
    folder = parser.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    with running_app(PROJECT / "corpus", region="uk") as address:
        with browser_page(address, width=1180, height=860) as page:
            page.ask(QUESTION)
            page.open_citation(2)
            page.picture(folder / "answer.png")
        with browser_page(address, width=390, height=844, dark=True, phone=True) as page:
            page.ask(REPORT)
            page.picture(folder / "emergency-phone.png")


if __name__ == "__main__":
    main()
