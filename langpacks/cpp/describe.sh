#!/bin/sh
# Describes a project, then compiles it with a main. What does not depend on the project (the describer, the pipe, and the
# headers precompiled) is built once for this user and this compiler.
set -eu

langpack=$(cd "$(dirname "$0")" && pwd)
cxx=${CXX:-g++}
standard="-std=c++20 -O2 -g1 -pthread"
cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
key=$( ("$cxx" --version && cat "$langpack"/describe.sh "$langpack"/describe/* "$langpack"/include/*.hpp "$langpack"/include/runyard/*) | sha256sum | cut -c 1-16)
library="${cache:-$RUNYARD_CACHE}/runyard/cpp/$key"

if [ ! -d "$library" ]; then
  work="$library.$$"
  mkdir -p "$work/include"
  cp -r "$langpack/include/." "$work/include"
  "$cxx" -std=c++17 -O1 "$langpack/describe/main.cpp" -o "$work/describe" &
  for part in values pipe throw; do
    # shellcheck disable=SC2086
    "$cxx" $standard -I "$work/include" -c "$work/include/runyard/$part.cpp" -o "$work/$part.o"
  done
  # shellcheck disable=SC2086
  "$cxx" $standard -I "$work/include" -x c++-header "$work/include/runyard/pipe.hpp" -o "$work/include/runyard/pipe.hpp.gch"
  wait $!
  # Whoever was faster has built the same.
  mv -T "$work" "$library" 2>/dev/null || rm -rf "$work"
fi

"$library/describe"
if [ -f "$RUNYARD_BUILD/main.cpp" ]; then
  # clang's file of flags, one a line: for include paths and libraries.
  flags=""
  [ ! -f "$RUNYARD_PROJECT/compile_flags.txt" ] || flags=$(tr '\n' ' ' < "$RUNYARD_PROJECT/compile_flags.txt")
  others=$(find "$(dirname "$RUNYARD_ADAPTER")" -maxdepth 1 -name '*.cpp' ! -path "$RUNYARD_ADAPTER" | sed "s/'/'\\\\''/g; s/.*/'&'/")
  eval "set -- $others"
  # shellcheck disable=SC2086
  "$cxx" $standard -rdynamic -I "$library/include" -I "$RUNYARD_PROJECT" -I "$RUNYARD_PROJECT/include" \
    "$RUNYARD_BUILD/main.cpp" "$@" "$library/values.o" "$library/pipe.o" "$library/throw.o" $flags -ldl -o "$RUNYARD_BUILD/pipe"
fi
if [ -f "$RUNYARD_BUILD/description.json" ]; then
  # A socket that was inherited cannot be opened by its path.
  eval "cat \"\$RUNYARD_BUILD/description.json\" >&${ALGOOUT#/dev/fd/}"
fi
