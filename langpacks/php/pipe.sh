#!/bin/sh
# Requests come on descriptor 9, so that neither the adapter nor its children eat them from standard input.
exec php -d display_errors=stderr -d error_reporting=-1 -d log_errors=0 -d memory_limit=-1 -d html_errors=0 \
  -d output_buffering=0 -d serialize_precision=-1 "$RUNYARD_LANGPACK/pipe.php" "$@" 9<&0 </dev/null
