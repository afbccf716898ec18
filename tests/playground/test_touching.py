"""Somebody with a browser: keys, doors and switches on the page work the board."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from shown import PATIENCE_S, Shown

_MS = PATIENCE_S * 1000


@pytest.fixture
def page(browser: Browser, shown: Shown) -> Iterator[Page]:
    mistakes: list[str] = []
    with browser.new_page(viewport={"width": 1200, "height": 900}) as opened:
        opened.set_default_timeout(_MS)
        opened.on("pageerror", lambda error: mistakes.append(str(error)))
        opened.goto(shown.url)
        expect(opened.locator("#says")).to_contain_text("Ready", timeout=_MS)
        yield opened
    assert mistakes == []


def _click(page: Page, keys: str) -> None:
    for key in keys:
        page.get_by_role("button", name=f"key {key}", exact=True).click()


def _says(page: Page, text: str) -> None:
    expect(page.locator("#says")).to_contain_text(text, timeout=_MS)


def _door(page: Page, kind: str) -> Locator:
    """The one door that is like this."""
    found = page.locator(f".door.{kind}")
    expect(found).to_have_count(1, timeout=_MS)
    return found


def test_code_that_is_clicked_in_opens_the_door(page: Page) -> None:
    _click(page, "A")
    _says(page, "Choose a size")
    _click(page, "1")
    _door(page, "unlocked").click()
    _says(page, "Choose a code")
    _click(page, "2468#")
    _says(page, "once more")
    _click(page, "2468#")
    _says(page, "close the door")
    stored = _door(page, "open")
    number = re.findall(r"\d+", stored.text_content() or "")[0]
    stored.click()
    _says(page, "Stored")
    _says(page, "Ready")

    _click(page, "B")
    _says(page, "Door number")
    _click(page, f"{number}#")
    _says(page, "Your code")
    _click(page, "2468#")
    _door(page, "unlocked").click()
    expect(_door(page, "open")).to_have_attribute("aria-label", f"door {number}, open")
    _says(page, "take your things")
    _door(page, "open").click()
    _says(page, "Thank you")


def test_keys_of_the_computer_are_keys_of_the_cabinet(page: Page) -> None:
    page.keyboard.press("b")
    _says(page, "Door number")
    page.keyboard.type("12")
    _says(page, "12")
    page.keyboard.press("Backspace")
    page.keyboard.press("Escape")
    _says(page, "Ready")


def test_door_that_is_latched_says_so(page: Page) -> None:
    page.locator(".door").nth(2).click()
    expect(page.get_by_role("alert")).to_have_text("door 3 is latched")


def test_door_can_be_broken_open_and_its_latch_jammed(page: Page) -> None:
    page.get_by_label("breaks it open").check()
    page.locator(".door").nth(4).click()
    expect(_door(page, "open")).to_have_attribute("aria-label", "door 5, open")
    page.get_by_label("jams its latch").check()
    page.locator(".door").nth(4).click()
    expect(_door(page, "open")).to_have_attribute("aria-label", "door 5, open, jammed")


def test_power_and_wifi_are_switched(page: Page, shown: Shown) -> None:
    power = page.get_by_role("switch", name="Power")
    power.click()
    expect(power).to_have_attribute("aria-checked", "false")
    expect(page.locator("#state")).to_have_text("off")
    expect(page.locator("#log")).to_contain_text("[power off]")
    expect(page.locator("#says")).to_have_text("")
    power.click()
    _says(page, "Ready")
    wifi = page.get_by_role("switch", name="WiFi")
    expect(wifi).to_have_class("online")
    wifi.click()
    expect(wifi).to_have_attribute("aria-checked", "false")
    expect(wifi).not_to_have_class("online")
    assert not shown.bench.board.wifi.connected


def test_page_fits_a_telephone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    assert page.locator("body").bounding_box() is not None
    for part in ("body", "#front", "#board", "#log", "#new", "#doors"):
        box = page.locator(part).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
