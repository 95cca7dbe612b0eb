# The one door for every chore. `make help` lists them.
#
# polars is compiled once for the command, the tests and the Python package:
# all use the same profile and features (DESIGN.md, "Why one profile?").

SHELL := /bin/sh
.DEFAULT_GOAL := help

CARGO ?= cargo
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
# Where the venv keeps its programs: bin, or Scripts on Windows.
BIN = $(VENV)/bin

SAMPLE ?= odense_like
STUDY ?= data-samples/$(SAMPLE)/study.toml
OUT ?= report/$(SAMPLE)

.PHONY: help
help: ## List the chores
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: report
report: ## Run the main job on the sample data (SAMPLE=country for the other)
	$(CARGO) run -p boligspor-cli -- run $(STUDY) --out $(OUT) --internal
	@echo "Open $(OUT)/internal/report.html in a browser: everything, for the secure environment only."
	@echo "Open $(OUT)/released/report.html: what is cleared to leave it; the proof is in $(OUT)/review."

.PHONY: test
test: lint-rust test-rust setup lint-python test-python ## Set up everything and pass all tests and lints

.PHONY: test-rust
test-rust: ## Only the Rust tests, those of the documentation included
	$(CARGO) test --workspace

.PHONY: setup
setup: $(VENV)/installed ## A virtual environment with the package and what its tests need

# Rebuilt when anything the extension module is made of has changed.
$(VENV)/installed: pyproject.toml Cargo.toml Cargo.lock $(shell find crates python -name '*.rs' -o -name 'Cargo.toml')
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

.PHONY: test-python
test-python: setup ## Only the Python tests and the notebooks
	$(BIN)/python -m pytest

.PHONY: lint
lint: lint-rust lint-python ## Formatting and lints of all code

.PHONY: lint-rust
lint-rust: ## Formatting and lints of the Rust code
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings

.PHONY: lint-python
lint-python: setup ## Formatting, lints and types of the Python code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

.PHONY: fmt
fmt: setup ## Format all code
	$(CARGO) fmt --all
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: samples
samples: ## Make the sample registers again, byte for byte
	$(CARGO) run -p boligspor-synth --example samples

.PHONY: docs
docs: ## Write the study schema, rule pages and data dictionary again, and build the Rust documentation
	UPDATE_DOCS=1 $(CARGO) test -p boligspor --lib -- schema reference pages dictionary
	$(CARGO) doc --workspace --no-deps

.PHONY: slow
slow: ## The slow checks: coverage of intervals by simulation
	$(CARGO) test --workspace -- --ignored

.PHONY: against-r
against-r: setup ## Compare the estimators with R's survival and cmprsk on random data (needs R)
	$(BIN)/python tests/against_r/compare.py

.PHONY: bench
bench: ## The sample study at 100,000 and 1,000,000 people (PROFILE=--release: polars optimised too, a long compile)
	$(CARGO) run -p boligspor-cli $(PROFILE) --example bench

.PHONY: bench-estimate
bench-estimate: setup ## The estimators beside their peers (those installed in the environment), from Python
	$(BIN)/python benches/estimate_peers.py

.PHONY: bench-did
bench-did: setup ## Group-time effects beside their peers (PEERS: other interpreters that have them)
	$(BIN)/python benches/did_peers.py --python $(BIN)/python $(PEERS)

.PHONY: bench-registers
bench-registers: setup ## The import of raw registers beside DuckDB and polars (PEOPLE=6000000 for a country)
	$(CARGO) build -p boligspor-cli $(PROFILE)
	$(BIN)/python benches/registers_peers.py --people $(or $(PEOPLE),600000) \
		--command $(or $(CARGO_TARGET_DIR),target)/$(if $(PROFILE),release,debug)/boligspor

.PHONY: bench-costs
bench-costs: setup ## Cost trajectories beside queries by hand (polars, and DuckDB where installed)
	$(CARGO) run -p boligspor-cli --example cost_speed
	$(BIN)/python benches/cost_peers.py

.PHONY: wheel
wheel: setup ## A wheel with the fully optimised profile, in dist/
	$(BIN)/python -m pip install --quiet 'maturin>=1.9,<2'
	$(BIN)/maturin build --profile release --out dist

.PHONY: clean
clean: ## Remove what chores have made, the compiled dependencies excepted
	rm -rf report dist $(VENV) .pytest_cache .ruff_cache .mypy_cache
