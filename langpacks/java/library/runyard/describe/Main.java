package runyard.describe;

import runyard.codec.Bound;
import runyard.codec.Codecs;
import runyard.codec.Schemas;
import runyard.codec.UnsupportedType;
import runyard.json.JsonWriter;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Compiles the project into {@code classes}, and writes {@code description.json} and, for the pipe,
 * {@code adapter.json}.
 */
public final class Main {
    private final Path project = Path.of(System.getenv("RUNYARD_PROJECT")).toRealPath();
    private final Path adapter = Path.of(System.getenv("RUNYARD_ADAPTER")).toRealPath();
    private final Path build = Path.of(System.getenv("RUNYARD_BUILD"));
    private final boolean classic = "classic".equals(System.getenv("RUNYARD_KIND"));
    private final Problems problems = new Problems(project);

    private Main() throws IOException {}

    public static void main(String[] words) throws Exception {
        new Main().run();
    }

    private void run() throws IOException {
        Path classes = Files.createDirectories(build.resolve("classes"));
        List<Path> libraries = libraries();
        Source source = new Compiler(adapter, problems).compile(sources(), libraries, classes);
        Map<String, Object> description = Schemas.of();
        if (source != null) description = describe(source, classes, libraries);
        description.put("problems", problems.list());
        if (classic) tellClassic();
        write("description.json", description);
    }

    private Map<String, Object> describe(Source source, Path classes, List<Path> libraries)
            throws IOException {
        List<URL> urls = new ArrayList<>(List.of(classes.toUri().toURL()));
        for (Path one : libraries) urls.add(one.toUri().toURL());
        try (URLClassLoader loader =
                new URLClassLoader(urls.toArray(URL[]::new), Main.class.getClassLoader())) {
            if (source.adapter() == null) {
                problems.add(adapter, null, null, null, "there is no class in it");
                return Schemas.of();
            }
            Class<?> type = Class.forName(source.adapter(), false, loader);
            if (classic) return describeClassic(source, type);
            AdapterDescriber describer = new AdapterDescriber(source, problems, adapter, type);
            describer.describe();
            write("adapter.json", describer.plan());
            return describer.description();
        } catch (ClassNotFoundException | LinkageError missing) {
            problems.add(adapter, null, null, null, "a class is missing: " + missing.getMessage());
            return Schemas.of();
        }
    }

    private Map<String, Object> describeClassic(Source source, Class<?> type) throws IOException {
        long line = source.type(type).line();
        long count =
                Arrays.stream(type.getMethods())
                        .filter(
                                one ->
                                        one.getName().equals("apply")
                                                && one.getParameterCount() == 1
                                                && !one.isBridge())
                        .peek(
                                one -> {
                                    try {
                                        Codecs.of(Bound.of(one.getGenericParameterTypes()[0]));
                                    } catch (UnsupportedType wrong) {
                                        problems.add(
                                                adapter, line, "apply", null, wrong.getMessage());
                                    }
                                })
                        .count();
        if (count == 0)
            problems.add(adapter, line, null, null, "expected a method public U apply(T input)");
        if (!Modifier.isPublic(type.getModifiers()))
            problems.add(adapter, line, null, null, "the class must be public");
        write("adapter.json", Schemas.of("class", type.getName(), "classic", true));
        return Schemas.of("algorithms", List.of());
    }

    /**
     * Nobody reads the description of a classic project: what is wrong is told as a compiler tells
     * it.
     */
    private void tellClassic() {
        for (Object one : problems.list()) {
            Map<?, ?> problem = (Map<?, ?>) one;
            String line = problem.get("line") == null ? "" : ":" + problem.get("line");
            System.err.println(problem.get("file") + line + ": " + problem.get("message"));
        }
        if (problems.size() > 0) System.exit(1);
    }

    /** The adapter, the files beside it, and those under src. */
    private List<Path> sources() throws IOException {
        List<Path> found = new ArrayList<>(List.of(adapter));
        try (Stream<Path> beside = Files.list(project)) {
            beside.filter(one -> one.toString().endsWith(".java")).sorted().forEach(found::add);
        }
        Path src = project.resolve("src");
        Path root = Files.isDirectory(src.resolve("main/java")) ? src.resolve("main/java") : src;
        if (Files.isDirectory(root)) collect(root, found);
        return found.stream().distinct().toList();
    }

    private static void collect(Path root, List<Path> into) throws IOException {
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                        boolean isTest = root.relativize(file).startsWith("test");
                        if (file.toString().endsWith(".java") && !isTest) into.add(file);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    /** The jars that describe.sh put beside the library. */
    private List<Path> libraries() throws IOException {
        try (Stream<Path> jars = Files.list(build.resolve("lib"))) {
            return jars.filter(one -> one.toString().endsWith(".jar")).sorted().toList();
        }
    }

    private void write(String name, Map<String, Object> value) throws IOException {
        JsonWriter out = new JsonWriter();
        Codecs.of(Bound.of(Object.class)).write(out, value);
        Files.writeString(build.resolve(name), out.toString(), StandardCharsets.UTF_8);
    }
}
