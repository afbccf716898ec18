"""HTTP GET over a plain socket, as far as the conformance suite's server needs it."""

import socket

_TIMEOUT_S = 20
_CHUNK_BYTES = 1024


def get(url):
    """Status, length of the body (None if not told) and the stream to read it from."""
    scheme, _, host, path = url.split("/", 3)
    if scheme != "http:":
        raise OSError("not an http URL: " + url)
    name, _, port = host.partition(":")
    stream = socket.socket()
    stream.settimeout(_TIMEOUT_S)
    stream.connect(socket.getaddrinfo(name, int(port or 80))[0][-1])
    stream.write("GET /" + path + " HTTP/1.0\r\nHost: " + host + "\r\n\r\n")
    status = int(stream.readline().split()[1])
    length = None
    while True:
        line = stream.readline().strip().lower()
        if not line:
            return status, length, stream
        if line.startswith(b"content-length:"):
            length = int(str(line[15:], "ascii"))


def pieces(url, max_bytes):
    """The body at `url`, piece by piece, but no more than `max_bytes` of it.

    None for a file that is not there. Any other answer than the whole file is an OSError.
    """
    status, length, stream = get(url)
    if status in (403, 404):
        stream.close()
        return None
    if status != 200:
        stream.close()
        raise OSError("status " + str(status) + " from " + url)
    return _read(url, length, stream, max_bytes)


def _read(url, length, stream, max_bytes):
    left = max_bytes if length is None else min(length, max_bytes)
    try:
        while left:
            piece = stream.read(min(left, _CHUNK_BYTES))
            if not piece:
                break
            left -= len(piece)
            yield piece
    finally:
        stream.close()
    if left and length is not None:
        raise OSError("connection lost: " + url)
