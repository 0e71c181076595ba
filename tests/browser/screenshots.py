"""Pictures of every page, at desk and phone size, light and dark; `make screenshots` runs it.

    python -m tests.browser.screenshots http://127.0.0.1:8000 NAME PASSWORD OUT

The server must be running. Says what it could not open, and ends with 1 then.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from playwright.sync_api import BrowserContext, Page

from tests.browser.chromium import browser

SIZES = {"1440x900": (1440, 900), "390x844": (390, 844)}
THEMES = ("light", "dark")
PAGES = {
    "overview": "/",
    "overview-7d": "/?window=7d",
    "queue": "/incidents",
    "queue-all": "/incidents?tab=all",
    "queue-none": "/incidents?q=zzzz",
    "sources": "/sources/",
    "inbox": "/demo/inbox",
    "me": "/me",
    "not-found": "/nowhere",
}


def main(arguments: list[str] | None = None) -> int:
    """Take the pictures; return 0, or 1 when a page could not be opened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", help="address of the running console")
    parser.add_argument("user")
    parser.add_argument("password")
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", help="name of one page, or of the incident pages")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    complaints: list[str] = []
    with browser() as opened:
        for size, (width, height) in SIZES.items():
            for theme in THEMES:
                context = opened.new_context(
                    base_url=options.base,
                    viewport={"width": width, "height": height},
                    color_scheme="dark" if theme == "dark" else "light",
                    is_mobile=width < 640,
                    has_touch=width < 640,
                    locale="zh-CN",
                    timezone_id="Asia/Shanghai",
                )
                suffix = f"{size}-{theme}"
                complaints += _shoot(context, options, suffix)
                context.close()
    for complaint in complaints:
        sys.stderr.write(f"{complaint}\n")
    return 1 if complaints else 0


def _shoot(context: BrowserContext, options: argparse.Namespace, suffix: str) -> Iterable[str]:
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda said: (
            complaints.append(f"{page.url}: {said.text}") if said.type == "error" else None
        ),
    )
    if not options.only or options.only == "login":
        page.goto("/login")
        page.screenshot(path=options.out / f"login-{suffix}.png")
    _log_in(page, options.user, options.password)
    for name, address in list(_addresses(page)):
        if options.only and not name.startswith(options.only):
            continue
        reply = page.goto(address)
        page.wait_for_timeout(700)  # one beat of the clocks, one hello of the event stream
        if reply is None or (reply.status >= 400 and name != "not-found"):
            complaints.append(f"{address}: HTTP {reply.status if reply else '—'}")
        page.screenshot(path=options.out / f"{name}-{suffix}.png")
        page.screenshot(path=options.out / f"{name}-{suffix}-full.png", full_page=True)
    return [line for line in complaints if "/nowhere" not in line]


def _log_in(page: Page, user: str, password: str) -> None:
    page.goto("/login")
    page.fill("#username", user)
    page.fill("#password", password)
    page.click("form button")
    page.wait_for_selector("main#main h1")


def _addresses(page: Page) -> Iterator[tuple[str, str]]:
    """Yield the fixed pages, and one incident of each kind that the queue holds."""
    yield from PAGES.items()
    page.goto("/incidents?tab=all")
    seen = set()
    for row in page.query_selector_all("tr[data-href]"):
        level = row.query_selector(".level").get_attribute("data-level")
        state = row.query_selector(".state").get_attribute("data-state")
        if (level, state) not in seen:
            seen.add((level, state))
            yield f"incident-{level}-{state}", row.get_attribute("data-href")


if __name__ == "__main__":
    sys.exit(main())
