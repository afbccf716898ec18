"""What a reset has interrupted. Loaded at the start."""

from ota import record
from store.modules import load


async def after_reset(agent):
    """Find out how the reset fits the record, and finish what it interrupted."""
    if agent.boot.trial or not agent.boot.release.committed:
        await load("ota.trial").Trial(agent).run()
    elif agent.record.get("phase") in (record.ACTIVATING, record.TRIAL, record.RETURNED):
        await load("ota.returned").Returned(agent).run()
    await agent.stand_by()
    highest = max(agent.record.get("top", 0), agent.boot.release.sequence)
    agent.record.put(top=highest)
