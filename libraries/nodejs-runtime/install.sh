#!/usr/bin/env bash
# Node.js as Debian has it; the image of the package brings a newer one.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends nodejs
rm -rf /var/lib/apt/lists/*
