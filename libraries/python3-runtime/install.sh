#!/usr/bin/env bash
# Python 3 with pip and virtual environments.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends python3 python3-pip python3-venv
rm -rf /var/lib/apt/lists/*
