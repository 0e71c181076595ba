# Fenghuo 烽火. `make up` runs it, `make test` tests it; nothing but Python 3.11+ and make is needed.

PYTHON ?= python3
BIN := .venv/bin
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.PHONY: install up test check bench screenshots lock test-install

install: .venv/base.stamp

.venv/base.stamp: requirements/base.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Fenghuo needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another: make up PYTHON=python3.12")'
	echo "[1/2] virtual environment"
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	echo "[2/2] packages, from locked versions"
	$(BIN)/uv pip sync --quiet --python $(BIN)/python requirements/base.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@
