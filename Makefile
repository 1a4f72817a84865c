# Two commands do everything: `make run` and `make test`. Both set up what they need the first time.
.DEFAULT_GOAL := help
.PHONY: help setup run test soak bench lint format messages picture packages
PYTHON ?=
STRICT ?=
ENGINES ?= sqlite,postgresql,sqlite
python := .venv/bin/python
pip := $(python) -m pip --disable-pip-version-check --quiet install --require-hashes --only-binary :all:
export PYTHON STRICT

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1#\2/p' Makefile | column -t -s '#'

setup: .venv/.run ## make the virtual environment

run: .venv/.run ## set up, load the demo, serve it and print links to open
	@.ci/packages run
	@exec $(python) manage.py demo

test: .venv/.test ## every test on SQLite and PostgreSQL; STRICT=1 fails on any skip
	@.ci/packages test
	@TEST_ENGINES=$(ENGINES) $(python) -m pytest --dist each --tx '$(words $(subst $(comma), ,$(ENGINES)))*popen' $(ARGS)

soak: .venv/.test ## the long tests as well: full grids, races, kills, random seeds
	@.ci/packages test
	@HYPOTHESIS_PROFILE=soak TEST_ENGINES=$(ENGINES) $(python) -m pytest -m '' --dist each --tx '$(words $(subst $(comma), ,$(ENGINES)))*popen' $(ARGS)

bench: .venv/.test ## ratios against the floor, median of at least five rounds
	@$(python) -m tests.bench $(ARGS)

lint: .venv/.test ## form, types, templates, rooms, migrations, catalogues
	@$(python) -m tests.lint

format: .venv/.test ## rewrite Python in the house's form
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix --exit-zero --quiet .

messages: .venv/.test ## collect the words to translate and compile the catalogues
	@$(python) -m tests.catalogues collect

picture: .venv/.test ## make README's picture anew from the demo
	@.ci/packages test
	@$(python) -m tests.picture

packages: ## install the Debian packages for tests and papers, or say which are missing
	@.ci/packages test

.venv/bin/python:
	@found=$$(.ci/find-python) && echo "Using $$found, $$("$$found" --version)" && "$$found" -m venv --clear .venv

.venv/.run: requirements.txt | .venv/bin/python
	@echo "Installing what the site needs"
	@$(pip) -r requirements.txt
	@touch $@

.venv/.test: requirements-dev.txt requirements.txt | .venv/.run
	@echo "Installing what the tests need"
	@$(pip) -r requirements-dev.txt
	@touch $@

comma := ,
