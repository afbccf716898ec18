"""What all commands that play with a running board have in common."""

from __future__ import annotations

from pathlib import Path

import click

_CONTROL = Path("build/board.sock")

control_option = click.option(
    "--control",
    type=click.Path(path_type=Path),
    default=_CONTROL,
    show_default=True,
    help="The socket at which a running board is controlled.",
)
