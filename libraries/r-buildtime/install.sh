#!/usr/bin/env bash
# What R packages are compiled with.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends r-base-dev
rm -rf /var/lib/apt/lists/*
