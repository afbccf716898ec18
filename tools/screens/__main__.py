"""`python -m screens`: pictures of all screens, docs/screens-<language>.png."""

from __future__ import annotations

import sys

from lockerctl.errors import UserError
from lockerctl.paths import ROOT
from screens.sheet import sheets


def main() -> int:
    """Draw them; the exit status."""
    try:
        for language, sheet in sheets().items():
            path = ROOT / "docs" / f"screens-{language}.png"
            sheet.save(path, optimize=True)
            print(path.relative_to(ROOT))
    except (UserError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
