"""What an operator sends to publish trusted metadata: file names and their texts. No I/O."""

from __future__ import annotations

from lockerctl.keys.repository import (
    Files,
    file_name,
    is_target,
    target_file_name,
    version_of,
)
from lockerctl.keys.rules import OFFLINE, TARGETS, TrustError
from lockerctl.keys.trusted import Trusted, read_target

# Roots add up over the years, manifests of the releases on offer do not.
BUNDLE_BYTES = 4 * 1024 * 1024


def bundle_of(files: Files, trusted: Trusted) -> dict[str, str]:
    """All that clients need beside what the server signs. Raises TrustError."""
    names = [file_name(each.signed.type, each.signed.version) for each in trusted.roots]
    names.append(file_name(TARGETS, trusted.targets.signed.version))
    found = {name: files.read(name) or b"" for name in names}
    for entry in trusted.entries().values():
        found[target_file_name(entry)] = read_target(files, entry)
    return {name: data.decode() for name, data in found.items()}


def parse_bundle(value: object) -> dict[str, bytes]:
    """File names and contents from what somebody sent. Raises TrustError."""
    files = value.get("files") if isinstance(value, dict) else None
    if not isinstance(files, dict):
        raise TrustError("the body must be an object with files")
    for name, text in files.items():
        role, _ = version_of(name) or ("", 0)
        if role not in OFFLINE and not is_target(name):
            raise TrustError(f"{name[:80]!r}: no file that operators publish")
        if not isinstance(text, str):
            raise TrustError(f"{name}: must be a text")
    return {name: text.encode("utf-8", "replace") for name, text in files.items()}
