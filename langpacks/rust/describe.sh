#!/bin/sh
# Runs the describer; builds it first where this machine has not yet built it with this compiler.
set -eu

langpack=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
# Without a home folder everything stays with the project.
[ -n "$cache" ] || export CARGO_HOME="${CARGO_HOME:-$RUNYARD_CACHE/cargo}"
version=$( (rustc --version && cargo --version) | sha256sum | cut -c 1-16)
export RUNYARD_RUST_CACHE="${cache:-$RUNYARD_CACHE}/runyard/rust/$version"
key=$(cat "$langpack"/describe/Cargo.* "$langpack"/describe/src/* | sha256sum | cut -c 1-16)
program="$RUNYARD_RUST_CACHE/describe-$key"
if [ ! -x "$program" ]; then
  mkdir -p "$RUNYARD_RUST_CACHE"
  # Beside it may stand a lock file that this cargo wants to write: the langpack's folder is not to be changed.
  work="$RUNYARD_RUST_CACHE/build-$$"
  cp -r "$langpack/describe" "$work"
  CARGO_TARGET_DIR="$RUNYARD_RUST_CACHE/describe" cargo build --quiet --manifest-path "$work/Cargo.toml"
  cp "$RUNYARD_RUST_CACHE/describe/debug/describe" "$program.$$"
  mv "$program.$$" "$program"
  rm -rf "$work"
fi
exec "$program" "$@"
