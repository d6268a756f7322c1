# The one list of what can be done here. Each command works as the first one in a fresh clone.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
FLEET ?= inventory/demo/fleet.yml
APPLIANCES ?= 10 100 1000
LATENCY ?= 0 40 150
SEED ?=
BIN := .venv/bin

export PATH := $(CURDIR)/$(BIN):$(PATH):$(CURDIR)/.cache/auditor/bin
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export ANSIBLE_HOME := $(CURDIR)/.cache/ansible
export HYPOTHESIS_STORAGE_DIRECTORY := $(CURDIR)/.cache/hypothesis
# Modules are compiled once, also where the person's own setting would have each process compile them again: a fifth of the time of the tests.
export PYTHONDONTWRITEBYTECODE :=
export MOLECULE_GLOB := molecule/*/molecule.yml
ifneq (,$(filter C POSIX,$(LC_ALL)))
export LC_ALL := C.UTF-8 # Ansible refuses to start in another character set
endif

# Each worker costs 7 s to start and to collect the tests.
WORKERS ?= $(if $(filter 1 2,$(shell getconf _NPROCESSORS_ONLN)),3,4)
.PHONY: help python setup demo diary test test-all lint ansible-lint source-lint molecule sanity conformance crash chaos mutants lies nights third-party-clients strangers geoipdb auditor-tools report-tools machine-tools awx-collection release matrix simulator bench bench-small costs kept docs pictures coverage lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-19s %s\n", $$1, $$2}' Makefile

setup: .venv/requirements.lock ## Make .venv from requirements.lock (PYTHON=python3.13 picks another Python)

python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) not found: install Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$$($(PYTHON) --version) is too old: Tourniquet needs 3.11 or newer, e.g. make PYTHON=python3.13 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
	  { echo "$(PYTHON) can't make virtual environments: on Debian and Ubuntu, apt install python3-venv." >&2; exit 1; }

.venv/requirements.lock: requirements.lock | python
	@test ! -L .venv || \
	  { echo ".venv is a link: making it again would empty what it points to. Remove the link, then make setup." >&2; exit 1; }
	@echo "Making .venv from requirements.lock (about a minute) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-compile --requirement requirements.lock
	@$(BIN)/python -m compileall -q -j 0 .venv/lib > /dev/null || true # on all cores; some packages bring files that no Python compiles
	@cp requirements.lock $@

demo: setup ## Watch the whole job on a simulated fleet
	@$(BIN)/python -m demo

diary: setup ## Play five weeks of January 2020 on a simulated fleet, and compare each statement of letters, ledger and report with it
	@$(BIN)/python -m tests.diary

# Tests wait a lot (for answers, for processes), so there are more workers than cores. Lint and stories are tests among the others
# (tests/project). tests/conformance is named by itself because it gives the option --facts.
# With REFUSALS they fail where a refusal of the engine is not reached by any of them.
PLAY := $(BIN)/pytest tests tests/conformance -n $(WORKERS) --facts

# What the tests need is made side by side: 23 s instead of 35 in a fresh clone on two cores.
TEST_TOOLS := setup third-party-clients geoipdb auditor-tools
MAKE_SIDE_BY_SIDE := $(MAKE) --no-print-directory --jobs=4

test: ## Run lint, stories and tests, and of the longest tests a fixed sample (WORKERS=3)
	@$(MAKE_SIDE_BY_SIDE) $(TEST_TOOLS)
	@REFUSALS=1 SPARED=1 $(PLAY)

test-all: ## Run everything: also ansible-test sanity, the whole crash matrix, all chaos nights, all third-party clients
	@$(MAKE_SIDE_BY_SIDE) $(TEST_TOOLS) machine-tools awx-collection report-tools matrix
	@ALL=1 REFUSALS=1 ASSERTED=1 $(PLAY)

lint: ansible-lint source-lint ## Check YAML, Ansible content, Python and types

ansible-lint: setup
	$(BIN)/ansible-lint --offline --profile production

source-lint: setup
	$(BIN)/yamllint --strict .
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# For Molecule a playbook that isn't there is only a warning. For us a story counts when all of it was played.
molecule: STORIES := $(if $(SCENARIO),--scenario-name $(SCENARIO),--all)
molecule: LOG := build/molecule/$(or $(SCENARIO),all).log
molecule: setup ## Play the stories (Molecule scenarios) against the simulator (SCENARIO=rollout plays one)
	@mkdir -p $(dir $(LOG))
	set -o pipefail; $(BIN)/molecule --base-config .config/molecule/config.yml test $(STORIES) 2>&1 | tee $(LOG)
	@grep -q 'actions=.* missing=0 ' $(LOG) && ! grep -q 'actions=.*missing=[1-9]' $(LOG) || \
	  { echo "A story was played without a playbook that it names (see 'missing' above)." >&2; exit 1; }

sanity: setup ## Run ansible-test sanity on what the tarball of the collection holds (the first run gets its tools)
	@tests/sanity/run.sh

conformance: setup ## Check the simulator against public facts, show which are covered, and note in tests/conformance/passed.yml that all passed
	@ALL=1 $(BIN)/pytest tests/conformance tests/unit/simulator -n $(WORKERS) --facts

crash: setup ## Play the whole crash matrix: every story, every request, every failure (some half an hour of CPU)
	@CRASH_STRIDE=1 $(BIN)/pytest tests/engine/crash -n $(WORKERS)

chaos: setup ## Play a night of failures over 50 appliances (CHAOS_SECONDS=...; SEED=... CHAOS_ROUNDS=... plays one again)
	@CHAOS_SEED=$(or $(SEED),random) CHAOS_SIZE=$${CHAOS_SIZE:-50} CHAOS_SECONDS=$${CHAOS_SECONDS:-300} $(BIN)/pytest tests/engine/chaos

mutants: setup .cache/mutants/made-from ## Change the engine, and see that tests fail (SAMPLE=300 or all, PACKAGE=change, SEED=17, MODULES=8: of one module in eight)
	@.cache/mutants/bin/python -m tests.mutants $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(PACKAGE),--package $(PACKAGE)) $(if $(SEED),--seed $(SEED)) $(if $(MODULES),--one-module-in $(MODULES))

lies: setup ## Plant lies where statements are made, and see that the nights notice them (LIES=20 of each package, SEED=7, PACKAGE=letters, NIGHTS=20)
	@$(BIN)/python -m tests.lies $(if $(LIES),--lies $(LIES)) $(if $(PACKAGE),--package $(PACKAGE)) $(if $(SEED),--seed $(SEED)) $(if $(NIGHTS),--nights $(NIGHTS))

nights: setup ## Play drawn nights, hold each statement against a witness, and shorten those in which one is untrue (SEED=1, NIGHTS=20)
	@$(BIN)/python -m tests.nights $(or $(SEED),1) $(or $(NIGHTS),20)

.cache/mutants/made-from: tests/mutants/requirements.txt .venv/requirements.lock
	@echo "Making .cache/mutants from tests/mutants/requirements.txt ..."
	@$(BIN)/python -m venv --clear .cache/mutants
	@.cache/mutants/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	  --requirement tests/mutants/requirements.txt
	@cat tests/mutants/requirements.txt > $@

third-party-clients: setup .cache/third-party-clients/made-from ## Install the programs of others that are run against the simulator

strangers: third-party-clients
	@echo "make strangers is deprecated: use make third-party-clients." >&2

CLIENTS := requirements.txt sources.txt python2.py
.cache/third-party-clients/made-from: $(CLIENTS:%=tests/third_party_clients/%) | python
	@echo "Making .cache/third-party-clients from tests/third_party_clients/requirements.txt ..."
	@$(PYTHON) -m venv --clear .cache/third-party-clients
	@.cache/third-party-clients/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes \
	  --requirement tests/third_party_clients/requirements.txt
	@.cache/third-party-clients/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	  --no-build-isolation --requirement tests/third_party_clients/sources.txt
	@.cache/third-party-clients/bin/python -W ignore tests/third_party_clients/python2.py nsnitro netscalertool nitroapi
	@cat $(CLIENTS:%=tests/third_party_clients/%) > $@

auditor-tools: .cache/auditor/ready ## Get ssh-keygen and jq for the tests of signatures, where they are not installed

.cache/auditor/ready: tests/auditor_tools/fetch.sh
	@tests/auditor_tools/fetch.sh $(CURDIR)/.cache/auditor

machine-tools: .cache/machines/made-from ## Get ansible-runner and Receptor for the tests of several machines

.cache/machines/made-from: tests/machines/requirements.txt tests/machines/fetch.sh | python
	@tests/machines/fetch.sh $(CURDIR)/.cache/machines $(PYTHON)
	@cat tests/machines/requirements.txt > $@

awx-collection: .cache/awx/made-from ## Get the collection awx.awx, against which examples/awx is checked

.cache/awx/made-from: tests/machines/awx-requirements.txt tests/machines/fetch_awx.sh .venv/requirements.lock
	@tests/machines/fetch_awx.sh $(CURDIR)/.cache/awx $(CURDIR)/$(BIN)/python
	@cat tests/machines/awx-requirements.txt > $@

report-tools: .cache/report-tools/made-from ## Get selenium, axe-core and csaf for the tests of reports (Chromium is Debian's, where it is installed)

.cache/report-tools/made-from: tests/browser/requirements.txt tests/browser/fetch.sh .venv/requirements.lock
	@tests/browser/fetch.sh $(CURDIR)/.cache/report-tools $(CURDIR)/$(BIN)/python
	@cat tests/browser/requirements.txt > $@

geoipdb: .cache/geoipdb/geoip ## Get the country data of Debian's tor-geoipdb for the tests at full scale

.cache/geoipdb/geoip:
	@echo "Getting tor-geoipdb from Debian into .cache/geoipdb ..."
	@tests/geodata/fetch.sh $(CURDIR)/.cache/geoipdb

simulator: setup ## Run a simulated fleet in the foreground (FLEET=inventory/demo/fleet.yml)
	@$(BIN)/python -m simulator --fleet $(FLEET) --ready-file build/demo/ready.json --ca-file build/demo/ca.pem

bench: setup ## Measure the playbooks on fleets (APPLIANCES='10 100' LATENCY='0 40' WRITE=1), rules, country data, the simulator, recorded traffic, the years of a ledger
	@$(BIN)/python -m tests.bench.expressions
	@$(BIN)/python -m tests.bench.geo
	@$(BIN)/python -m tests.bench.simulator
	@$(BIN)/python -m tests.bench.recorded
	@$(BIN)/python -m tests.bench.growth
	@$(BIN)/python -m tests.bench.fleet --appliances $(APPLIANCES) --rtt $(LATENCY) $(if $(WRITE),--write)

kept: setup ## Compare what verbs, demo and diary print and ask with the kept outputs (PART=closing; ACCEPT="why" keeps what is there now)
	@$(BIN)/python -m tests.kept $(PART) $(if $(ACCEPT),--accept "$(ACCEPT)")

bench-small: setup ## Measure the playbooks at ten appliances, seconds; fails where a ratio is grossly off
	@$(BIN)/python -m tests.bench.fleet --small

costs: setup ## Measure the CPU of each part of make test against its budget in tests/costs.yml (PART="unit" a part)
	@$(BIN)/python -m tests.costs $(if $(PART),"$(PART)")

docs: setup .cache/docs/made-from ## Write what pages show of the tree, and make the site of all pages in build/docs/site (it works offline)
	@$(BIN)/python -m tests.architecture
	@$(BIN)/python -m tests.documentation

pictures: setup ## Draw the pictures of docs/pictures again, from runs on a simulated fleet and from the diary (it needs Chromium and make report-tools)
	@$(BIN)/python -m tests.documentation.pictures

.cache/docs/made-from: tests/documentation/requirements.txt .venv/requirements.lock
	@echo "Making .cache/docs from tests/documentation/requirements.txt ..."
	@$(BIN)/python -m venv --clear .cache/docs
	@.cache/docs/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	  --requirement tests/documentation/requirements.txt
	@cat tests/documentation/requirements.txt > $@

coverage: setup third-party-clients geoipdb ## Run the tests and show what they reach (build/coverage/html)
	@mkdir -p build/coverage
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -n $(WORKERS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage html --quiet
	@$(BIN)/coverage report

matrix: setup ## Make an environment for each Python (3.11 to 3.14) and ansible-core (oldest, newest) that is installed, for make test-all
	@$(BIN)/python -m tests.matrix

release: setup ## Build the tarball of the last commit, lock file, SBOM, licences and changelog into build/release, check them, and say what to publish
	@$(BIN)/python -m release

lock: ## Write the lock files again, keeping the versions that still fit
	@$(PYTHON) -m venv --clear .cache/uv
	@.cache/uv/bin/python -m pip install --quiet --disable-pip-version-check uv
	@.cache/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --custom-compile-command 'make lock' --output-file requirements.lock requirements-dev.txt
	@.cache/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --override tests/third_party_clients/requirements.in --custom-compile-command 'make lock' \
	  --output-file tests/third_party_clients/requirements.txt tests/third_party_clients/requirements.in
	@.cache/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock' \
	  --output-file tests/mutants/requirements.txt tests/mutants/requirements.in
	@.cache/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock' \
	  --output-file tests/documentation/requirements.txt tests/documentation/requirements.in
	@.cache/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock' \
	  --output-file tests/browser/requirements.txt tests/browser/requirements.in
	@.cache/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command 'make lock' \
	  --output-file tests/machines/requirements.txt tests/machines/requirements.in

clean: ## Remove what was made, but not .venv
	@rm -rf build .cache .ansible
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
