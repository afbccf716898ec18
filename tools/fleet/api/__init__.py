"""Our own small API, for what hawkBit has no word for (docs/server.md)."""
