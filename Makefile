# `make demo` and `make test` are all that a newcomer needs; each sets up what is missing.
.DEFAULT_GOAL := help
BIN := .venv/bin
# What notebooks remember stays in the checkout; kernels are still found in .venv.
export IPYTHONDIR := $(CURDIR)/.venv/var/ipython
export JUPYTER_CONFIG_DIR := $(CURDIR)/.venv/var/jupyter/config
export JUPYTER_DATA_DIR := $(CURDIR)/.venv/var/jupyter/data
export JUPYTER_RUNTIME_DIR := $(CURDIR)/.venv/var/jupyter/runtime

# Images with Python often set this. Each command would compile the lab anew.
unexport PYTHONDONTWRITEBYTECODE

# Tests run in so many processes, each with an engine of its own (tests/plugins/side_by_side.py).
# Three keep two cores busy, because a build waits a third of its time.
WORKERS := 3
PYTEST := $(BIN)/python -m pytest -n $(WORKERS)

.PHONY: help setup setup-test demo test quick lint lint-style lint-format lint-types lint-layers
.PHONY: bench bench-class schema codemirror lab site image clean

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14

setup: ## Install what is missing, and nothing else
	@sh sandbox/setup.sh

setup-test:
	@sh sandbox/setup.sh test

demo: setup ## Watch real builds, see their graph, have two Dockerfiles graded
	@sh lessons/demo.sh

test: setup-test lint ## Prove everything: lint and the whole suite, on engines of its own
	@$(PYTEST)

quick: setup-test lint ## For every day: lint, all tests without an engine, some of those with one
	@$(PYTEST) -m "quick or not engine"

lint: setup-test ## Style, types, layers
	@$(MAKE) --no-print-directory --jobs 4 lint-style lint-format lint-types lint-layers

lint-style:
	@$(BIN)/ruff check --quiet

lint-format:
	@$(BIN)/ruff format --check --quiet

lint-types:
	@$(BIN)/mypy --no-error-summary

lint-layers:
	@mkdir -p build
	@$(BIN)/lint-imports --no-cache > build/lint-imports.log 2>&1 || { cat build/lint-imports.log; exit 1; }

bench: setup-test ## Measure the lab against the bare commands, in pairs; ARGS="--pairs 1 build" and the like
	@$(BIN)/python tests/bench/bench.py $(ARGS)

bench-class: setup-test ## Measure a class against its commands, and jobs, workers and a big book; ARGS="--size 10 jobs"
	@$(BIN)/python tests/bench/class_bench.py $(ARGS)

schema: setup-test ## Write the schema of exercise.toml, after a change of a kind of check
	@mkdir -p build
	@$(BIN)/checker schema > build/exercise.schema.json
	@mv build/exercise.schema.json exercises/

codemirror: ## Bundle what the exercises' editor uses of CodeMirror, after a change of its versions; needs npm
	@cd checker/notebook/codemirror && npm ci --no-audit --no-fund && npm run build && rm -rf node_modules

# The checkout is the root, so that the exercises in work/ can be opened as well.
lab: setup ## Open JupyterLab on your copies of the lessons; ARGS=--no-browser and the like are handed on
	@$(BIN)/checker lessons
	@$(BIN)/python -m sandbox.notebook.lab "$(CURDIR)" \
		--LabApp.default_url=/lab/tree/work/00-start.ipynb $(ARGS)

site: setup ## Run the course, write it as HTML into build/site; ARGS="01 06" for some lessons
	@$(BIN)/python -m sandbox.notebook.site $(ARGS)

image: setup ## Build the course as one image; ARGS="--output course.tar" and the like are handed on
	@$(BIN)/python -m sandbox.course_image.make_image $(ARGS)

clean: ## Remove the sandbox, its cache and everything generated; your work/ and system packages stay
	@if [ -x $(BIN)/python ] && [ -x $(BIN)/sandbox ]; then $(BIN)/sandbox reset --yes --cache; fi
	@rm -rf .venv build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache *.egg-info
	@rm -rf lessons/.ipynb_checkpoints
	@find . -path ./work -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
	@if [ -e work ]; then echo "Your solutions and their backups stay in $(CURDIR)/work."; fi
