"""A connection takes as much of the heap as TLS takes of a chip's, secure or not.

A desk's servers speak HTTP, and its mbedtls has memory elsewhere: what fits here must fit a chip.
"""

import errno
import select
from asyncio import stream

import _rpc
import uos
from micropython import const

_POLLNVAL = const(0x20)
_PIECE = const(1024)
_PIECES = int(uos.getenv("VIRTUALBOARD_TLS")) // _PIECE


_socket = None
# Emptied piece by piece: the collector may take something on the stack for the list's address.
_memory = [None] * _PIECES


class _Stream(stream.Stream):
    def __init__(self, s, e={}):  # noqa: B006 - asyncio's own signature
        global _socket
        super().__init__(s, e)
        _free()
        _socket = s
        try:
            for n in range(_PIECES):
                _memory[n] = bytearray(_PIECE)
        except MemoryError:
            s.close()
            _free()
            raise OSError(errno.ENOMEM) from None


def _free():
    for n in range(_PIECES):
        _memory[n] = None


def _give_back():
    """Free what a closed connection had, as a chip does at once."""
    global _socket
    if _socket and _is_closed(_socket):
        _socket = None
        _free()


def _is_closed(s):
    if hasattr(s, "fileno"):
        return s.fileno() < 0
    poll = select.poll()  # what a socket of TLS says of itself
    poll.register(s, select.POLLOUT)
    return any(events & _POLLNVAL for _, events in poll.poll(0))


stream.Stream = _Stream
_rpc.before_call = _give_back
