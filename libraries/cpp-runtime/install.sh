#!/usr/bin/env bash
# The C++ runtime.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends libstdc++6
rm -rf /var/lib/apt/lists/*
