#!/usr/bin/env bash
# npm, and what native addons are compiled with.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends nodejs npm build-essential python3
rm -rf /var/lib/apt/lists/*
