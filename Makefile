# The two commands that matter: `make publish` and `make test`. `make help` lists the rest.

VENV := .venv
BIN := $(VENV)/bin
# The newest Python on this machine that is new enough; `make PYTHON=/path/to/python` decides.
PYTHON := $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; \
	done)

.DEFAULT_GOAL := help
.PHONY: help publish build check plan serve test quick test-lowest test-newest lint types ci bench-quick screenshots audit docs schema lock picture test-servers clean

help: ## List what there is to run
	@grep -E '^[a-z -]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 26

publish: $(VENV)/ready ## Build, check and publish the site
	@$(BIN)/python publish.py

build check plan serve: $(VENV)/ready ## Run one command of publish.py
	@$(BIN)/python publish.py $@

test: $(VENV)/ready-dev ## Run all tests, the browser's included
	@$(BIN)/python -m pytest -q -n auto --dist loadgroup

test-servers: $(VENV)/ready-dev ## Run the whole life of a site on real S3 servers (installs Ceph)
	@$(BIN)/python -m tests.servers

quick: $(VENV)/ready-dev ## Run the tests that need no network, browser or server, in a minute
	@$(BIN)/python -m pytest -q -n auto --dist loadgroup --quick

test-lowest: $(VENV)/ready-dev ## Run the quick tests with the lowest versions that are allowed
	@infra/scripts/test_versions.sh lowest "$(PYTHON)"

test-newest: $(VENV)/ready-dev ## Run the quick tests with the newest versions; PYTHON=python3.14 decides
	@infra/scripts/test_versions.sh newest "$(PYTHON)"

lint: $(VENV)/ready-dev ## Look for errors in the code's form, and for code that nothing uses
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/vulture

types: $(VENV)/ready-dev ## Check the types
	@$(BIN)/mypy

ci: lint types test ## All that must hold before a change is shared

bench-quick: $(VENV)/ready-dev ## Measure building and reading Markdown, in two minutes at most
	@$(BIN)/python bench/build.py --quick

screenshots: $(VENV)/ready-dev ## Picture every kind of page at three widths in both schemes
	@$(BIN)/python tests/theme/screenshots.py

audit: $(VENV)/ready-dev ## Let Lighthouse, axe and the Nu HTML checker judge every page
	@$(BIN)/python -m tests.audit

docs: $(VENV)/ready-dev ## Build the documentation as a site of its own, into .tidepost/docs/_site/
	@$(BIN)/python tools/docs_site.py

schema: $(VENV)/ready-dev ## Write the schemas for editors, docs/settings.md and docs/commands.md
	@$(BIN)/python tools/schema.py

lock: $(VENV)/ready-dev ## Work out requirements.txt and requirements-dev.txt again
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url \
		--no-annotate -o requirements.txt pyproject.toml
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-header --no-emit-index-url \
		--no-annotate --group dev -c requirements.txt -o requirements-dev.txt pyproject.toml

picture: $(VENV)/ready-dev ## Draw the packages in docs/architecture.md, and the README's picture
	@$(BIN)/python tools/package_picture.py
	@$(BIN)/python tools/post_picture.py

clean: ## Remove everything that was made here, but not what was published
	rm -rf $(VENV) .tidepost _site .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/ready: requirements.txt
	@$(call install,requirements.txt)
	@touch $@

$(VENV)/ready-dev: requirements-dev.txt
	@$(call install,requirements-dev.txt)
	@touch $@ $(VENV)/ready

# Python's own venv where it is there, uv where it is not (Debian packs venv apart from Python).
define install
set -e; \
if [ -z "$(PYTHON)" ]; then \
	if command -v uv >/dev/null; then uv venv -q --seed --allow-existing --python '>=3.11' $(VENV); \
	else echo "Tidepost needs Python 3.11 or newer: install it, or uv, and run make again." >&2; exit 1; fi; \
elif "$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null; then \
	[ -x $(BIN)/python ] || "$(PYTHON)" -m venv $(VENV); \
elif command -v uv >/dev/null; then \
	[ -x $(BIN)/python ] || uv venv -q --seed --python "$(PYTHON)" $(VENV); \
else \
	echo "This Python has no venv module: run 'apt install python3-venv' (or install uv) and try again." >&2; exit 1; \
fi; \
echo "Installing what $(1) lists ..."; \
if $(BIN)/python -c 'import pip' 2>/dev/null; then \
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1); \
else uv pip install -q --python $(BIN)/python --require-hashes -r $(1); fi
endef
