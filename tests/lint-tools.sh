#!/usr/bin/env bash
# Installs the tools that judge the dependencies, unless some version of them is there.
set -euo pipefail
command -v cargo-deny >/dev/null || cargo install --quiet --locked cargo-deny@0.20.2
command -v cargo-machete >/dev/null || cargo install --quiet --locked cargo-machete@0.9.2
