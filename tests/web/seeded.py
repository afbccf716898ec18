"""A fleet to look at: releases, boards at several sites, updates that go well, badly, or on."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass

from sqlalchemy import insert
from sqlalchemy.orm import Session

from fleet.actions import Status, TargetState
from fleet.client import FleetClient
from fleet.publish import Progress, publish_release
from fleet.store.boards import Action, ActionStatus, Target, TargetAttribute
from lockerctl.blocks import pack_layer
from lockerctl.manifest import Layer, Manifest, dump_manifest
from lockerctl.release_dir import Release

SITES = ("Harbour gym", "North station", "Old town", "Pool", "University")
_MINUTE = 60_000
_DAY = 24 * 60 * _MINUTE


@dataclass(frozen=True)
class Made:
    """A published release: its set and its versions of layers."""

    set_id: int
    release: Release

    @property
    def version(self) -> str:
        return self.release.manifest.version


def build_release(
    version: str, sequence: int, contents: dict[str, bytes], since: dict[str, str]
) -> Release:
    """A release whose layers have these contents; `since`: which release brought each."""
    layers, artifacts, address = [], {}, 4096
    for name, data in contents.items():
        plain = data.ljust(-(-len(data) // 1024) * 1024, b"\0")
        blocks, artifacts[name] = pack_layer(plain)
        digest = hashlib.sha256(plain).hexdigest()
        capacity = -(-len(plain) // 4096) * 4096
        core = name == "core"
        layers.append(
            Layer(
                name=name,
                version=f"{since[name]}+{digest[:8]}",
                partition="ota" if core else "store",
                address=0 if core else address,
                capacity=0x1A0000 if core else capacity,
                length=len(plain),
                sha256=digest,
                blocks=blocks,
                image_sha256=digest if core else None,
            )
        )
        address += 0 if core else capacity
    manifest = Manifest({"bench": (1,), "oled": (1, 2)}, version, sequence, 6, tuple(layers))
    return Release(manifest, dump_manifest(manifest), artifacts)


def publish_some(client: FleetClient, scale: int = 1) -> list[Made]:
    """Three releases, oldest first: the second has another app, the third another core as well."""
    dice = random.Random(5)
    core, app = dice.randbytes(16_000 * scale), dice.randbytes(900 * scale)
    assets = b"texts and pictures " * (40 * scale)
    steps = [
        ("1.0.0", core, app),
        ("1.1.0", core, dice.randbytes(950 * scale)),
        ("1.2.0", dice.randbytes(16_200 * scale), dice.randbytes(960 * scale)),
    ]
    made, since, before = [], dict.fromkeys(("core", "app", "assets"), "1.0.0"), {"core": core}
    for sequence, (version, new_core, new_app) in enumerate(steps, 1):
        since["app"] = version
        if new_core != before["core"]:
            since["core"] = version
        before = {"core": new_core, "app": new_app, "assets": assets}
        release = build_release(version, sequence, before, since)
        made.append(Made(publish_release(client, release, Progress()).set_id, release))
    return made


def seed_boards(session: Session, releases: list[Made], count: int, now: int) -> None:
    """Boards `cabinet-0001` and so on, most of them well."""
    dice = random.Random(7)
    rows = [_board(number, releases, dice, now) for number in range(1, count + 1)]
    session.execute(insert(Target), rows)
    layers = {made.version: _layers(made) for made in releases}
    reported = [
        {"target_id": row["id"], "key": key, "value": str(value)}
        for row in rows
        for key, value in {**_attributes(row), **layers.get(str(row["release"]), {})}.items()
    ]
    if reported:
        session.execute(insert(TargetAttribute), reported)


def seed_updates(session: Session, made: Made, states: dict[str, TargetState], now: int) -> None:
    """An update to that release for some boards: under way, ended well, or failed."""
    for name, state in states.items():
        board = session.query(Target).filter_by(controller_id=name).one()
        update(session, board, made, state, now)


def update(session: Session, board: Target, made: Made, state: TargetState, now: int) -> Action:
    """One update of a board, with the history that a board would have told."""
    status, lines = _STORIES[state]
    action = Action(
        target_id=board.id,
        set_id=made.set_id,
        active=state is TargetState.PENDING,
        status=status,
    )
    action.stamp("operator", now - 20 * _MINUTE)
    session.add(action)
    session.flush()
    board.state = state
    board.assigned_set_id = None if state is TargetState.ERROR else made.set_id
    if state is TargetState.IN_SYNC:
        board.installed_set_id, board.release = made.set_id, made.version
    for number, (kind, text) in enumerate(lines):
        at = now - (len(lines) - number) * 2 * _MINUTE
        words = text.format(version=made.version, fetched=made.release.manifest.layers[1].stored)
        session.add(
            ActionStatus(
                action_id=action.id,
                status=kind,
                occurred_ms=at,
                reported_ms=at,
                messages=words.split("|"),
            )
        )
    return action


_BEGUN = [
    (Status.RUNNING, "Update Server: Assigned by operator."),
    (Status.RETRIEVED, "Update Server: The board has retrieved the deployment."),
    (
        Status.RUNNING,
        "plan core copy 1600000 bytes|plan app fetch {fetched} of 98304 bytes"
        "|plan assets keep 36864 bytes",
    ),
]
_STORIES: dict[TargetState, tuple[Status, list[tuple[Status, str]]]] = {
    TargetState.PENDING: (Status.RETRIEVED, [*_BEGUN, (Status.RUNNING, "fetched 40 %")]),
    TargetState.IN_SYNC: (
        Status.FINISHED,
        [
            *_BEGUN,
            (Status.RUNNING, "activating {version} in slot 1"),
            (Status.FINISHED, "committed {version} in slot 1"),
        ],
    ),
    TargetState.ERROR: (
        Status.ERROR,
        [
            *_BEGUN,
            (Status.RUNNING, "activating {version} in slot 1"),
            (Status.ERROR, "reverted: check relays: relay 2 reads on"),
        ],
    ),
}


def _board(number: int, releases: list[Made], dice: random.Random, now: int) -> dict[str, object]:
    runs = releases[0 if dice.random() < 0.3 else 1] if releases else None
    silent = dice.random() < 0.02
    return {
        "id": number,
        "controller_id": f"cabinet-{number:04}",
        "name": f"cabinet-{number:04}",
        "group": SITES[number % len(SITES)],
        "security_token": hashlib.sha256(str(number).encode()).hexdigest()[:32],
        "state": TargetState.IN_SYNC,
        "last_contact_ms": now - (3 * _DAY if silent else dice.randrange(250_000)),
        "installed_at_ms": now - 12 * _DAY,
        "installed_set_id": runs.set_id if runs else None,
        "assigned_set_id": runs.set_id if runs else None,
        "model": "oled" if number % 3 else "bench",
        "revision": 1,
        "release": runs.version if runs else "1.1.0",
        "sequence": runs.release.manifest.sequence if runs else 2,
        "request_attributes": False,
        "created_at": now - 100 * _DAY,
        "modified_at": now - 12 * _DAY,
    }


def _layers(made: Made) -> dict[str, object]:
    return {f"layer.{each.name}": each.version for each in made.release.manifest.layers}


def _attributes(row: dict[str, object]) -> dict[str, object]:
    return {
        "board": row["model"],
        "revision": row["revision"],
        "release": row["release"],
        "sequence": row["sequence"],
        "slot": "1",
        "flash": "1703936+262144",
        "free_heap": "61408",
        "last_outcome": f"success committed {row['release']} in slot 1",
    }
