"""How heavy the page is and how soon it answers, in headless Chromium: `python -m benchmarks.page`. Needs an index.

Each figure is of a browser that was never here before: here and now, and as over a slow mobile network (1.6 Mbit/s, 150 ms to and
fro, which is Lighthouse's "slow 4G") on a processor four times slower.
"""

from __future__ import annotations

import statistics
import time

from playwright.sync_api import Browser
from rich.console import Console
from rich.table import Table

from settings import PROJECT
from tests.browser.page import PATIENCE, Page, Screen, opened, running_app, running_browser

PHONE = Screen("phone", 390, 844, dark=False, phone=True)
QUESTION = "How long does runner's hip take to heal?"
TIMES = 5
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}


def visit(browser: Browser, address: str, path: str, *, slow: bool) -> dict[str, float]:
    """What one visit costs: kilobytes, requests, and milliseconds until there is something to see, to use and to read."""
    page = Page(opened(browser, PHONE))
    tools = page.browser.context.new_cdp_session(page.browser)
    tools.send("Network.enable")
    moved = {"bytes": 0.0, "requests": 0.0}

    def finished(event: dict[str, float]) -> None:
        moved["bytes"] += event["encodedDataLength"]
        moved["requests"] += 1

    tools.on("Network.loadingFinished", finished)
    if slow:
        tools.send("Network.emulateNetworkConditions", SLOW)
        tools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    started = time.perf_counter()
    page.browser.goto(address + path)
    page.browser.wait_for_selector("#hw-box" if not path else "h1", timeout=PATIENCE)
    usable = (time.perf_counter() - started) * 1000
    page.browser.wait_for_load_state("networkidle")
    painted = page.browser.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN")
    figures = {"KiB": moved["bytes"] / 1024, "requests": moved["requests"], "seen": painted, "usable": usable}
    if not path:
        page.browser.fill("#hw-box", QUESTION)
        started = time.perf_counter()
        page.browser.click("#hw-send")
        page.browser.wait_for_selector(".hw-done", timeout=PATIENCE)
        figures["answer"] = (time.perf_counter() - started) * 1000
    page.browser.context.close()
    return figures


def main() -> None:
    """Measure and print."""
    table = Table("page", "network", "KiB", "requests", "seen, ms", "usable, ms", "answered, ms")
    with running_app(PROJECT / "corpus", region="uk") as address, running_browser() as browser:
        visit(browser, address, "", slow=False)  # loads the encoder
        for path in ("", "articles", "articles/when-to-get-help"):
            for slow in (False, True):
                visits = [visit(browser, address, path, slow=slow) for _ in range(TIMES)]
                middle = {name: statistics.median(one[name] for one in visits) for name in visits[0]}
                table.add_row(
                    f"/{path}",
                    "slow 4G" if slow else "here",
                    *(
                        f"{middle[name]:,.0f}" if name in middle else ""
                        for name in ("KiB", "requests", "seen", "usable", "answer")
                    ),
                )
    Console().print(table)


if __name__ == "__main__":
    main()
