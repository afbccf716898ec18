"""The wire between the board's program and its hardware: the shims ask, the host answers.

A request is six words (32 bit): operation, four arguments, length of the payload behind them. The
answer is three words (kind, value, length of the payload behind them). One request at a time; an
answer that never comes means that the chip is being reset.
"""

from __future__ import annotations

import enum
import socket
import struct
from collections.abc import Callable

from .errors import EspError

_REQUEST = struct.Struct("=6i")
_ANSWER = struct.Struct("=3i")
_OK = 0
_OS_ERROR = 1
_VALUE_ERROR = 2

Answer = int | bytes | None
# Four arguments and a payload.
Handler = Callable[[int, int, int, int, bytes], Answer]


class Op(enum.IntEnum):
    """Operations. The shims have the same names and numbers, with an underscore in front."""

    BOOTED = 1
    REPL = 2
    NO_FILESYSTEM = 3
    RESET = 4
    HEAP_TAKEN = 5
    RESET_CAUSE = 6
    UNIQUE_ID = 7
    PART_BY_LABEL = 16
    PART_SPECIAL = 17
    PART_FIND = 18
    PART_INFO = 19
    PART_SIZE = 20
    PART_READ = 21
    PART_WRITE = 22
    PART_ERASE = 23
    PART_SET_BOOT = 24
    PART_NEXT_UPDATE = 25
    PART_MARK_VALID = 26
    FLASH_SIZE = 27
    PIN_INIT = 32
    PIN_GET = 33
    PIN_SET = 34
    PIN_IRQ = 35
    TIMER_START = 36
    TIMER_STOP = 37
    WDT_START = 40
    WDT_FEED = 41
    RTC_MEMORY_GET = 48
    RTC_MEMORY_SET = 49
    CLOCK_GET = 50
    CLOCK_SET = 51
    NVS_OPEN = 56
    NVS_GET = 57
    NVS_SET = 58
    NVS_ERASE = 59
    WIFI_ACTIVE = 64
    WIFI_CONNECT = 65
    WIFI_DISCONNECT = 66
    WIFI_STATUS = 67
    WIFI_IS_CONNECTED = 68
    WIFI_SCAN = 69
    WIFI_SSID = 70
    WIFI_RECONNECTS = 71
    LOOK_UP = 80
    I2C_SCAN = 88
    I2C_WRITE = 89
    I2C_READ = 90
    RMT_OPEN = 96
    RMT_WRITE = 97
    RMT_IS_DONE = 98
    RMT_CLOSE = 99


# The program has come to its end and waits for ever.
_UNANSWERED = frozenset((Op.REPL, Op.NO_FILESYSTEM))


class Wire:
    """The host's end of the wire. `serve` answers requests until the other side is gone."""

    def __init__(self, sock: socket.socket, handlers: dict[Op, Handler]) -> None:
        self._sock = sock
        self._handlers = handlers

    def serve(self) -> None:
        """Answer until the board's process has ended.

        PowerCutError, PanicError and ResetRequest come through: they end the board's run.
        """
        while request := self._receive(_REQUEST.size):
            op, a, b, c, d, length = _REQUEST.unpack(request)
            payload = self._receive(length) if length else b""
            answer = self._answer(op, a, b, c, d, payload)
            if op in _UNANSWERED:
                continue
            try:
                self._sock.sendall(answer)
            except (BrokenPipeError, ConnectionResetError):
                return

    def _answer(self, op: int, a: int, b: int, c: int, d: int, payload: bytes) -> bytes:
        try:
            result = self._handlers[Op(op)](a, b, c, d, payload)
        except EspError as error:
            name = error.name.encode()
            return _ANSWER.pack(_OS_ERROR, error.number, len(name)) + name
        except ValueError as error:
            text = str(error).encode()
            return _ANSWER.pack(_VALUE_ERROR, 0, len(text)) + text
        if isinstance(result, bytes):
            return _ANSWER.pack(_OK, len(result), len(result)) + result
        return _ANSWER.pack(_OK, result or 0, 0)

    def _receive(self, length: int) -> bytes:
        """Exactly `length` bytes, or none when the other side is gone."""
        data = b""
        while len(data) < length:
            try:
                piece = self._sock.recv(length - len(data))
            except ConnectionResetError:
                return b""
            if not piece:
                return b""
            data += piece
        return data
