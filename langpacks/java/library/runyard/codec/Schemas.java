package runyard.codec;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Makes the schemas of one document: types that contain themselves stand under $defs. */
public final class Schemas {
    /** What doc comments say of a type's components. */
    public interface Comments {
        /** Adds description and constraints. */
        Map<String, Object> describe(Map<String, Object> schema, Class<?> owner, String component);
    }

    private final Comments comments;
    private final Map<String, Object> definitions = new LinkedHashMap<>();
    private final Map<Object, String> names = new HashMap<>();
    private final Set<Object> inside = new HashSet<>();

    public Schemas(Comments comments) {
        this.comments = comments;
    }

    Map<String, Object> comment(Map<String, Object> schema, Class<?> owner, String component) {
        return comments.describe(schema, owner, component);
    }

    /** Describes a type in place, or by reference when it contains itself. */
    Map<String, Object> define(Object type, String name, Supplier<Map<String, Object>> describe) {
        if (inside.contains(type)) return reference(names.computeIfAbsent(type, key -> free(name)));
        if (names.containsKey(type)) return reference(names.get(type));
        inside.add(type);
        Map<String, Object> schema = describe.get();
        inside.remove(type);
        String known = names.get(type);
        if (known == null) return schema;
        definitions.put(known, schema);
        return reference(known);
    }

    private String free(String name) {
        String found = name;
        for (int i = 2; names.containsValue(found); i++) found = name + i;
        return found;
    }

    private static Map<String, Object> reference(String name) {
        return of("$ref", "#/$defs/" + name);
    }

    /** What a reference of this document stands for; every other schema is itself. */
    @SuppressWarnings("unchecked")
    public Map<String, Object> resolve(Map<String, Object> schema) {
        if (!(schema.get("$ref") instanceof String reference)) return schema;
        return (Map<String, Object>) definitions.get(reference.substring("#/$defs/".length()));
    }

    /** Adds the definitions that a schema refers to. */
    public Map<String, Object> document(Map<String, Object> schema) {
        if (!definitions.isEmpty()) schema.put("$defs", definitions);
        return schema;
    }

    public static Map<String, Object> of(Object... namesAndValues) {
        Map<String, Object> schema = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2)
            schema.put((String) namesAndValues[i], namesAndValues[i + 1]);
        return schema;
    }

    public static Map<String, Object> orNull(Map<String, Object> schema) {
        return of("anyOf", new java.util.ArrayList<Object>(List.of(schema, of("type", "null"))));
    }
}
