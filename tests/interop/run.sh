#!/usr/bin/env bash
# Relying parties that others wrote, against a real server, on both pairs of backends.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
npm ci --ignore-scripts --no-audit --no-fund --silent
if [ ! -x .venv/bin/pytest ] || ! cmp -s python/requirements.txt .venv/requirements.txt; then
    python3 -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check -r python/requirements.txt
    cp python/requirements.txt .venv/requirements.txt
fi
INTEROP_DIR=$(mktemp -d)
export INTEROP_DIR
trap 'rm -rf "$INTEROP_DIR"' EXIT
node support/prepare.mjs "$INTEROP_DIR"
export SUITE_STATE=$INTEROP_DIR/state.json
backends=embedded
if [ -n "${LATCHKEY_TEST_POSTGRES_URL:-}" ]; then backends="embedded production"; fi
status=0
for backend in $backends; do
    echo "interop on $backend"
    BACKEND=$backend ../support/with-server.sh npm test --silent || status=1
    BACKEND=$backend SUITE_TLS=$INTEROP_DIR ../support/with-server.sh npm run test-tls --silent || status=1
    BACKEND=$backend ../support/with-server.sh .venv/bin/pytest -q python || status=1
done
exit $status
