# Everything happens in .venv, which the first target makes from the lock file.
PYTHON ?= python3
BIN := .venv/bin
DATA ?= data/sample
PERIOD ?= last-month

.PHONY: help setup report test test-all test-newest check lab golden sample lock docs clean

help:
	@echo "make report   write the reports of DATA=$(DATA) for PERIOD=$(PERIOD) to reports/"
	@echo "make test     run the tests that this machine has what they need for"
	@echo "make test-all install what they need (Chromium, databases ...) and run every test"
	@echo "make test-newest  run the tests with the newest releases that pyproject.toml allows"
	@echo "make lab      open the notebooks in JupyterLab"
	@echo "make check    lint, formatting, types"
	@echo "make golden   renew reports/sample/, the golden copy that the tests verify"
	@echo "make sample   renew data/sample/"
	@echo "make docs     renew the generated pages in docs/"
	@echo "make lock     renew requirements.lock after a change in pyproject.toml"

setup: .venv/ready

# Without ensurepip, which some systems package apart; their pip installs into the environment from outside.
.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cxkit needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12 report")'
	@echo "Setting up .venv (once; a few minutes)"
	@$(PYTHON) -m venv --clear --without-pip .venv
	@$(PYTHON) -m pip --disable-pip-version-check --python $(BIN)/python install --quiet --requirement requirements.lock
	@$(PYTHON) -m pip --disable-pip-version-check --python $(BIN)/python install --quiet --no-deps --editable .
	@touch $@

report: setup
	@$(BIN)/cxkit report --data $(DATA) --period $(PERIOD)

# Nothing may be left out where CXKIT_TEST_ALL is set.
define RUN_TESTS
@$(BIN)/pytest --doctest-modules cxkit --quiet
@$(BIN)/pytest --numprocesses auto --dist loadfile $(if $(CXKIT_TEST_ALL),-m "")
endef

test: setup
	$(RUN_TESTS)

test-all: setup
	@.ci/install
	@CXKIT_TEST_ALL=1 $(MAKE) --no-print-directory test

# To be run on a schedule: what breaks here will break for whoever installs without the lock file.
test-newest: BIN := .venv-newest/bin
test-newest:
	@$(PYTHON) -m venv --clear --without-pip .venv-newest
	@$(PYTHON) -m pip --disable-pip-version-check --python $(BIN)/python install --quiet uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --group dev --editable .
	@sed -n 's/^\([a-z][^ ]*\).*/\1/p' requirements.lock > .venv-newest/locked
	@echo "Not as in requirements.lock:"; $(BIN)/uv pip freeze --quiet --exclude-editable --python $(BIN)/python | grep -vxFf .venv-newest/locked || true
	$(RUN_TESTS)

lab: setup
	$(BIN)/jupyter lab --notebook-dir . notebooks

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

golden: setup
	$(BIN)/cxkit report --data data/sample --period 2026-10 --out reports/.golden --force
	rm -rf reports/sample && mv reports/.golden/2026-10 reports/sample && rm -rf reports/.golden

sample: setup
	rm -rf data/.sample
	$(BIN)/cxkit sample --out data/.sample
	rm -rf data/sample && mv data/.sample data/sample

docs: setup
	$(BIN)/python -m cxkit.catalogue

lock: setup
	$(PYTHON) -m pip --python $(BIN)/python install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --no-header --quiet --output-file requirements.lock

clean:
	rm -rf .venv .venv-newest .pytest_cache .mypy_cache .ruff_cache .hypothesis
