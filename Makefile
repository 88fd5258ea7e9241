# `make run` and `make test` do all they need; the other targets are the steps they are made of.

# cargo puts its output elsewhere if the variable is set
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
# where rustup and cargo put commands, and wasm-opt
export PATH := $(CURDIR)/end2end/node_modules/binaryen/bin:$(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)

# how the server finds the files for the browser
SITE := LEPTOS_OUTPUT_NAME=assay LEPTOS_SITE_ROOT=$(CURDIR)/target/site
# further arguments of `assay serve`, e.g. make run ARGS="--live simulator"
ARGS ?=

# the halves of `app` are checked apart: built together they would clash
SERVER := -p server -p app --features app/ssr
BROWSER := -p frontend -p app --features app/hydrate --target wasm32-unknown-unknown

.PHONY: help run build watch test setup setup-tests format lint unit browser bench
.NOTPARALLEL:

help:
	@echo 'make run    build the release and start it on http://127.0.0.1:3000 (more arguments: ARGS="…")'
	@echo 'make test   everything that must pass: format, lints, Rust tests, release build, browser tests'
	@echo 'make watch  debug build that rebuilds and restarts by itself'
	@echo 'make bench  benchmarks, and the peers beside ours where their scripts are'

run: build
	@echo '==> starting the server (stop it with Ctrl-C)' >&2
	@$(SITE) "$(TARGET)/release/assay" serve $(ARGS)

test: setup-tests format lint unit build browser

setup:
	@scripts/setup

setup-tests:
	@scripts/setup tests

build: setup
	@echo '==> building the release' >&2
	@cargo leptos build --release --precompress

watch: setup
	@cargo leptos watch -- serve $(ARGS)

format:
	@echo '==> checking the format' >&2
	@cargo fmt --all --check

lint: setup
	@echo '==> checking for lint findings' >&2
	@cargo clippy $(SERVER) --all-targets -- -D warnings
	@cargo clippy $(BROWSER) -- -D warnings

unit:
	@echo '==> running the Rust tests' >&2
	@cargo test $(SERVER)

# tests the release build as it is: `make build` first
browser: setup-tests
	@echo '==> running the browser tests' >&2
	@cd end2end && npm run --silent check
	@cd end2end && ASSAY_BIN="$(TARGET)/release/assay" npm run --silent test -- $(ARGS)

# a file of your own: make bench ARGS="--file candles.csv"; peers are timed beside it where their scripts are
PEERS ?= ../shared/peers
bench: setup
	@cargo bench -p server
	@cargo build --release -p server --bin assay
	@scripts/bench "$(TARGET)/release/assay" --peers "$(PEERS)" --work "$(TARGET)/bench" $(ARGS)
