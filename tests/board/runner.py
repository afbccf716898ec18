"""Runs one test function of one board test module: `runner.py MODULE FUNCTION` (MicroPython)."""

import sys

_module = __import__(sys.argv[1])
_result = getattr(_module, sys.argv[2])()
if hasattr(_result, "send"):
    import asyncio

    asyncio.run(_result)
