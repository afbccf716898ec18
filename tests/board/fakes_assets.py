"""Texts and glyphs as the assets layer has them, written byte by byte into the test's folder."""

import binascii
import os
import struct

FOLDER = os.getenv("TEST_DIR") + "/"


def write_texts(language, texts):
    """A language's file of texts: name to text."""
    numbered = {}
    for name, text in texts.items():
        numbered[binascii.crc32(name.encode()) & 0x3FFFFFFF] = text.encode()
    table, data = b"", b""
    for number in sorted(numbered):
        table += struct.pack("<IHH", number, len(data), len(numbered[number]))
        data += numbered[number]
    with open(FOLDER + "texts." + language, "wb") as file:
        file.write(struct.pack("<4sHH", b"LKTX", 1, len(texts)) + table + data)


def write_cells(cells):
    """Glyphs: number to 32 bytes."""
    with open(FOLDER + "glyphs", "wb") as file:
        file.write(struct.pack("<4sHH", b"LKGL", 1, len(cells)))
        for number in sorted(cells):
            file.write(struct.pack("<H", number))
        for number in sorted(cells):
            file.write(cells[number])


def write_glyphs(chars):
    """Glyphs whose every dot is lit, 8 wide or 16."""
    cells = {}
    for char in chars:
        cells[ord(char)] = (b"\xff\xff" if ord(char) > 0x2E80 else b"\xff\x00") * 16
    write_cells(cells)
