"""Assets with another greeting: a small update that everybody sees."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from lockerctl.core import read_file
from lockerctl.json_documents import parse_document, refuse
from lockerctl.text_rules import LANGUAGES, problems
from lockerctl.texts import TEXTS

# Screens that begin with it.
_GREETERS = ("idle", "idle_storage", "idle_delivery", "idle_except")


def greet(assets: Path, greeting: str, target: Path) -> Path:
    """A copy of the assets, new at `target`, that greets so in all languages; "" as it is.

    Raises UserError when the greeting does not fit on the screen.
    """
    shutil.copytree(assets, target)
    if greeting:
        path = target / TEXTS
        document, lines = parse_document(path, read_file(path))
        for name in set(_GREETERS) & document.keys():
            for language in LANGUAGES:
                _, *rest = document[name][language].split("\n")
                document[name][language] = "\n".join([greeting, *rest])
        refuse(path, lines, problems(document))
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")
    return target
