package runyard.describe;

import runyard.Context;
import runyard.Limits;
import runyard.Name;
import runyard.codec.Bound;
import runyard.codec.Codec;
import runyard.codec.Codecs;
import runyard.codec.ResultType;
import runyard.codec.Schemas;
import runyard.codec.UnsupportedType;
import runyard.json.JsonReader;
import runyard.json.JsonWriter;
import runyard.json.PlacedException;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Describes one function: for the yard, and for the pipe. */
final class FunctionDescriber {
    private final Source source;
    private final Problems problems;
    private final Path file;
    private final Method method;
    private final Source.Function written;
    private final List<Object> arguments = new ArrayList<>();

    FunctionDescriber(
            Source source, Problems problems, Path file, Method method, Source.Function written) {
        this.source = source;
        this.problems = problems;
        this.file = file;
        this.method = method;
        this.written = written;
    }

    private void complain(String argument, String message) {
        int index = written.parameters().indexOf(argument);
        long line = index < 0 ? written.line() : written.parameterLines().get(index);
        problems.add(file, line, method.getName(), argument, message);
    }

    /** The schema of a document, or null when something was wrong that has been told. */
    private interface Making {
        Map<String, Object> make(Schemas schemas);
    }

    private Map<String, Object> tryTo(String argument, Making making, Schemas schemas) {
        try {
            return making.make(schemas);
        } catch (UnsupportedType | IllegalArgumentException wrong) {
            complain(argument, wrong.getMessage());
            return null;
        }
    }

    private Schemas schemas() {
        return new Schemas(
                (schema, owner, component) -> {
                    try {
                        return Constraints.apply(schema, source.words(owner, component));
                    } catch (IllegalArgumentException wrong) {
                        throw new IllegalArgumentException(component + ": " + wrong.getMessage());
                    }
                });
    }

    /** What the yard is told; null when something is wrong. */
    Map<String, Object> describe(String name) {
        int before = problems.size();
        if (!Modifier.isStatic(method.getModifiers())
                || !Modifier.isPublic(method.getModifiers())) {
            complain(null, "must be public and static");
        }
        if (method.getTypeParameters().length > 0 || method.isVarArgs()) {
            complain(
                    null,
                    "an algorithm has no type parameters and no variable number of arguments; take"
                        + " a List");
            return null;
        }
        Map<String, Object> made = Schemas.of("name", name);
        if (!written.comment().text().isEmpty()) made.put("description", written.comment().text());
        List<Parameter> parameters = withoutContext();
        boolean batch = ResultType.isBatch(method);
        made.put("mode", "unary");
        Map<String, Object> input =
                batch ? describeItem(parameters) : describeArguments(parameters);
        made.put("input", input);
        describeResult(made);
        for (String argument : written.comment().arguments().keySet()) {
            if (!argument.equals(Comment.RETURN) && !written.parameters().contains(argument)) {
                complain(
                        argument, "the comment tells of it, but the function has no such argument");
            }
        }
        return problems.size() > before ? null : made;
    }

    private List<Parameter> withoutContext() {
        List<Parameter> parameters = new ArrayList<>(List.of(method.getParameters()));
        for (int i = parameters.size() - 1; i >= 0; i--) {
            if (parameters.get(i).getType() != Context.class) continue;
            if (i != method.getParameterCount() - 1)
                complain(parameters.get(i).getName(), "the context must be the last argument");
            parameters.remove(i);
        }
        return parameters;
    }

    private Map<String, Object> describeArguments(List<Parameter> parameters) {
        Schemas schemas = schemas();
        Map<String, Object> properties = Schemas.of();
        List<String> required = new ArrayList<>();
        for (Parameter one : parameters) {
            String own = one.getName();
            Name renamed = one.getAnnotation(Name.class);
            String name = renamed == null ? own : renamed.value();
            Map<String, Object> schema =
                    tryTo(
                            own,
                            made ->
                                    Constraints.apply(
                                            codecOf(one).schema(made),
                                            written.comment().arguments().get(own)),
                            schemas);
            if (schema == null) continue;
            boolean nullable =
                    one.getType() == Optional.class
                            || Codecs.isNullable(one, one.getAnnotatedType());
            if (nullable) schema.putIfAbsent("default", null);
            String initial = initialOf(one, schema);
            if (initial == null) required.add(name);
            properties.put(name, schema);
            arguments.add(Schemas.of("name", name, "initial", initial));
        }
        return schemas.document(
                Schemas.of(
                        "type",
                        "object",
                        "properties",
                        properties,
                        "required",
                        required,
                        "additionalProperties",
                        false));
    }

    private static Codec codecOf(Parameter one) {
        return Codecs.of(Bound.of(one.getParameterizedType()), one, one.getAnnotatedType());
    }

    /** The default as JSON, once it has been seen to be of the argument's type. */
    private String initialOf(Parameter one, Map<String, Object> schema) {
        if (!schema.containsKey("default")) return null;
        JsonWriter text = new JsonWriter();
        Codecs.of(Bound.of(Object.class)).write(text, schema.get("default"));
        try {
            // Constants of an enum would run the project's code; their schema knows them.
            if (!one.getType().isEnum())
                codecOf(one)
                        .read(
                                new JsonReader(
                                        text.toString()
                                                .getBytes(
                                                        java.nio.charset.StandardCharsets.UTF_8)));
            else if (!((List<?>) schema.get("enum")).contains(schema.get("default")))
                throw new PlacedException("expected one of " + schema.get("enum"));
        } catch (PlacedException unfit) {
            complain(one.getName(), "{@default " + text + "}: " + unfit.whole());
        }
        return text.toString();
    }

    /** The schema of one item: its components are the arguments of one caller. */
    private Map<String, Object> describeItem(List<Parameter> parameters) {
        if (parameters.size() != 1 || parameters.get(0).getType() != List.class) {
            complain(
                    parameters.size() == 1 ? parameters.get(0).getName() : null,
                    "a batch function takes a List of items, and a Context when it wants");
            return null;
        }
        Parameter items = parameters.get(0);
        Schemas schemas = schemas();
        return tryTo(
                items.getName(),
                made -> {
                    Bound item = Bound.of(items.getParameterizedType()).argument(0);
                    Map<String, Object> schema = made.resolve(Codecs.of(item).schema(made));
                    if (!schema.containsKey("properties"))
                        throw new UnsupportedType("the items of a batch are records, not " + item);
                    return made.document(schema);
                },
                schemas);
    }

    private void describeResult(Map<String, Object> into) {
        Schemas schemas = schemas();
        Map<String, Object> output =
                tryTo(
                        Comment.RETURN,
                        made -> {
                            ResultType result = ResultType.of(method);
                            if (ResultType.isBatch(method)) {
                                if (!result.list())
                                    throw new UnsupportedType(
                                            "a batch function gives a List with one result for each"
                                                + " item");
                                into.put("mode", "batch");
                            } else if (result.stream()) {
                                into.put("mode", "stream");
                            }
                            return made.document(
                                    Constraints.apply(
                                            result.codec().schema(made),
                                            written.comment().arguments().get(Comment.RETURN)));
                        },
                        schemas);
        into.put("output", output);
    }

    /** What the pipe is told. */
    Map<String, Object> plan(Map<String, Object> described) {
        return Schemas.of(
                "name",
                described.get("name"),
                "method",
                method.getName(),
                "mode",
                described.get("mode"),
                "parameters",
                method.getParameterCount(),
                "arguments",
                arguments);
    }

    /** What {@code @Limits} says; null without it. */
    Map<String, Object> limits() {
        Limits limits = method.getAnnotation(Limits.class);
        if (limits == null) return null;
        Map<String, Object> made = Schemas.of();
        put(made, "timeoutMs", limits.timeoutMs());
        put(made, "maxAttempts", limits.maxAttempts());
        put(made, "backoffMs", limits.backoffMs());
        Map<String, Object> batch = Schemas.of();
        put(batch, "maxSize", limits.batchSize());
        put(batch, "maxWaitMs", limits.batchWaitMs());
        if (!batch.isEmpty()) made.put("batch", batch);
        return made;
    }

    private static void put(Map<String, Object> into, String key, long value) {
        if (value != 0) into.put(key, value);
    }
}
