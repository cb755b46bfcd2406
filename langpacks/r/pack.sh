#!/bin/sh
# Puts the project's packages into an archive.
[ -d .runyard/library ] || exit 0
exec cp -RL .runyard/library "$RUNYARD_OUTPUT/library"
