# The everyday commands. Each creates the environment first if it is not there.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PORT ?= 8001

.DEFAULT_GOAL := help

help: ## what there is
	@grep -E '^[a-z0-9-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

install: $(VENV)/.installed ## the environment alone

run: install ## collect what is due, keep the schedule, serve http://127.0.0.1:8001
	$(BIN)/aggregator run --port $(PORT)

demo: install ## the same on invented sources; needs no network
	$(BIN)/aggregator demo --port $(PORT)

test: install ## the test suite
	$(BIN)/python -m pytest -q

test-huge: install ## every real statistics file at hand, with independent sums; takes minutes
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[parquet]'
	$(BIN)/python -m pytest -q -m huge

test-datasette1: ## the site's tests on the newest pre-release of Datasette 1.0, in an environment of their own
	$(PYTHON) -m venv .venv-datasette1
	.venv-datasette1/bin/python -m pip install --quiet --disable-pip-version-check -e '.[dev]' 'datasette>=1.0a0'
	.venv-datasette1/bin/python -m pytest -q tests/site

lint: install ## ruff, and mypy strict over aggregator and bench
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

quality: install ## how good the tags are, per topic, place and kind
	$(BIN)/python -m aggregator.tagging.evaluate

bench: install ## measurements, each beside a peer in the same run
	$(BIN)/python -m bench

screenshots: install ## renew docs/screenshots from the demo (needs Chromium)
	$(BIN)/python -m tests.browser.screenshots

page-weights: install ## bytes, requests and layout shift of every type of page (needs Chromium)
	$(BIN)/python -m tests.browser.weights

clean: ## remove the environment and caches (never data/)
	rm -rf $(VENV) .venv-datasette1 .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info build dist

.PHONY: help install run demo test test-huge test-datasette1 lint quality bench screenshots page-weights clean
