"""Measurements of the update server: `make bench-fleet`, `make fleet-10000`."""
