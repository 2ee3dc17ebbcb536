# Two commands: `make run` to try Tracte, `make test` to trust it. `make help` lists the rest.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

HOST ?= 127.0.0.1
PORT ?= 8000
TEST_PROCESSES ?= 2
RECORDS ?= 10000

# Any Python from 3.11 on; PYTHON= chooses one.
PYTHON ?= $(firstword $(foreach name,python3.11 python3 python3.12 python3.13 python3.14,$(if $(shell $(name) -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null),$(name))))

VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.stamps
INSTALL := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-input
BUILT := src/tracte/web/static/built/manifest.json
FRONTEND := $(shell find frontend/src frontend/plugins -type f 2>/dev/null) frontend/vite.config.ts
TEMPLATES := $(shell find src/tracte -name '*.html' -not -path '*/static/*')
ICONS := $(wildcard src/tracte/web/icons.txt)
CATALOGUES := $(wildcard src/tracte/locale/*/LC_MESSAGES/*.po)

.PHONY: help run setup test check bench lock messages

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

run: setup ## Run Tracte with a demo firm on http://localhost:8000 (PORT=, HOST=)
	@HOST='$(HOST)' PORT='$(PORT)' exec sh tools/run.sh

setup: $(STAMPS)/package $(BUILT) $(STAMPS)/catalogues ## Install what Tracte needs into .venv and build the front end

test: setup $(STAMPS)/dev ## Run every test on SQLite and on PostgreSQL (ARGS= goes to pytest)
	@$(BIN)/python tools/test.py -n $(TEST_PROCESSES) $(ARGS)

check: setup $(STAMPS)/dev ## Run the linters, type checkers and contracts
	@$(BIN)/python tools/check.py

bench: setup ## Measure the speed (RECORDS=, ARGS=)
	@$(BIN)/tracte bench --records $(RECORDS) $(ARGS)

messages: setup ## Bring the translation catalogues up to date with the texts
	@$(BIN)/python tools/catalogue.py update

lock: $(STAMPS)/dev ## Choose new versions for every dependency
	@sh tools/lock.sh

$(STAMPS)/venv:
	@test -n '$(PYTHON)' || { echo 'Tracte needs Python 3.11 or newer (make PYTHON=/path/to/python).' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo 'Python could not make an environment; on Debian: apt install python3-venv.' >&2; exit 1; }
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: requirements/run.lock $(STAMPS)/venv
	@echo 'Installing Python packages ...'
	@$(INSTALL) --require-hashes -r requirements/run.lock
	@touch $@

$(STAMPS)/dev: requirements/dev.lock $(STAMPS)/run
	@echo 'Installing the tools for tests and checks ...'
	@$(INSTALL) --require-hashes -r requirements/dev.lock
	@touch $@

$(STAMPS)/package: pyproject.toml $(STAMPS)/run
	@$(INSTALL) --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(STAMPS)/node: tools/node.py requirements/node.lock $(STAMPS)/run
	@test "`$(BIN)/python tools/node.py --which`" = system || \
	  { echo 'Installing Node ...'; $(INSTALL) --require-hashes -r requirements/node.lock; }
	@touch $@

$(STAMPS)/packages: frontend/package-lock.json frontend/package.json $(STAMPS)/node
	@echo 'Installing front-end packages ...'
	@$(BIN)/python tools/node.py ci --ignore-scripts --loglevel=error
	@touch $@

$(BUILT): $(STAMPS)/packages $(FRONTEND) $(TEMPLATES) $(ICONS)
	@echo 'Building the front end ...'
	@$(BIN)/python tools/node.py run --silent build -- --logLevel=warn
	@touch $@

$(STAMPS)/catalogues: $(CATALOGUES) tools/catalogue.py $(STAMPS)/run
	@$(BIN)/python tools/catalogue.py compile
	@touch $@
