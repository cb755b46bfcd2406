#!/usr/bin/env bash
# Ruby with bundler.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends ruby ruby-bundler
rm -rf /var/lib/apt/lists/*
