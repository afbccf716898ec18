"""All endpoints of our own API."""

from __future__ import annotations

from starlette.routing import Route

from fleet.api.boards import board_routes
from fleet.api.channels import channel_routes
from fleet.api.policies import policy_routes


def api_routes() -> list[Route]:
    return [*board_routes(), *policy_routes(), *channel_routes()]
