#!/usr/bin/env bash
# What Python packages with native parts are compiled with.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends python3 python3-dev python3-pip python3-venv build-essential pkg-config
rm -rf /var/lib/apt/lists/*
