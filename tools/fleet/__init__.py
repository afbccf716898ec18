"""The update server."""
