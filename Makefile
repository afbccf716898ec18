# `make` alone lists the targets. Each sets up what it needs.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# There while .venv is being made: one that was interrupted is made anew.
MAKING := $(VENV)/.making

IMAGE ?= build/board.bin
TOOL ?= mpremote
ARGS ?=

help: ## list the targets
	@grep -hE '^[a-z][a-z0-9-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=…")'
	if [ -e $(MAKING) ]; then rm -rf $(VENV); fi
	mkdir -p $(VENV) && touch $(MAKING)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet pip==26.3
	$(BIN)/python -m pip install --quiet --editable . --group dev
	$(BIN)/python -m pip install --quiet --target $(VENV)/typings --upgrade --group typings
	mv $(MAKING) $@

setup: $(READY) ## make .venv with all that the other targets need

demo: $(READY) ## a server and a virtual board: four updates, good and bad ones
	$(BIN)/python -m demo

run: $(READY) ## a cabinet to touch in a browser: ARGS="--language zh --mode delivery --port 8071"
	$(BIN)/python -m playground $(ARGS)

test: $(READY) ## all tests that need no board
	$(BIN)/pytest -n 5 --dist worksteal --ignore tests/playground

test-run: $(READY) ## make run's page, touched in a browser
	$(BIN)/pytest tests/playground

check: $(READY) ## format, lint, types, import rules, budgets
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m checks.host_types
	$(BIN)/python -m checks.board_types
	$(BIN)/python -m checks.imports
	$(BIN)/python -m checks.budgets
	$(BIN)/python -m checks.texts

format: $(READY) ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

pictures: $(READY) ## draw the pictures of all screens in docs/ anew
	$(BIN)/python -m screens

screenshots: $(READY) ## pictures of the operators' page in docs/page anew
	$(BIN)/python tests/web/screenshots.py docs/page

power: $(READY) ## cut the power at every flash operation of every update and visit: hours
	POWER_CUTS=all $(BIN)/pytest -m power_full --timeout 0 tests/stories/test_power.py tests/stories/test_locker_power.py

conformance: $(READY) ## the official TUF conformance suite: SUITE=folder of a copy
	$(BIN)/python tests/conformance/run_suite.py "$(SUITE)"

test-hawkbit: $(READY) ## the same boards at a real Eclipse hawkBit, which Maven brings
	$(BIN)/pytest tests/hawkbit

bench-fleet: $(READY) ## polls per second with 100,000 boards, beside gooseBit: docs/bench.md
	$(BIN)/python -m bench

fleet-10000: $(READY) ## one rollout to 10,000 devices whose connections are cut: docs/bench.md
	$(BIN)/python -m bench.fleet_10000

emulator: $(READY) ## the board's stories on an ESP32 emulator, if there is one
	$(BIN)/pytest tests/emulator

flash: need-port $(READY) ## write an image to a board: PORT=…, IMAGE=build/board.bin
	$(BIN)/lockerctl flash --port $(PORT) $(IMAGE)

deploy: need-port $(READY) ## copy changed code to a bench board: PORT=…, TOOL=mpremote or ampy
	$(BIN)/lockerctl deploy --port $(PORT) --tool $(TOOL)

need-port:
	@: $(or $(PORT),$(error PORT is missing: PORT=/dev/ttyUSB0, for one))

clean: ## remove what was built; .venv stays
	rm -rf build .mypy_cache .pytest_cache .ruff_cache

.PHONY: help setup demo run test test-run check format pictures screenshots power conformance emulator flash
.PHONY: deploy need-port clean test-hawkbit bench-fleet fleet-10000
