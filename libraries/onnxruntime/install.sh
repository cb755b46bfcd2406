#!/usr/bin/env bash
# ONNX Runtime for Python, in an environment of its own that comes first on the PATH. Needs python3-runtime before it.
set -euo pipefail
python3 -m venv --system-site-packages /opt/onnxruntime
/opt/onnxruntime/bin/pip install --no-cache-dir 'onnxruntime==1.20.1' 'numpy<3'
