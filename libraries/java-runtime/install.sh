#!/usr/bin/env bash
# A Java 17 machine without a desktop.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends openjdk-17-jre-headless
rm -rf /var/lib/apt/lists/*
