"""URLs, as far as a board needs them."""


def split(url):
    """`(secure, host, port, path)` of an http or https URL; ValueError for anything else."""
    scheme, found, rest = url.partition("://")
    if not found or scheme not in ("http", "https"):
        raise ValueError("not an http URL")
    if not all("!" <= char <= "~" for char in rest):
        raise ValueError("bad character in URL")  # a line end would begin another header
    host, slash, path = rest.partition("/")
    host, colon, port = host.partition(":")
    if not host or "@" in host:
        raise ValueError("no host in URL")
    secure = scheme == "https"
    number = int(port) if colon else 443 if secure else 80
    if not 0 < number < 65536:
        raise ValueError("bad port in URL")
    return secure, host, number, slash + path if slash else "/"


def origin(url):
    """Scheme, host and port: who is being talked to."""
    return split(url)[:3]
