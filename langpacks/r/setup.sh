#!/bin/sh
# Installs what the project's renv.lock or DESCRIPTION asks for.
. "$RUNYARD_LANGPACK/environment.sh"
exec Rscript --no-save "$RUNYARD_LANGPACK/setup.R" </dev/null
