#!/bin/sh
# Fetches the dependencies of a project's pom.xml with Maven, as jars, into the project's cache.
set -eu

rm -rf "$RUNYARD_CACHE/maven"
[ -e pom.xml ] || exit 0
# A pom.xml without dependencies needs no Maven.
grep -q '<dependency>' pom.xml || exit 0
if ! command -v mvn >/dev/null; then
  echo "pom.xml asks for dependencies, which Maven fetches: install it (Debian: apt-get install maven), or put jars into lib/" >&2
  exit 1
fi
exec mvn --batch-mode --quiet org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
  -DincludeScope=runtime "-DoutputDirectory=$RUNYARD_CACHE/maven"
