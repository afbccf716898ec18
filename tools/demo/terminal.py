"""Whoever types `lockerctl`: every command is shown, and what it prints."""

from __future__ import annotations

import io
import os
import shlex
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import click

from demo.errors import DemoError
from demo.teller import Teller
from lockerctl.cli import main as lockerctl


class Terminal:
    """Runs commands with an environment of its own, `exported` bit by bit."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._environment: dict[str, str] = {}

    def export(self, **variables: str) -> None:
        """Set variables for all commands from now on; also a hint how to look in from outside."""
        self._environment |= variables
        self._teller.command("export " + " ".join(f"{n}={text}" for n, text in variables.items()))

    def run(self, *arguments: str | Path) -> str:
        """Run `lockerctl` with these arguments; what it prints. Raises DemoError."""
        words = [str(each) for each in arguments]
        line = f"lockerctl {shlex.join(words)}"
        self._teller.command(line)
        out = io.StringIO()
        os.environ.update(self._environment)
        try:
            with redirect_stdout(out), redirect_stderr(out):
                lockerctl.main(words, prog_name="lockerctl", standalone_mode=False)
        except click.ClickException as error:
            raise DemoError(f"{line}: {error.format_message()}") from error
        except click.Abort:  # Ctrl-C, as click passes it on
            raise KeyboardInterrupt from None
        self._teller.output(out.getvalue())
        return out.getvalue()
