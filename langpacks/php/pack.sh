#!/bin/sh
# Puts the project's packages into an archive.
[ -d vendor ] || exit 0
exec cp -RL vendor "$RUNYARD_OUTPUT/vendor"
