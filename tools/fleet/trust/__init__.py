"""The TUF repository that this server offers, and the two roles that it signs (docs/keys.md)."""
