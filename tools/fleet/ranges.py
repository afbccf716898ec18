"""Range requests (RFC 9110, section 14) as hawkBit takes them. No I/O."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

_HEADER = re.compile(r"bytes=\d{0,18}-\d{0,18}(?:\s*,\s*\d{0,18}-\d{0,18})*", re.ASCII)
_SPEC = re.compile(r"(\d*)-(\d*)")


class UnsatisfiableError(Exception):
    """A range that is malformed, or begins behind the end: 416."""


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte asked for, clamped to the size; None for the whole.

    Several ranges in one header get the whole as well, which every client must take.
    Raises UnsatisfiableError.
    """
    if header is None:
        return None
    if not _HEADER.fullmatch(header):
        raise UnsatisfiableError
    specs = _SPEC.findall(header.removeprefix("bytes="))
    if len(specs) > 1:
        return None
    first, last = specs[0]
    if first:
        begin, end = int(first), min(int(last), size - 1) if last else size - 1
    elif last:
        begin, end = max(size - int(last), 0), size - 1
    else:
        raise UnsatisfiableError
    if begin > end:
        raise UnsatisfiableError
    return begin, end


def if_range_holds(header: str | None, etag: str, modified_s: int) -> bool:
    """Whether the client's part is still the beginning of what we have."""
    if header is None or header == etag:
        return True
    try:
        return int(parsedate_to_datetime(header).timestamp()) >= modified_s
    except (TypeError, ValueError, OverflowError):
        return False
