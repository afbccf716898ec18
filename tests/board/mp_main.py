"""What watches over the tasks: when one ends, the others let go of what they hold."""

import asyncio

import main


class Boot:
    """Its watchdog, and no more."""

    def __init__(self):
        self.wdt = self

    def feed(self):
        """Nobody counts."""


async def test_outputs_are_switched_off_when_another_task_crashes():
    events = []

    async def cabinet(_alive):
        try:
            await asyncio.sleep(60)
        finally:
            events.append("off")

    async def agent(_alive):
        raise ValueError("worn out")

    asyncio.get_event_loop().set_exception_handler(lambda _loop, _context: None)
    try:
        await main.supervise(Boot(), (("cabinet", cabinet), ("agent", agent)))
    except ValueError:
        events.append("crash")
    assert events == ["off", "crash"]
