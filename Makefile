# Each target does its own set-up: nothing else has to be typed first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint format bench campaign year torture lock clean
.DEFAULT_GOAL := run

$(VENV)/.run: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make run PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

run: $(VENV)/.run  ## the service, with all that is configured
	@$(BIN)/haowangmin run

test: $(VENV)/.dev  ## the whole suite, on all cores
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

lint: $(VENV)/.dev  ## style, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev  ## ratios against named peers, measured side by side
	$(BIN)/python -m benchmarks

campaign: $(VENV)/.dev  ## 18,000,000 votes, counted, recounted, exported and verified: an hour and 4 GB of disk
	$(BIN)/python -m benchmarks.campaign

year: $(VENV)/.dev  ## a year of tips for 1,000 people, with all that goes wrong: minutes
	$(BIN)/python -m pytest -m torture tests/delivery/test_simulation.py -o log_cli=true --log-cli-level=WARNING

torture: $(VENV)/.dev  ## the heavy versions of the fault tests
	$(BIN)/python -m pytest -m torture

lock: $(VENV)/.run  ## write the requirements files anew from pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/python -m uv pip compile --quiet pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --no-header -o requirements.txt
	$(BIN)/python -m uv pip compile --quiet pyproject.toml --group build --group dev -c requirements.txt --universal --python-version 3.11 --generate-hashes --no-header -o requirements-dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
