"""TLS to servers whose CA production has pinned in `/ca.der` on `vfs` (DESIGN.md 7)."""

import time

import tls
from micropython import const

from net.errors import LinkError

_FIRST_YEAR = const(2024)  # a clock that is behind it has not been set


class Pinned:
    """What net.http.Connection needs to speak TLS. LinkError: no CA can be read.

    A certificate's dates are checked by the chip's clock, which a power cut unsets. Then it is set
    to the time from which the server's certificate is valid, by that certificate alone; whether it
    is good is seen with the next handshake. So whoever has stolen the key of one that has expired
    since can use it on a board that comes from a power cut. What TLS lets through, trust (lib/tuf)
    still judges.
    """

    def __init__(self):
        self.context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
        self.context.verify_mode = tls.CERT_REQUIRED  # type: ignore[attr-defined]
        try:
            with open("/ca.der", "rb") as file:
                while True:
                    head = file.read(4)  # a SEQUENCE's, with two bytes of length
                    if not head:
                        break
                    rest = file.read(int.from_bytes(head[2:], "big"))
                    self.context.load_verify_locations(head + rest)
        except (OSError, ValueError) as error:
            raise LinkError("no CA: %s" % error) from None
        self._certificate = None
        self._guesses = False
        if time.gmtime()[0] < _FIRST_YEAR:
            self.context.verify_callback = self._note  # type: ignore[attr-defined]

    def _note(self, certificate, depth):
        if depth == 0:
            self._certificate = bytes(certificate)  # what is given is gone after this call
        return 0

    def may_try_again(self):
        """Whether the next exchange may go better than this one: the clock has been set now."""
        from net import date

        certificate, self._certificate = self._certificate, None
        if self._guesses:
            date.unset_clock()
        elif certificate:
            self._guesses = date.set_clock_since(certificate)
            return self._guesses
        return False
