"""Succinct hash bin delegations (TAP 15): one record stands for two to the n roles."""

from hashlib import sha256

from tuf.errors import MetadataError
from tuf.metadata import check_role, field


def bin_for(role, path):
    """Name of the bin that speaks of `path`. `role` is the record, keys and threshold for all."""
    check_role(role)
    bits = field(role, "bit_length", int)
    if not 0 < bits <= 32:
        raise MetadataError("bit_length out of range")
    number = int.from_bytes(sha256(path).digest()[:4], "big") >> (32 - bits)
    # As many hexadecimal digits as the last bin's number needs.
    digits = (bits + 3) // 4
    return "%s-%0*x" % (field(role, "name_prefix", str), digits, number)
