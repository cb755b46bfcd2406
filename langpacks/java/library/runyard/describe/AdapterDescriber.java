package runyard.describe;

import runyard.Concurrency;
import runyard.codec.Schemas;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Describes the functions of an adapter, without running any. */
final class AdapterDescriber {
    /** run_name and runName, batch_name and batchName; a private one is nobody's business. */
    private static final Pattern NAME = Pattern.compile("^(?:run|batch)(?:_(\\w+)|([A-Z]\\w*))$");

    private final Source source;
    private final Problems problems;
    private final Path file;
    private final Class<?> adapter;
    private final List<Object> algorithms = new ArrayList<>();
    private final List<Object> plans = new ArrayList<>();
    private final Map<String, Object> limits = Schemas.of();

    AdapterDescriber(Source source, Problems problems, Path file, Class<?> adapter) {
        this.source = source;
        this.problems = problems;
        this.file = file;
        this.adapter = adapter;
    }

    void describe() {
        Map<String, String> known = new HashMap<>();
        for (Source.Function written : source.functions(adapter.getName())) {
            Matcher named = NAME.matcher(written.name());
            if (named.matches()) describe(written, nameOf(named), known);
            else if (written.name().equals("setup") || written.name().equals("teardown"))
                checkHook(written);
        }
        if (known.isEmpty() && problems.size() == 0) {
            problems.add(
                    file,
                    null,
                    null,
                    null,
                    "there is no method public static run_name: nothing to serve");
        }
    }

    private void describe(Source.Function written, String name, Map<String, String> known) {
        Method method = find(written);
        if (method == null || Modifier.isPrivate(method.getModifiers())) return;
        String before = known.putIfAbsent(name, written.name());
        if (before != null) {
            problems.add(
                    file,
                    written.line(),
                    written.name(),
                    null,
                    "the algorithm " + name + " is there already, by " + before);
            return;
        }
        FunctionDescriber function = new FunctionDescriber(source, problems, file, method, written);
        Map<String, Object> described = function.describe(name);
        if (described == null) return;
        algorithms.add(described);
        plans.add(function.plan(described));
        Map<String, Object> own = function.limits();
        if (own != null) limits.put(name, own);
    }

    private static String nameOf(Matcher named) {
        if (named.group(1) != null) return named.group(1);
        return named.group(2)
                .replaceAll("([a-z0-9])([A-Z])", "$1_$2")
                .replaceAll("([A-Z]+)([A-Z][a-z])", "$1_$2")
                .toLowerCase(java.util.Locale.ROOT);
    }

    private Method find(Source.Function written) {
        return Arrays.stream(adapter.getDeclaredMethods())
                .filter(one -> !one.isSynthetic() && one.getName().equals(written.name()))
                .filter(
                        one ->
                                Arrays.stream(one.getParameters())
                                        .map(java.lang.reflect.Parameter::getName)
                                        .toList()
                                        .equals(written.parameters()))
                .findFirst()
                .orElse(null);
    }

    private void checkHook(Source.Function written) {
        Method method = find(written);
        if (method == null
                || (Modifier.isStatic(method.getModifiers()) && method.getParameterCount() == 0))
            return;
        problems.add(
                file,
                written.line(),
                written.name(),
                null,
                "expected static void " + written.name() + "()");
    }

    private long concurrency() {
        Concurrency declared = adapter.getAnnotation(Concurrency.class);
        if (declared == null) return 1;
        if (declared.value() < 1 || declared.value() > 1000) {
            long line = source.type(adapter).line();
            problems.add(
                    file, line, null, null, "@Concurrency must be a whole number from 1 to 1000");
        }
        return declared.value();
    }

    /** What the pipe is told; asked for before the description, whose problems it may add to. */
    Map<String, Object> plan() {
        return Schemas.of(
                "class",
                adapter.getName(),
                "classic",
                false,
                "concurrency",
                concurrency(),
                "algorithms",
                plans);
    }

    Map<String, Object> description() {
        return Schemas.of("algorithms", algorithms, "limits", limits);
    }
}
