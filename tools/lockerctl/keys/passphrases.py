"""Where passphrases come from: a file, the environment, or the terminal. Never an argument."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from lockerctl.errors import UserError

VARIABLE = "LOCKERCTL_PASSPHRASE"
_SHORTEST = 8


class Passphrases:
    """One passphrase for all keys, or None: whoever sits at the terminal is asked for each."""

    def __init__(self, given: str | None = None) -> None:
        self._given = given

    def of(self, key: str) -> str:
        """The passphrase of a key that there is. Raises UserError."""
        return self._given or _ask(f"Passphrase of {key}", confirm=False)

    def of_new(self, key: str) -> str:
        """The passphrase for a new key. Raises UserError."""
        chosen = self._given or _ask(f"New passphrase for {key}", confirm=True)
        if len(chosen) < _SHORTEST:
            raise UserError(f"the passphrase for {key} must have {_SHORTEST} characters or more")
        return chosen


def find_passphrases(path: Path | None) -> Passphrases:
    """From the first line of the file if there is one, or else from LOCKERCTL_PASSPHRASE.

    Raises UserError.
    """
    if path is None:
        return Passphrases(os.environ.get(VARIABLE) or None)
    try:
        first, _, _ = path.read_text().partition("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UserError(f"passphrase file {path}: {reason}") from error
    if not first:
        raise UserError(f"passphrase file {path}: its first line is empty")
    return Passphrases(first)


def _ask(question: str, *, confirm: bool) -> str:
    try:
        answer: str = click.prompt(question, hide_input=True, confirmation_prompt=confirm, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise UserError(
            f"no passphrase: give --passphrase-file, or set {VARIABLE}, where nobody can be asked"
        ) from None
    return answer
