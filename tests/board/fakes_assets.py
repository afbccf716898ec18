"""Texts and glyphs as the assets layer has them, written byte by byte into the test's folder."""

import binascii
import os
import struct

FOLDER = os.getenv("TEST_DIR") + "/"


def write(name, entries):
    """A file of entries: number to bytes."""
    table, data = b"", b""
    for number in sorted(entries):
        table += struct.pack("<IHH", number, len(data), len(entries[number]))
        data += entries[number]
    with open(FOLDER + name, "wb") as file:
        file.write(struct.pack("<4sHH", b"LKPK", 1, len(entries)) + table + data)


def write_texts(language, texts):
    """A language's file of texts: name to text."""
    numbered = {}
    for name, text in texts.items():
        numbered[binascii.crc32(name.encode()) & 0x3FFFFFFF] = text.encode()
    write("texts." + language, numbered)


def write_glyphs(chars):
    """Glyphs whose every dot is lit, 8 wide or 16."""
    cells = {}
    for char in chars:
        cells[ord(char)] = (b"\xff\xff" if ord(char) > 0x2E80 else b"\xff\x00") * 16
    write("glyphs", cells)
