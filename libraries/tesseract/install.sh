#!/usr/bin/env bash
# Tesseract with English, and its library.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends tesseract-ocr tesseract-ocr-eng libtesseract5
rm -rf /var/lib/apt/lists/*
