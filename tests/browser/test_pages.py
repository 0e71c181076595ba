"""The console in a real browser, over a real server: scripts, clocks, live changes, the policy."""

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests import processes
from tests.browser import chromium
from tests.browser.house import PASSWORD
from tests.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SEVERE = "电热水壶 S2 · 质量"


@dataclass
class Server:
    """A running console over its own copy of the house."""

    address: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    log: Path


@dataclass
class Seen:
    """A page, and what the browser complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment_of(folder: Path, address: str = "http://127.0.0.1:1") -> dict[str, str]:
    environment = processes.clean_environment(data_dir=str(folder), base_url=address)
    return environment | {"DJANGO_SETTINGS_MODULE": "config.settings"}


def change(environment: dict[str, str], what: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.browser.house", what],
        env=environment,
        cwd=processes.ROOT,
        check=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with people and incidents, to be copied for each test."""
    folder = tmp_path_factory.mktemp("house")
    assert processes.fenghuo("migrate", data_dir=str(folder)).returncode == 0
    change(environment_of(folder), "fill")
    return folder


@pytest.fixture
def server(tmp_path: Path, house: Path) -> Iterator[Server]:
    shutil.copytree(house, tmp_path, dirs_exist_ok=True)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = environment_of(tmp_path, address)
    log = tmp_path / "web.log"
    with processes.running("serve", "--port", str(port), log=log, environment=environment) as web:
        eventually(lambda: answers(address), what=f"the console at {address}")
        yield Server(address, environment, web, log)


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/login", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.browser() as opened:
        yield opened


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Callable[..., Seen]]:
    contexts = []

    def opened(width: int = 1440, height: int = 900) -> Seen:
        context = browser.new_context(
            base_url=server.address, viewport={"width": width, "height": height}, locale="zh-CN"
        )
        contexts.append(context)
        seen = Seen(context.new_page())
        seen.page.set_default_timeout(15_000)
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        seen.page.on(
            "console",
            lambda said: seen.complaints.append(said.text) if said.type == "error" else None,
        )
        log_in(seen.page)
        return seen

    yield opened
    for context in contexts:
        context.close()


def log_in(page: Page) -> None:
    page.goto("/login")
    page.fill("#username", "linxiao")
    page.fill("#password", PASSWORD)
    page.click("text=登录 >> nth=-1")
    expect(page.locator("h1")).to_have_text("总览")


def test_a_shift_from_login_to_solution(open_page: Callable[..., Seen]) -> None:
    seen = open_page()
    page = seen.page
    page.click(".urgent >> text=去处理")
    expect(page.locator("h1")).to_have_text(SEVERE)
    expect(page.locator("mark[data-level=severe]")).to_have_text("漏水")
    expect(page.locator(".live")).to_have_text("实时")
    page.keyboard.press("a")
    expect(page.locator(".toast")).to_contain_text("已认领 E-")
    expect(page.locator("#i-head .state")).to_have_text("已认领")
    expect(page.locator("#i-clocks")).to_contain_text("响应用时")
    page.locator("button.tick").first.click()
    expect(page.locator("button.tick").first).to_have_attribute("aria-checked", "true")
    page.fill("#comment", "已联系用户")
    page.click("button:text-is('留言')")
    expect(page.locator("#i-lines")).to_contain_text("已联系用户")
    expect(page.locator("#comment")).to_have_value("")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("r")
    page.fill("#d-resolve textarea", "换货，下架该批次")
    page.click("#d-resolve button[data-kind=primary]")
    expect(page.locator("#i-head .state")).to_have_text("待验证")
    expect(page.locator("#i-lines")).to_contain_text("换货，下架该批次")
    assert seen.complaints == []


def test_a_post_is_corrected_where_it_stands(open_page: Callable[..., Seen]) -> None:
    seen = open_page(390, 844)
    page = seen.page
    page.click(".urgent >> text=去处理")
    page.click("#i-posts >> text=改判")
    expect(page.locator("#t-correct")).to_be_visible()
    page.check("text=不该预警")
    page.check("#d-correct >> text=中性")
    page.keyboard.press("Enter")
    expect(page.locator("#i-posts .judged")).to_contain_text("情感：中性（机器判负面）")
    expect(page.locator("#d-correct")).not_to_be_visible()
    expect(page.locator("#i-lines")).to_contain_text("改判帖文，误报「漏水」")
    page.click("#i-posts >> text=改判")
    page.click("#d-correct >> text=判得对")
    expect(page.locator("#i-posts .judged")).to_have_text(re.compile("^判得对"))
    assert seen.complaints == []


def test_clocks_count_down(open_page: Callable[..., Seen]) -> None:
    seen = open_page()
    seen.page.goto("/incidents")
    clock = seen.page.locator(".clock time").first
    before = clock.text_content()
    expect(clock).not_to_have_text(before or "")
    assert seen.complaints == []


def test_a_new_severe_incident_is_announced_without_a_reload(
    open_page: Callable[..., Seen], server: Server
) -> None:
    queue, overview = open_page(), open_page(390, 844)
    queue.page.goto("/incidents")
    expect(queue.page.locator(".live")).to_have_text("实时")
    expect(overview.page.locator(".live")).to_have_text("实时")
    rows = queue.page.locator("tr[data-href]").count()
    change(server.environment, "arrive")
    expect(queue.page.locator(".arrive")).to_contain_text("空气炸锅 V8 · 安全")
    assert queue.page.locator("tr[data-href]").count() == rows, "rows jumped"
    expect(overview.page.locator("#nav-severe .count").first).to_contain_text("2")
    queue.page.click(".arrive")
    expect(queue.page.locator("tr[data-href]")).to_have_count(rows + 1)
    assert queue.complaints + overview.complaints == []


def test_what_a_colleague_does_shows_on_my_page(open_page: Callable[..., Seen]) -> None:
    mine, theirs = open_page(), open_page()
    for seen in (mine, theirs):
        seen.page.goto("/incidents")
        seen.page.click(f"text={SEVERE}")
    expect(mine.page.locator(".live")).to_have_text("实时")
    mine.page.fill("#comment", "写到一半")
    theirs.page.click("button:has-text('认领')")
    expect(mine.page.locator("#i-head .state")).to_have_text("已认领")
    assert mine.page.locator("#comment").input_value() == "写到一半"
    assert mine.complaints + theirs.complaints == []


def test_keys_move_choose_and_help(open_page: Callable[..., Seen]) -> None:
    page = open_page().page
    page.goto("/incidents")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator("tr[data-cursor] .c-what a").text_content() == "电热水壶 S2 · 价格"
    page.keyboard.press("x")
    expect(page.locator("#bulk")).to_contain_text("已选 1 件")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("j")
    assert page.locator("input[type=search]").input_value() == "j"
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.locator("h1")).to_have_text("总览")


def test_without_scripts_the_work_can_be_done(browser: Browser, server: Server) -> None:
    context = browser.new_context(base_url=server.address, java_script_enabled=False)
    page = context.new_page()
    log_in(page)
    page.goto("/incidents")
    page.click(f"text={SEVERE}")
    page.click("button:has-text('认领')")
    expect(page.locator("#i-head .state")).to_have_text("已认领")
    page.click("#i-head a:has-text('转交')")
    expect(page.locator("#t-assign")).to_have_text("转交事件")
    page.click("main a:has-text('取消')")
    page.click("#i-posts >> text=改判")
    page.check("text=中性")
    page.click("main button[data-kind=primary]")
    expect(page.locator("#i-posts .judged")).to_contain_text("情感：中性（机器判负面）")
    context.close()


def test_a_server_that_stops_lets_its_streams_go_and_pages_say_so(
    open_page: Callable[..., Seen], server: Server
) -> None:
    seen = open_page()
    expect(seen.page.locator(".live")).to_have_text("实时")
    server.process.terminate()
    server.process.wait(timeout=4)
    assert b"Traceback" not in server.log.read_bytes()
    expect(seen.page.locator(".live")).not_to_have_text("实时")


def test_no_page_is_wider_than_its_window(open_page: Callable[..., Seen]) -> None:
    page = open_page().page
    page.goto("/incidents")
    incident = page.locator("tr[data-href]").first.get_attribute("data-href")
    page.goto(str(incident))
    post = str(page.locator("#i-posts >> text=改判").first.get_attribute("href"))
    for width in (360, 390, 820, 1100, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        for address in (
            "/",
            "/incidents",
            str(incident),
            f"{incident}/assign",
            post,
            "/me",
            "/nowhere",
        ):
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
