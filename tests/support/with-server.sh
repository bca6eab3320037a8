#!/usr/bin/env bash
# with-server.sh COMMAND...: starts Latchkey with the fixture on a free port, runs COMMAND with its address in the
# environment, stops it again. BACKEND=embedded (default) or production (needs the services of tests/services.sh).
# SUITE_STATE=FILE is applied besides the fixture. SUITE_TLS=DIRECTORY, with server.pem, server.key and authority.pem,
# makes the server speak https, with a second listener for client certificates.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
latchkey=${LATCHKEY_TEST_BIN:-$root/target/debug/latchkey}
work=$(mktemp -d)
server=
stop() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap stop EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
port=$(free_port)
metrics_port=$(free_port)

export LATCHKEY_LISTEN=127.0.0.1:$port
export LATCHKEY_METRICS_LISTEN=127.0.0.1:$metrics_port
scheme=http
if [ -n "${SUITE_TLS:-}" ]; then
    scheme=https
    mtls_port=$(free_port)
    export LATCHKEY_TLS_CERTIFICATE=$SUITE_TLS/server.pem LATCHKEY_TLS_PRIVATE_KEY=$SUITE_TLS/server.key
    export LATCHKEY_MTLS_LISTEN=127.0.0.1:$mtls_port LATCHKEY_MTLS_PUBLIC_URL=https://localhost:$mtls_port
    export CURL_CA_BUNDLE=$SUITE_TLS/authority.pem NODE_EXTRA_CA_CERTS=$SUITE_TLS/authority.pem
fi
export LATCHKEY_PUBLIC_URL=$scheme://localhost:$port
export LATCHKEY_DATA_DIR=$work/data
export LATCHKEY_LOG=${LATCHKEY_LOG:-warn}
mkdir -p "$LATCHKEY_DATA_DIR" "$work/mail" "$work/messages"
export LATCHKEY_MAIL_DIRECTORY=$work/mail LATCHKEY_MESSAGES_DIRECTORY=$work/messages
case ${BACKEND:-embedded} in
embedded) ;;
production)
    database=latchkey_suite_$$
    python3 - "$LATCHKEY_TEST_POSTGRES_URL" >"$work/url" <<PY
import sys, urllib.parse
url = urllib.parse.urlsplit(sys.argv[1])
print(urllib.parse.urlunsplit(url._replace(path="/$database")))
PY
    psql "$LATCHKEY_TEST_POSTGRES_URL" -qc "CREATE DATABASE $database"
    LATCHKEY_DATABASE_URL=$(cat "$work/url")
    LATCHKEY_MASTER_KEY=$(head -c 32 /dev/urandom | base64 -w0)
    export LATCHKEY_DATABASE_URL LATCHKEY_MASTER_KEY
    export LATCHKEY_REDIS_URL=$LATCHKEY_TEST_REDIS_URL
    ;;
*) echo "BACKEND must be embedded or production" >&2; exit 2 ;;
esac

sed "s#http://localhost:8080#$scheme://localhost:$port#g" "$root/examples/demo.yaml" >"$work/demo.yaml"
"$latchkey" apply -f "$root/tests/support/fixture.yaml" >"$work/apply.log"
if [ -n "${SUITE_STATE:-}" ]; then "$latchkey" apply -f "$SUITE_STATE" >>"$work/apply.log"; fi
"$latchkey" apply -f "$work/demo.yaml" >>"$work/apply.log"
"$latchkey" serve --demo >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do
    if curl -fsS -o /dev/null "$scheme://localhost:$port/health/ready" 2>/dev/null; then break; fi
    if ! kill -0 "$server" 2>/dev/null; then cat "$work/server.log" >&2; exit 1; fi
    sleep 0.1
done

export LATCHKEY_SUITE_URL=$scheme://localhost:$port
export LATCHKEY_SUITE_ISSUER=$scheme://localhost:$port/t/acme
export LATCHKEY_SUITE_LOG=$work/server.log
export LATCHKEY_SUITE_MAIL=$work/mail
status=0
"$@" || status=$?
if [ "$status" -ne 0 ]; then tail -n 50 "$work/server.log" >&2; fi
exit "$status"
