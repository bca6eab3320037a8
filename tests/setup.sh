#!/usr/bin/env bash
# Installs what a build needs and, with --tests, what the suites need. Asks nothing; fast and silent when all is there.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
# Node 18 lacks what the relying parties of the interop suite need.
oldest_node=20
own_node=24.9.0

die() { echo "setup: $*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif has sudo; then sudo -n "$@" || sudo "$@"; else die "run as root: $*"; fi
}

missing=()
# need PACKAGE [PROGRAM]: with a program named, it may also come from elsewhere than the package.
need() {
    if [ -n "${2:-}" ] && has "$2"; then return; fi
    if [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; then return; fi
    missing+=("$1")
}

node_is_new_enough() {
    has node && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge "$oldest_node" ]
}

# Some releases still carry an older Node: then a private one, from the npm registry, beside the suites.
private_node() {
    local machine
    machine=$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
    npm install --prefix "$here/.node" --no-save --ignore-scripts --no-audit --no-fund --silent \
        "node-linux-$machine@$own_node" || die "Node $oldest_node or newer is needed on PATH (found $(node --version))"
    mkdir -p "$here/.node/bin"
    ln -sf "../node_modules/node-linux-$machine/bin/node" "$here/.node/bin/node"
}

if [ -f "${CARGO_HOME:-$HOME/.cargo}/env" ]; then . "${CARGO_HOME:-$HOME/.cargo}/env"; fi
has cargo || die "a Rust toolchain is needed (cargo is not on PATH)"
has dpkg-query || die "this needs Debian or Ubuntu; elsewhere install: a C compiler, pkg-config, OpenSSL and libpq headers"
if [ -d "$here/.node/bin" ]; then PATH=$here/.node/bin:$PATH; fi

need gcc cc
need libc6-dev
need make make
need pkg-config pkg-config
need libssl-dev
need libpq-dev
need ca-certificates
if [ "${1:-}" = --tests ]; then
    need postgresql
    need postgresql-client psql
    need redis-server redis-server
    need redis-tools redis-cli
    need chromium chromium
    need python3-venv
    need curl curl
    need prometheus promtool
    need util-linux flock
    need openssl openssl
    # For libFuzzer.
    need g++ c++
    # The program and the module alone: package apache2 would start a service.
    need apache2-bin
    need libapache2-mod-auth-openidc
    if ! node_is_new_enough; then need nodejs; need npm npm; fi
fi

if [ ${#missing[@]} -gt 0 ]; then
    echo "setup: installing ${missing[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
if [ "${1:-}" = --tests ] && ! node_is_new_enough; then private_node; fi
