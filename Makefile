# `make help` lists the targets. Everything runs in .venv, which is made when needed.

.DEFAULT_GOAL := help

PYTHON ?= python3
VENV ?= .venv
POINTS ?= 5000000
SCALE ?= 1
FIGURES ?= .data/bench
# Each process has database and cache servers of its own.
IN_PARALLEL ?= -n auto --maxprocesses 4 --dist loadfile

IN_VENV := $(VENV)/bin
MANAGE := $(IN_VENV)/python manage.py
FOR_RUNNING := $(VENV)/.installed-for-running
FOR_DEVELOPING := $(VENV)/.installed-for-developing

export PIP_DISABLE_PIP_VERSION_CHECK = 1

# `manage.py check --deploy` wants what production gets from its environment.
AS_IN_PRODUCTION := DJANGO_SETTINGS_MODULE=mtgintel.settings.production \
	ALLOWED_HOSTS=market.example DATABASE_URL=postgresql://localhost/mtgintel \
	REDIS_URL=redis://localhost:6379/0

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: $(FOR_RUNNING) ## Start everything on http://127.0.0.1:8000 (HOST, PORT, MTGINTEL_DATA_DIR)
	@exec $(IN_VENV)/python -m mtgintel.core.embedded --stop-with-parent

.PHONY: migrate
migrate: $(FOR_RUNNING) ## Bring the database's tables up to date
	@$(MANAGE) migrate

.PHONY: demo
demo: migrate ## Fill the database with the demo market
	@$(MANAGE) demo

.PHONY: ingest trigger-scrape
ingest: migrate ## Fetch catalogue and prices from every public feed
	@$(MANAGE) ingest all
trigger-scrape: ingest ## The same as ingest

.PHONY: test
test: $(FOR_DEVELOPING) ## Run all tests, on both database engines and under load
	$(IN_VENV)/python -m pytest $(IN_PARALLEL)
	$(IN_VENV)/python -m pytest $(IN_PARALLEL) -m storage --engine=timescale
	$(IN_VENV)/python -m pytest -m fire tests/fire

.PHONY: lint
lint: $(FOR_DEVELOPING) ## Check style, types, imports, templates, migrations and settings
	$(IN_VENV)/ruff check .
	$(IN_VENV)/ruff format --check .
	$(IN_VENV)/mypy
	$(IN_VENV)/lint-imports
	$(IN_VENV)/djlint --quiet --check templates
	$(IN_VENV)/djlint --quiet --lint templates
	@# The test settings fail at once where no server runs; migrations are files.
	DJANGO_SETTINGS_MODULE=mtgintel.settings.test $(IN_VENV)/python \
		-W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	SECRET_KEY=$$($(IN_VENV)/python -c 'import secrets; print(secrets.token_hex(50))') \
		$(AS_IN_PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING

# Not part of lint, which works without a network. Strict: a package that the server says
# nothing about fails it as well, so that silence is not taken for safety.
.PHONY: audit
audit: $(FOR_DEVELOPING) ## Ask pypi.org for known vulnerabilities of what is installed
	$(IN_VENV)/pip-audit --strict --progress-spinner off

.PHONY: bench
bench: $(FOR_DEVELOPING) ## Measure ingest, reads and sockets (POINTS, SCALE=1), or all at SCALE=full
	$(IN_VENV)/python -m benchmarks --points $(POINTS) --scale $(SCALE) --figures $(FIGURES)

.PHONY: screenshots
screenshots: $(FOR_DEVELOPING) ## Take a picture of every page into docs/screenshots
	$(IN_VENV)/python -m tests.e2e.screenshots

$(FOR_RUNNING): requirements.txt requirements-embedded.txt
	@$(call install,-r requirements.txt -r requirements-embedded.txt)

$(FOR_DEVELOPING): requirements-dev.txt requirements.txt requirements-embedded.txt
	@$(call install,-r requirements-dev.txt) && touch $(FOR_RUNNING)

define install
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed: name one, as in make $(MAKECMDGOALS) PYTHON=python3.12" >&2; \
		exit 1; \
	}; \
	echo "Installing into $(VENV) ..."; \
	$(PYTHON) -m venv $(VENV) && \
	$(IN_VENV)/python -m pip install --quiet $(1) && \
	touch $@
endef
