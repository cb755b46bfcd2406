package runyard.describe;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What only the source of a project knows: comments, names and lines. */
final class Source {
    /** A function of the adapter. */
    record Function(
            String name,
            List<String> parameters,
            List<Long> parameterLines,
            long line,
            Comment comment) {}

    /** A class of the project: what its comments say of its components. */
    record Type(Path file, long line, Comment comment, Map<String, String> fields) {}

    private final Map<String, Type> types = new HashMap<>();
    private final Map<String, List<Function>> functions = new LinkedHashMap<>();
    private String adapter;

    void setAdapter(String name) {
        adapter = name;
    }

    /**
     * Binary name of the class in the adapter's file that is public, or the first one; null when
     * there is none.
     */
    String adapter() {
        return adapter;
    }

    Map<String, Type> types() {
        return types;
    }

    Type type(Class<?> type) {
        return types.get(type.getName());
    }

    void addFunction(String owner, Function function) {
        functions.computeIfAbsent(owner, key -> new java.util.ArrayList<>()).add(function);
    }

    /** The functions of a class, in the order they are written. */
    List<Function> functions(String owner) {
        return functions.getOrDefault(owner, List.of());
    }

    /** What comments say of a component; null for nothing. */
    String words(Class<?> owner, String component) {
        Type type = type(owner);
        if (type == null) return null;
        String own = type.fields.get(component);
        return own != null ? own : type.comment.arguments().get(component);
    }
}
