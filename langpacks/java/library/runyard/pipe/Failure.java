package runyard.pipe;

import runyard.CallError;
import runyard.InvalidInput;
import runyard.RequestError;
import runyard.codec.Bound;
import runyard.codec.Codecs;
import runyard.json.JsonWriter;
import runyard.json.PlacedException;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Tells of an error as the pipe does. */
final class Failure {
    private static final int MAX_STACK = 60_000;

    private Failure() {}

    /** Writes the members of an object after what is there: {@code "error":{...}}. */
    static JsonWriter write(JsonWriter out, Throwable thrown) {
        out.raw("\"error\":{\"message\":")
                .text(messageOf(thrown))
                .raw(",\"error_type\":")
                .text(typeOf(thrown));
        if (!(thrown instanceof PlacedException || thrown instanceof InvalidOutput)) {
            out.raw(",\"stacktrace\":").text(stackOf(thrown));
        }
        if (thrown instanceof PlacedException unfit) place(out, unfit.path(), unfit.getMessage());
        if (thrown instanceof InvalidInput invalid && !invalid.path().isEmpty()) {
            place(out, pointer(invalid.path()), messageOf(thrown));
        }
        if (thrown instanceof RequestError request)
            out.raw(",\"status\":").number(request.status());
        if (thrown instanceof CallError call) passOn(out, call.told());
        return out.raw('}');
    }

    private static String messageOf(Throwable thrown) {
        if (thrown instanceof PlacedException unfit) return unfit.whole();
        return thrown.getMessage() == null ? thrown.toString() : thrown.getMessage();
    }

    private static String typeOf(Throwable thrown) {
        if (thrown instanceof PlacedException || thrown instanceof InvalidInput)
            return "InvalidInput";
        if (thrown instanceof RequestError) return "RequestError";
        if (thrown instanceof CallError call) return call.type();
        String name = thrown.getClass().getSimpleName();
        return name.isEmpty() ? thrown.getClass().getName() : name;
    }

    private static void place(JsonWriter out, String path, String message) {
        out.raw(",\"errors\":[{\"path\":").text(path).raw(",\"message\":").text(message).raw("}]");
    }

    private static String pointer(String path) {
        return path.startsWith("/") ? path : "/" + path.replace("~", "~0").replace("/", "~1");
    }

    /** What an algorithm that was called said of its error is true of this one. */
    private static void passOn(JsonWriter out, Map<String, Object> told) {
        for (String key : List.of("errors", "status")) {
            if (told.get(key) == null) continue;
            out.raw(",\"" + key + "\":");
            Codecs.of(Bound.of(Object.class)).write(out, told.get(key));
        }
    }

    private static String stackOf(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        String stack =
                Arrays.stream(text.toString().split("\n"))
                        .filter(Failure::isOfProject)
                        .collect(Collectors.joining("\n"));
        return stack.length() > MAX_STACK ? stack.substring(0, MAX_STACK) + "\n..." : stack;
    }

    private static boolean isOfProject(String line) {
        String frame = line.strip();
        return !frame.startsWith("at runyard.pipe.")
                && !frame.startsWith("at java.base/jdk.internal.reflect.")
                && !frame.startsWith("at java.base/java.lang.reflect.");
    }
}
