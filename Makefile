# Everything that a person or CI types. `make` alone prints what there is.
# Set-up is made of stamp files: a step runs again only when what it was made from has changed.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
NIGHT ?= examples/psg-juventus.toml
ARGS ?=
WEB := src/kickoff/web/vendor

.DEFAULT_GOAL := help
.PHONY: docs help setup setup-test run rehearse-many test check format lock clean
.DELETE_ON_ERROR:

help: ## print this list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { sub(/%/, "NAME", $$1); printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/stamp-project $(WEB)/stamp ## install what `make run` needs: locked Python packages, web assets
	@:

setup-test: setup $(VENV)/stamp-test ## install what `make test` needs besides: test packages, and servers and a browser by apt
	@scripts/test-programs

run: setup ## play a match night and serve it, e.g. make run ARGS=--exit
	@$(BIN)/kickoff run $(NIGHT) $(ARGS)

rehearse-many: setup ## rehearse a thousand short nights with drawn troubles: the seven rules must hold on each (the third, bytes a place, on large ones)
	@$(BIN)/kickoff rehearse examples/one-minute.toml --many 1000 $(ARGS)

test: setup-test ## run every test, e.g. make test ARGS="-k door"
	@$(BIN)/pytest tests --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

check: setup $(VENV)/stamp-test ## check format, lint, types and the layout's rules, as CI does first
	@$(BIN)/ruff format --check --quiet . || { echo "make check: 'make format' writes these as they should be" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pytest tests/architecture --quiet

format: $(VENV)/stamp-test ## write the code in the project's format, mend what lint can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: setup ## write docs/facts.md and docs/settings.md anew from the code
	@$(BIN)/python scripts/generate_docs.py

bench-%: setup $(VENV)/stamp-test ## measure one of the README's numbers, e.g. make bench-door (bench/door.py)
	@scripts/bench $* $(ARGS)

lock: $(VENV)/stamp-uv ## bring requirements/*.txt and package-lock.json to the newest releases that fit
	@scripts/lock

clean: ## remove what set-up and tests made; out/ and its nights stay
	rm -rf $(VENV) node_modules $(WEB) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Set-up, step by step.

$(VENV)/stamp-uv: requirements/uv.txt
	@scripts/python-environment $(VENV)
	@touch $@

$(VENV)/stamp-run: $(VENV)/stamp-uv requirements/run.txt
	@scripts/python-packages install requirements/run.txt
	@touch $@

$(VENV)/stamp-project: $(VENV)/stamp-run pyproject.toml
	@scripts/python-packages project
	@touch $@

$(VENV)/stamp-test: $(VENV)/stamp-project requirements/test.txt
	@scripts/python-packages sync requirements/test.txt
	@scripts/python-packages project
	@touch $@

$(WEB)/stamp: $(VENV)/stamp-run package-lock.json scripts/web-assets
	@scripts/web-assets $(WEB)
	@touch $@
