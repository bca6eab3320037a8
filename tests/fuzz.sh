#!/usr/bin/env bash
# Fuzzes the parsers of what strangers send, a few seconds each. SECONDS_EACH=5 is the time per target; FUZZ_SEED=1 walks the
# same way each time, 0 another; names of targets as arguments choose some. What is found stays in target/fuzz/found; once fixed, it goes to fuzz/corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -f "${CARGO_HOME:-$HOME/.cargo}/env" ]; then . "${CARGO_HOME:-$HOME/.cargo}/env"; fi

# --debug: it only calls cargo, and builds in a third of the time.
command -v cargo-fuzz >/dev/null || cargo install --quiet --locked --debug cargo-fuzz@0.13.1

# RUSTC_BOOTSTRAP: the coverage that libFuzzer steers by is not stable. Without a sanitizer: nothing of ours is unsafe.
RUSTC_BOOTSTRAP=1 cargo fuzz build --dev --sanitizer none --target-dir target/fuzz

programs=target/fuzz/$(rustc -vV | sed -n 's/^host: //p')/debug
mkdir -p target/fuzz/found target/fuzz/logs

# One line per target, in the form that tests/run.sh counts.
run_target() {
    local target=$1 log=target/fuzz/logs/$1.log
    mkdir -p "target/fuzz/corpus/$target"
    # New inputs go to the first directory; the second holds those that are kept.
    if "$programs/$target" "target/fuzz/corpus/$target" "fuzz/corpus/$target" -max_total_time="${SECONDS_EACH:-5}" \
        -seed="${FUZZ_SEED:-0}" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="target/fuzz/found/$target-" >"$log" 2>&1; then
        echo "test result: ok. 1 passed; 0 failed; $target, $(sed -n 's/^Done \([0-9]* runs\).*/\1/p' "$log")"
    else
        tail -n 25 "$log"
        echo "test result: FAILED. 0 passed; 1 failed; $target, again with: $programs/$target target/fuzz/found/$target-..."
        return 1
    fi
}
export -f run_target
export programs

if [ $# -eq 0 ]; then mapfile -t targets < <(cargo fuzz list); else targets=("$@"); fi
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I '{}' bash -c 'run_target {}'
