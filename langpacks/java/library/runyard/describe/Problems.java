package runyard.describe;

import runyard.codec.Schemas;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Everything that is wrong with a project. */
final class Problems {
    private final Path project;
    private final List<Object> list = new ArrayList<>();

    Problems(Path project) {
        this.project = project;
    }

    void add(Path file, Long line, String function, String argument, String message) {
        String relative =
                file.startsWith(project) ? project.relativize(file).toString() : file.toString();
        list.add(
                Schemas.of(
                        "file",
                        relative,
                        "line",
                        line,
                        "function",
                        function,
                        "argument",
                        argument,
                        "message",
                        message));
    }

    int size() {
        return list.size();
    }

    List<Object> list() {
        return list;
    }
}
