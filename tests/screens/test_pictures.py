"""Every screen in every language, as the board's own code draws it: the pictures in docs/."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops

from lockerctl.errors import UserError
from lockerctl.layers import asset_files
from lockerctl.paths import ASSETS, ROOT
from lockerctl.text_rules import LANGUAGES, filled
from lockerctl.texts import TEXTS, load_texts
from screens.drawn import Frame, Shown, draw
from screens.reading import Reader
from screens.sheet import screens_of, sheets

_HELP = (
    "look at the new pictures after `make pictures`, and commit them if they are as they must be"
)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def test_pictures_in_the_documents_are_what_a_board_shows() -> None:
    for language, sheet in sheets().items():
        with Image.open(ROOT / "docs" / f"screens-{language}.png") as kept:
            same = (
                kept.size == sheet.size
                and not ImageChops.difference(kept.convert("RGB"), sheet.convert("RGB")).getbbox()
            )
        assert same, f"docs/screens-{language}.png: {_HELP}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_says_its_text(language: str, reader: Reader) -> None:
    texts = load_texts(ASSETS / TEXTS)
    screens = screens_of(texts, language)
    for screen, frame in zip(screens, draw(screens, asset_files(ASSETS)), strict=True):
        lines = filled(texts[screen.name].by_language[language], list(screen.values))
        bar = [] if screen.percent is None else [f"{screen.percent} %"]
        assert reader.lines(frame) == lines + bar


def test_bars_are_read_to_the_percent(reader: Reader) -> None:
    screens = [Shown("en", "upgrading", (), percent) for percent in range(101)]
    told = [reader.text(frame) for frame in draw(screens, asset_files(ASSETS))]
    assert told[0] == "Upgrading | please wait | 0 %"
    assert told[2:] == [f"Upgrading | please wait | {percent} %" for percent in range(2, 101)]


def test_what_nobody_knows_is_read_as_such(reader: Reader) -> None:
    dots = bytearray(1024)
    assert reader.lines(Frame(bytes(dots))) == []
    (ready,) = draw([Shown("en", "idle")], asset_files(ASSETS))
    spoilt = bytearray(ready.data)
    spoilt[3 * 128 + 50] ^= 0x10
    assert "?" in reader.text(Frame(bytes(spoilt)))


def test_code_of_the_board_that_does_not_draw_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"does not draw:(.|\n)*no module named 'locker'"):
        draw([Shown("en", "idle")], asset_files(ASSETS), tmp_path)
