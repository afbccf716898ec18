"""The people who may use the server: names, passwords, roles, and how they prove who they are."""
