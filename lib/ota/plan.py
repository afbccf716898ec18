"""What it takes to bring a release into the other slot. The server hears it before a byte moves.

A step is `(layer, source, marks)`. `source`: address in the running slot where the layer can be
copied from, or None; `marks`: see Transfer.missing.
"""

from ota import record


async def make(gate, transfer):
    """The steps for the release of a gate.Gate; the server is told."""
    agent, release = gate.agent, gate.release
    steps, told = [], []
    running = {digest: address for _, _, address, _, digest in agent.boot.release.layers}
    for layer in release.layers:
        marks = await transfer.missing(layer)
        steps.append((layer, running.get(layer.digest), marks))
        told.append(step(*steps[-1]))
    slot = agent.slots.other
    agent.record.put(slot=slot, version=release.version, phase=record.IDLE, why=None)
    await agent.tell("proceeding", told)
    return steps


def step(layer, source, marks):
    """A step as the server is told."""
    if not any(marks):
        return "plan %s keep %d bytes" % (layer.name, layer.length)
    if source is not None:
        return "plan %s copy %d bytes" % (layer.name, layer.length)
    return "plan %s fetch %d of %d bytes" % (layer.name, layer.stored(marks), layer.length)
