package runyard.pipe;

import runyard.codec.Bound;
import runyard.codec.Codecs;
import runyard.json.JsonReader;
import runyard.json.JsonWriter;
import runyard.json.PlacedException;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Serves a class with an apply by version 1 of the pipe. */
final class Classic {
    private static final Map<String, Class<?>> BEST =
            Map.of("text", String.class, "binary", byte[].class);
    private final Map<String, List<Method>> ranked = new HashMap<>();
    private final Object instance;
    private final List<Method> methods;

    private Classic(Class<?> type) throws ReflectiveOperationException {
        methods =
                Arrays.stream(type.getMethods())
                        .filter(
                                one ->
                                        one.getName().equals("apply")
                                                && one.getParameterCount() == 1
                                                && !one.isBridge())
                        .toList();
        for (Method one : methods) one.setAccessible(true);
        boolean isStatic = methods.stream().allMatch(one -> Modifier.isStatic(one.getModifiers()));
        instance = isStatic ? null : type.getDeclaredConstructor().newInstance();
    }

    static void serve(Adapter adapter) throws Throwable {
        Classic classic = new Classic(adapter.type());
        String named = Answers.named();
        Answers kept = named == null ? null : Answers.open(named);
        System.out.println("PIPE_INIT_COMPLETE");
        Lines.each(
                line -> {
                    JsonWriter document = classic.answer(line);
                    System.out.flush();
                    System.err.flush();
                    try {
                        write(kept, document);
                    } catch (IOException broken) {
                        throw new java.io.UncheckedIOException(broken);
                    }
                });
    }

    /** Without ALGOOUT each answer opens and closes the FIFO of old. */
    private static void write(Answers kept, JsonWriter document) throws IOException {
        if (kept != null) {
            kept.write(document);
            return;
        }
        Answers opened = Answers.open(Answers.DEFAULT_TARGET);
        opened.write(document);
        opened.close();
    }

    private JsonWriter answer(byte[] line) {
        try {
            return result(call(line));
        } catch (Throwable thrown) {
            return Failure.write(new JsonWriter().raw('{'), thrown).raw('}');
        }
    }

    private Object call(byte[] line) throws Throwable {
        String[] contentType = new String[1];
        byte[][] data = new byte[1][];
        JsonReader in = new JsonReader(line);
        in.readObject(
                name -> {
                    if (name.equals("content_type")) contentType[0] = in.readText();
                    else if (name.equals("data")) data[0] = in.readRaw();
                    else in.skip();
                });
        if (contentType[0] == null || data[0] == null)
            throw new PlacedException("expected content_type and data");
        PlacedException unfit = null;
        for (Method method : ranked(contentType[0])) {
            Object input;
            try {
                input = input(method, contentType[0], data[0]);
            } catch (PlacedException wrong) {
                unfit = unfit == null ? wrong : unfit;
                continue;
            }
            try {
                return Run.await(method.invoke(instance, input));
            } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
            }
        }
        throw new PlacedException(
                "the input does not fit: " + (unfit == null ? "there is no apply" : unfit.whole()));
    }

    /** The methods for a content type, the best one first. */
    private List<Method> ranked(String contentType) {
        return ranked.computeIfAbsent(
                contentType,
                key -> {
                    Class<?> best = BEST.getOrDefault(key, Map.class);
                    return methods.stream()
                            .sorted(Comparator.comparing(one -> rank(one, best)))
                            .toList();
                });
    }

    /** Of several apply the one of the best type goes first, one that takes anything last. */
    private static int rank(Method method, Class<?> best) {
        Class<?> type = method.getParameterTypes()[0];
        return type == best ? 0 : type == Object.class ? 2 : 1;
    }

    /** Makes the parameter out of text, bytes or JSON. */
    private static Object input(Method method, String contentType, byte[] data) {
        Bound type = Bound.of(method.getGenericParameterTypes()[0]);
        boolean takesBytes = type.raw() == byte[].class;
        JsonReader in = new JsonReader(data);
        if (contentType.equals("binary")) {
            if (!takesBytes && type.raw() != Object.class)
                throw new PlacedException("the algorithm takes " + type + ", not bytes");
            // Other programs break base64 into lines.
            return Base64.getMimeDecoder().decode(in.readText());
        }
        if (takesBytes && in.peek() == '"') return in.readText().getBytes(StandardCharsets.UTF_8);
        return Codecs.of(type).read(in);
    }

    private JsonWriter result(Object value) {
        JsonWriter document = new JsonWriter().raw("{\"result\":");
        String contentType = "json";
        if (value instanceof byte[] bytes) {
            contentType = "binary";
            byte[] text = Base64.getEncoder().encode(bytes);
            document.raw('"').raw(text, 0, text.length).raw('"');
        } else {
            if (value instanceof CharSequence) contentType = "text";
            try {
                Codecs.of(Bound.of(Object.class)).write(document, value);
            } catch (PlacedException unfit) {
                throw new InvalidOutput("The result cannot be sent: " + unfit.whole());
            }
        }
        return document.raw(",\"metadata\":{\"content_type\":").text(contentType).raw("}}");
    }
}
