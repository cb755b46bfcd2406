#!/bin/sh
# Runs the describer; builds it first where this machine has not yet built it with this compiler.
set -eu

langpack=$(cd "$(dirname "$0")" && pwd)
# Compiled packages stay in the user's cache; without a home folder, in the project's.
[ -n "${HOME:-}" ] || export GOCACHE="${GOCACHE:-$RUNYARD_CACHE/go-build}" GOPATH="${GOPATH:-$RUNYARD_CACHE/go}"
# Without a C compiler, as on a bare Debian, the standard library does without it.
command -v gcc >/dev/null || export CGO_ENABLED="${CGO_ENABLED:-0}"
cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
key=$( (go version && cat "$langpack"/describe/*) | sha256sum | cut -c 1-16)
program="${cache:-$RUNYARD_CACHE}/runyard/go/$key/describe"
if [ ! -x "$program" ]; then
  mkdir -p "$(dirname "$program")"
  (cd "$langpack/describe" && GOFLAGS= GOWORK=off go build -o "$program.$$" .)
  mv "$program.$$" "$program"
fi
exec "$program" "$@"
