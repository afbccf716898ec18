"""Where the parts of the project lie that the tools read."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIB = ROOT / "lib"
ASSETS = ROOT / "assets"
PARTITIONS = ROOT / "firmware" / "partitions"
BOARDS = ROOT / "firmware" / "boards"
