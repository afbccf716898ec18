"""`python tests/web/screenshots.py DIR`: pictures of the page, on a desk and on a phone."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

_TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(_TESTS), str(_TESTS.parent)]

from demo_fleet import BUSY_ROLLOUT, fill  # noqa: E402 (its folder is on the path only now)
from web_world import PASSWORD, Shop  # noqa: E402

from browser import chromium_path, open_browser  # noqa: E402

_COLOURS = 64
_DESK = {"width": 1280, "height": 900}
_PHONE = {"width": 390, "height": 844}


def take(browser: Browser, url: str, out: Path) -> None:
    """All pictures of the server at `url`."""
    desk = _signed_in(browser, url, _DESK, "light")
    _shoot(desk, "/ui/", out / "overview.png")
    _shoot(desk, "/ui/boards", out / "boards.png")
    _shoot(desk, _link(desk, "/ui/rollouts", BUSY_ROLLOUT), out / "rollout.png")
    release = _link(desk, "/ui/releases", "locker 1.2.0")
    _shoot(desk, release, out / "release.png")
    board = _link(desk, "/ui/boards?state=updating", "cabinet-")
    _shoot(desk, board, out / "board.png")
    _shoot(desk, "/ui/steering", out / "steering.png")
    _shoot(desk, "/ui/do/pause?on=site:Pool", out / "confirm.png")
    dark = _signed_in(browser, url, _DESK, "dark")
    _shoot(dark, "/ui/", out / "overview-dark.png")
    phone = _signed_in(browser, url, _PHONE, "light")
    _shoot(phone, "/ui/", out / "phone-overview.png")
    _shoot(phone, "/ui/boards", out / "phone-boards.png")
    _shoot(phone, board, out / "phone-board.png")
    _shoot(phone, release, out / "phone-release.png")


def _signed_in(browser: Browser, url: str, size: dict[str, int], scheme: str) -> Page:
    context = browser.new_context(
        base_url=url,
        viewport={"width": size["width"], "height": size["height"]},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=1,
    )
    page = context.new_page()
    page.goto("/ui/sign-in")
    page.fill("#name", "operator")
    page.fill("#password", PASSWORD)
    page.click("text=Sign in")
    page.wait_for_url("**/ui/")
    return page


def _link(page: Page, path: str, text: str) -> str:
    page.goto(path)
    return page.get_by_role("link", name=text).first.get_attribute("href") or ""


def _shoot(page: Page, path: str, file: Path) -> None:
    """What one sees without scrolling, in few colours: a page has no more."""
    page.goto(path)
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").quantize(_COLOURS).save(file, optimize=True)
    print(file)


def main() -> int:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    path = chromium_path()
    if path is None:
        print("no Chromium on the PATH: apt-get install chromium", file=sys.stderr)
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        Shop(Path(folder) / "fleet") as shop,
        open_browser(path) as browser,
    ):
        fill(shop)
        take(browser, shop.server.url, out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
