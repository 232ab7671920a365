# The commands of the project; CI runs the same ones. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALLED := $(VENV)/.installed
INSTALLED_DEV := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help setup run ingest test test-fast lint format eval matcher adapter weights query gate confidence bench faults screenshots clean

help: ## List the commands
	@grep -E '^[a-z -]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z -]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

setup: $(INSTALLED) ## Make the environment in .venv and install the pinned packages

run: $(INSTALLED) ## Bring the index up to date and serve the page on http://127.0.0.1:7860
	@# 1 means that some articles were rejected: they are named, and the page serves the others.
	@$(BIN)/python -m ingest || test $$? -eq 1
	@$(BIN)/python app.py

ingest: $(INSTALLED) ## Bring the index up to date with the articles
	@$(BIN)/python -m ingest

test: $(INSTALLED_DEV) ## Run all tests; those of the page need Chromium and are skipped without it
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-fast: $(INSTALLED_DEV) ## Run the tests that need neither the model nor a browser
	$(BIN)/python -m pytest -m "not model and not browser and not data"

lint: $(INSTALLED_DEV) ## Check format, style, types, the rule files and the articles
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m guardrails lint
	$(BIN)/python -m ingest check

format: $(INSTALLED_DEV) ## Put the code into its format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

eval: $(INSTALLED_DEV) ## Measure answers and guardrails on the development sets
	$(BIN)/python -m ingest
	$(BIN)/python -m benchmarks.evaluate
	$(BIN)/python -m benchmarks.support
	$(BIN)/python -m benchmarks.privacy
	$(BIN)/python -m benchmarks.gaps
	$(BIN)/python -m benchmarks.told

matcher: $(INSTALLED_DEV) ## Teach the guardrails' matcher anew from the open messages (half an hour on two cores)
	$(BIN)/python -m benchmarks.matcher train

adapter weights query gate confidence: $(INSTALLED_DEV) ## Teach a part of the answering anew (see benchmarks/teach.py)
	$(BIN)/python -m ingest
	$(BIN)/python -m benchmarks.teach $@

bench: $(INSTALLED_DEV) ## Measure speed, memory, the page, and ranking on public sets where they are
	$(PIP) install --quiet -c constraints.txt -e '.[dev,bench]'
	$(BIN)/python -m ingest
	$(BIN)/python -m benchmarks.speed
	$(BIN)/python -m benchmarks.speed scale --chunks 10000
	$(BIN)/python -m benchmarks.page
	$(BIN)/python -m benchmarks.retrieval

faults: $(INSTALLED_DEV) ## Kill ingestions at hundreds of instants, cut the power, fill the disk, while others ask (half an hour)
	$(BIN)/python -m benchmarks.faults

screenshots: $(INSTALLED_DEV) ## Make the pictures of the README and the guide from the real pages
	$(BIN)/python -m ingest
	$(BIN)/python -m benchmarks.screenshots

clean: ## Remove the environment, the index and all caches
	rm -rf $(VENV) index artifacts build *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Hipwise needs Python 3.11 or newer; this is $$($(PYTHON) --version). Give one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(INSTALLED): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --quiet -c constraints.txt -e .
	@touch $@

$(INSTALLED_DEV): $(INSTALLED)
	$(PIP) install --quiet -c constraints.txt -e '.[dev]'
	@touch $@
