package runyard.describe;

import runyard.json.JsonReader;
import runyard.json.PlacedException;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Puts what a comment says of a value into its schema: words, and tags such as {@code {@minimum
 * 1}}.
 */
final class Constraints {
    /** Which type a keyword constrains; empty for any. */
    private static final Map<String, String> KINDS = new HashMap<>();

    private static final Set<String> WORDS = Set.of("pattern", "format", "title");
    private static final Set<String> FLAGS = Set.of("uniqueItems", "deprecated");
    private static final Set<String> FREE = Set.of("default", "const", "example");

    static {
        put("number", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf");
        put("string", "minLength", "maxLength", "pattern", "format");
        put("array", "minItems", "maxItems", "uniqueItems");
        put("object", "minProperties", "maxProperties");
        put("", "default", "const", "title", "deprecated", "example");
    }

    private Constraints() {}

    private static void put(String kind, String... keywords) {
        for (String keyword : keywords) KINDS.put(keyword, kind);
    }

    /** Throws an IllegalArgumentException for a tag that makes no sense. */
    static Map<String, Object> apply(Map<String, Object> schema, String words) {
        Map<String, Object> made = new LinkedHashMap<>(schema);
        if (words == null) return made;
        String plain = Comment.plain(words);
        StringBuilder rest = new StringBuilder();
        int from = 0;
        for (int start = plain.indexOf("{@"); start >= 0; start = plain.indexOf("{@", from)) {
            int end = closing(plain, start);
            if (end < 0)
                throw new IllegalArgumentException("a { without its }: " + plain.substring(start));
            rest.append(plain, from, start);
            String[] parts = plain.substring(start + 2, end).split("\\s+", 2);
            applyTag(made, parts[0], parts.length > 1 ? parts[1].strip() : "");
            from = end + 1;
        }
        String text = rest.append(plain.substring(from)).toString().replaceAll("\\s+", " ").strip();
        if (!text.isEmpty()) made.put("description", text);
        return made;
    }

    private static int closing(String words, int start) {
        int open = 0;
        for (int i = start; i < words.length(); i++) {
            if (words.charAt(i) == '{') open++;
            else if (words.charAt(i) == '}' && --open == 0) return i;
        }
        return -1;
    }

    private static void applyTag(Map<String, Object> schema, String keyword, String text) {
        String kind = KINDS.get(keyword);
        if (kind == null) {
            throw new IllegalArgumentException(
                    "{@" + keyword + "} is no constraint of JSON Schema that is known here");
        }
        Map<String, Object> target = branch(schema, kind);
        if (target == null)
            throw new IllegalArgumentException(
                    "{@" + keyword + "} is for a " + kind + ", which this is not");
        Object value = value(keyword, text, target);
        if (keyword.equals("example")) schema.put("examples", List.of(value));
        else target.put(keyword, value);
    }

    /** The part of a schema for values of a kind: the schema itself, or what stands beside null. */
    @SuppressWarnings("unchecked")
    private static Map<String, Object> branch(Map<String, Object> schema, String kind) {
        Object type = schema.get("type");
        if (kind.isEmpty()
                || kind.equals(type)
                || (kind.equals("number") && "integer".equals(type))) return schema;
        if (!(schema.get("anyOf") instanceof List<?> branches)) return null;
        List<Object> copies = new ArrayList<>(branches);
        for (int i = 0; i < copies.size(); i++) {
            Map<String, Object> copy = new LinkedHashMap<>((Map<String, Object>) copies.get(i));
            Map<String, Object> found = branch(copy, kind);
            if (found == null) continue;
            copies.set(i, copy);
            schema.put("anyOf", copies);
            return found;
        }
        return null;
    }

    /** A tag's text: words for a string, JSON for everything else. */
    private static Object value(String keyword, String text, Map<String, Object> schema) {
        if (FLAGS.contains(keyword)) return !text.equals("false");
        if (WORDS.contains(keyword)) {
            if (text.isEmpty())
                throw new IllegalArgumentException("{@" + keyword + "} takes words after it");
            return text;
        }
        Object value;
        try {
            JsonReader in = new JsonReader(text.getBytes(StandardCharsets.UTF_8));
            value = in.readAny();
            in.finish();
        } catch (PlacedException none) {
            value = text;
        }
        boolean isWords = value instanceof String && !text.startsWith("\"");
        if (FREE.contains(keyword)) {
            if (takesText(schema))
                return value instanceof String || (value == null && schema.containsKey("anyOf"))
                        ? value
                        : text;
            if (isWords)
                throw new IllegalArgumentException(
                        "{@" + keyword + "} takes JSON, but says \"" + text + "\"");
            return value;
        }
        if (value instanceof Number) return value;
        throw new IllegalArgumentException(
                "{@" + keyword + "} takes a number, but says \"" + text + "\"");
    }

    private static boolean takesText(Map<String, Object> schema) {
        if ("string".equals(schema.get("type"))) return true;
        return schema.get("anyOf") instanceof List<?> branches
                && branches.stream()
                        .anyMatch(
                                one ->
                                        one instanceof Map<?, ?> branch
                                                && "string".equals(branch.get("type")));
    }
}
