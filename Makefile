# Fenghuo 烽火. `make up` runs it, `make test` tests it; nothing but Python 3.11+ and make is needed.

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
INTO := --quiet --python $(BIN)/python
TORCH := torch==2.13.0
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.PHONY: install up test check bench screenshots lock browser

install: .venv/base.stamp

.venv/base.stamp: requirements/base.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Fenghuo needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another: make up PYTHON=python3.12")'
	echo "[1/2] virtual environment"
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	echo "[2/2] packages, from locked versions"
	$(UV) pip install $(INTO) -r requirements/base.txt
	$(UV) pip install $(INTO) --no-deps --editable .
	touch $@

# DEMO=no starts without the demo, DEMO=yes asks for it; PORT=8010 takes another port.
up: .venv/base.stamp
	@exec $(BIN)/fenghuo up $(if $(filter no,$(DEMO)),--no-demo,$(if $(DEMO),--demo)) $(if $(PORT),--port $(PORT))

.venv/tools.stamp: .venv/base.stamp requirements/test.txt
	@echo "[tools] what tests and checks need"
	$(UV) pip install $(INTO) -r requirements/test.txt
	touch $@

# torch comes by plain pip, which takes a local CPU build where pip is told of one.
.venv/model.stamp: .venv/tools.stamp requirements/model.txt
	@echo "[model] torch; this is the long part of the first 'make test'"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(TORCH)
	echo "[model] the rest of the extra 'model'"
	$(UV) pip install $(INTO) -r requirements/model.txt
	touch $@

browser:
	@if command -v chromium chromium-browser google-chrome >/dev/null; then exit 0; fi
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		echo "[browser] chromium, from the system's packages"
		export DEBIAN_FRONTEND=noninteractive
		apt-get update -qq
		apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null
	else
		echo "[browser] no chromium here, and none can be installed without root:" >&2
		echo "          the tests marked 'browser' fail until you install it" >&2
	fi

check: .venv/tools.stamp
	@$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# All on SQLite; the database rooms again on a real PostgreSQL; the services with real processes.
# The suite starts hundreds of processes; where nothing compiled is kept, each would compile anew.
test: .venv/model.stamp browser
	@unset PYTHONDONTWRITEBYTECODE
	echo "[1/3] everything on SQLite"
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not services"
	echo "[2/3] the rooms with tables, on a real PostgreSQL"
	$(BIN)/python -m tests.run_on_postgres
	echo "[3/3] real processes on a real PostgreSQL and a real Redis"
	$(BIN)/python -m pytest -m services

bench: .venv/tools.stamp
	@$(BIN)/python -m benchmarks $(BENCH)

screenshots: .venv/tools.stamp browser
	@$(BIN)/python -m tests.take_screenshots

# Renews the locked versions; torch is left out of model.txt because it is installed by pip, see above.
lock: .venv/tools.stamp
	@compile() { $(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate "$$@"; }
	compile pyproject.toml -o requirements/base.txt
	compile pyproject.toml --extra test -c requirements/base.txt -o requirements/test.txt
	compile requirements/model.in --python-version 3.11 -c requirements/test.txt -o requirements/model.txt
