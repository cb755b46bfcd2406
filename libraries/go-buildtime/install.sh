#!/usr/bin/env bash
# The Go compiler; what it builds needs no library.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends golang-go ca-certificates
rm -rf /var/lib/apt/lists/*
