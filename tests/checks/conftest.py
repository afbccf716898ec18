from __future__ import annotations

from pathlib import Path

import pytest
from project_copy import copy_of_project


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copy_of_project(tmp_path / "project")
