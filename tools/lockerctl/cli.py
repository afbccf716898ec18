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
        "sign": ("lockerctl.keys.release_commands:sign", "put a release on offer"),
        "withdraw": ("lockerctl.keys.release_commands:withdraw", "offer a release no more"),
        "publish": ("fleet.publish_commands:publish", "bring a release to the update server"),
        "assign": ("fleet.publish_commands:assign", "give boards a release"),
    },
    "Releases: build, sign, publish, assign.",
)

_CHANGES = "lockerctl.keys.change_commands:"
_REQUESTS = "lockerctl.keys.request_commands:"
key = LazyGroup(
    "key",
    {
        "init": ("lockerctl.keys.commands:init", "make all keys, once"),
        "show": ("lockerctl.keys.commands:show", "tell who is trusted"),
        "make": ("lockerctl.keys.commands:make", "make a key pair of one's own"),
        "rotate": (f"{_CHANGES}rotate", "replace keys"),
        "add-signer": (f"{_CHANGES}add_signer", "let one more key sign"),
        "remove-signer": (f"{_CHANGES}remove_signer", "let a key sign no more"),
        "replace-online": (f"{_CHANGES}replace_online", "replace the server's keys"),
        "renew": (f"{_CHANGES}renew", "sign anew what would expire"),
        "request": (f"{_REQUESTS}request", "tell what a signing request is about"),
        "sign": (f"{_REQUESTS}sign", "sign a request"),
        "apply": (f"{_REQUESTS}apply", "take over a signed request"),
        "publish": ("fleet.trust.commands:publish", "bring what is signed to the server"),
        "fetch": ("fleet.trust.commands:fetch", "get what others have published"),
    },
    "Keys: who may sign what boards trust (docs/keys.md).",
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
        "key": ("lockerctl.cli:key", "the keys that boards trust"),
        "release": ("lockerctl.cli:release", "build, sign, publish, assign releases"),
        "image": ("lockerctl.cli:image", "build and show flash images"),
        "flash": ("lockerctl.device_commands:flash", "write an image to a board"),
        "deploy": ("lockerctl.device_commands:deploy", "copy changed code to a bench board"),
        "board": ("virtualboard.commands:board", "run a virtual board"),
        "fleet": ("fleet.commands:fleet", "the update server"),
    },
    "Locker boards: releases, flash images, boards, the update server.",
)
