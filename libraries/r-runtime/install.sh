#!/usr/bin/env bash
# R with its recommended packages and JSON.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends r-base-core r-recommended r-cran-jsonlite
rm -rf /var/lib/apt/lists/*
