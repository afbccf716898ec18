"""What stands on the display of a cabinet, read off its dots."""

from __future__ import annotations

from pathlib import Path

from cabinet import MakeCabinet
from PIL import Image, ImageChops

from screens.reading import Reader

_PICTURES = Path(__file__).parent / "pictures"


def test_display_speaks_the_language_of_the_settings(make_cabinet: MakeCabinet) -> None:
    cabinet = make_cabinet(model="oled", settings={"language": "zh"})
    display = cabinet.board.world.display
    assert display is not None
    cabinet.board.power_on()
    cabinet.says("screen: Ready")
    reader = Reader()
    cabinet.until(lambda: reader.text(display) == "欢迎使用", "shown: welcome, in Chinese")
    with Image.open(_PICTURES / "welcome-zh.png") as kept:
        assert not ImageChops.difference(kept.convert("RGB"), display.picture()).getbbox()
