"""Whom a root trusts and what a change would change, in words for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from securesystemslib.signer import Key
from tuf.api.metadata import Metadata, Root, Signed, Targets

from lockerctl.keys.changes import Change
from lockerctl.keys.rules import ROLES, TrustError, check_own_root, parse, title
from lockerctl.keys.trusted import Trusted
from lockerctl.tables import text_table

_SOON = timedelta(days=30)


def trust_lines(root: Root, names: Mapping[str, str], now: datetime) -> list[str]:
    """Expiry, and for each role its threshold and keys. `names`: of keys, by id."""
    rows = []
    for role in ROLES:
        record = root.roles[role]
        needs = f"{record.threshold} of {len(record.keyids)}"
        for key_id in record.keyids:
            key = root.keys[key_id]
            rows.append((role, needs, key.scheme, key_id, names.get(key_id, "")))
            role = needs = ""  # noqa: PLW2901  (said once)
    head = ("role", "needs", "type", "key", "name" if names else "")
    return [life(root, now), *text_table(head, rows).splitlines()]


def root_lines(data: bytes) -> list[str]:
    """Whom a root file trusts, or why nobody can trust it."""
    try:
        root = parse(data, Root)
        check_own_root(root)
    except TrustError as error:
        return [f"BROKEN: {error}"]
    return trust_lines(root.signed, {}, utc_now())


def life(signed: Signed, now: datetime) -> str:
    """A role's name and version, and how long it lasts."""
    day = f"{signed.expires:%Y-%m-%d %H:%M} UTC"
    if signed.is_expired(now):
        return f"{title(signed)}: EXPIRED on {day}"
    left = signed.expires - now
    hours = round(left / timedelta(hours=1))
    span = f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"
    return f"{title(signed)}: good until {day}, {span} from now"


def warnings(trusted: Trusted, now: datetime) -> list[str]:
    """What will have to be done soon."""
    soon = [
        f"{life(each, now)}: lockerctl key renew {each.type}"
        for each in (trusted.root.signed, trusted.targets.signed)
        if each.is_expired(now + _SOON)
    ]
    return [*trusted.odd, *soon]


def change_lines(change: Change, targets_now: Targets | None, now: datetime) -> Iterator[str]:
    """What would be different. `targets_now`: what is on offer as yet, if that is known."""
    if change.root:
        yield life(change.root.signed, now)
        if change.previous:
            yield from _root_differences(change.previous.signed, change.root.signed)
    if change.targets:
        yield life(change.targets.signed, now)
        yield from _offers(change.targets, targets_now)
    yield from (f"still missing: {line}" for line in change.missing())


def _root_differences(old: Root, new: Root) -> Iterator[str]:
    for role in ROLES:
        before, after = old.roles[role], new.roles[role]
        yield from _moved(role, "added", new.keys, set(after.keyids) - set(before.keyids))
        yield from _moved(role, "removed", old.keys, set(before.keyids) - set(after.keyids))
        if before.threshold != after.threshold:
            yield f"  {role}: needs {after.threshold} signatures instead of {before.threshold}"


def _moved(role: str, what: str, keys: Mapping[str, Key], key_ids: set[str]) -> Iterator[str]:
    for key_id in sorted(key_ids):
        yield f"  {role}: {what} {keys[key_id].scheme} {key_id}"


def _offers(targets: Metadata[Targets], now: Targets | None) -> Iterator[str]:
    before = now.targets if now else {}
    for path in sorted({*targets.signed.targets, *before}):
        if path not in targets.signed.targets:
            yield f"  no longer on offer: {path}"
        elif before.get(path) != targets.signed.targets[path]:
            yield f"  {'on offer' if now is None else 'newly on offer'}: {path}"


def utc_now() -> datetime:
    return datetime.now(UTC)
