"""`python -m bench.fleet_10000`: one staged rollout to 10,000 devices, connections cut at random.

Ends with 1 unless every device and the server agree on how it ended, and nobody was lost.
"""

from __future__ import annotations

import asyncio
import collections
import hashlib
import random
import sys
import tempfile
import time
from pathlib import Path

import click

from bench.devices import CutError, Device, Wire
from bench.load import board_name
from bench.servers import PASSWORD, our_server
from fleet.client import FleetClient
from fleet.rollout_client import RolloutInfo, Rollouts

_SET_TYPE, _MODULE_TYPE = "bench_set", "bench_layer"
_BYTES = 10_000
_ENDED = {"success": "in_sync", "failure": "error"}


@click.command()
@click.option("--devices", default=10_000, show_default=True, type=click.IntRange(10))
@click.option("--groups", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--cuts", default=0.1, show_default=True, type=click.FloatRange(0, 0.9))
@click.option("--failing", default=0.03, show_default=True, type=click.FloatRange(0, 0.4))
@click.option("--at-once", default=100, show_default=True, type=click.IntRange(1, 500))
@click.option("--limit-s", default=3600, show_default=True, type=click.IntRange(10))
@click.option("--seed", default=1, show_default=True)
def main(
    devices: int, groups: int, cuts: float, failing: float, at_once: int, limit_s: int, seed: int
) -> None:
    """Take DEVICES through one rollout; a share of requests is cut, a share of updates fails."""
    dice = random.Random(seed)  # noqa: S311 - repeatable
    field = [Device(number, dice.random() < failing) for number in range(devices)]
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory() as name, our_server(Path(name), devices) as port:
        wire = Wire(port, cuts, dice)
        with FleetClient(f"http://127.0.0.1:{port}", "admin", PASSWORD) as client:
            rollout = _start(client, groups)
            asyncio.run(_run(field, wire, at_once, limit_s))
            wrong = _wrong(client, rollout, field)
    took_s = time.monotonic() - began_s
    states = collections.Counter(device.outcome or "never updated" for device in field)
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    click.echo(f"{devices} devices in {groups} groups: {told}")
    click.echo(f"{wire.requests} requests, {wire.cuts} of them cut, {took_s:.0f} s in all")
    for line in wrong[:20]:
        click.echo(f"wrong: {line}", err=True)
    click.echo(f"{devices - len(wrong)} passed, {len(wrong)} failed")
    sys.exit(bool(wrong))


def _start(client: FleetClient, groups: int) -> RolloutInfo:
    set_id = _publish(client, random.Random(2).randbytes(_BYTES))  # noqa: S311 - any bytes do
    rollouts = Rollouts(client)
    body = {
        "name": "staged",
        "distributionSetId": set_id,
        "targetFilterQuery": "controllerid==bench-*",
        "amountGroups": groups,
        "successCondition": {"condition": "THRESHOLD", "expression": "80"},
        "errorCondition": {"condition": "THRESHOLD", "expression": "50"},
    }
    made = rollouts.settled(rollouts.create(body))
    rollouts.tell(made, "start")
    return made


def _publish(client: FleetClient, data: bytes) -> int:
    kind = {"key": _MODULE_TYPE, "name": "Bench layer", "minArtifacts": 1, "maxAssignments": 1}
    type_id = client.create("softwaremoduletypes", kind).number("id")
    kind = {"key": _SET_TYPE, "name": "Bench set", "mandatorymodules": [{"id": type_id}]}
    client.create("distributionsettypes", kind)
    module = {"type": _MODULE_TYPE, "name": "app", "version": "2.0.0"}
    module_id = client.create("softwaremodules", module).number("id")
    client.upload(module_id, "app.bin", data, hashlib.sha256(data).hexdigest())
    made = {"type": _SET_TYPE, "name": "bench", "version": "2.0.0", "modules": [{"id": module_id}]}
    return client.create("distributionsets", made).number("id")


async def _run(field: list[Device], wire: Wire, at_once: int, limit_s: float) -> None:
    """Let devices come again and again, in a random order, until all have told how it ended."""
    deadline = time.monotonic() + limit_s
    waiting = list(field)
    while waiting and time.monotonic() < deadline:
        wire.dice.shuffle(waiting)
        queue = collections.deque(waiting)
        await asyncio.gather(*(_work(queue, wire) for _ in range(at_once)))
        waiting = [device for device in field if not device.told]
        click.echo(f"{len(field) - len(waiting)} of {len(field)} done", err=True)
    # Who has told the end polls once more, as a board would: nothing may be left to do.
    queue = collections.deque(field)
    wire.share = 0
    await asyncio.gather(*(_work(queue, wire) for _ in range(at_once)))


async def _work(queue: collections.deque[Device], wire: Wire) -> None:
    while queue:
        try:
            await queue.popleft().visit(wire)
        except (CutError, ConnectionError):
            continue


def _wrong(client: FleetClient, rollout: RolloutInfo, field: list[Device]) -> list[str]:
    """What is not as it must be, a line for each device or count."""
    rollouts = Rollouts(client)
    deadline = time.monotonic() + 60
    while (status := rollouts.find(rollout.name).status) != "finished":
        if time.monotonic() > deadline:
            break
        time.sleep(0.5)
    wrong = [] if status == "finished" else [f"the rollout is {status}"]
    states = {each.id: each.state for each in client.targets()}
    actions = collections.Counter(
        (each.part("_links").part("target").text("href").rsplit("/", 1)[1], each.text("status"))
        for each in client.every("actions", representation="full")
    )
    of_board = collections.Counter(name for name, _ in actions.elements())
    for device in field:
        name = board_name(device.number)
        wanted = _ENDED.get(device.outcome or "")
        ended = "finished" if device.outcome == "success" else "error"
        if not device.told or states.get(name) != wanted:
            wrong.append(f"{name}: {device.outcome}, but the server says {states.get(name)}")
        elif of_board[name] != 1 or actions[name, ended] != 1:
            wrong.append(f"{name}: {device.outcome}, but not one action that is {ended}")
    groups = rollouts.groups(rollout)
    if sum(group.total for group in groups) != len(field):
        wrong.append(f"groups hold {sum(group.total for group in groups)} devices")
    return wrong


if __name__ == "__main__":
    main(prog_name="fleet_10000")
