#!/usr/bin/env bash
# The Java 17 compiler and Maven.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends openjdk-17-jdk-headless maven
rm -rf /var/lib/apt/lists/*
