"""The first screen: is anything wrong, and what is being rolled out."""

from __future__ import annotations

from starlette.responses import Response

from fleet.page.visitors import Visitor


async def overview(visitor: Visitor) -> Response:
    return visitor.show("overview.html")
