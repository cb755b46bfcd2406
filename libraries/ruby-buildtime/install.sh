#!/usr/bin/env bash
# What gems with native parts are compiled with.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends ruby ruby-dev ruby-bundler build-essential
rm -rf /var/lib/apt/lists/*
