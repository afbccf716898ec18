"""Draws a screen in steps. Loaded when a screen changes, and dropped a while after."""

from micropython import const

from locker import texts

_ROW = const(16)
_BAR_HEIGHT = const(8)


class Drawing:
    """Rows of text, and a bar perhaps, on the frame of `display` (None: on the console alone)."""

    def __init__(self, display, language: str, assets: str):
        self._display = display
        self._language = language
        self._assets = assets
        self._font = _open_font(assets) if display else None
        # Rows from the top: a line of text, or the percentage of a bar; as they must be, and as
        # they are on the frame (None: not yet).
        self._rows: list = []
        self._drawn: list = []

    def begin(self, name: str, values: tuple, percent: int | None, secret: bool):
        """Tell the console, and note what is to be drawn."""
        told = tuple("*" * len(str(value)) for value in values) if secret else values
        bar = [] if percent is None else ["%d %%" % percent]
        print("screen:", " | ".join(self._lines(texts.PRESET, name, told) + bar))
        if self._display:
            self._rows = self._lines(self._language, name, values)
            if percent is not None:
                self._rows.append(percent)

    def draw_row(self) -> bool:
        """Draw the first row that is out of date; False when there is none."""
        rows, display = self._rows, self._display
        if len(rows) != len(self._drawn):
            display.frame.fill(0)
            self._drawn = [None] * len(rows)
        top = (display.height - _ROW * len(rows)) // 2
        for index, row in enumerate(rows):
            if row != self._drawn[index]:
                self._draw(row, top + _ROW * index)
                self._drawn[index] = row
                return True
        return False

    def _lines(self, language, name, values) -> list:
        return texts.lines(self._assets, language, name, values)

    def _draw(self, row, y):
        frame, width = self._display.frame, self._display.width
        frame.fill_rect(0, y, width, _ROW, 0)
        if isinstance(row, int):
            y += (_ROW - _BAR_HEIGHT) // 2
            frame.rect(0, y, width, _BAR_HEIGHT, 1)
            frame.fill_rect(0, y, width * row // 100, _BAR_HEIGHT, 1)
        else:
            self._font.draw(frame, row, y, width)


def _open_font(assets):
    from locker.font import Font

    return Font(assets + "glyphs")
