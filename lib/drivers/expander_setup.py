"""Expanders are set up: at the start, and when they were lost. Loaded when it is needed."""

from drivers.mcp23017_setup import reset, set_up


def start(expanders: list):
    """Set all of them up; one that does not answer is lost."""
    for expander in expanders:
        try:
            set_up(expander.chip)
            expander.is_lost = False
        except OSError:
            expander.is_lost = True


def revive(expanders: list):
    """Try those that are lost again, out of their reset. No coil may be on.

    Others may share a reset line with them: all are set up.
    """
    for expander in expanders:
        if expander.is_lost:
            reset(expander.reset_pin)
    start(expanders)
