"""Names of roles and targets, as parts of URLs and as file names."""

_PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~"


def quote(name, keep=b""):
    """Percent-encode `name` (RFC 3986), all but unreserved characters and those in `keep`.

    Without `keep` the result has no slash, so it is the name of a file too.
    """
    return "".join(
        chr(byte) if byte in _PLAIN or byte in keep else "%%%02X" % byte for byte in name.encode()
    )


def target_path(path, entry, consistent_snapshot):
    """Where target `path` lies below the targets' URL, quoted (5.7.3).

    `entry` is what metadata says of it. A hash that this client knows is taken for the prefix.
    """
    if consistent_snapshot:
        hashes = entry["hashes"]
        folder, slash, name = path.rpartition("/")
        path = "%s%s%s.%s" % (folder, slash, hashes.get("sha256") or hashes["sha512"], name)
    return quote(path, b"/")
