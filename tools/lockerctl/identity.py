"""Who a board is: `/board.json` on its `vfs`, written by production alone (docs/formats.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from lockerctl.errors import UserError

# The first trusted root, beside `/board.json`.
ROOT_FILE = "/root.json"
# The CAs that a server's certificate must come from.
CA_FILE = "/ca.der"
_TUF_URL = r"https?://[A-Za-z0-9.-]{1,253}(:\d{1,5})?(/[A-Za-z0-9._~-]+)*"


@dataclass(frozen=True)
class Identity:
    """All that differs between two boards with the same software.

    `tuf`: where the TUF repository is, without a slash at the end. `codes`: those of service and
    couriers, as lockerctl.codes makes them.
    """

    id: str
    model: str
    revision: int
    token: str
    server: str
    tenant: str = "DEFAULT"
    wifi: list[dict[str, str]] = field(default_factory=list)
    developer: bool = False
    tuf: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, str] | None = None

    def dump(self) -> bytes:
        """The file's bytes; equal identities have equal bytes. Raises UserError."""
        _check(self)
        fields = {name: value for name, value in asdict(self).items() if value is not None}
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def _check(identity: Identity) -> None:
    # The id and the tenant become parts of paths of the server's API.
    for option, text in (("--id", identity.id), ("--tenant", identity.tenant)):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", text):
            raise UserError(
                f"{option} {text!r}: 1 to 64 letters, digits, dots, dashes, underscores"
            )
    if not re.fullmatch(r"[!-~]{1,128}", identity.token):
        raise UserError("the token must be 1 to 128 visible ASCII characters without blanks")
    # The board takes the address apart by itself: no path, no user, nothing escaped.
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]{1,253}(:\d{1,5})?", identity.server):
        raise UserError(f"--server {identity.server!r}: must be http(s)://HOST[:PORT]")
    if identity.tuf is not None and not re.fullmatch(_TUF_URL, identity.tuf):
        raise UserError(f"--tuf-url {identity.tuf!r}: must be http(s)://HOST[:PORT][/PATH]")


def parse_wifi(arguments: Iterable[str]) -> list[dict[str, str]]:
    """Networks from `SSID` or `SSID:KEY`; the first colon divides. Raises UserError."""
    networks = []
    for argument in arguments:
        ssid, _, key = argument.partition(":")
        if not 1 <= len(ssid.encode()) <= 32:
            raise UserError(f"--wifi {ssid!r}: the name of a network has 1 to 32 bytes")
        if key and not 8 <= len(key.encode()) <= 64:
            raise UserError(f"--wifi {ssid}: the key of a network has 8 to 63 characters")
        networks.append({"ssid": ssid, "key": key})
    return networks


def parse_settings(arguments: Iterable[str]) -> dict[str, Any]:
    """Settings from `NAME=VALUE`; a value that is JSON is taken as such. Raises UserError."""
    settings = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise UserError(f"--setting {argument}: must be NAME=VALUE, as healthy_s=3600")
        try:
            settings[name] = json.loads(value)
        except ValueError:
            settings[name] = value
    return settings
