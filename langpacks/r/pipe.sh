#!/bin/sh
# Requests come on descriptor 9, so that neither the adapter nor its children eat them from standard input.
. "$RUNYARD_LANGPACK/environment.sh"
exec Rscript --no-save "$RUNYARD_LANGPACK/pipe.R" "$@" 9<&0 </dev/null
