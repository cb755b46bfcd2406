#!/usr/bin/env bash
# The Rust compiler and cargo; what they build needs no library.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends rustc cargo build-essential ca-certificates
rm -rf /var/lib/apt/lists/*
