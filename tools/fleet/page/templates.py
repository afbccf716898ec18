"""Templates, and what all of them may use. Everything that is put into one is escaped."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fleet.page import formats
from fleet.page.places import STATIC, UI, url_of

_HERE = Path(__file__).parent
_FILES = {
    "style.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
# Name to its type and its bytes.
STATIC_FILES = {
    name: (kind, (_HERE / "static" / name).read_bytes()) for name, kind in _FILES.items()
}
# Part of their addresses: a browser keeps them until a new server has others.
STATIC_VERSION = hashlib.sha256(b"".join(data for _, data in STATIC_FILES.values())).hexdigest()[
    :12
]


def static_url(name: str) -> str:
    return f"{STATIC}/{STATIC_VERSION}/{name}"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(
        moment=formats.moment,
        iso=formats.iso,
        number=formats.number,
        size=formats.size,
        span=formats.span,
    )
    made.globals.update(
        UI=UI, static_url=static_url, url_of=url_of, ago=formats.ago, count=formats.count
    )
    return made


_ENVIRONMENT = _environment()


def render(template: str, **values: Any) -> str:
    """A template as HTML."""
    return _ENVIRONMENT.get_template(template).render(**values)
