"""What the server keeps: rows in a database, artifacts on disk."""
