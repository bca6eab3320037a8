#!/usr/bin/env bash
# All checks and suites, on both pairs of backends. The last line is the total: "N passed, M failed".
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd -P)
cd "$root" || exit 1
logs=$root/target/test-logs
mkdir -p "$logs"
passed=0
failed=0
broken=()
started_services=

# What the caller's shell happens to export must not decide how a test ends.
for name in $(compgen -e LATCHKEY_ || true); do unset "$name"; done
if [ -f "${CARGO_HOME:-$HOME/.cargo}/env" ]; then . "${CARGO_HOME:-$HOME/.cargo}/env"; fi
if [ -d tests/.node/bin ]; then PATH=$root/tests/.node/bin:$PATH; fi

# Prints "passed failed" of all summaries in a log: cargo test, node --test (TAP or spec), Playwright, pytest.
count() {
    sed 's/\x1b\[[0-9;]*[A-Za-z]//g' "$1" | awk '
        /^test result:/                         { passed += before("passed;"); failed += before("failed;"); next }
        /^[^ ]+ pass [0-9]+$/                   { passed += $3; next }
        /^[^ ]+ fail [0-9]+$/                   { failed += $3; next }
        /^ +[0-9]+ passed \([0-9.]+m?s\)$/      { passed += $1; next }
        /^ +[0-9]+ passed \([0-9.]+ *(s|m)\)$/  { passed += $1; next }
        /^ +[0-9]+ (failed|did not run|interrupted)$/ { failed += $1; next }
        /(passed|failed|errors?)(,.*)? in [0-9.]+s/ { passed += before("passed"); failed += before("failed") + before("error") + before("errors") }
        function before(word,   i, bare) {
            for (i = 2; i <= NF; i++) { bare = $i; if (word !~ /;$/) sub(/[,;]$/, "", bare); if (bare == word) return $(i - 1) + 0 }
            return 0
        }
        END { print passed + 0, failed + 0 }'
}

# step NAME COMMAND...: runs it, shows and keeps its output, adds up its tests. The rest runs even when it fails.
step() {
    local name=$1 status=0 began=$SECONDS here_passed here_failed
    shift
    echo "== $name"
    "$@" 2>&1 | tee "$logs/$name.log" || status=1
    read -r here_passed here_failed < <(count "$logs/$name.log")
    # A step that fails without a failed test (it did not compile, say) counts as one failure.
    if [ "$status" -ne 0 ] && [ "$here_failed" -eq 0 ]; then here_failed=1; fi
    passed=$((passed + here_passed))
    failed=$((failed + here_failed))
    if [ "$here_failed" -ne 0 ] || [ "$status" -ne 0 ]; then broken+=("$name"); fi
    echo "== $name: $((SECONDS - began)) s"
}

# suite NAME COMMAND...: a step that must have run tests; a suite that finds none has proved nothing.
suite() {
    local before=$((passed + failed))
    step "$@"
    if [ $((passed + failed)) -eq "$before" ]; then
        echo "== $1: ran no test"
        failed=$((failed + 1))
        broken+=("$1")
    fi
}

finish() {
    local status=$?
    trap - EXIT INT TERM
    if [ -n "$started_services" ]; then tests/services.sh stop; fi
    exit "$status"
}

# Services that were running before stay up: someone is working with them.
start_services() {
    if ! tests/services.sh status >/dev/null 2>&1; then
        started_services=yes
        tests/services.sh start || return 1
    fi
}

# Advisories are left to `make lint-deps`: they need the network, and appear without a change here.
dependencies() {
    tests/lint-tools.sh || return 1
    local status=0
    cargo deny --log-level error check bans licenses sources || status=1
    cargo machete crates tests/bench tests/http || status=1
    return "$status"
}

trap finish EXIT
trap 'exit 130' INT TERM

tests/setup.sh --tests || exit 1
start_services || exit 1
eval "$(tests/services.sh env)"

step fmt cargo fmt --all --check
step fmt-fuzz cargo fmt --manifest-path fuzz/Cargo.toml --check
step clippy cargo clippy --workspace --all-targets --quiet -- -D warnings
step arrows cargo xtask arrows
step sizes cargo xtask sizes
step dependencies dependencies
suite cargo-test cargo test --workspace --no-fail-fast --quiet
step doc env RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps --quiet
# `cargo test` has built target/debug/latchkey on its way.
suite browser tests/browser/run.sh
suite interop tests/interop/run.sh
# A fixed seed: what fails here fails again. `make fuzz` looks further each time.
suite fuzz env FUZZ_SEED=1 tests/fuzz.sh

if [ ${#broken[@]} -gt 0 ]; then echo "failed: ${broken[*]} (logs: target/test-logs)"; fi
if [ "$started_services" = yes ]; then tests/services.sh stop; started_services=; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
