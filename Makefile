# What can be done with this checkout. Every target sets itself up: only Python 3.11+ and make are needed, and the
# network only for installing. `make` alone lists the targets.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WEATHER := examples/weather/jobs.py:seattle_weather -c examples/weather/config.yaml

.DEFAULT_GOAL := help
.PHONY: help demo test test-s3 test-dask test-tmux test-shells lint types imports bench compare completions wheel clean distclean

help:  ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | while IFS="$$(printf '\t')" read -r name text; \
		do printf '  make %-12s %s\n' "$$name" "$$text"; done

demo: $(VENV)/ready  ## run the weather job on four years of real data, with the live board
	@$(BIN)/dagjob run $(WEATHER)
	@echo "the report: examples/weather/output/report.html"

test: $(VENV)/ready-dev  ## run the tests, on all cores; ARGS="tests/plan -x" runs some
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

test-s3: $(VENV)/ready-s3  ## run the tests that want an S3 server, which is installed for them
	@$(BIN)/python -m pytest tests/builtin/test_object_stores.py

test-dask: $(VENV)/ready-dask  ## run the tests that want a Dask cluster, which is installed for them
	@DAGJOB_TESTS_DASK=1 $(BIN)/python -m pytest -n auto -k dask tests/dask tests/launch/test_runs_alike.py tests/executors/test_executors_alike.py

test-tmux: $(VENV)/ready-dev  ## run the board in a real tmux, which must be here
	@DAGJOB_TESTS_TMUX=1 $(BIN)/python -m pytest tests/display/test_in_tmux.py

test-shells: $(VENV)/ready-dev  ## press Tab in real shells: bash, zsh and fish, as far as they are here
	@DAGJOB_TESTS_SHELLS=1 $(BIN)/python -m pytest tests/cli/test_completion_in_shells.py

test-browser: $(VENV)/ready-browser  ## look at the HTML pages with Chromium, which must be here with its driver
	@$(BIN)/python -m pytest tests/browser

lint: $(VENV)/ready-dev  ## check style and format, change nothing
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: $(VENV)/ready-dev  ## check the types, strictly: ours, and those of modules that use us
	@$(BIN)/mypy
	@$(BIN)/mypy --strict tests/typed

imports: $(VENV)/ready-dev  ## check that imports only go down the floors
	@$(BIN)/lint-imports --no-cache

bench: $(VENV)/ready  ## measure, and compare with the budgets
	@$(BIN)/python benchmarks/run_all.py

compare: $(VENV)/ready  ## run the modules of tests/compat under Dagster, too: make compare DAGSTER=path/to/its/python
	@$(BIN)/python tests/compat/compare_modules.py $(DAGSTER)

completions: $(VENV)/ready  ## write the completion scripts again
	@for shell in bash zsh fish; do $(BIN)/dagjob completions $$shell > completions/dagjob.$$shell || exit 1; done

wheel: $(VENV)/ready-dev  ## build the wheel, and try it alone in an empty environment
	@.ci/try-wheel $(BIN)/python

clean:  ## remove what running and testing left behind
	rm -rf .dagjob examples/weather/output build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name '.venv*' -prune -o -name __pycache__ -type d -exec rm -rf {} +

distclean: clean  ## the same, and the environments
	rm -rf $(VENV) .venv-3.*

# The environment. The stamps make the second time quick; a change of pyproject.toml installs again.

$(VENV)/bin/python:
	@command -v $(PYTHON) > /dev/null || { echo "make: no '$(PYTHON)' here; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "make: dagjob needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -V 2>&1 | cut -d' ' -f2);" \
			"name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "creating $(VENV) with $$($(PYTHON) -V)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/ready: pyproject.toml | $(VENV)/bin/python
	@echo "installing dagjob into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

# pip knows dependency groups from 25.1 on, and a fresh environment may have an older one.
$(VENV)/ready-dev: pyproject.toml | $(VENV)/ready
	@echo "installing the tools for tests and checks"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@

$(VENV)/ready-browser: pyproject.toml | $(VENV)/ready-dev
	@echo "installing what drives a browser"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group browser
	@touch $@

# uv does in seconds what pip needs a minute for: to find the versions of the libraries of AWS that fit each other.
$(VENV)/ready-s3: pyproject.toml | $(VENV)/ready-dev
	@echo "installing an S3 server"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile 'uv>=0.7'
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --group s3
	@touch $@

$(VENV)/ready-dask: pyproject.toml | $(VENV)/ready-dev
	@echo "installing Dask"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dask]'
	@touch $@
