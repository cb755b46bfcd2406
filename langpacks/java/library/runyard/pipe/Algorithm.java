package runyard.pipe;

import runyard.Context;
import runyard.codec.Bound;
import runyard.codec.Codec;
import runyard.codec.Codecs;
import runyard.codec.ResultType;
import runyard.json.JsonReader;
import runyard.json.PlacedException;

import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** One function with the codecs of what it takes and gives. */
record Algorithm(
        String name,
        String mode,
        Method method,
        List<Argument> arguments,
        boolean context,
        Codec item,
        Codec output,
        boolean results) {
    /** The initial value is JSON; null for an argument that must be given. */
    record Argument(String name, Codec codec, byte[] initial) {}

    static Algorithm of(Class<?> type, Map<?, ?> told) {
        List<?> described = (List<?>) told.get("arguments");
        String own = (String) told.get("method");
        int count = ((Long) told.get("parameters")).intValue();
        Method method =
                Arrays.stream(type.getDeclaredMethods())
                        .filter(
                                one ->
                                        one.getName().equals(own)
                                                && one.getParameterCount() == count
                                                && !one.isSynthetic())
                        .findFirst()
                        .orElseThrow(() -> new IllegalStateException(own + " is not in " + type));
        method.setAccessible(true);
        List<Argument> arguments = new ArrayList<>();
        Parameter[] parameters = method.getParameters();
        for (int i = 0; i < described.size(); i++) {
            Map<?, ?> one = (Map<?, ?>) described.get(i);
            byte[] initial =
                    one.get("initial") instanceof String text
                            ? text.getBytes(StandardCharsets.UTF_8)
                            : null;
            arguments.add(new Argument((String) one.get("name"), codecOf(parameters[i]), initial));
        }
        boolean context = count > 0 && parameters[count - 1].getType() == Context.class;
        String mode = (String) told.get("mode");
        ResultType result = ResultType.of(method);
        Codec item =
                mode.equals("batch")
                        ? Codecs.of(Bound.of(parameters[0].getParameterizedType()).argument(0))
                        : null;
        return new Algorithm(
                (String) told.get("name"),
                mode,
                method,
                arguments,
                context,
                item,
                result.codec(),
                result.results());
    }

    private static Codec codecOf(Parameter parameter) {
        return Codecs.of(
                Bound.of(parameter.getParameterizedType()),
                parameter,
                parameter.getAnnotatedType());
    }

    /** Reads arguments by name; leaves room for the context. */
    Object[] bind(byte[] args) {
        Object[] values = new Object[arguments.size() + (context ? 1 : 0)];
        boolean[] given = new boolean[arguments.size()];
        JsonReader in = new JsonReader(args);
        in.readObject(
                name -> {
                    int index = indexOf(name);
                    if (index < 0) throw new PlacedException("unknown argument");
                    values[index] = arguments.get(index).codec.read(in);
                    given[index] = true;
                });
        for (int i = 0; i < given.length; i++) {
            if (given[i]) continue;
            Argument missing = arguments.get(i);
            if (missing.initial == null) throw new PlacedException("missing").within(missing.name);
            values[i] = missing.codec.read(new JsonReader(missing.initial));
        }
        return values;
    }

    private int indexOf(String name) {
        for (int i = 0; i < arguments.size(); i++) {
            if (arguments.get(i).name.equals(name)) return i;
        }
        return -1;
    }
}
