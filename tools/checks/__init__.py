"""What `make check` asks beyond format and lint: types, import rules, budgets."""
