# GNU make. `make` alone lists what it can do; everything else it needs, it installs (.venv, requirements/*.txt).

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
PYTEST_ARGS ?=
WORKERS ?= 2
export UV_HTTP_TIMEOUT ?= 180

VENV := .venv
BIN := $(VENV)/bin

# Sets of pinned packages: `demo` is what the embedded product needs, `dev` is everything and serves for the demo too
# (`server`, with the drivers but without Airflow and Spark, is for the Dockerfile).
SETS := dev demo
stamp = $(VENV)/.$(1).installed
DEV := $(call stamp,dev)
DEMO := $(or $(wildcard $(DEV)),$(call stamp,demo))

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: $(DEMO) ## simulate traffic, process it, and write a report: the product in one command
	@$(BIN)/admetrics demo

.PHONY: test
test: $(DEV) system lint ## lint, then run all tests in WORKERS=2 processes (PYTEST_ARGS="-k lake" for some of them)
	$(BIN)/pytest -n $(WORKERS) $(PYTEST_ARGS)

.PHONY: lint
lint: $(DEV) ## check style, types and the rules of who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: $(DEV) ## format the code and mend what can be mended
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

.PHONY: bench
bench: $(DEV) ## measure rates and ratios
	$(BIN)/python -m benchmarks

.PHONY: generate
generate: $(DEV) ## write what is made of the catalog of metrics anew: code, schema, parts of the docs, dashboards
	$(BIN)/python -m generate

.PHONY: growth
growth: $(DEV) ## add a metric to a copy of the project, and run all linters and unit tests there
	$(BIN)/python -m tests.growth

.PHONY: crash-test crash-test-stack
crash-test: $(DEV) ## kill 1,000 processes at every effect, embedded, and check every table (10 minutes)
	$(BIN)/python -m tests.crashes 1000

crash-test-stack: $(DEV) system ## kill 100 processes over real servers
	$(BIN)/python -m tests.crashes 100 --servers

.PHONY: attack soak
attack: $(DEV) ## attack the product from outside in every known way, and show what each attack came to (15 minutes)
	$(BIN)/python -m tests.attack

SOAK_MINUTES ?= 40
soak: $(DEV) ## run for long with hostile records, beside a run without (SOAK_MINUTES=40)
	$(BIN)/python -m tests.attack.soak $(SOAK_MINUTES)

.PHONY: simulate-long
WALKS ?= 100000
simulate-long: $(DEV) ## simulate runners, loaders and writers for hours (WALKS=100000, other ones each time)
	SIMULATIONS=$(WALKS) $(BIN)/pytest tests/simulation/test_simulation.py --override-ini timeout=0

.PHONY: planted
planted: $(DEV) system ## plant bugs into copies of the code, and show which test catches each (15 minutes)
	$(BIN)/python -m tests.planted

.PHONY: fuzz
FUZZ_SECONDS ?= 300
fuzz: $(DEV) requirements/fuzz.txt ## fuzz what reads bytes from outside (FUZZ_SECONDS=300 for each target), and keep the corpus
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/fuzz.txt
	$(BIN)/python -m tests.fuzz $(FUZZ_SECONDS)

.PHONY: mutation
MUTATION_SECONDS ?= 1800
mutation: $(DEV) requirements/mutation.txt ## change the code in every small way, and show what no test notices (MUTATION_SECONDS=1800 for each layer)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/mutation.txt
	$(BIN)/python -m tests.mutation $(MUTATION_SECONDS)

.PHONY: audit
audit: $(DEV) requirements/audit.txt ## ask PyPI whether a pinned package has a known weakness (needs the network)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/audit.txt
	$(BIN)/pip-audit --strict --disable-pip --require-hashes $(foreach set,$(wildcard requirements/*.txt),-r $(set))

.PHONY: services-up services-down
services-up: $(DEV) system ## start the servers of the integration tests, and leave them running
	$(BIN)/python -m tests.servers up

services-down: $(DEV) ## stop them
	$(BIN)/python -m tests.servers down

.PHONY: spark-connect
spark-connect: $(DEV) system ## run a Spark Connect server with the connectors, on 127.0.0.1:15002
	@scripts/spark-connect

.PHONY: system
system: ## install what the tests need beyond Python packages: a browser, Java, Maven
	@scripts/ensure-system tests

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
FROM_DEV := -c requirements/dev.txt

.PHONY: lock
lock: $(call stamp,uv) ## pin requirements/*.txt anew (UPGRADE=1: to the newest versions)
	$(COMPILE) $(if $(UPGRADE),--upgrade) --all-extras --group dev -o requirements/dev.txt pyproject.toml
	$(COMPILE) --extra report --extra serve --group build $(FROM_DEV) -o requirements/demo.txt pyproject.toml
	$(COMPILE) $(foreach e,cassandra kafka metrics mysql report serve,--extra $e) --group build \
		$(FROM_DEV) -o requirements/server.txt pyproject.toml
	echo 'atheris==3.0.0' | $(COMPILE) $(FROM_DEV) -o requirements/fuzz.txt -
	echo 'mutmut==3.8.1' | $(COMPILE) $(FROM_DEV) -o requirements/mutation.txt -
	echo 'pip-audit==2.10.1' | $(COMPILE) $(FROM_DEV) -o requirements/audit.txt -
	@cp -p requirements/uv.txt build.uv.txt
	echo uv | $(COMPILE) $(FROM_DEV) -o requirements/uv.txt -
	@if cmp -s build.uv.txt requirements/uv.txt; then touch -r build.uv.txt requirements/uv.txt; fi # .venv can stay
	@rm build.uv.txt

.PHONY: clean
clean: ## remove .venv, caches and builds; data stays
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(call stamp,uv): requirements/uv.txt
	@scripts/ensure-system python "$(PYTHON)"
	"$(PYTHON)" -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

# Without build isolation the build backend is the pinned one too.
$(foreach s,$(SETS),$(call stamp,$s)): $(VENV)/.%.installed: requirements/%.txt pyproject.toml $(call stamp,uv)
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes $<
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@
