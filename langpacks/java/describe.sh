#!/bin/sh
# Compiles and describes a project. The library (describer, pipe, package runyard) is compiled once for this user and this JDK.
set -eu

langpack=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
key=$( (javac -version && find "$langpack/library" -name '*.java' | sort | xargs -d '\n' cat) 2>&1 | sha256sum | cut -c 1-16)
library="${cache:-$RUNYARD_CACHE}/runyard/java/$key"

if [ ! -f "$library/runyard.jar" ]; then
  work="$library.$$"
  mkdir -p "$work/classes"
  find "$langpack/library" -name '*.java' -print0 | xargs -0 javac -nowarn -parameters -encoding UTF-8 -d "$work/classes"
  jar --create --file "$work/runyard.jar" -C "$work/classes" .
  rm -r "$work/classes"
  # Whoever was faster has built the same.
  mv -T "$work" "$library" 2>/dev/null || rm -rf "$work"
fi

mkdir -p "$RUNYARD_BUILD/lib"
cp "$library/runyard.jar" "$RUNYARD_BUILD/lib/"
for jar in "$RUNYARD_PROJECT"/lib/*.jar "$RUNYARD_CACHE"/maven/*.jar; do
  [ ! -f "$jar" ] || cp "$jar" "$RUNYARD_BUILD/lib/"
done
cp "$langpack/pipe.sh" "$RUNYARD_BUILD/pipe"
chmod +x "$RUNYARD_BUILD/pipe"
java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$library/runyard.jar" runyard.describe.Main
# A socket that was inherited cannot be opened by its path.
eval "cat \"\$RUNYARD_BUILD/description.json\" >&${ALGOOUT#/dev/fd/}"
