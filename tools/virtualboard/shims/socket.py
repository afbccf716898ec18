"""Stands for the ESP32 port's `socket` module: real sockets, that can only reach the link."""

# ruff: noqa: A002 - the port's name
import usocket
from _rpc import call
from micropython import const
from usocket import *  # noqa: F403

_LOOK_UP = const(80)


def getaddrinfo(host, port, af=0, type=0, proto=0, flags=0):  # noqa: ARG001
    """Every name leads to the host's loopback, where the link takes the connection over."""
    local = call(_LOOK_UP, int(port), out=host.encode())
    found = usocket.getaddrinfo("127.0.0.1", local)[0]
    return [(found[0], type or found[1], proto, host, found[4])]
