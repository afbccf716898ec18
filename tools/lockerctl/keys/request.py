"""Signing requests: a change as a file, carried from one person to the next (docs/keys.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tuf.api.metadata import Metadata, Root, T, Targets

from lockerctl.core import read_file
from lockerctl.files import replacing
from lockerctl.keys.changes import Change
from lockerctl.keys.rules import (
    TrustError,
    check_own_root,
    check_root_form,
    parse,
    title,
)

_FORMAT = 1
_PREVIOUS = "previous"


def save_request(change: Change, path: Path) -> None:
    """Write a change with the signatures it has so far. Raises UserError."""
    documents: dict[str, Metadata[Any] | None] = {
        _PREVIOUS: change.previous,
        Root.type: change.root,
        Targets.type: change.targets,
    }
    found = {name: document.to_dict() for name, document in documents.items() if document}
    text = json.dumps({"format": _FORMAT, **found}, indent=1, sort_keys=True)
    with replacing(path) as made:
        made.write_text(text + "\n")


def load_request(path: Path) -> Change:
    """A change that somebody asks others to sign. Raises UserError."""
    try:
        return _parse(read_file(path))
    except TrustError as error:
        raise TrustError(f"{path}: {error}") from error


def _parse(data: bytes) -> Change:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise TrustError("this is no signing request of lockerctl")
    previous = _part(document, _PREVIOUS, Root)
    root, targets = _part(document, Root.type, Root), _part(document, Targets.type, Targets)
    if previous is None or not (root or targets):
        raise TrustError("this signing request asks for nothing")
    check_own_root(previous)
    if root:
        check_root_form(root.signed)
        if root.signed.version != previous.signed.version + 1:
            raise TrustError(f"{title(root.signed)} cannot follow {title(previous.signed)}")
    return Change(previous, root, targets)


def _part(document: dict[str, Any], name: str, kind: type[T]) -> Metadata[T] | None:
    if name not in document:
        return None
    compact = json.dumps(document[name], sort_keys=True, separators=(",", ":"))
    return parse(compact.encode(), kind)
