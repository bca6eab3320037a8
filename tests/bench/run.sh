#!/usr/bin/env bash
# Measures the release binary on both pairs of backends. SECONDS_EACH=5 is the time per operation.
set -euo pipefail
cd "$(dirname "$0")/../.."
for name in $(compgen -e LATCHKEY_ || true); do unset "$name"; done
if [ -f "${CARGO_HOME:-$HOME/.cargo}/env" ]; then . "${CARGO_HOME:-$HOME/.cargo}/env"; fi
cargo build --release --bin latchkey --bin latchkey-bench
if ! tests/services.sh status >/dev/null 2>&1; then
    # Services that were running before stay up: someone is working with them.
    trap 'tests/services.sh stop' EXIT
    tests/services.sh start
fi
eval "$(tests/services.sh env)"
target/release/latchkey-bench target/release/latchkey tests/bench/fixture.yaml "${SECONDS_EACH:-5}"
