#!/usr/bin/env bash
# PHP on the command line with JSON and multi-byte text.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends php-cli php-mbstring
rm -rf /var/lib/apt/lists/*
