.DEFAULT_GOAL := help
.PHONY: help run dev build test lint lint-deps fmt fuzz services services-stop bench clean setup

LATCHKEY := target/debug/latchkey

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

run: build data ## install what is missing, build, load the demo, serve on http://localhost:8080
	$(LATCHKEY) apply -f examples/demo.yaml
	exec $(LATCHKEY) serve --demo

dev: build data ## like run, with more logs, mails in data/mail and messages to phones in data/messages
	mkdir -p data/mail data/messages
	$(LATCHKEY) apply -f examples/demo.yaml
	LATCHKEY_LOG=$${LATCHKEY_LOG:-info,latchkey=debug} LATCHKEY_LOG_FORMAT=pretty \
		LATCHKEY_MAIL_DIRECTORY=data/mail LATCHKEY_MESSAGES_DIRECTORY=data/messages exec $(LATCHKEY) serve --demo

build: setup
	cargo build --bin latchkey

# Holds the master key of the demo.
data:
	mkdir -m 700 data

setup:
	@tests/setup.sh

test: ## run every check and suite; the last line is the total
	@tests/run.sh

lint: ## formatting, clippy, crate arrows, file sizes
	cargo fmt --all --check
	cargo fmt --manifest-path fuzz/Cargo.toml --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo xtask arrows
	cargo xtask sizes

lint-deps: ## licences, bans, advisories and unused dependencies (installs the two tools on first use)
	tests/lint-tools.sh
	cargo deny check
	cargo machete crates tests/bench tests/http

fmt: ## format the code
	cargo fmt --all
	cargo fmt --manifest-path fuzz/Cargo.toml

fuzz: ## fuzz the parsers, SECONDS_EACH=5 each (installs cargo-fuzz on first use)
	@tests/setup.sh --tests
	tests/fuzz.sh

services: ## start PostgreSQL, Redis and a Redis Cluster for the tests, on free ports
	@tests/setup.sh --tests
	@tests/services.sh start
	@tests/services.sh env

services-stop: ## stop them
	@tests/services.sh stop

bench: ## requests per second, latency and CPU per operation, on both pairs of backends
	@tests/setup.sh --tests
	tests/bench/run.sh

clean: services-stop ## remove what was built and installed here; data/ stays
	cargo clean
	rm -rf tests/browser/node_modules tests/interop/node_modules tests/interop/.venv tests/.node
