# `make` alone lists the targets. Each sets up what it needs.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

help: ## list the targets
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip==26.3
	$(BIN)/pip install --quiet --editable . --group dev
	$(BIN)/pip install --quiet --target $(VENV)/typings --upgrade --group typings
	touch $@

setup: $(READY) ## make .venv with all that the other targets need

test: $(READY) ## all tests that need no board
	$(BIN)/pytest -n 2

format: $(READY) ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: $(READY) ## format, lint, types, import rules, budgets
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

clean: ## remove what was built
	rm -rf build

.PHONY: help setup test format check clean
