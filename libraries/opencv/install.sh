#!/usr/bin/env bash
# OpenCV for Python.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends python3-opencv
rm -rf /var/lib/apt/lists/*
