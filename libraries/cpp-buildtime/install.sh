#!/usr/bin/env bash
# A C++ compiler with CMake and the JSON library that C++ adapters use.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends g++ cmake make nlohmann-json3-dev
rm -rf /var/lib/apt/lists/*
