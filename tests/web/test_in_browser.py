"""The page in a browser: live, by keyboard, on a phone, and it runs nobody else's code."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from seeded import Made
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from web_world import PASSWORD, Shop

from fleet.actions import Status
from fleet.context import now_ms
from fleet.people.models import SignIn
from fleet.store.boards import Action, ActionStatus, Target

_WAIT_MS = 60_000
_SCREENS = (
    "/ui/",
    "/ui/boards",
    "/ui/boards/cabinet-0001",
    "/ui/boards/cabinet-0002",
    "/ui/rollouts",
    "/ui/releases",
    "/ui/releases/3",
    "/ui/steering",
    "/ui/log",
    "/ui/me",
    "/ui/people",
    "/ui/new-rollout",
    "/ui/do/window?on=all",
)
# What people with weak eyes need (WCAG 2.1, 1.4.3), reckoned for all text that is seen.
_PALE = """
() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((each) => each / 255)
      .map((each) => each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const pale = [];
  for (const element of document.querySelectorAll("body *")) {
    const words = [...element.childNodes].filter((each) => each.nodeType === 3 && each.data.trim());
    if (!words.length || element.closest("svg, option, script") || !element.offsetParent) continue;
    const [front, back] = [parse(getComputedStyle(element).color), ground(element)].map(light);
    const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (contrast < 4.5) pale.push(`${element.textContent.trim().slice(0, 40)}: ${contrast}`);
  }
  return pale;
}
"""
_NAMELESS = """
() => [...document.querySelectorAll("input:not([type=hidden]), select, button, a, svg[role]")]
  .filter((each) => !(each.labels?.length || each.textContent.trim()
    || each.getAttribute("aria-label")))
  .map((each) => each.outerHTML.slice(0, 80))
"""


class Complaints:
    """What a page complained about: errors of scripts, and breaches of its policy."""

    def __init__(self, page: Page) -> None:
        self.texts: list[str] = []
        page.on("pageerror", lambda error: self.texts.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: object) -> None:
        if getattr(message, "type", "") in ("error", "warning"):
            self.texts.append(str(getattr(message, "text", "")))


@pytest.fixture
def context(browser: Browser, shop: Shop) -> Iterator[BrowserContext]:
    made = browser.new_context(base_url=shop.server.url)
    made.set_default_timeout(_WAIT_MS)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An operator's tab."""
    tab = context.new_page()
    _sign_in(tab, "operator")
    return tab


def _sign_in(tab: Page, name: str) -> None:
    tab.goto("/ui/sign-in")
    tab.fill("#name", name)
    tab.fill("#password", PASSWORD)
    tab.click("button")
    tab.wait_for_url("**/ui/")


def _say(shop: Shop, board: str, text: str) -> None:
    """A board's report on its update."""
    wanted = (
        select(Action)
        .join(Target, Target.id == Action.target_id)
        .where(Target.controller_id == board, Action.active)
    )

    def work(session: Session) -> None:
        action = session.scalars(wanted).one()
        now = now_ms()
        line = ActionStatus(
            action_id=action.id,
            status=Status.RUNNING,
            occurred_ms=now,
            reported_ms=now,
            messages=[text],
        )
        session.add(line)

    shop.write(work)


def test_progress_is_seen_as_it_happens(shop: Shop, page: Page) -> None:
    page.goto("/ui/boards/cabinet-0001")
    way = page.locator("#way")
    expect(way).to_contain_text("downloads 40 %")
    link = way.get_by_role("link", name="Cancel this update…")
    link.focus()
    _say(shop, "cabinet-0001", "fetched 70 %")
    expect(way).to_contain_text("downloads 70 %", timeout=_WAIT_MS)
    assert way.locator("progress").get_attribute("value") == "70"
    # Who works by keyboard is still where they were.
    expect(link).to_be_focused()


def test_what_is_opened_stays_open(shop: Shop, page: Page) -> None:
    page.goto("/ui/boards/cabinet-0001")
    details = page.locator("#history details").first
    expect(details).to_have_attribute("open", "")
    _say(shop, "cabinet-0001", "fetched 80 %")
    expect(details).to_contain_text("fetched 80 %", timeout=_WAIT_MS)
    expect(details).to_have_attribute("open", "")


def test_a_site_is_paused_by_keyboard_alone(shop: Shop, page: Page) -> None:
    page.goto("/ui/steering")
    row = page.get_by_role("row", name="Pool")
    row.get_by_role("link", name="Pause…").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/ui/do/pause*")
    expect(page.locator("#touches")).to_have_text("This touches 24 boards.")
    page.get_by_label("Why").focus()
    page.keyboard.type("the pool is closed")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ui/steering")
    expect(page.get_by_role("status")).to_have_text("Paused: 24 boards.")
    assert [str(scope) for scope in shop.fleet.steering.rules.pauses] == ["site:Pool"]


def test_every_screen_fits_a_phone(browser: Browser, shop: Shop) -> None:
    context = browser.new_context(
        base_url=shop.server.url, viewport={"width": 360, "height": 740}, has_touch=True
    )
    tab = context.new_page()
    _sign_in(tab, "admin")
    for screen in _SCREENS:
        tab.goto(screen)
        wide = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, screen
        boxes = tab.evaluate(
            "[...document.querySelectorAll('main button, main .button')]"
            ".map((each) => Math.round(each.getBoundingClientRect().height))"
        )
        assert all(height >= 40 for height in boxes), (screen, boxes)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_and_has_a_name(browser: Browser, shop: Shop, scheme: str) -> None:
    context = browser.new_context(
        base_url=shop.server.url, color_scheme="dark" if scheme == "dark" else "light"
    )
    tab = context.new_page()
    complaints = Complaints(tab)
    _sign_in(tab, "admin")
    for screen in _SCREENS:
        tab.goto(screen)
        assert tab.evaluate(_PALE) == [], screen
        assert tab.evaluate(_NAMELESS) == [], screen
        assert tab.locator("h1").count() == 1, screen
    assert complaints.texts == []
    context.close()


def test_what_boards_and_people_write_is_never_run(
    shop: Shop, page: Page, made: list[Made]
) -> None:
    bad = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
    board = Target(
        controller_id="bad",
        name=bad,
        group=bad,
        security_token="t",
        release=bad,
        description=bad,
        assigned_set_id=made[0].set_id,
    )
    shop.write(lambda session: session.add(board))
    _say(shop, "cabinet-0001", bad)
    complaints = Complaints(page)
    for screen in (
        "/ui/",
        "/ui/boards",
        "/ui/boards/bad",
        "/ui/boards/cabinet-0001",
        "/ui/steering",
    ):
        page.goto(screen)
        assert "run" not in page.title()
        assert page.locator("main img, main script").count() == 0
    assert complaints.texts == []


def test_who_is_signed_out_elsewhere_sees_the_sign_in(shop: Shop, page: Page) -> None:
    page.goto("/ui/boards/cabinet-0001")
    shop.write(lambda session: session.execute(delete(SignIn)))
    page.wait_for_url("**/ui/sign-in?next=*", timeout=_WAIT_MS)


def test_a_server_that_is_gone_is_told(page: Page) -> None:
    page.goto("/ui/")
    expect(page.locator("#lost")).to_be_hidden()
    page.context.route("**/ui/**", lambda route: route.abort())
    expect(page.locator("#lost")).to_be_visible(timeout=_WAIT_MS)
    page.context.unroute("**/ui/**")
    expect(page.locator("#lost")).to_be_hidden(timeout=3 * _WAIT_MS)


def test_without_scripts_everything_is_there(browser: Browser, shop: Shop) -> None:
    context = browser.new_context(base_url=shop.server.url, java_script_enabled=False)
    tab = context.new_page()
    _sign_in(tab, "operator")
    tab.goto("/ui/boards")
    tab.select_option("#state", "failed")
    tab.get_by_role("button", name="Show").click()
    expect(tab.locator("caption")).to_have_text("2 boards found")
    context.close()
