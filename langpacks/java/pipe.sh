#!/bin/sh
# Serves the project that was built beside this file. JDK_JAVA_OPTIONS adds to the options, such as -Xmx2g.
build=$(dirname "$0")
exec java -XX:+UseSerialGC -XX:-UsePerfData -Dfile.encoding=UTF-8 --add-opens java.base/java.io=ALL-UNNAMED \
  -cp "$build/classes:$build/lib/*:src/main/resources" runyard.pipe.Main "$build"
