package runyard.pipe;

import runyard.json.JsonReader;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The adapter as the describer found it. */
final class Adapter {
    private final Class<?> type;
    private final boolean classic;
    private final int concurrency;
    private final Map<String, Algorithm> algorithms = new HashMap<>();

    private Adapter(Map<?, ?> told) throws ClassNotFoundException {
        type = Class.forName((String) told.get("class"));
        classic = Boolean.TRUE.equals(told.get("classic"));
        concurrency = told.get("concurrency") instanceof Long number ? number.intValue() : 1;
        if (classic) return;
        for (Object one : (List<?>) told.get("algorithms")) {
            Map<?, ?> algorithm = (Map<?, ?>) one;
            algorithms.put((String) algorithm.get("name"), Algorithm.of(type, algorithm));
        }
    }

    static Adapter load(Path path) throws IOException, ClassNotFoundException {
        return new Adapter((Map<?, ?>) new JsonReader(Files.readAllBytes(path)).readAny());
    }

    boolean isClassic() {
        return classic;
    }

    Class<?> type() {
        return type;
    }

    int concurrency() {
        return concurrency;
    }

    Algorithm find(String name) {
        return algorithms.get(name);
    }

    /** Runs setup() or teardown(), when there is one. */
    void runHook(String name) throws Throwable {
        Method hook =
                Arrays.stream(type.getDeclaredMethods())
                        .filter(
                                one ->
                                        one.getName().equals(name)
                                                && one.getParameterCount() == 0
                                                && Modifier.isStatic(one.getModifiers()))
                        .findFirst()
                        .orElse(null);
        if (hook == null) return;
        hook.setAccessible(true);
        try {
            Run.await(hook.invoke(null));
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }
}
