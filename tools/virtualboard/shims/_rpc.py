"""The board's end of the wire to its hardware (the host's end and the format: `rpc.py`).

Nothing here allocates for a request: a flash read goes straight into the caller's buffer.
"""

from array import array

import uos
from micropython import const

_OS_ERROR = const(1)

_wire = open(int(uos.getenv("VIRTUALBOARD_WIRE")), "r+b")  # noqa: SIM115 - for good
_request = array("i", [0] * 6)
_answer = array("i", [0] * 3)
before_call = None  # a function


def call(op, a=0, b=0, c=0, d=0, out=None, into=None):
    """Ask the hardware. The answer is a number or, when the hardware sends any, bytes.

    `out`: a buffer of bytes that goes along. `into`: a buffer that is filled exactly.
    OSError and ValueError as the port's own code raises them.
    """
    if before_call:
        before_call()
    _request[0] = op
    _request[1] = a
    _request[2] = b
    _request[3] = c
    _request[4] = d
    _request[5] = 0 if out is None else len(out)
    _wire.write(_request)
    if out is not None and len(out):
        _wire.write(out)
    _fill(_answer, 12)
    if _answer[0]:
        _raise()
    length = _answer[2]
    if into is not None:
        _fill(into, length)
    elif length:
        return _wire.read(length)
    return _answer[1]


def _fill(buf, length):
    got = _wire.readinto(buf)
    while got < length:
        more = _wire.readinto(memoryview(buf)[got:])
        if not more:
            raise SystemExit  # the host is gone
        got += more


def _raise():
    text = _wire.read(_answer[2]).decode() if _answer[2] else ""
    if _answer[0] != _OS_ERROR:
        raise ValueError(text)
    if text and _answer[1]:
        raise OSError(_answer[1], text)
    if text:
        raise OSError(text)
    raise OSError(_answer[1])
