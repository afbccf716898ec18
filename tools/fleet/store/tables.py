"""All tables: whoever opens a database imports this, so that none is missing."""

from __future__ import annotations

from fleet.people import models as people
from fleet.store import boards, models, policies, rollouts
from fleet.store.models import Base

__all__ = ["Base", "boards", "models", "people", "policies", "rollouts"]
