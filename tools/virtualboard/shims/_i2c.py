"""`machine.I2C` of the ESP32 port, MicroPython 1.26."""

# ruff: noqa: A002, ARG002 - names and arguments are the port's
from _pin import number
from _rpc import call
from micropython import const

_I2C_SCAN = const(88)
_I2C_WRITE = const(89)
_I2C_READ = const(90)

# scl, sda of I2C(0) and I2C(1), unless given.
_DEFAULT_PINS = ((18, 19), (25, 26))


class I2C:
    def __init__(self, id=0, *, scl=None, sda=None, freq=400000, timeout=50000):
        if id not in (0, 1):
            raise ValueError("I2C(%d) doesn't exist" % id)
        self._connect(scl, sda, _DEFAULT_PINS[id])

    def _connect(self, scl, sda, default):
        self._scl = default[0] if scl is None else number(scl)
        self._sda = default[1] if sda is None else number(sda)

    def scan(self):
        return list(call(_I2C_SCAN, self._scl, self._sda) or b"")

    def writeto(self, addr, buf, stop=True):
        return call(_I2C_WRITE, self._scl, self._sda, addr, out=buf)

    def writevto(self, addr, vector, stop=True):
        return self.writeto(addr, b"".join(bytes(buf) for buf in vector), stop)

    def readfrom(self, addr, nbytes, stop=True):
        return call(_I2C_READ, self._scl, self._sda, addr, nbytes) if nbytes else b""

    def readfrom_into(self, addr, buf, stop=True):
        call(_I2C_READ, self._scl, self._sda, addr, len(buf), into=buf)

    def readfrom_mem(self, addr, memaddr, nbytes, *, addrsize=8):
        self.writeto(addr, memaddr.to_bytes(addrsize // 8, "big"), False)
        return self.readfrom(addr, nbytes)

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        self.writeto(addr, memaddr.to_bytes(addrsize // 8, "big"), False)
        self.readfrom_into(addr, buf)

    def writeto_mem(self, addr, memaddr, buf, *, addrsize=8):
        self.writeto(addr, memaddr.to_bytes(addrsize // 8, "big") + bytes(buf))


class SoftI2C(I2C):
    def __init__(self, scl, sda, *, freq=400000, timeout=50000):
        self._connect(scl, sda, (0, 0))
