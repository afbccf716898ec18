"""`lockerctl`: the groups of commands, and the one place where a user's mistake is told."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import IO, Any

import click

from lockerctl.errors import UserError


class _Told(click.ClickException):
    """A user's mistake on its way to stderr, exit status 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"lockerctl: {self.message}", file=file, err=True)


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is used.

    `lazy`: command name to (`module:attribute`, the line that the list of commands shows).
    """

    def __init__(self, name: str, lazy: Mapping[str, tuple[str, str]], help_text: str) -> None:
        super().__init__(name, help=help_text)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._lazy:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self._lazy[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._lazy[name][1]) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            raise _Told(str(error)) from error


release = LazyGroup(
    "release",
    {
        "build": ("lockerctl.release_commands:build", "build a release"),
        "publish": ("fleet.publish_commands:publish", "bring a release to the update server"),
        "assign": ("fleet.publish_commands:assign", "give boards a release"),
    },
    "Releases: build, publish, assign.",
)

image = LazyGroup(
    "image",
    {
        "build": ("lockerctl.image_commands:build", "build a board's whole flash"),
        "show": ("lockerctl.image_commands:show", "tell what is in a flash image"),
    },
    "Flash images of boards.",
)

main = LazyGroup(
    "lockerctl",
    {
        "release": ("lockerctl.cli:release", "build, publish, assign releases"),
        "image": ("lockerctl.cli:image", "build and show flash images"),
        "flash": ("lockerctl.device_commands:flash", "write an image to a board"),
        "deploy": ("lockerctl.device_commands:deploy", "copy changed code to a bench board"),
        "board": ("virtualboard.commands:board", "run a virtual board"),
        "fleet": ("fleet.commands:fleet", "the update server"),
    },
    "Locker boards: releases, flash images, boards, the update server.",
)
