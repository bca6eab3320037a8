#!/usr/bin/env bash
# The pages in a real browser, on both pairs of backends.
set -euo pipefail
cd "$(dirname "$0")"
PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --ignore-scripts --no-audit --no-fund --silent
export SUITE_STATE=$PWD/state.yaml
backends=embedded
if [ -n "${LATCHKEY_TEST_POSTGRES_URL:-}" ]; then backends="embedded production"; fi
status=0
for backend in $backends; do
    echo "browser on $backend"
    BACKEND=$backend ../support/with-server.sh npx playwright test "$@" || status=1
done
exit $status
