# `make demo` and `make test` are all that a newcomer needs; each sets up what is missing.
.DEFAULT_GOAL := help
BIN := .venv/bin

.PHONY: help setup setup-test demo test lint bench lab clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

setup: ## Install what is missing, and nothing else
	@sh sandbox/setup.sh

setup-test:
	@sh sandbox/setup.sh test

demo: setup ## Watch real builds, see their graph, have two Dockerfiles graded
	@sh lessons/demo.sh

test: setup-test lint ## Run the whole suite, on an engine of its own
	@$(BIN)/python -m pytest

lint: setup-test ## Style, types, layers
	@mkdir -p build
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache > build/lint-imports.log 2>&1 || { cat build/lint-imports.log; exit 1; }

bench: setup-test ## Measure the lab against the bare commands, in pairs
	@$(BIN)/python tests/bench/bench.py

lab: setup ## Open JupyterLab on the lessons
	@$(BIN)/jupyter lab lessons

clean: ## Remove the sandbox, its cache and everything generated; system packages stay
	@if [ -x $(BIN)/sandbox ]; then $(BIN)/sandbox reset --yes --cache; fi
	@rm -rf .venv build work .pytest_cache .mypy_cache .ruff_cache *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
